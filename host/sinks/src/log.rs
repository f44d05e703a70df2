//! A line of JSON each, in a file or on standard error.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::{Message, SinkError};

/// A line of JSON each, in a file or on standard error.
///
/// The file is opened for each line, so that it can be moved away at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSink {
    /// The file, which is made when it is not there; standard error without.
    pub file: Option<PathBuf>,
}

impl LogSink {
    pub(crate) fn send(&self, message: &Message) -> Result<(), SinkError> {
        let mut line = message.to_json();
        line["id"] = message.id.clone().into();
        let line = format!("{line}\n");
        match &self.file {
            Some(path) => append(path, line.as_bytes())
                .map_err(|error| SinkError::Unusable(format!("{}: {error}", path.display()))),
            None => std::io::stderr()
                .lock()
                .write_all(line.as_bytes())
                .map_err(|error| SinkError::Unusable(format!("standard error: {error}"))),
        }
    }
}

fn append(path: &Path, line: &[u8]) -> std::io::Result<()> {
    // Opening a pipe would wait for somebody to read from it.
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(std::io::Error::other("this is not a file")),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    // In one piece, so that lines of several processes do not mix.
    file.write_all(line)?;
    file.sync_data()
}
