//! The component that reads exports, and where they are.

use std::path::PathBuf;
use std::time::Duration;

use provisor_model::Gates;

use super::section::{Entry, Section, quote};
use super::{ComponentUse, ExportTime, FileNameTime, component, export_time, gates};

/// How a resource's exports are read.
#[derive(Debug, Clone)]
pub struct ReaderUse {
    /// The component that reads them.
    pub component: ComponentUse,
    /// The folder where they are; nothing outside it is opened.
    pub folder: PathBuf,
    /// The export that is taken when none is named: the name of a file in the folder.
    pub file: String,
    /// What tells when an export was made. Default: its modification time.
    pub exported_at: ExportTime,
    /// A file that was changed more recently is still being written. Default 5 s.
    pub settle: Duration,
    /// The largest export that is taken, in bytes. Default 1 GiB.
    pub max_size: u64,
    /// What makes an export too surprising to be believed at once.
    pub gates: Gates,
}

const SETTLE: Duration = Duration::from_secs(5);
const LONGEST_SETTLE: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_SIZE: u64 = 1 << 30;
const LARGEST: u64 = 1 << 40;

pub(super) fn read(section: &Section<'_, '_>) -> Option<ReaderUse> {
    let component = component::read(section, "component = \"csv\"");
    let folder = section
        .required("folder", "folder = \"exports\"")
        .and_then(|entry| entry.path());
    let file_entry = section.required("file", "file = \"payroll.csv\"");
    let file = file_entry.as_ref().and_then(read_file);
    let exported_at = match section.entry("exported-at") {
        Some(entry) => export_time::read(&entry),
        None => Some(ExportTime::Modified),
    };
    let settle = section
        .entry("settle")
        .and_then(|entry| entry.duration(Duration::ZERO..=LONGEST_SETTLE));
    let max_size = section
        .entry("max-size")
        .and_then(|entry| entry.size(1..=LARGEST));
    let gates = gates::read(section);
    section.refuse_unknown();
    if let (Some(entry), Some(file), Some(ExportTime::FileName(pattern))) =
        (&file_entry, &file, &exported_at)
    {
        check_pattern(entry, file, pattern);
    }
    Some(ReaderUse {
        component: component?,
        folder: folder?,
        file: file?,
        exported_at: exported_at?,
        settle: settle.unwrap_or(SETTLE),
        max_size: max_size.unwrap_or(MAX_SIZE),
        gates,
    })
}

fn check_pattern(entry: &Entry<'_, '_>, file: &str, pattern: &FileNameTime) {
    if let Err(error) = pattern.read(file) {
        entry.mistake(format!(
            "taking {} would always fail, since exported-at wants the time from its name: {error}",
            quote(file)
        ));
    }
}

fn read_file(entry: &Entry<'_, '_>) -> Option<String> {
    let text = entry.text("the name of a file in the folder, such as \"payroll.csv\"")?;
    match file_name_problem(text) {
        Some(problem) => {
            entry.mistake(format!(
                "should be the name of a file in the folder, not {}: {problem}",
                quote(text)
            ));
            None
        }
        None => Some(text.to_owned()),
    }
}

/// What keeps a text from being the name of a file that lies right in a folder, on any system.
pub(super) fn file_name_problem(text: &str) -> Option<&'static str> {
    if text.contains(['/', '\\']) {
        Some("it is a path; give the folder with the key folder")
    } else if text == "." || text == ".." {
        Some("it is a folder")
    } else if text.contains(':') {
        Some("it holds a colon")
    } else if text.chars().any(char::is_control) {
        Some("it holds a control character")
    } else if text.is_empty() || text.len() > 255 {
        Some("it is empty or longer than 255 bytes")
    } else {
        None
    }
}
