//! A layout that is a folder.

use std::path::Path;

use super::{Files, Layout, OciError};
use crate::file::{self, FileError};

/// A folder with the files of a layout.
pub struct Folder<'a>(&'a Path);

impl<'a> Folder<'a> {
    pub fn new(path: &'a Path) -> Self {
        Self(path)
    }
}

impl Layout for Folder<'_> {
    fn read(&mut self, path: &str, part: &str, most: u64) -> Result<Vec<u8>, OciError> {
        let path = self.0.join(path);
        match file::read_unlinked(&path, most) {
            Err(FileError::System { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                Err(OciError::Missing(part.to_owned()))
            }
            Err(FileError::TooLong { .. }) => Err(OciError::Changed {
                part: part.to_owned(),
                what: "length",
            }),
            read => Ok(read?),
        }
    }
}

/// Makes a new folder with these files, whole or not at all.
pub fn write(path: &Path, files: &Files) -> Result<(), FileError> {
    let system = |error| FileError::system(path, error);
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let new = tempfile::Builder::new()
        .prefix(".layout-")
        .tempdir_in(above)
        .map_err(system)?;
    // Renaming a folder replaces an empty one and no other.
    let inside = new.path().join("layout");
    std::fs::create_dir_all(inside.join(super::BLOBS)).map_err(system)?;
    for (name, bytes) in files {
        std::fs::write(inside.join(name), bytes).map_err(system)?;
    }
    std::fs::rename(&inside, path).map_err(system)
}
