//! A layout that is a `.tar` file.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};

use super::{BLOBS, Files, INDEX_FILE, Layout, OciError, VERSION_FILE};

/// How many entries are looked at.
const MOST_ENTRIES: usize = 10_000;

/// A `.tar` file with the files of a layout, of which it is known where each of them begins.
pub struct Archive<R> {
    content: R,
    files: BTreeMap<String, Place>,
}

struct Place {
    begin: u64,
    size: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Goes through the headers only. Nothing is unpacked, and a path is never one of the disk: what
    /// a layout has no place for is refused where somebody means harm by it, else passed over.
    pub fn open(content: R) -> Result<Self, OciError> {
        let broken = |error: std::io::Error| OciError::Archive(error.to_string());
        let refused = |problem: String| Err(OciError::Archive(problem));
        let mut archive = tar::Archive::new(content);
        let mut files = BTreeMap::new();
        // Raw: long names and extended headers are not gathered in memory. No path of a layout needs them.
        let entries = archive.entries_with_seek().map_err(broken)?.raw(true);
        for (number, entry) in entries.enumerate() {
            let entry = entry.map_err(broken)?;
            if number >= MOST_ENTRIES {
                return refused(format!("it has more than {MOST_ENTRIES} entries"));
            }
            let path = entry.header().path_bytes().into_owned();
            let path = String::from_utf8_lossy(&path).into_owned();
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
                continue;
            }
            let path = path.strip_prefix("./").unwrap_or(&path);
            if path.starts_with('/') || path.split(['/', '\\']).any(|step| step == "..") {
                return refused(format!("the path {path:?} leads out of it"));
            }
            if !kind.is_file() {
                return refused(format!("{path:?} is a link, or not a file"));
            }
            if !is_of_layout(path) {
                continue;
            }
            let place = Place {
                begin: entry.raw_file_position(),
                size: entry.header().entry_size().map_err(broken)?,
            };
            if files.insert(path.to_owned(), place).is_some() {
                return refused(format!("{path:?} is in it twice"));
            }
        }
        Ok(Self {
            content: archive.into_inner(),
            files,
        })
    }
}

impl<R: Read + Seek> Layout for Archive<R> {
    fn read(&mut self, path: &str, part: &str, most: u64) -> Result<Vec<u8>, OciError> {
        let Some(place) = self.files.get(path) else {
            return Err(OciError::Missing(part.to_owned()));
        };
        if place.size > most {
            return Err(OciError::Changed {
                part: part.to_owned(),
                what: "length",
            });
        }
        let mut bytes = Vec::new();
        self.content
            .seek(SeekFrom::Start(place.begin))
            .and_then(|_| {
                let content = Read::by_ref(&mut self.content);
                content.take(place.size).read_to_end(&mut bytes)
            })
            .map_err(|error| OciError::Archive(error.to_string()))?;
        Ok(bytes)
    }
}

fn is_of_layout(path: &str) -> bool {
    path == VERSION_FILE
        || path == INDEX_FILE
        || path.strip_prefix(BLOBS).is_some_and(|digest| {
            digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
}

/// Writes these files, always in the same bytes.
pub fn write(file: &mut impl Write, files: &Files) -> std::io::Result<()> {
    let mut archive = tar::Builder::new(file);
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, bytes.as_slice())?;
    }
    archive.finish()
}
