//! Reads accounts from records of fixed width, as large machines print them. The first character of a
//! line says what it is: the head with the time of the export, an account, or the trailer with the number
//! of accounts. Where each attribute stands, the settings say.
//!
//! ```text
//! H2026-03-06T22:00:00Z
//! AATURNER Ann Turner              STAFF   NIGHT                     A
//! T0000001
//! ```

use std::io::BufRead;
use std::num::NonZeroUsize;

use provisor_sdk::{
    BatchBuilder, Column, Failure, Input, Problem, Reader, Shape, Summary, export_reader,
};

/// What the configuration says about this component; for people: `settings.schema.json`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    columns: Vec<Field>,
}

/// Where an attribute stands.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    /// The first character, counted from 1.
    from: NonZeroUsize,
    /// The last character.
    to: usize,
    /// How many characters each of several values has.
    each: Option<NonZeroUsize>,
}

impl Field {
    /// How many characters it has; 0 when it ends before it begins.
    fn width(&self) -> usize {
        (self.to + 1).saturating_sub(self.from.get())
    }

    /// Its part of a record, without the spaces around it.
    fn cut<'a>(&self, record: &'a str) -> &'a str {
        slice(record, self.from.get() - 1, self.width()).trim_matches(' ')
    }

    /// Its values in a record.
    fn values<'a>(&self, record: &'a str) -> impl Iterator<Item = &'a str> {
        let width = self.width();
        let each = self.each.map_or(width, NonZeroUsize::get).max(1);
        let first = self.from.get() - 1;
        (first..first + width)
            .step_by(each)
            .map(move |from| slice(record, from, each).trim_matches(' '))
            .filter(|value| !value.is_empty())
    }
}

/// So many characters of a text, or what there is of them.
fn slice(text: &str, from: usize, length: usize) -> &str {
    if text.is_ascii() {
        let end = text.len().min(from + length);
        return text.get(from..end).unwrap_or_default();
    }
    let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let begin = places.nth(from).unwrap_or(text.len());
    let end = match length {
        0 => begin,
        _ => places.nth(length - 1).unwrap_or(text.len()),
    };
    &text[begin..end]
}

/// One pass over an export.
struct FixedWidth {
    columns: Vec<Field>,
    /// How many characters the record of an account has.
    width: usize,
    input: Input,
    line: String,
    position: u64,
    rows: u64,
    rejected: u64,
    exported_at: Option<String>,
    /// How many accounts the export says it has, once its trailer was read.
    declared: Option<u64>,
}

impl FixedWidth {
    /// Reads the next line, without its end, into `line`; whether there is one.
    fn advance(&mut self) -> Result<bool, Failure> {
        self.line.clear();
        self.position += 1;
        let read = self.input.read_line(&mut self.line);
        if read.map_err(|error| Failure::from(error).at(self.position))? == 0 {
            return Ok(false);
        }
        for end in ['\n', '\r'] {
            if self.line.ends_with(end) {
                self.line.pop();
            }
        }
        // Some programs mark UTF-8 at the beginning of a file.
        if self.position == 1 && self.line.starts_with('\u{feff}') {
            self.line.remove(0);
        }
        Ok(true)
    }

    /// Reads the head. Without any line there is none, and the export is not complete.
    fn head(&mut self) -> Result<(), Failure> {
        if self.advance()? {
            let moment = self.line.strip_prefix('H').filter(|text| is_moment(text));
            let Some(moment) = moment else {
                return self
                    .malformed("the first line must be H and a time: H2026-03-06T22:00:00Z");
            };
            self.exported_at = Some(moment.to_owned());
        }
        Ok(())
    }

    fn trailer(&mut self) -> Result<(), Failure> {
        let digits = &self.line[1..];
        let is_number =
            (1..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
        match digits.parse() {
            Ok(number) if is_number => self.declared = Some(number),
            _ => {
                return self.malformed("the trailer must be T and the number of accounts: T0000004");
            }
        }
        Ok(())
    }

    fn account(&mut self, batch: &mut BatchBuilder) {
        let width = self.line.chars().count();
        let login = self.columns.first().map(|it| it.cut(&self.line));
        let login = login.unwrap_or_default();
        let fault = match () {
            _ if login.is_empty() => Some("the account has no identifier".to_owned()),
            // A shifted or broken record would give its attributes each other's values.
            _ if width != self.width => Some(format!(
                "the record has {width} characters in place of {}",
                self.width
            )),
            _ => None,
        };
        if let Some(fault) = fault {
            let known = (!login.is_empty()).then(|| login.to_owned());
            batch.reject(self.position, known, fault);
            self.rejected += 1;
            return;
        }
        for column in &self.columns {
            for value in column.values(&self.line) {
                batch.page().value(value);
            }
            batch.page().end_cell();
        }
        batch.end_row(self.position);
        self.rows += 1;
    }

    fn malformed<T>(&self, message: &str) -> Result<T, Failure> {
        Err(Failure::malformed(message).at(self.position))
    }
}

/// Whether it looks like `2026-03-06T22:00:00Z`.
fn is_moment(text: &str) -> bool {
    const FORM: &str = "0000-00-00T00:00:00Z";
    let fits = |(found, form): (u8, u8)| match form {
        b'0' => found.is_ascii_digit(),
        _ => found == form,
    };
    text.len() == FORM.len() && text.bytes().zip(FORM.bytes()).all(fits)
}

impl Reader for FixedWidth {
    type Settings = Settings;

    /// What no schema can say.
    fn check(settings: &Settings) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (place, column) in settings.columns.iter().enumerate() {
            let mut problem = |member: &str, message: &str| {
                problems.push(Problem::new(format!("/columns/{place}/{member}"), message));
            };
            let before = &settings.columns[..place];
            if before.iter().any(|other| other.name == column.name) {
                problem("name", "another column has this name");
            }
            if column.width() == 0 {
                problem("to", "the column ends before it begins");
            }
            match column.each {
                Some(_) if place == 0 => problem("each", "an account has one identifier"),
                Some(each) if column.width() % each != 0 => {
                    problem("each", "the column cannot be divided so");
                }
                _ => {}
            }
        }
        problems
    }

    fn open(settings: Settings, input: Input) -> Result<Self, Failure> {
        let mut reader = Self {
            width: settings.columns.iter().map(|it| it.to).max().unwrap_or(0),
            columns: settings.columns,
            input,
            line: String::new(),
            position: 0,
            rows: 0,
            rejected: 0,
            exported_at: None,
            declared: None,
        };
        reader.head()?;
        Ok(reader)
    }

    fn shape(&self) -> Shape {
        let column = |field: &Field| Column {
            name: field.name.clone(),
            multi_valued: field.each.is_some(),
        };
        Shape {
            columns: self.columns.iter().map(column).collect(),
            identifier: self
                .columns
                .first()
                .map(|it| it.name.clone())
                .unwrap_or_default(),
            absent: Vec::new(),
        }
    }

    fn next(&mut self, max_rows: usize, batch: &mut BatchBuilder) -> Result<bool, Failure> {
        while batch.rows() + batch.rejected() < max_rows {
            if !self.advance()? {
                return Ok(batch.rows() + batch.rejected() > 0);
            }
            match self.line.bytes().next() {
                None => {}
                Some(_) if self.declared.is_some() => {
                    return self.malformed("something follows the trailer");
                }
                Some(b'A') => self.account(batch),
                Some(b'T') => self.trailer()?,
                Some(_) => return self.malformed("a line must begin with A or T"),
            }
        }
        Ok(true)
    }

    /// What is known at the end. An export without its trailer was cut off.
    fn summary(&mut self) -> Result<Summary, Failure> {
        Ok(Summary {
            rows: self.rows,
            rejected: self.rejected,
            complete: self.declared.is_some(),
            declared_rows: self.declared,
            exported_at: self.exported_at.clone(),
        })
    }
}

export_reader!(FixedWidth, {
    name: "fixed-width",
    summary: "Reads accounts from records of fixed width.",
    settings_schema: include_str!("../settings.schema.json"),
});

#[cfg(test)]
mod tests {
    use provisor_sdk::testing;

    use super::*;

    const SETTINGS: &str = include_str!("../examples/settings.json");
    const EXPORT: &str = include_str!("../examples/accounts.txt");

    #[test]
    fn attributes_stand_where_the_settings_say() {
        let export = testing::read::<FixedWidth>(SETTINGS, EXPORT).unwrap();
        assert_eq!(export.rows[1]["groups"], ["STAFF", "LEDGER", "AUDIT"]);
        // Characters are counted, not bytes.
        assert_eq!(export.rows[3]["name"], ["Fox 🦊"]);
        assert_eq!(export.rows[3]["until"], ["2027-06-30"]);
        assert_eq!(export.positions, [2, 3, 4, 6]);
        assert_eq!(export.summary.declared_rows, Some(6));
        assert_eq!(
            export.summary.exported_at.as_deref(),
            Some("2026-03-06T22:00:00Z")
        );
    }

    #[test]
    fn a_record_of_another_length_is_rejected_under_its_identifier() {
        let export = testing::read::<FixedWidth>(SETTINGS, EXPORT).unwrap();
        let rejected: Vec<_> = export
            .rejected
            .iter()
            .map(|row| (row.position, row.identifier.as_deref()))
            .collect();
        assert_eq!(rejected, [(5, None), (7, Some("CUT"))]);
    }

    #[test]
    fn an_export_that_is_cut_off_is_refused_or_not_complete() {
        let trailer = EXPORT.len() - "T0000006\n".len();
        for cut in (0..=trailer).filter(|&at| EXPORT.is_char_boundary(at)) {
            match testing::read::<FixedWidth>(SETTINGS, &EXPORT[..cut]) {
                Ok(export) => assert!(!export.summary.complete, "{cut}"),
                Err(failure) => assert!(failure.position.is_some(), "{failure:?}"),
            }
        }
    }

    #[test]
    fn columns_that_cannot_be_are_found_in_the_settings() {
        let settings = r#"{ "columns": [
            { "name": "login", "from": 2, "to": 9, "each": 4 },
            { "name": "groups", "from": 10, "to": 16, "each": 4 },
            { "name": "groups", "from": 20, "to": 18 }
        ] }"#;
        let problems = testing::problems(settings, FixedWidth::check);
        let paths: Vec<_> = problems.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/columns/0/each",
                "/columns/1/each",
                "/columns/2/name",
                "/columns/2/to"
            ]
        );
    }
}
