//! What a reader is given to read: the example, or something made of it.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use provisor_sandbox::Input;

/// An input, piece after piece. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Content {
    /// What to call it in messages.
    pub name: String,
    pieces: Vec<(Arc<[u8]>, usize)>,
    /// The most bytes that the component gets at a time.
    step: usize,
    /// After so many bytes it cannot be read any more.
    breaks_at: Option<u64>,
}

impl Content {
    /// These bytes, as many at a time as the component asks for.
    pub fn new(bytes: &[u8]) -> Self {
        Content {
            name: "example".to_owned(),
            pieces: vec![(bytes.into(), 1)],
            step: usize::MAX,
            breaks_at: None,
        }
    }

    /// These bytes, each so many times in a row. Repetition takes no memory.
    pub fn repeating(pieces: impl IntoIterator<Item = (Vec<u8>, usize)>) -> Self {
        let pieces = pieces.into_iter();
        Content {
            pieces: pieces.map(|(bytes, times)| (bytes.into(), times)).collect(),
            ..Content::new(b"")
        }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// The same, at most so many bytes at a time.
    #[must_use]
    pub fn by(mut self, step: usize) -> Self {
        self.step = step.max(1);
        self
    }

    /// The same, but after so many bytes it cannot be read any more.
    #[must_use]
    pub fn breaking_at(mut self, bytes: u64) -> Self {
        self.breaks_at = Some(bytes);
        self
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        let pieces = self.pieces.iter();
        pieces
            .map(|(bytes, times)| bytes.len() as u64 * *times as u64)
            .sum()
    }

    /// Its beginning, for evidence.
    pub fn beginning(&self) -> String {
        let first = self.pieces.first().map_or(&[][..], |(bytes, _)| bytes);
        String::from_utf8_lossy(first).into_owned()
    }

    /// As the component is given it; `met` is told when it met the break.
    pub fn input(&self, met: Arc<std::sync::atomic::AtomicBool>) -> Input {
        Input {
            name: self.name.clone(),
            size: self.size(),
            content: Box::new(Served {
                content: self.clone(),
                piece: 0,
                time: 0,
                offset: 0,
                given: 0,
                in_step: 0,
                met,
            }),
        }
    }
}

/// A content being read.
struct Served {
    content: Content,
    piece: usize,
    /// How often this piece was read to its end.
    time: usize,
    /// Bytes of this piece that were read.
    offset: usize,
    /// Bytes that were read altogether.
    given: u64,
    /// Bytes that were read since the last pause.
    in_step: usize,
    met: Arc<std::sync::atomic::AtomicBool>,
}

impl Read for Served {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.in_step >= self.content.step {
            self.in_step = 0;
            return Err(ErrorKind::Interrupted.into());
        }
        let mut most = into.len().min(self.content.step - self.in_step);
        if let Some(end) = self.content.breaks_at {
            let left = end.saturating_sub(self.given);
            if left == 0 {
                self.met.store(true, std::sync::atomic::Ordering::Relaxed);
                return Err(io::Error::other("the source went away"));
            }
            most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        while let Some((bytes, times)) = self.content.pieces.get(self.piece) {
            let rest = &bytes[self.offset..];
            if self.time >= *times || bytes.is_empty() {
                (self.piece, self.time, self.offset) = (self.piece + 1, 0, 0);
                continue;
            }
            let length = rest.len().min(most);
            into[..length].copy_from_slice(&rest[..length]);
            self.offset += length;
            if self.offset == bytes.len() {
                (self.time, self.offset) = (self.time + 1, 0);
            }
            self.given += length as u64;
            self.in_step += length;
            return Ok(length);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn all(content: &Content) -> (io::Result<String>, bool) {
        let met = Arc::new(AtomicBool::new(false));
        let mut text = String::new();
        let read = content
            .input(Arc::clone(&met))
            .content
            .read_to_string(&mut text);
        (read.map(|_| text), met.load(Ordering::Relaxed))
    }

    #[test]
    fn pieces_come_one_after_the_other_and_as_often_as_they_should() {
        let pieces = [("ab", 2), ("", 5), ("c", 0), ("d", 1)];
        let content = Content::repeating(pieces.map(|(text, times)| (text.into(), times)));
        assert_eq!(
            (content.size(), all(&content).0.unwrap()),
            (5, "ababd".to_owned())
        );
        assert_eq!(all(&content.by(1)).0.unwrap(), "ababd");
    }

    #[test]
    fn a_content_breaks_where_it_should_and_says_so() {
        let (read, met) = all(&Content::new(b"abc").breaking_at(2));
        assert!(read.is_err() && met);
        let (read, met) = all(&Content::new(b"abc").breaking_at(4));
        assert_eq!((read.unwrap(), met), ("abc".to_owned(), false));
    }
}
