//! Cases that stand in files: a folder for each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Attributes;
use crate::Problem;

/// Tries every folder below `folder`, in the order of their names.
///
/// # Panics
/// With all that `run` finds wrong, and when there are fewer folders than `least`: a test that finds
/// none of its cases has tried nothing.
pub fn every_case(folder: &Path, least: usize, run: impl Fn(&Path) -> Result<(), String>) {
    let entries = folder
        .read_dir()
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut cases: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= least, "only {} cases found", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let name = case.file_name().unwrap_or_default().to_string_lossy();
            run(case).err().map(|problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A problem with the settings as a file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProblemLike {
    /// Where it is.
    pub path: String,
    /// A part of its message.
    pub message_contains: String,
}

impl ProblemLike {
    /// Whether these problems were found and no others.
    ///
    /// # Errors
    /// Those that were found, in words.
    pub fn compare(wanted: &[Self], found: &[Problem]) -> Result<(), String> {
        let alike = found.len() == wanted.len()
            && found.iter().zip(wanted).all(|(found, wanted)| {
                found.path == wanted.path && found.message.contains(&wanted.message_contains)
            });
        match alike {
            true => Ok(()),
            false => Err(format!("the problems are {found:#?}")),
        }
    }
}

/// A row as a file has it: a text stands for a list of one text.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct RowLike(BTreeMap<String, Cell>);

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Cell {
    One(String),
    Several(Vec<String>),
}

impl RowLike {
    /// The row.
    pub fn attributes(&self) -> Attributes {
        let cells = self.0.iter().map(|(name, cell)| {
            let values = match cell {
                Cell::One(value) => vec![value.clone()],
                Cell::Several(values) => values.clone(),
            };
            (name.clone(), values)
        });
        cells.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_a_list_of_one() {
        let row: RowLike = serde_json::from_str(r#"{ "a": "x", "b": ["y", "z"] }"#).unwrap();
        let row = row.attributes();
        assert_eq!((&row["a"][..], row["b"].len()), (&["x".to_owned()][..], 2));
    }

    #[test]
    #[should_panic(expected = "testing: is wrong")]
    fn what_is_wrong_is_told_with_the_name_of_its_case() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        every_case(&folder, 1, |_| Err("is wrong".to_owned()));
    }
}
