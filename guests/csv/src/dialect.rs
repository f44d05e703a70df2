//! How a line is cut into fields: delimiter, quote, escape and comment.

use provisor_sdk::Problem;

use crate::line::Marks;
use crate::settings::Settings;

/// What stands for a delimiter that is not a single byte while records are cut. Such a file must
/// not hold this character itself.
pub const UNIT_SEPARATOR: u8 = 0x1f;

/// The characters of a dialect, checked against each other.
#[derive(Debug, Clone)]
pub struct Dialect {
    /// The delimiter as the file has it.
    pub delimiter: String,
    quote: Option<u8>,
    escape: Option<u8>,
    /// What a line begins with that is not data.
    pub comment: Option<u8>,
}

impl Dialect {
    /// What the settings say.
    ///
    /// # Errors
    /// The first character that cannot be what it should be.
    pub fn new(settings: &Settings) -> Result<Self, Problem> {
        let delimiter = match settings.delimiter.as_str() {
            "\\t" => "\t".to_owned(),
            other => other.to_owned(),
        };
        let problem = |path: &str, message: &str| Problem::new(path, message);
        if delimiter.is_empty() {
            return Err(problem("/delimiter", "say what stands between two fields"));
        }
        if delimiter.contains(['\r', '\n', '\0', '\u{1f}']) {
            let message = "a line break, NUL or U+001F cannot stand between two fields";
            return Err(problem("/delimiter", message));
        }
        let quote = match settings.quote.as_str() {
            "none" => None,
            text => Some(
                single(text)
                    .ok_or_else(|| problem("/quote", "give one ASCII character, or `none`"))?,
            ),
        };
        let optional = |path: &str, text: &Option<String>| match text.as_deref() {
            None => Ok(None),
            Some(text) => single(text)
                .map(Some)
                .ok_or_else(|| problem(path, "give one ASCII character, or leave it out")),
        };
        let escape = optional("/escape", &settings.escape)?;
        let comment = optional("/comment", &settings.comment)?;
        if escape.is_some() && quote.is_none() {
            let message = "an escape works inside quoted fields only, and `quote` is `none`";
            return Err(problem("/escape", message));
        }
        let roles = [
            ("/quote", quote),
            ("/escape", escape),
            ("/comment", comment),
        ];
        for (place, (path, character)) in roles.iter().enumerate() {
            let Some(character) = character else { continue };
            if delimiter.as_bytes().contains(character) {
                return Err(problem(path, "this character stands in the delimiter"));
            }
            if roles[..place].iter().any(|(_, it)| *it == Some(*character)) {
                return Err(problem(path, "this character has another meaning already"));
            }
        }
        Ok(Dialect {
            delimiter,
            quote,
            escape,
            comment,
        })
    }

    /// The delimiter when it is a single byte; other ones are replaced by [`UNIT_SEPARATOR`]
    /// before records are cut.
    pub fn delimiter_byte(&self) -> Option<u8> {
        match self.delimiter.as_bytes() {
            [byte] => Some(*byte),
            _ => None,
        }
    }

    /// What divides a line.
    pub fn marks(&self) -> Marks {
        Marks {
            delimiter: self.delimiter_byte().unwrap_or(UNIT_SEPARATOR),
            quote: self.quote,
        }
    }

    /// The machine that cuts records.
    pub fn reader(&self) -> csv_core::Reader {
        let mut builder = csv_core::ReaderBuilder::new();
        builder
            .delimiter(self.delimiter_byte().unwrap_or(UNIT_SEPARATOR))
            .escape(self.escape);
        match self.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        let mut reader = builder.build();
        // It would drop a byte-order mark from the first bytes that it sees. That is the business
        // of the encoding, so it sees a line break first.
        reader.read_record(b"\n", &mut [0], &mut [0]);
        reader
    }
}

/// The only character of a text, unless it would be taken for a part of another one, white space
/// or a control character.
fn single(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_graphic() => Some(*byte),
        _ => None,
    }
}
