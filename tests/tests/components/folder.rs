//! Folders of cases, and what all worlds do with them.

use std::path::{Path, PathBuf};

use provisor::sandbox::{
    Call, CallError, CallErrorKind, Component, Failure, PageBuilder, Problem, Sandbox,
    SandboxConfig, Table,
};
use serde_json::Value;

/// The cases of a folder, sorted by name.
pub fn cases(folder: &str, at_least: usize) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("cases")
        .join(folder);
    let mut cases: Vec<PathBuf> = folder
        .read_dir()
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    cases
}

/// Tells all cases that came out wrong, by name.
pub fn report(wrong: Vec<(PathBuf, String)>) {
    let lines: Vec<String> = wrong
        .iter()
        .map(|(path, problem)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("{name}: {problem}")
        })
        .collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

pub fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the file of a case");
    serde_json::from_str(&text).expect("JSON")
}

pub async fn component(name: &str) -> Component {
    let sandbox = Sandbox::new(SandboxConfig::default()).expect("a sandbox");
    let bytes = provisor_builtin::by_name(name).expect("a built-in component");
    sandbox.load(bytes).await.expect("it loads")
}

pub fn call(settings: &Value) -> Call {
    Call {
        settings: settings.to_string(),
        ..Call::default()
    }
}

/// What the component itself said, if that is what the error is.
pub fn failure(error: &CallError) -> Option<&Failure> {
    match &error.kind {
        CallErrorKind::Failure(failure) => Some(failure),
        _ => None,
    }
}

/// Whether the problems are those that the case names.
pub fn problems_fit(found: &[Problem], wanted: Option<&Value>) -> Result<(), String> {
    let wanted = wanted
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let alike = found.len() == wanted.len()
        && found.iter().zip(&wanted).all(|(found, wanted)| {
            wanted["path"] == found.path.as_str() && found.message.contains(part(wanted))
        });
    if alike {
        Ok(())
    } else {
        Err(format!("the problems are {found:#?}"))
    }
}

/// The part of a message that a case asks for.
pub fn part(wanted: &Value) -> &str {
    wanted["message-contains"].as_str().unwrap_or_default()
}

/// One or several texts.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values
            .iter()
            .map(|value| value.as_str().expect("a text").to_owned())
            .collect(),
        other => panic!("{other} is neither a text nor a list"),
    }
}

/// A table of rows of named values, with all names as columns.
pub fn table(rows: &[std::collections::BTreeMap<String, Vec<String>>]) -> Table {
    let columns: std::collections::BTreeSet<&String> =
        rows.iter().flat_map(|row| row.keys()).collect();
    let mut page = PageBuilder::new();
    for row in rows {
        for column in &columns {
            page.cell(row.get(*column).into_iter().flatten());
        }
    }
    Table {
        columns: columns.into_iter().cloned().collect(),
        rows: page.finish(),
    }
}

/// The rows of a table as a case writes them: attributes that have values.
pub fn attributes(rows: provisor::sandbox::Rows<'_>, columns: &[String]) -> Vec<Value> {
    rows.map(|row| {
        let cells = columns.iter().zip(row.cells()).filter_map(|(name, cell)| {
            let values: Vec<&str> = cell.values().collect();
            (!values.is_empty()).then(|| (name.clone(), Value::from(values)))
        });
        Value::Object(cells.collect())
    })
    .collect()
}
