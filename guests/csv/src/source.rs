//! The input as stretches of bytes that are fit to be cut into records.

use provisor_sdk::Failure;
use provisor_sdk::Input;
use std::io::BufRead;

use crate::dialect::{Dialect, UNIT_SEPARATOR};
use crate::encoding::{Decoding, Encoding, HEAD};

/// Gives the text of an input: decoded, without a byte-order mark, without NUL, with
/// [`UNIT_SEPARATOR`] in place of a long delimiter. (UTF-8 is passed on as it is; whoever takes
/// a field out of it has to look whether it is valid.)
///
/// What is wrong with the input is told when everything before it has been consumed, so it does
/// not depend on how the input comes in pieces.
#[derive(Debug)]
pub struct Source {
    input: Input,
    decoding: Option<Decoding>,
    folding: Option<Folding>,
    /// What has been prepared; unused when the bytes of the input are good as they are.
    prepared: Vec<u8>,
    used: usize,
    /// How many bytes at hand are good.
    good: usize,
    /// What is wrong behind them.
    fault: Option<Failure>,
    bare_returns: bool,
    /// Whether the end of the input has been told to those who prepare.
    flushed: bool,
    ended: bool,
}

impl Source {
    /// Looks at the beginning of an input.
    ///
    /// # Errors
    /// `malformed` when it is not in this encoding; what the host says when it cannot read.
    pub fn open(mut input: Input, encoding: Encoding, dialect: &Dialect) -> Result<Self, Failure> {
        let mut head = Vec::with_capacity(HEAD);
        while head.len() < HEAD {
            let bytes = input.fill()?;
            if bytes.is_empty() {
                break;
            }
            let taken = bytes.len().min(HEAD - head.len());
            head.extend_from_slice(&bytes[..taken]);
            input.consume(taken);
        }
        let opening = encoding
            .open(&head)
            .map_err(|message| Failure::malformed(format!("line 1: {message}")).at(1))?;
        let mut source = Source {
            input,
            decoding: opening.decoding,
            folding: Folding::new(dialect),
            prepared: Vec::new(),
            used: 0,
            good: 0,
            fault: None,
            bare_returns: false,
            flushed: false,
            ended: false,
        };
        source.prepare(&head[opening.mark..], false);
        source.survey();
        Ok(source)
    }

    /// Sees to it that there are bytes [at hand](Source::at_hand) unless the input is at its end.
    ///
    /// # Errors
    /// What is wrong at exactly this place. The failure does not name the line yet.
    #[inline]
    pub fn fill(&mut self) -> Result<(), Failure> {
        while self.good == 0 && !self.ended {
            if let Some(fault) = &self.fault {
                return Err(fault.clone());
            }
            self.refill()?;
        }
        Ok(())
    }

    /// Says that so many of the bytes at hand were used.
    #[inline]
    pub fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.good);
        self.good -= amount;
        match self.prepared.is_empty() {
            true => self.input.consume(amount),
            false => self.used += amount,
        }
    }

    /// Whether a carriage return without a line feed may be among the bytes at hand.
    #[inline]
    pub fn bare_returns(&self) -> bool {
        self.bare_returns
    }

    /// The long delimiter that [`UNIT_SEPARATOR`] stands for.
    pub fn long_delimiter(&self) -> Option<&str> {
        self.folding
            .as_ref()
            .map(|folding| folding.delimiter.as_str())
    }

    /// Bytes that have not been consumed; empty only at the end.
    #[inline]
    pub fn at_hand(&self) -> &[u8] {
        match self.prepared.is_empty() {
            true => self.input.at_hand().get(..self.good).unwrap_or(&[]),
            false => &self.prepared[self.used..self.used + self.good],
        }
    }

    fn refill(&mut self) -> Result<(), Failure> {
        self.prepared.clear();
        self.used = 0;
        let end = self.input.fill()?.is_empty();
        if end && std::mem::replace(&mut self.flushed, true) {
            self.ended = true;
            return Ok(());
        }
        if self.decoding.is_some() || self.folding.is_some() {
            let bytes = self.input.take_chunk();
            self.prepare(&bytes, end);
        }
        self.survey();
        Ok(())
    }

    /// Decodes and folds bytes into `prepared`.
    fn prepare(&mut self, bytes: &[u8], last: bool) {
        let mut decoded = Vec::new();
        let text = match &mut self.decoding {
            None => bytes,
            Some(decoding) => {
                if let Err(message) = decoding.decode(bytes, last, &mut decoded) {
                    self.fault = Some(Failure::malformed(message));
                }
                &decoded
            }
        };
        let Some(folding) = &mut self.folding else {
            self.prepared.extend_from_slice(text);
            return;
        };
        let last = last || self.fault.is_some();
        if let Err(failure) = folding.fold(text, last, &mut self.prepared) {
            self.fault = Some(failure);
        }
    }

    /// Looks for what cannot be cut into records.
    fn survey(&mut self) {
        let bytes = match self.prepared.is_empty() {
            true if self.decoding.is_some() || self.folding.is_some() => &[],
            true => self.input.at_hand(),
            false => &self.prepared[..],
        };
        let (nul, bare_returns) = survey(bytes);
        self.good = bytes.len();
        self.bare_returns = bare_returns;
        if nul && let Some(place) = bytes.iter().position(|&byte| byte == 0) {
            self.good = place;
            self.fault = Some(Failure::malformed(
                "there is a NUL byte; say the right `encoding`, or have the export made again",
            ));
        }
    }
}

/// Whether there is a NUL, and whether there is a carriage return that no line feed follows (or
/// may not follow, at the end).
///
/// Every byte of every input comes through here, so it is written for the instructions that look
/// at sixteen bytes at once.
#[cfg_attr(target_family = "wasm", target_feature(enable = "simd128"))]
fn survey(bytes: &[u8]) -> (bool, bool) {
    let mut nul = 0;
    let mut bare = 0;
    let next = bytes.get(1..).unwrap_or(&[]);
    for (&byte, &next) in bytes.iter().zip(next) {
        nul |= u8::from(byte == 0);
        bare |= u8::from(byte == b'\r') & u8::from(next != b'\n');
    }
    let last = bytes.last();
    (
        nul != 0 || last == Some(&0),
        bare != 0 || last == Some(&b'\r'),
    )
}

/// Puts [`UNIT_SEPARATOR`] in place of a delimiter that is not a single byte.
#[derive(Debug)]
struct Folding {
    delimiter: String,
    /// The beginning of what may become a delimiter with the next bytes.
    carried: Vec<u8>,
}

impl Folding {
    fn new(dialect: &Dialect) -> Option<Self> {
        dialect.delimiter_byte().is_none().then(|| Folding {
            delimiter: dialect.delimiter.clone(),
            carried: Vec::new(),
        })
    }

    fn fold(&mut self, bytes: &[u8], last: bool, into: &mut Vec<u8>) -> Result<(), Failure> {
        let mut work = std::mem::take(&mut self.carried);
        work.extend_from_slice(bytes);
        let delimiter = self.delimiter.as_bytes();
        let mut rest = &work[..];
        while let Some(&byte) = rest.first() {
            if let Some(behind) = rest.strip_prefix(delimiter) {
                into.push(UNIT_SEPARATOR);
                rest = behind;
            } else if !last && delimiter.starts_with(rest) {
                self.carried = rest.to_vec();
                break;
            } else if byte == UNIT_SEPARATOR {
                return Err(Failure::malformed(
                    "there is the control character U+001F, which cannot be told from a \
                     delimiter of several characters",
                ));
            } else {
                into.push(byte);
                rest = &rest[1..];
            }
        }
        Ok(())
    }
}
