//! A text that stands in the configuration itself or in a file beside it.

use std::io::Read;
use std::path::Path;

use super::section::Entry;

const EXAMPLE: &str = "a text, or a file such as { file = \"instructions/create.md\" }";

/// Reads a text of at most `most` bytes; control characters other than line ends and tabs are a
/// mistake, since people read it.
pub(super) fn read(entry: &Entry<'_, '_>, most: u64) -> Option<String> {
    let text = match entry.value().get_ref() {
        toml::de::DeValue::String(text) => text.to_string(),
        toml::de::DeValue::Table(_) => {
            let section = entry.section()?;
            let path = section
                .required("file", "file = \"instructions/create.md\"")
                .and_then(|entry| entry.path());
            section.refuse_unknown();
            let path = path?;
            match read_file(&path, most) {
                Ok(text) => text,
                Err(problem) => {
                    entry.mistake(format!("{} {problem}", path.display()));
                    return None;
                }
            }
        }
        _ => {
            entry.refuse(EXAMPLE);
            return None;
        }
    };
    let problem = if text.len() as u64 > most {
        format!("is longer than {most} bytes")
    } else if text.trim().is_empty() {
        "is empty".to_owned()
    } else if text
        .chars()
        .any(|one| one.is_control() && !matches!(one, '\n' | '\r' | '\t'))
    {
        "has control characters, which no person can read".to_owned()
    } else {
        return Some(text);
    };
    entry.mistake(problem);
    None
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileProblem {
    /// It is a folder, a pipe, or the like.
    #[error("is not a file")]
    NoFile,
    /// The system says no.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

/// The bytes of a file: all of them, or one more than `most`.
pub(super) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, FileProblem> {
    // Opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(FileProblem::NoFile);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_file(path: &Path, most: u64) -> Result<String, String> {
    let bytes = read_bytes(path, most).map_err(|problem| problem.to_string())?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())
}
