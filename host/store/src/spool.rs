//! What is too much for memory waits in a file without a name, which is gone with the process.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::place::here;
use crate::work::json;

/// Bytes that are kept in memory between two writes or reads.
const BUFFER: usize = 256 * 1024;

/// Written once from its beginning, then read once. The file is made with the first write.
pub(crate) struct Spool {
    folder: std::path::PathBuf,
    file: Option<BufWriter<File>>,
}

/// What was written, from its beginning.
pub(crate) struct Spooled {
    file: Option<BufReader<File>>,
}

impl Spool {
    /// A file in the folder of the database: it holds what the database holds, and needs the same
    /// protection and the same room.
    pub fn beside(database: Option<&str>) -> Self {
        let folder = database.and_then(|path| Path::new(path).parent());
        Self {
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            file: None,
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let file = match &mut self.file {
            Some(file) => file,
            place => {
                let file = tempfile::tempfile_in(&self.folder).map_err(failed)?;
                place.insert(BufWriter::with_capacity(BUFFER, file))
            }
        };
        file.write_all(bytes).map_err(failed)
    }

    /// Writes something that [`Spooled::next`] reads.
    pub fn push(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        let text = json("difference", value)?;
        self.write(&(text.len() as u64).to_le_bytes())?;
        self.write(text.as_bytes())
    }

    pub fn finish(self) -> Result<Spooled, StoreError> {
        let Some(file) = self.file else {
            return Ok(Spooled { file: None });
        };
        let mut file = file.into_inner().map_err(|error| failed(error.into()))?;
        file.rewind().map_err(failed)?;
        Ok(Spooled {
            file: Some(BufReader::with_capacity(BUFFER, file)),
        })
    }
}

impl Spooled {
    /// Fills the buffer as far as there is something.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, StoreError> {
        let Some(file) = &mut self.file else {
            return Ok(0);
        };
        let mut filled = 0;
        while filled < buffer.len() {
            match file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(filled)
    }

    /// The next of what was pushed; `None` at the end.
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        let mut length = [0; 8];
        match self.read(&mut length)? {
            0 => return Ok(None),
            8 => {}
            _ => return Err(cut_off()),
        }
        let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| cut_off())?;
        let mut text = vec![0; length];
        if self.read(&mut text)? != length {
            return Err(cut_off());
        }
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| StoreError::unreadable("difference", error))
    }
}

fn cut_off() -> StoreError {
    StoreError::unreadable("difference", "it is cut off")
}

fn failed(error: std::io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            StoreError::Full { path: here() }
        }
        _ => StoreError::Spool(error.to_string()),
    }
}
