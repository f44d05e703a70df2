//! The component on trial, and what its author says about it.

use std::collections::BTreeMap;

use provisor_sandbox::{PageBuilder, Table, World};
use serde_json::Value;

use crate::target::Target;

/// Characters that the reason of a bypass has at least: less is no reason.
pub const SHORTEST_REASON: usize = 20;

/// Something that the component is excused from. It stays visible in every report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bypass {
    /// The id of the property.
    pub property: String,
    /// Why it need not hold, for whoever reads the report: at least [`SHORTEST_REASON`] characters.
    pub reason: String,
}

/// The component on trial, with what is needed to put it to work.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The component.
    pub bytes: Vec<u8>,
    /// Settings that are valid: the text of one JSON object without secrets.
    pub settings: String,
    /// The names of the secrets that it reads. The suite fills in values of its own.
    pub secrets: Vec<String>,
    /// An example of what it works on. A reader: an export. A mapping or a policy: a line of JSON
    /// for each identity or proposal, an object of names with a text or a list of texts. A
    /// ticketing component has none.
    pub input: Option<Vec<u8>>,
    /// What stands behind a ticketing component while it is on trial.
    pub target: Option<Target>,
    /// What it is excused from.
    pub bypasses: Vec<Bypass>,
}

impl Subject {
    /// A component with empty settings and nothing else.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            settings: "{}".to_owned(),
            secrets: Vec::new(),
            input: None,
            target: None,
            bypasses: Vec::new(),
        }
    }
}

/// What is wrong with what the author says about the component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// A line of the example is no object of texts.
    #[error("line {line} of the example input: {problem}")]
    Input {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The example is missing or has no rows.
    #[error(
        "a {world} needs an example input: {}",
        match world {
            World::Reader => "an export as the application writes it",
            World::Mapping => "a file with an identity as a JSON object on each line",
            World::Policy => "a file with a proposal as a JSON object on each line",
            World::Ticketing => "none",
        }
    )]
    NoInput {
        /// The world of the component.
        world: World,
    },
    /// A property that the catalogue does not have.
    #[error("{id:?} is no property; `provisor component conform --list` shows all of them")]
    NoProperty {
        /// What was asked for.
        id: String,
    },
    /// A property that can be bypassed, without a reason.
    #[error("the bypass of {id} needs a reason of at least {SHORTEST_REASON} characters")]
    NoReason {
        /// The property.
        id: String,
    },
}

impl SubjectError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            SubjectError::Input { .. } => "conformance-input",
            SubjectError::NoInput { .. } => "conformance-no-input",
            SubjectError::NoProperty { .. } => "conformance-no-property",
            SubjectError::NoReason { .. } => "conformance-no-reason",
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        false
    }
}

/// Rows of named cells, before they are packed into a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The values of each cell of each row.
    pub rows: Vec<Vec<Vec<String>>>,
}

impl Sheet {
    /// Reads lines of JSON. Columns stand in the order in which they first occur; a cell that a line
    /// does not mention is empty.
    ///
    /// # Errors
    /// When a line is no object of names with a text or a list of texts.
    pub fn parse(lines: &[u8]) -> Result<Self, SubjectError> {
        let mut objects: Vec<BTreeMap<String, Vec<String>>> = Vec::new();
        let mut columns: Vec<String> = Vec::new();
        for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let wrong = |problem: String| SubjectError::Input {
                line: number + 1,
                problem,
            };
            let object: serde_json::Map<String, Value> = serde_json::from_slice(line)
                .map_err(|error| wrong(format!("is no JSON object: {error}")))?;
            let mut cells = BTreeMap::new();
            for (name, value) in object {
                let values = texts(&value).ok_or_else(|| {
                    wrong(format!("{name} is neither a text nor a list of texts"))
                })?;
                if !columns.contains(&name) {
                    columns.push(name.clone());
                }
                cells.insert(name, values);
            }
            objects.push(cells);
        }
        let rows = objects
            .into_iter()
            .map(|mut cells| {
                let cell = |name| cells.remove(name).unwrap_or_default();
                columns.iter().map(cell).collect()
            })
            .collect();
        Ok(Self { columns, rows })
    }

    /// As the host gives it to a component.
    pub fn table(&self) -> Table {
        let mut builder = PageBuilder::new();
        for cell in self.rows.iter().flatten() {
            builder.cell(cell);
        }
        Table {
            columns: self.columns.clone(),
            rows: builder.finish(),
        }
    }

    /// The column of this name; it is added with empty cells where it is missing.
    pub fn column(&mut self, name: &str) -> usize {
        if let Some(place) = self.columns.iter().position(|column| column == name) {
            return place;
        }
        self.columns.push(name.to_owned());
        for row in &mut self.rows {
            row.push(Vec::new());
        }
        self.columns.len() - 1
    }

    /// The same with these values in a column of every row.
    pub fn with(&self, name: &str, values: &[&str]) -> Self {
        let mut sheet = self.clone();
        let place = sheet.column(name);
        for row in &mut sheet.rows {
            row[place] = values.iter().map(|&value| value.to_owned()).collect();
        }
        sheet
    }

    /// The same without the column at this place, which it has.
    pub fn without(&self, place: usize) -> Self {
        let mut sheet = self.clone();
        sheet.columns.remove(place);
        for row in &mut sheet.rows {
            row.remove(place);
        }
        sheet
    }

    /// The places of the columns that are the author's: the host's own begin with `$`.
    pub fn own(&self) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(_, name)| !name.starts_with('$'))
            .map(|(place, _)| place)
    }

    /// Only these rows, in this order.
    pub fn pick(&self, rows: impl IntoIterator<Item = usize>) -> Self {
        let picked = rows.into_iter().filter_map(|row| self.rows.get(row));
        Self {
            columns: self.columns.clone(),
            rows: picked.cloned().collect(),
        }
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json_become_rows() {
        let lines = b"{\"a\": \"1\", \"b\": [\"2\", \"3\"]}\n\n{\"c\": null, \"a\": \"4\"}\n";
        let sheet = Sheet::parse(lines).unwrap();
        assert_eq!(sheet.columns, ["a", "b", "c"]);
        assert_eq!(sheet.rows[0], [vec!["1"], vec!["2", "3"], vec![]]);
        assert_eq!(sheet.rows[1], [vec!["4"], vec![], vec![]]);
        assert_eq!(sheet.table().row_count(), 2);
    }

    #[test]
    fn a_line_that_is_something_else_is_named() {
        let error = Sheet::parse(b"{}\n{\"a\": 5}").unwrap_err();
        let told = "line 2 of the example input: a is neither a text nor a list of texts";
        assert_eq!(error.to_string(), told);
        assert_eq!(error.code(), "conformance-input");
    }
}
