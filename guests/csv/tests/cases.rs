//! Runs the folders of `tests/cases/csv`, each with the input in one piece and byte by byte.

use std::path::Path;

use csv::{Rows, Settings};
use provisor_sdk::testing::{self, Export, ProblemLike};
use provisor_sdk::{Failure, FailureKind, Reader};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Expected {
    Export {
        shape: Shape,
        rows: Vec<testing::Attributes>,
        positions: Vec<u64>,
        rejected: Vec<Rejected>,
        summary: Summary,
    },
    Failure {
        failure: FailureLike,
    },
    Problems {
        problems: Vec<ProblemLike>,
    },
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Shape {
    columns: Vec<String>,
    multi_valued: Vec<String>,
    identifier: String,
    absent: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rejected {
    position: u64,
    identifier: Option<String>,
    message_contains: String,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Summary {
    rows: u64,
    rejected: u64,
    complete: bool,
    declared_rows: Option<u64>,
    exported_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FailureLike {
    kind: String,
    position: Option<u64>,
    message_contains: String,
}

#[test]
fn every_case_comes_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/csv");
    testing::every_case(&folder, 30, run);
}

fn run(case: &Path) -> Result<(), String> {
    let read = |file: &str| std::fs::read(case.join(file)).map_err(|it| format!("{file}: {it}"));
    let settings = String::from_utf8_lossy(&read("settings.json")?).into_owned();
    let input = read("input.csv")?;
    let expected: Expected = serde_json::from_slice(&read("expected.json")?)
        .map_err(|error| format!("expected.json: {error}"))?;

    let whole = testing::read::<Rows>(&settings, input.clone());
    let bytes = input.iter().map(|&byte| vec![byte]);
    let bytewise = testing::read_chunks::<Rows>(&settings, bytes, 1);
    if whole != bytewise {
        return Err(format!(
            "in one piece: {whole:#?}\nbyte by byte: {bytewise:#?}"
        ));
    }
    let fits = match &expected {
        Expected::Failure { failure } => fails(&whole, failure),
        Expected::Problems { problems } => {
            let found = testing::problems(&settings, Rows::check);
            ProblemLike::compare(problems, &found)?;
            matches!(&whole, Err(failure) if failure.kind == FailureKind::Configuration)
        }
        Expected::Export {
            shape,
            rows,
            positions,
            rejected,
            summary,
        } => match &whole {
            Err(_) => false,
            Ok(export) => {
                testing::problems::<Settings>(&settings, Rows::check).is_empty()
                    && shape_of(export) == *shape
                    && export.rows == *rows
                    && export.positions == *positions
                    && rejects(export, rejected)
                    && summary_of(export) == *summary
            }
        },
    };
    match fits {
        true => Ok(()),
        false => Err(format!("came out as {whole:#?}")),
    }
}

fn fails(result: &Result<Export, Failure>, expected: &FailureLike) -> bool {
    let Err(failure) = result else {
        return false;
    };
    let kind = format!("{:?}", failure.kind).to_lowercase();
    kind.contains(&expected.kind)
        && failure.position == expected.position
        && failure.message.contains(&expected.message_contains)
}

fn shape_of(export: &Export) -> Shape {
    let columns = &export.shape.columns;
    let several = columns.iter().filter(|column| column.multi_valued);
    Shape {
        multi_valued: several.map(|column| column.name.clone()).collect(),
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        identifier: export.shape.identifier.clone(),
        absent: export.shape.absent.clone(),
    }
}

fn rejects(export: &Export, expected: &[Rejected]) -> bool {
    export.rejected.len() == expected.len()
        && export.rejected.iter().zip(expected).all(|(found, wanted)| {
            found.position == wanted.position
                && found.identifier == wanted.identifier
                && found.message.contains(&wanted.message_contains)
        })
}

fn summary_of(export: &Export) -> Summary {
    let summary = export.summary.clone();
    Summary {
        rows: summary.rows,
        rejected: summary.rejected,
        complete: summary.complete,
        declared_rows: summary.declared_rows,
        exported_at: summary.exported_at,
    }
}

#[test]
fn the_schema_names_the_settings_that_there_are() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../settings.schema.json")).unwrap();
    // What `serde` would take stands in its complaint about what it does not take.
    let known = |settings: &str| {
        let problems = testing::problems::<Settings>(settings, Rows::check);
        let expected = problems[0].message.split("expected one of").nth(1).unwrap();
        let mut names: Vec<_> = expected
            .split(',')
            .map(|name| name.trim().trim_matches('`').to_owned())
            .collect();
        names.sort();
        names
    };
    let named = |pointer: &str| {
        let object = schema.pointer(pointer).unwrap().as_object().unwrap();
        let mut names: Vec<_> = object.keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(known(r#"{ "?": 0 }"#), named("/properties"));
    assert_eq!(
        known(r#"{ "identifier": "x", "columns": [{ "?": 0 }] }"#),
        named("/properties/columns/items/properties")
    );
    for settings in ["/properties", "/properties/columns/items/properties"] {
        for name in named(settings) {
            let described = schema.pointer(&format!("{settings}/{name}/description"));
            assert!(described.is_some(), "{settings}/{name} has no description");
        }
    }
}
