//! What the resource's configuration says about its CSV export.

use provisor_sdk::Problem;
use serde::Deserialize;

use crate::date::{Format, Offset};
use crate::dialect::Dialect;
use crate::encoding::Encoding;
use crate::trailer::Trailer;

/// The settings of this component. Their documentation for people is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The attribute that identifies a row, or several that do so together.
    pub identifier: Identifier,
    /// What the computed column is called when several attributes identify a row.
    #[serde(default)]
    pub identifier_name: Option<String>,
    /// What stands between the parts of a computed identifier.
    #[serde(default = "slash")]
    pub identifier_separator: String,
    /// How characters are written as bytes.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands between two fields.
    #[serde(default = "comma")]
    pub delimiter: String,
    /// What encloses a field that holds the delimiter, or `none`.
    #[serde(default = "double_quote")]
    pub quote: String,
    /// What takes the meaning from a quote inside a quoted field, beside doubling it.
    #[serde(default)]
    pub escape: Option<String>,
    /// What a line begins with that is not data.
    #[serde(default)]
    pub comment: Option<String>,
    /// Lines before the header that are not looked at.
    #[serde(default)]
    pub skip_lines: u32,
    /// Whether the first record names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// The names of the columns when there is no header.
    #[serde(default)]
    pub columns_in_file: Vec<String>,
    /// The columns to give, and as what. All of them as text when there is none.
    #[serde(default)]
    pub columns: Vec<ColumnSettings>,
    /// Whether white space around a value is dropped.
    #[serde(default)]
    pub trim: bool,
    /// What an empty field means.
    #[serde(default)]
    pub empty: Empty,
    /// The last record, when it is not a row but tells about the rows.
    #[serde(default)]
    pub trailer: Option<TrailerSettings>,
    /// What happens to a row with too few or too many fields.
    #[serde(default)]
    pub ragged: RowPolicy,
    /// What happens to a row with a value that does not fit its type.
    #[serde(default)]
    pub bad_row: RowPolicy,
    /// The offset of times that do not say theirs.
    #[serde(default = "zulu")]
    pub utc_offset: String,
    /// How long a field may be, in bytes.
    #[serde(default = "max_field_bytes")]
    pub max_field_bytes: usize,
    /// How many fields a record may have.
    #[serde(default = "max_columns")]
    pub max_columns: usize,
}

/// One attribute, or several together.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "the name of an attribute, or a list of such names"
)]
pub enum Identifier {
    /// This attribute identifies a row.
    One(String),
    /// These attributes identify a row together.
    Several(Vec<String>),
}

impl Identifier {
    /// The names, however many.
    pub fn parts(&self) -> &[String] {
        match self {
            Identifier::One(name) => std::slice::from_ref(name),
            Identifier::Several(names) => names,
        }
    }
}

/// One column to give to the host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ColumnSettings {
    /// Its name in the file; case and space do not matter.
    pub column: String,
    /// The name of the attribute that it holds; that of the column by default.
    #[serde(default)]
    pub attribute: Option<String>,
    /// What its values are.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// What stands between two values in one field.
    #[serde(default)]
    pub multi_value_delimiter: Option<String>,
    /// The words that mean true.
    #[serde(default)]
    pub true_values: Option<Vec<String>>,
    /// The words that mean false.
    #[serde(default)]
    pub false_values: Option<Vec<String>>,
    /// Whether true in the file is false for the host.
    #[serde(default)]
    pub inverted: bool,
    /// How dates are written.
    #[serde(default)]
    pub date_format: Option<String>,
    /// Whether white space around a value is dropped; as the whole file by default.
    #[serde(default)]
    pub trim: Option<bool>,
}

impl ColumnSettings {
    /// What the host calls it.
    pub fn attribute(&self) -> &str {
        self.attribute.as_deref().unwrap_or(&self.column)
    }
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Taken as it is.
    #[default]
    Text,
    /// A whole number of any length.
    Integer,
    /// One of two meanings.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    Datetime,
}

/// What an empty field means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Empty {
    /// The attribute has no value.
    #[default]
    Absent,
    /// The attribute has one value, which is empty.
    Empty,
}

/// What happens to a row that cannot be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowPolicy {
    /// The export as a whole is refused.
    Refuse,
    /// The row is reported with its line; the others are good.
    #[default]
    RejectRow,
}

/// How the trailer is recognised.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrailerSettings {
    /// A regular expression that fits the whole last record.
    pub pattern: String,
    /// How the group `exported-at` is written.
    #[serde(default)]
    pub exported_at_format: Option<String>,
}

fn slash() -> String {
    "/".to_owned()
}

fn comma() -> String {
    ",".to_owned()
}

fn double_quote() -> String {
    "\"".to_owned()
}

fn zulu() -> String {
    "Z".to_owned()
}

fn yes() -> bool {
    true
}

fn max_field_bytes() -> usize {
    64 * 1024
}

fn max_columns() -> usize {
    1000
}

impl Settings {
    /// All that is wrong beyond what the schema can say.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(Dialect::new(self).err());
        problems.extend(self.file_problems());
        problems.extend(self.column_problems());
        problems.extend(self.identifier_problems());
        let offset = Offset::parse(&self.utc_offset)
            .ok_or_else(|| Problem::new("/utc-offset", "write `Z` or an offset such as `+01:00`"));
        if let Err(problem) = offset.and_then(|offset| Trailer::new(self, offset)) {
            problems.push(problem);
        }
        problems
    }

    fn file_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |path: &str, message: &str| problems.push(Problem::new(path, message));
        match (self.header, self.columns_in_file.is_empty()) {
            (false, true) => add(
                "/columns-in-file",
                "name the columns of the file here when it has no header",
            ),
            (true, false) => add(
                "/columns-in-file",
                "the header names the columns; leave this out or set `header` to false",
            ),
            _ => {}
        }
        if self.max_field_bytes == 0 {
            add("/max-field-bytes", "allow at least one byte");
        }
        if self.max_columns == 0 {
            add("/max-columns", "allow at least one column");
        }
        problems
    }

    fn column_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let path = |member: &str| format!("/columns/{place}{member}");
            let name = column.attribute();
            if name.trim().is_empty() {
                problems.push(Problem::new(path(""), "the column has no name"));
            }
            if self.columns[..place]
                .iter()
                .any(|it| it.attribute() == name)
            {
                let message = format!("the attribute `{name}` is named twice");
                problems.push(Problem::new(path("/attribute"), message));
            }
            if column.multi_value_delimiter.as_deref() == Some("") {
                let message = "leave it out, or say what stands between two values";
                problems.push(Problem::new(path("/multi-value-delimiter"), message));
            }
            problems.extend(column.boolean_problems(&path));
            problems.extend(column.date_problems(&path));
        }
        problems
    }

    fn identifier_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |path: &str, message: String| problems.push(Problem::new(path, message));
        let parts = self.identifier.parts();
        if parts.is_empty() {
            add("/identifier", "name at least one attribute".to_owned());
        }
        for (place, part) in parts.iter().enumerate() {
            if parts[..place].contains(part) {
                add("/identifier", format!("`{part}` is named twice"));
            }
            if self.columns.is_empty() {
                continue;
            }
            match self.columns.iter().find(|it| it.attribute() == part) {
                None => add(
                    "/identifier",
                    format!("`{part}` is not the attribute of any of the columns"),
                ),
                Some(column) if column.multi_value_delimiter.is_some() => add(
                    "/identifier",
                    format!("`{part}` can have several values, so it cannot identify a row"),
                ),
                Some(_) => {}
            }
        }
        match (&self.identifier_name, parts.len() > 1) {
            (None, true) => add(
                "/identifier-name",
                "name the computed column that joins the parts of the identifier".to_owned(),
            ),
            (Some(_), false) => add(
                "/identifier-name",
                "this is only for an identifier of several attributes".to_owned(),
            ),
            (Some(name), true) if self.columns.iter().any(|it| it.attribute() == name) => add(
                "/identifier-name",
                format!("one of the columns is called `{name}` already"),
            ),
            _ => {}
        }
        problems
    }
}

impl ColumnSettings {
    fn boolean_problems(&self, path: &impl Fn(&str) -> String) -> Vec<Problem> {
        let mut problems = Vec::new();
        let words = [
            ("/true-values", &self.true_values),
            ("/false-values", &self.false_values),
        ];
        for (member, words) in words {
            let message = match words {
                Some(_) if self.kind != Kind::Boolean => "this is only for a boolean",
                Some(words) if words.is_empty() => "name at least one word",
                _ => continue,
            };
            problems.push(Problem::new(path(member), message));
        }
        if self.inverted && self.kind != Kind::Boolean {
            let message = "this is only for a boolean";
            problems.push(Problem::new(path("/inverted"), message));
        }
        if self.kind == Kind::Boolean {
            let (yes, no) = crate::column::vocabulary(self);
            if let Some(word) = yes.iter().find(|word| no.contains(word)) {
                let message = format!("`{word}` cannot mean both true and false");
                problems.push(Problem::new(path("/false-values"), message));
            }
        }
        problems
    }

    fn date_problems(&self, path: &impl Fn(&str) -> String) -> Option<Problem> {
        let format = self.date_format.as_deref()?;
        let message = match self.kind {
            Kind::Date | Kind::Datetime => Format::parse(format, self.kind).err()?,
            _ => "this is only for a date or datetime".to_owned(),
        };
        Some(Problem::new(path("/date-format"), message))
    }
}
