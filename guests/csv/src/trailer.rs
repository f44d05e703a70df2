//! The last record, when it is not a row but tells about the rows.

use provisor_sdk::{Failure, Problem};
use regex_lite::Regex;

use crate::date::{Format, Offset};
use crate::record::Record;
use crate::settings::{Kind, Settings};

/// Recognises and reads the trailer.
#[derive(Debug)]
pub struct Trailer {
    pattern: Regex,
    delimiter: String,
    format: Format,
    offset: Offset,
}

/// What a trailer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How many rows there are.
    pub rows: Option<u64>,
    /// When the export was made, in RFC 3339.
    pub exported_at: Option<String>,
}

const ROWS: &str = "rows";
const EXPORTED_AT: &str = "exported_at";

impl Trailer {
    /// What the settings say, if they say anything. `offset` is for times without their own.
    ///
    /// # Errors
    /// A pattern or format that cannot work.
    pub fn new(settings: &Settings, offset: Offset) -> Result<Option<Self>, Problem> {
        let Some(trailer) = &settings.trailer else {
            return Ok(None);
        };
        let problem = |message: String| Problem::new("/trailer/pattern", message);
        let pattern = Regex::new(&format!(r"\A(?:{})\z", trailer.pattern))
            .map_err(|error| problem(error.to_string()))?;
        if let Some(other) = pattern
            .capture_names()
            .flatten()
            .find(|name| ![ROWS, EXPORTED_AT].contains(name))
        {
            return Err(problem(format!(
                "the group `{other}` means nothing; there are `{ROWS}` and `{EXPORTED_AT}`"
            )));
        }
        let format = match &trailer.exported_at_format {
            None => Format::standard(Kind::Datetime),
            Some(format) => Format::parse(format, Kind::Datetime)
                .map_err(|message| Problem::new("/trailer/exported-at-format", message))?,
        };
        Ok(Some(Trailer {
            pattern,
            delimiter: settings.delimiter.replace("\\t", "\t"),
            format,
            offset,
        }))
    }

    /// What a record says if it is the trailer; `None` if it is a row.
    ///
    /// # Errors
    /// `malformed` when it is the trailer and what it says cannot be understood.
    pub fn read(&self, record: Record<'_>) -> Result<Option<Told>, Failure> {
        let fields: Vec<_> = record.fields().collect();
        let text = fields.join(&self.delimiter);
        let Some(groups) = self.pattern.captures(&text) else {
            return Ok(None);
        };
        let wrong = |what: &str, text: &str| {
            Failure::malformed(format!(
                "line {}: the trailer says `{text}`, which is not {what}",
                record.line
            ))
            .at(record.line)
        };
        let rows = match groups.name(ROWS).map(|group| group.as_str().trim()) {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| wrong("a number of rows", text))?),
        };
        let exported_at = match groups.name(EXPORTED_AT).map(|group| group.as_str().trim()) {
            None => None,
            Some(text) => {
                let mut moment = String::new();
                self.format
                    .moment(text, self.offset, &mut moment)
                    .ok_or_else(|| wrong("a moment in the given format", text))?;
                Some(moment)
            }
        };
        Ok(Some(Told { rows, exported_at }))
    }
}
