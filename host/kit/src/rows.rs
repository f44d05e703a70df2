//! Input of mappings and policies as authors write it: JSON lines.

use std::collections::BTreeMap;

use provisor_sandbox::{PageBuilder, Table};
use serde_json::Value;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct RowsError {
    /// Which line, counted from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Reads rows from JSON lines: each line an object whose members are a text or a list of texts.
/// The columns of the table are all names that occur, in their order; `host` gives those that a host
/// adds to every row, with their values where a line does not name them.
///
/// # Errors
/// When a line is something else.
pub fn table(text: &str, host: &[(&str, &str)]) -> Result<Table, RowsError> {
    let mut rows: Vec<BTreeMap<String, Vec<String>>> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |message: String| RowsError {
            line: index + 1,
            message,
        };
        let members: serde_json::Map<String, Value> =
            serde_json::from_str(line).map_err(|error| {
                wrong(format!(
                    "each line must be one JSON object, this one is not: {error}"
                ))
            })?;
        let mut row = BTreeMap::new();
        for (name, value) in members {
            let values = texts(value).ok_or_else(|| {
                wrong(format!(
                    "{name:?} must be a text or a list of texts; write numbers as \"1\""
                ))
            })?;
            if !columns.contains(&name) {
                columns.push(name.clone());
            }
            row.insert(name, values);
        }
        for (name, value) in host {
            row.entry((*name).to_owned())
                .or_insert_with(|| vec![(*value).to_owned()]);
        }
        rows.push(row);
    }
    for (name, _) in host {
        if !columns.iter().any(|column| column == name) {
            columns.push((*name).to_owned());
        }
    }
    let mut page = PageBuilder::new();
    for row in &rows {
        for column in &columns {
            page.cell(row.get(column).into_iter().flatten());
        }
    }
    Ok(Table {
        columns,
        rows: page.finish(),
    })
}

fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Null => Some(Vec::new()),
        Value::Array(list) => list
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(table: &Table) -> Vec<Vec<Vec<&str>>> {
        let rows = table.rows();
        rows.map(|row| row.cells().map(|cell| cell.values().collect()).collect())
            .collect()
    }

    #[test]
    fn a_cell_has_no_one_or_several_values() {
        let text = "{\"b\": \"1\"}\n\n{\"a\": [\"x\", \"y\"], \"b\": null}\n";
        let table = table(text, &[]).unwrap();
        assert_eq!(table.columns, ["b", "a"]);
        assert_eq!(
            cells(&table),
            [[vec!["1"], vec![]], [vec![], vec!["x", "y"]]]
        );
    }

    #[test]
    fn what_a_host_adds_is_there_unless_a_line_says_otherwise() {
        let table = table("{}\n{\"$iteration\": \"2\"}", &[("$iteration", "0")]).unwrap();
        assert_eq!(cells(&table), [[["0"]], [["2"]]]);
    }

    #[test]
    fn a_line_that_is_no_row_is_named() {
        for (text, line) in [
            ("{}\n[]", 2),
            ("{\"a\": 1}", 1),
            ("{\"a\": [[]]}", 1),
            ("x", 1),
        ] {
            assert_eq!(table(text, &[]).unwrap_err().line, line, "{text}");
        }
    }
}
