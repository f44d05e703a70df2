//! The content that the host opened for a reader.

use std::fmt;
use std::io::{self, BufRead, Read};

use crate::Failure;
use crate::bindings::reading::provisor::connector::input;

/// How much is asked for at once. Smaller pieces cost more calls (at 32 KiB a quarter of the time
/// of a CSV export), and those of a megabyte no longer stay in the cache between host and guest.
const CHUNK: u32 = 256 * 1024;

/// One immutable snapshot, read once from its beginning to its end.
///
/// It can be read as any [`BufRead`]; its own buffer is what the host gave, so nothing is copied
/// as long as one works on [`fill_buf`](BufRead::fill_buf). When the host cannot read, the
/// [`io::Error`] becomes the host's own failure again through `Failure::from`.
#[derive(Debug)]
pub struct Input {
    source: Source,
    chunk: Vec<u8>,
    used: usize,
}

#[derive(Debug)]
enum Source {
    Host,
    #[cfg_attr(target_family = "wasm", expect(dead_code, reason = "for native tests"))]
    Given {
        chunks: std::vec::IntoIter<Vec<u8>>,
        size: u64,
    },
}

impl Input {
    pub(crate) fn host() -> Self {
        Self::of(Source::Host)
    }

    /// An input that gives these chunks; empty ones are left out. For native tests.
    #[cfg(not(target_family = "wasm"))]
    pub fn from_chunks(chunks: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let chunks: Vec<_> = chunks
            .into_iter()
            .filter(|chunk| !chunk.is_empty())
            .collect();
        Self::of(Source::Given {
            size: chunks.iter().map(|chunk| chunk.len() as u64).sum(),
            chunks: chunks.into_iter(),
        })
    }

    fn of(source: Source) -> Self {
        Input {
            source,
            chunk: Vec::new(),
            used: 0,
        }
    }

    /// What to call it in messages, such as a file name.
    pub fn name(&self) -> String {
        match self.source {
            Source::Host => input::name(),
            Source::Given { .. } => "input".to_owned(),
        }
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        match self.source {
            Source::Host => input::size(),
            Source::Given { size, .. } => size,
        }
    }

    /// The bytes at hand, or the next ones from the host if there are none; empty only at the
    /// end. Say with [`consume`](BufRead::consume) how many of them were used.
    ///
    /// # Errors
    /// What the host says when it cannot read, such as `unavailable`.
    pub fn fill(&mut self) -> Result<&[u8], Failure> {
        if self.used >= self.chunk.len() {
            self.chunk = match &mut self.source {
                Source::Host => input::read(CHUNK)?,
                Source::Given { chunks, .. } => chunks.next().unwrap_or_default(),
            };
            self.used = 0;
        }
        Ok(self.at_hand())
    }

    /// The bytes that came with the last [`fill`](Input::fill) and have not been consumed.
    pub fn at_hand(&self) -> &[u8] {
        &self.chunk[self.used..]
    }

    /// Consumes the bytes at hand and gives them away.
    pub fn take_chunk(&mut self) -> Vec<u8> {
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.drain(..std::mem::take(&mut self.used));
        chunk
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill()
            .map_err(|failure| io::Error::other(Unreadable(failure)))
    }

    fn consume(&mut self, amount: usize) {
        self.used = self.used.saturating_add(amount).min(self.chunk.len());
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut at_hand = self.fill_buf()?;
        let read = at_hand.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

/// Carries the host's failure through an [`io::Error`].
#[derive(Debug)]
struct Unreadable(Failure);

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.message)
    }
}

impl std::error::Error for Unreadable {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let message = error.to_string();
        let inner = error.into_inner();
        match inner.and_then(|inner| inner.downcast::<Unreadable>().ok()) {
            Some(unreadable) => unreadable.0,
            None => Failure::malformed(message),
        }
    }
}
