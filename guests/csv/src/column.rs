//! From the text of a field to the values of an attribute.

use provisor_sdk::{PageBuilder, Problem};

use crate::date::{Format, Offset};
use crate::settings::{ColumnSettings, Empty, Kind, Settings};

/// One column to give to the host.
#[derive(Debug)]
pub struct Column {
    /// What the host calls it.
    pub attribute: String,
    /// Its name in the file.
    pub name: String,
    /// Where it stands in a record.
    pub place: usize,
    /// What stands between two values in one field.
    pub multi_value_delimiter: Option<String>,
    trim: bool,
    keep_empty: bool,
    conversion: Conversion,
}

#[derive(Debug)]
enum Conversion {
    Text,
    Integer,
    Boolean {
        yes: Vec<String>,
        no: Vec<String>,
        inverted: bool,
    },
    Date(Format),
    Datetime(Format, Offset),
}

/// The words that mean true and those that mean false, as they are compared.
pub fn vocabulary(column: &ColumnSettings) -> (Vec<String>, Vec<String>) {
    let words = |given: &Option<Vec<String>>, standard: &[&str]| match given {
        Some(words) => words.iter().map(|it| it.trim().to_lowercase()).collect(),
        None => standard.iter().map(|&it| it.to_owned()).collect(),
    };
    (
        words(&column.true_values, &["true", "t", "yes", "y", "on", "1"]),
        words(&column.false_values, &["false", "f", "no", "n", "off", "0"]),
    )
}

impl Column {
    /// A column as the settings describe it, at its place in the file.
    ///
    /// # Errors
    /// A date format that cannot work.
    pub fn new(
        settings: &Settings,
        column: &ColumnSettings,
        place: usize,
        offset: Offset,
    ) -> Result<Self, Problem> {
        let format = || match &column.date_format {
            None => Ok(Format::standard(column.kind)),
            Some(format) => Format::parse(format, column.kind)
                .map_err(|message| Problem::new("/columns", format!("`{format}`: {message}"))),
        };
        let conversion = match column.kind {
            Kind::Text => Conversion::Text,
            Kind::Integer => Conversion::Integer,
            Kind::Boolean => {
                let (yes, no) = vocabulary(column);
                let inverted = column.inverted;
                Conversion::Boolean { yes, no, inverted }
            }
            Kind::Date => Conversion::Date(format()?),
            Kind::Datetime => Conversion::Datetime(format()?, offset),
        };
        Ok(Column {
            attribute: column.attribute().to_owned(),
            name: column.column.clone(),
            place,
            multi_value_delimiter: column.multi_value_delimiter.clone(),
            trim: column.trim.unwrap_or(settings.trim),
            keep_empty: settings.empty == Empty::Empty && column.kind == Kind::Text,
            conversion,
        })
    }

    /// A column of text as it stands in the file.
    pub fn as_is(settings: &Settings, name: &str, place: usize) -> Self {
        Column {
            attribute: name.to_owned(),
            name: name.to_owned(),
            place,
            multi_value_delimiter: None,
            trim: settings.trim,
            keep_empty: settings.empty == Empty::Empty,
            conversion: Conversion::Text,
        }
    }

    /// Whether its cell is the field as it stands.
    pub fn is_plain(&self) -> bool {
        matches!(self.conversion, Conversion::Text)
            && !self.trim
            && self.multi_value_delimiter.is_none()
    }

    /// Adds the cell that a field becomes.
    ///
    /// # Errors
    /// Why a value does not fit the type, for a person. The cell is not whole then.
    #[inline]
    pub fn add(
        &self,
        field: &str,
        page: &mut PageBuilder,
        scratch: &mut String,
    ) -> Result<(), String> {
        match &self.multi_value_delimiter {
            Some(delimiter) if !field.is_empty() => {
                for part in field.split(delimiter.as_str()) {
                    self.add_value(part, page, scratch)?;
                }
            }
            _ => self.add_value(field, page, scratch)?,
        }
        page.end_cell();
        Ok(())
    }

    /// Adds the one value of a field to `into`. `false` when there is none.
    ///
    /// # Errors
    /// As [`add`](Column::add).
    pub fn value(&self, field: &str, into: &mut String) -> Result<bool, String> {
        let text = self.trimmed(field);
        if text.is_empty() {
            return Ok(false);
        }
        let done = match &self.conversion {
            Conversion::Text => {
                into.push_str(text);
                Some(())
            }
            Conversion::Integer => integer(text, into),
            Conversion::Boolean { yes, no, inverted } => boolean(text, yes, no).map(|found| {
                into.push_str(if found != *inverted { "true" } else { "false" });
            }),
            Conversion::Date(format) => format.day(text, into),
            Conversion::Datetime(format, offset) => format.moment(text, *offset, into),
        };
        match done {
            Some(()) => Ok(true),
            None => Err(self.misfit(text)),
        }
    }

    #[inline]
    fn add_value(
        &self,
        field: &str,
        page: &mut PageBuilder,
        scratch: &mut String,
    ) -> Result<(), String> {
        if matches!(self.conversion, Conversion::Text) {
            let text = self.trimmed(field);
            if !text.is_empty() || self.keep_empty {
                page.value(text);
            }
            return Ok(());
        }
        scratch.clear();
        if self.value(field, scratch)? {
            page.value(scratch);
        }
        Ok(())
    }

    #[inline]
    fn trimmed<'a>(&self, field: &'a str) -> &'a str {
        if self.trim || !matches!(self.conversion, Conversion::Text) {
            field.trim()
        } else {
            field
        }
    }

    /// What to say of a row that it should identify and does not.
    pub fn missing(&self) -> String {
        format!("column `{}` is empty, and it identifies the row", self.name)
    }

    fn misfit(&self, text: &str) -> String {
        let wanted = match &self.conversion {
            Conversion::Text => "a text".to_owned(),
            Conversion::Integer => "a whole number".to_owned(),
            Conversion::Boolean { yes, no, .. } => {
                format!("one of {} or {}", yes.join(", "), no.join(", "))
            }
            Conversion::Date(format) => format!("a day written as {}", format.source()),
            Conversion::Datetime(format, _) => format!("a moment written as {}", format.source()),
        };
        format!("column `{}`: {} is not {wanted}", self.name, quoted(text))
    }
}

/// A value for a message, cut when it is long.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        None => format!("`{text}`"),
        Some((end, _)) => format!("`{}…`", &text[..end]),
    }
}

fn integer(text: &str, into: &mut String) -> Option<()> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits.trim_start_matches('0') {
        "" => into.push('0'),
        significant => {
            if negative {
                into.push('-');
            }
            into.push_str(significant);
        }
    }
    Some(())
}

fn boolean(text: &str, yes: &[String], no: &[String]) -> Option<bool> {
    let among = |words: &[String], text: &str| words.iter().any(|word| word == text);
    if among(yes, text) {
        return Some(true);
    }
    if among(no, text) {
        return Some(false);
    }
    let lower = text.to_lowercase();
    match (among(yes, &lower), among(no, &lower)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_lose_their_plus_and_their_zeros() {
        let cases = [
            ("+007", Some("7")),
            ("-0", Some("0")),
            ("000", Some("0")),
            ("-0120", Some("-120")),
            (
                "99999999999999999999999999",
                Some("99999999999999999999999999"),
            ),
            ("1.0", None),
            ("", None),
            ("-", None),
            ("١", None),
        ];
        for (text, expected) in cases {
            let mut into = String::new();
            let read = integer(text, &mut into).map(|()| into.as_str());
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn words_are_compared_without_case() {
        let (yes, no) = (vec!["áno".to_owned()], vec!["nie".to_owned()]);
        assert_eq!(boolean("ÁNO", &yes, &no), Some(true));
        assert_eq!(boolean("Nie", &yes, &no), Some(false));
        assert_eq!(boolean("ano", &yes, &no), None);
    }
}
