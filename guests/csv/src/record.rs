//! Cutting the text into records and knowing on which line each begins.

use provisor_sdk::{Failure, Input};

use crate::dialect::{Dialect, UNIT_SEPARATOR};
use crate::encoding::Encoding;
use crate::line::{self, Marks};
use crate::source::Source;

/// Cuts an input into records. What it keeps is bounded by the limits: one record.
#[derive(Debug)]
pub struct Records {
    source: Source,
    core: csv_core::Reader,
    marks: Marks,
    comment: Option<u8>,
    limits: Limits,
    look_ahead: bool,
    /// The line of the next byte of the source.
    line: u64,
    /// Whether the last byte was a carriage return that has been counted as a line.
    after_return: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// How large a record may get.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one field.
    pub field_bytes: usize,
    /// Fields of one record.
    pub fields: usize,
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    /// Its fields, one behind the other.
    pub text: &'a str,
    /// Where each field ends in `text`.
    pub ends: &'a [usize],
    /// Whether the input ended without a line break behind it.
    pub unterminated: bool,
    /// Whether nothing but empty lines and comments follows; only known with
    /// [`look_ahead`](Records::look_ahead).
    pub last: bool,
}

impl<'a> Record<'a> {
    /// The field at this place, counted from 0.
    #[inline]
    pub fn field(&self, place: usize) -> Option<&'a str> {
        let end = *self.ends.get(place)?;
        let start = match place {
            0 => 0,
            _ => self.ends[place - 1],
        };
        self.text.get(start..end)
    }

    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = &'a str> {
        let record = *self;
        (0..self.ends.len()).filter_map(move |place| record.field(place))
    }
}

impl Records {
    /// Begins to cut.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn open(
        input: Input,
        encoding: Encoding,
        dialect: &Dialect,
        limits: Limits,
    ) -> Result<Self, Failure> {
        Ok(Records {
            source: Source::open(input, encoding, dialect)?,
            core: dialect.reader(),
            marks: dialect.marks(),
            comment: dialect.comment,
            limits,
            look_ahead: false,
            line: 1,
            after_return: false,
            text: vec![0; 8 * 1024],
            ends: vec![0; 64],
        })
    }

    /// Leaves out so many lines, whatever stands in them.
    ///
    /// # Errors
    /// What is wrong with the source, with its line.
    pub fn skip_lines(&mut self, lines: u32) -> Result<(), Failure> {
        let first_kept = self.line + u64::from(lines);
        while self.line < first_kept && self.skip_line()? {}
        Ok(())
    }

    /// Finds out of each record whether it is the last. It costs a look behind each.
    pub fn look_ahead(&mut self, yes: bool) {
        self.look_ahead = yes;
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// `malformed` with the line: a quote that is never closed, a limit, a wrong encoding, NUL.
    pub fn read(&mut self) -> Result<Option<Record<'_>>, Failure> {
        self.skip_blank()?;
        let start = self.line;
        if self.source.at_hand().is_empty() {
            return Ok(None);
        }
        let (fields, unterminated) = match self.cut_plain() {
            Some(fields) => (fields, false),
            None => self.cut(start)?,
        };
        self.check_limits(start, fields)?;
        if self.source.long_delimiter().is_some() {
            self.unfold(fields);
        }
        let length = self.end(fields);
        let last = self.look_ahead && {
            self.skip_blank()?;
            self.fill()?.is_empty()
        };
        let bytes = &self.text[..length];
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(wrong_encoding(start, bytes, error.valid_up_to())),
        };
        // Halves of a character in two neighbouring fields make a whole one in the text.
        let ends = &self.ends[..fields];
        if let Some(&cut) = ends.iter().find(|&&end| !text.is_char_boundary(end)) {
            return Err(wrong_encoding(start, bytes, cut));
        }
        Ok(Some(Record {
            line: start,
            text,
            ends,
            unterminated,
            last,
        }))
    }

    /// Takes the quick way, if the record can go it: how many fields it has.
    #[inline]
    fn cut_plain(&mut self) -> Option<usize> {
        if self.after_return || self.source.bare_returns() {
            return None;
        }
        let bytes = self.source.at_hand();
        let (read, fields) = line::cut(bytes, self.marks, &mut self.text, &mut self.ends)?;
        self.source.consume(read);
        self.line += 1;
        Some(fields)
    }

    /// Runs the machine until a record is whole: how many fields it has, and whether it took the
    /// end of the input to make it so. There must be bytes at hand.
    #[inline]
    fn cut(&mut self, start: u64) -> Result<(usize, bool), Failure> {
        let (mut length, mut fields) = (0, 0);
        loop {
            if let Err(fault) = self.source.fill() {
                return Err(at(fault, self.line));
            }
            let at_end = self.source.at_hand().is_empty();
            // The machine takes the end of the input for the end of a record even inside quotes.
            // Shown a line break instead, it ends the record only outside of them.
            let input = match at_end {
                true => &b"\n"[..],
                false => self.source.at_hand(),
            };
            let lines_before = self.core.line();
            let (result, read, written, ended) =
                self.core
                    .read_record(input, &mut self.text[length..], &mut self.ends[fields..]);
            length += written;
            fields += ended;
            if !at_end {
                // The machine counts line feeds as it goes; where a carriage return may stand
                // alone, lines are counted byte by byte.
                if self.after_return || self.source.bare_returns() {
                    count(&input[..read], &mut self.line, &mut self.after_return);
                } else {
                    self.line += self.core.line() - lines_before;
                }
                self.source.consume(read);
            }
            match result {
                csv_core::ReadRecordResult::Record => {
                    return Ok((fields, at_end));
                }
                csv_core::ReadRecordResult::InputEmpty | csv_core::ReadRecordResult::End => {
                    if at_end {
                        return Err(Failure::malformed(format!(
                            "line {start}: the export is cut off: a quoted field of the record \
                             that begins here is never closed"
                        ))
                        .at(start));
                    }
                }
                csv_core::ReadRecordResult::OutputFull => {
                    if length - self.end(fields) > self.limits.field_bytes {
                        return Err(self.field_too_long(start, fields));
                    }
                    self.text.resize(self.text.len() * 2, 0);
                }
                csv_core::ReadRecordResult::OutputEndsFull => {
                    if fields > self.limits.fields {
                        return Err(self.too_many_fields(start));
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
            }
        }
    }

    /// Where the first so many fields end in the text.
    #[inline]
    fn end(&self, fields: usize) -> usize {
        match fields {
            0 => 0,
            _ => self.ends[fields - 1],
        }
    }

    /// Applies the limits to a whole record. As long as the record as a whole is shorter than one
    /// field may be, nothing has to be looked at.
    #[inline]
    fn check_limits(&self, start: u64, fields: usize) -> Result<(), Failure> {
        if fields > self.limits.fields {
            return Err(self.too_many_fields(start));
        }
        if self.end(fields) > self.limits.field_bytes {
            let mut begun = 0;
            for (place, &end) in self.ends[..fields].iter().enumerate() {
                if end - begun > self.limits.field_bytes {
                    return Err(self.field_too_long(start, place));
                }
                begun = end;
            }
        }
        Ok(())
    }

    fn too_many_fields(&self, start: u64) -> Failure {
        Failure::malformed(format!(
            "line {start}: the record has more than {} fields; is the delimiter right? If so, \
             raise `max-columns`",
            self.limits.fields
        ))
        .at(start)
    }

    fn field_too_long(&self, start: u64, place: usize) -> Failure {
        Failure::malformed(format!(
            "line {start}: field {} of the record that begins here is longer than {} bytes; \
             usually a quote was not closed. If it is right, raise `max-field-bytes`",
            place + 1,
            self.limits.field_bytes
        ))
        .at(start)
    }

    /// Leaves out line breaks and comments in front of a record.
    #[inline]
    fn skip_blank(&mut self) -> Result<(), Failure> {
        loop {
            match self.fill()?.first().copied() {
                Some(b'\r' | b'\n') => self.pass(1),
                Some(byte) if Some(byte) == self.comment => {
                    self.skip_line()?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Leaves out what is left of a line. Whether there was a line break.
    fn skip_line(&mut self) -> Result<bool, Failure> {
        // The line feed of a line break that began with the byte before belongs to the line before.
        if self.after_return && self.fill()?.first() == Some(&b'\n') {
            self.pass(1);
        }
        loop {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let found = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            match found {
                None => {
                    let all = bytes.len();
                    self.pass(all);
                }
                Some(place) if bytes[place] == b'\n' => {
                    self.pass(place + 1);
                    return Ok(true);
                }
                Some(place) => {
                    self.pass(place + 1);
                    // Counted now, so that the line feed behind it is not.
                    if !self.after_return {
                        self.line += 1;
                        self.after_return = true;
                    }
                    return Ok(true);
                }
            }
        }
    }

    fn fill(&mut self) -> Result<&[u8], Failure> {
        match self.source.fill() {
            Ok(()) => Ok(self.source.at_hand()),
            Err(fault) => Err(at(fault, self.line)),
        }
    }

    /// Consumes bytes and counts the lines in them.
    fn pass(&mut self, amount: usize) {
        let bytes = &self.source.at_hand()[..amount];
        if self.after_return || self.source.bare_returns() {
            count(bytes, &mut self.line, &mut self.after_return);
        } else {
            self.line += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        }
        self.source.consume(amount);
    }

    /// Puts the long delimiter back where it stood inside quotes.
    fn unfold(&mut self, fields: usize) {
        let Some(delimiter) = self.source.long_delimiter() else {
            return;
        };
        let length = self.end(fields);
        if !self.text[..length].contains(&UNIT_SEPARATOR) {
            return;
        }
        let mut text = Vec::with_capacity(length + delimiter.len());
        let mut begun = 0;
        for end in &mut self.ends[..fields] {
            for &byte in &self.text[begun..*end] {
                match byte {
                    UNIT_SEPARATOR => text.extend_from_slice(delimiter.as_bytes()),
                    _ => text.push(byte),
                }
            }
            begun = *end;
            *end = text.len();
        }
        let room = self.text.len().max(text.len());
        text.resize(room, 0);
        self.text = text;
    }
}

/// Counts the lines in bytes: a line feed, a carriage return, or both together end one.
fn count(bytes: &[u8], line: &mut u64, after_return: &mut bool) {
    for &byte in bytes {
        *line += u64::from(byte == b'\r' || (byte == b'\n' && !*after_return));
        *after_return = byte == b'\r';
    }
}

fn at(mut failure: Failure, line: u64) -> Failure {
    if failure.position.is_none() && failure.kind == provisor_sdk::FailureKind::Malformed {
        failure.message = format!("line {line}: {}", failure.message);
        failure.position = Some(line);
    }
    failure
}

fn wrong_encoding(start: u64, bytes: &[u8], place: usize) -> Failure {
    let mut line = start;
    count(&bytes[..place], &mut line, &mut false);
    Failure::malformed(format!(
        "line {line}: the byte 0x{:02X} is not UTF-8 here; say the right `encoding`",
        bytes.get(place).copied().unwrap_or(0)
    ))
    .at(line)
}
