//! Files that others made: read up to a limit, and only if they are files.

use std::io::Read;
use std::path::Path;

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is a folder, a link, a pipe, or the like.
    #[error("{path} is not a file")]
    NoFile {
        /// Where.
        path: String,
    },
    /// What is there already is not replaced.
    #[error("{path} is there already, and is not replaced")]
    Exists {
        /// Where.
        path: String,
    },
    /// It is longer than anything of its kind.
    #[error("{path} is longer than {most} bytes")]
    TooLong {
        /// Where.
        path: String,
        /// How long it may be.
        most: u64,
    },
    /// The system says no.
    #[error("{path}: {source}")]
    System {
        /// Where.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl FileError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            FileError::NoFile { .. } => "no-file",
            FileError::Exists { .. } => "file-exists",
            FileError::TooLong { .. } => "file-too-long",
            FileError::System { .. } => "file",
        }
    }

    pub(crate) fn system(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.display().to_string();
        match source.kind() {
            ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
                FileError::Exists { path }
            }
            _ => FileError::System { path, source },
        }
    }
}

/// The bytes of a file that has at most `most` of them. A link is followed, since people name it.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    // Opening a pipe would wait for somebody to write into it.
    let metadata = std::fs::metadata(path).map_err(|error| FileError::system(path, error))?;
    read_known(path, &metadata, most)
}

/// As [`read`], for a name that comes from outside: a link may lead anywhere and is refused.
pub(crate) fn read_unlinked(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let metadata =
        std::fs::symlink_metadata(path).map_err(|error| FileError::system(path, error))?;
    read_known(path, &metadata, most)
}

fn read_known(path: &Path, metadata: &std::fs::Metadata, most: u64) -> Result<Vec<u8>, FileError> {
    let name = || path.display().to_string();
    if !metadata.is_file() {
        return Err(FileError::NoFile { path: name() });
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| FileError::system(path, error))?;
    if bytes.len() as u64 > most {
        return Err(FileError::TooLong { path: name(), most });
    }
    Ok(bytes)
}

/// Writes a file that was not there before, whole or not at all.
pub(crate) fn write_new(
    path: &Path,
    mode: Mode,
    write: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let system = |error| FileError::system(path, error);
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if mode == Mode::Readable {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = builder.tempfile_in(folder).map_err(system)?;
    write(file.as_file_mut())
        .and_then(|()| file.as_file().sync_all())
        .map_err(system)?;
    file.persist_noclobber(path)
        .map_err(|error| system(error.error))?;
    Ok(())
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Its owner.
    Private,
    /// Whoever the system's mask lets.
    Readable,
}
