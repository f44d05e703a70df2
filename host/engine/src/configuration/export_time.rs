//! What tells when an export was made.

use std::fmt;

use jiff::civil;
use jiff::tz::{self, TimeZone};
use provisor_model::Timestamp;

use super::reader::file_name_problem;
use super::section::{Entry, quote};
use super::suggestion::nearest;

/// What tells when an export was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportTime {
    /// The file's modification time.
    Modified,
    /// The moment it is read, for sources that are always up to date.
    Read,
    /// What its last line says.
    Trailer,
    /// The manifest beside it: for `payroll.csv` the file `payroll.csv.manifest.json`.
    Manifest,
    /// Its name.
    FileName(FileNameTime),
}

/// A pattern such as `payroll-%Y%m%d-%H%M.csv` that finds a moment in the name of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct FileNameTime {
    pattern: String,
    parts: Vec<Part>,
    time_zone: TimeZone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Field(Field),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

const FIELDS: [(char, Field, usize); 6] = [
    ('Y', Field::Year, 4),
    ('m', Field::Month, 2),
    ('d', Field::Day, 2),
    ('H', Field::Hour, 2),
    ('M', Field::Minute, 2),
    ('S', Field::Second, 2),
];

/// A file name that does not tell when the export was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name {name:?} should look like {pattern}: {problem}")]
pub struct FileNameError {
    name: String,
    pattern: String,
    problem: &'static str,
}

impl FileNameError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        "export-time"
    }
}

impl FileNameTime {
    /// Reads a pattern. `%Y`, `%m`, `%d`, `%H`, `%M` and `%S` stand for four or two digits each,
    /// `%%` for a percent sign. Year, month and day are needed, and minutes only come with hours.
    fn new(pattern: &str, time_zone: TimeZone) -> Result<Self, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let mut found = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            let letter = match c {
                '%' => rest.next().ok_or("it ends after a %")?,
                c => {
                    literal.push(c);
                    continue;
                }
            };
            if letter == '%' {
                literal.push('%');
                continue;
            }
            let (_, field, _) = FIELDS
                .iter()
                .find(|(known, _, _)| *known == letter)
                .ok_or("% is followed by one of Y, m, d, H, M, S and %")?;
            if found.contains(field) {
                return Err(format!("%{letter} stands in it twice"));
            }
            found.push(*field);
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Field(*field));
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        let has = |field| found.contains(&field);
        if let Some(problem) = file_name_problem(pattern) {
            return Err(problem.to_owned());
        }
        if !(has(Field::Year) && has(Field::Month) && has(Field::Day)) {
            return Err("it needs %Y, %m and %d".to_owned());
        }
        if has(Field::Minute) && !has(Field::Hour) || has(Field::Second) && !has(Field::Minute) {
            return Err("%M needs %H, and %S needs %M".to_owned());
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            parts,
            time_zone,
        })
    }

    /// The moment that the name of a file tells. What it does not tell is taken as early as
    /// possible (midnight, the full hour, the earlier of two when clocks go back), so that an
    /// export never proves anything about a time after it was made.
    pub fn read(&self, name: &str) -> Result<Timestamp, FileNameError> {
        let error = |problem| FileNameError {
            name: name.chars().take(255).collect(),
            pattern: self.pattern.clone(),
            problem,
        };
        let mut rest = name;
        let (mut year, mut month, mut day) = (0, 1, 1);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        for part in &self.parts {
            let field = match part {
                Part::Literal(literal) => {
                    rest = rest
                        .strip_prefix(literal.as_str())
                        .ok_or_else(|| error("it has other text"))?;
                    continue;
                }
                Part::Field(field) => *field,
            };
            let width = if field == Field::Year { 4 } else { 2 };
            let digits = rest
                .get(..width)
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
                .ok_or_else(|| error("digits are missing"))?;
            rest = &rest[width..];
            // Four digits fit, and two fit an i8.
            let number: i16 = digits.parse().map_err(|_| error("digits are missing"))?;
            let short = i8::try_from(number).unwrap_or(i8::MAX);
            match field {
                Field::Year => year = number,
                Field::Month => month = short,
                Field::Day => day = short,
                Field::Hour => hour = short,
                Field::Minute => minute = short,
                Field::Second => second = short,
            }
        }
        if !rest.is_empty() {
            return Err(error("it goes on after the end"));
        }
        civil::DateTime::new(year, month, day, hour, minute, second, 0)
            .and_then(|civil| self.time_zone.to_ambiguous_timestamp(civil).earlier())
            .map(|moment| Timestamp::from_millis(moment.as_millisecond()))
            .map_err(|_| error("there is no such moment"))
    }
}

impl fmt::Debug for FileNameTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.time_zone.iana_name().unwrap_or("?");
        write!(f, "{:?} in {zone}", self.pattern)
    }
}

pub(super) fn read(entry: &Entry<'_, '_>) -> Option<ExportTime> {
    if !entry.value().get_ref().is_table() {
        const WORDS: [(&str, usize); 4] =
            [("mtime", 0), ("read", 1), ("trailer", 2), ("manifest", 3)];
        return entry.choice(&WORDS).map(|choice| match choice {
            0 => ExportTime::Modified,
            1 => ExportTime::Read,
            2 => ExportTime::Trailer,
            _ => ExportTime::Manifest,
        });
    }
    let section = entry.section()?;
    let pattern_entry = section.required("file-name", "file-name = \"payroll-%Y%m%d-%H%M.csv\"");
    let zone = section
        .required("time-zone", "time-zone = \"Europe/Prague\"")
        .and_then(|entry| read_zone(&entry));
    section.refuse_unknown();
    let entry = pattern_entry?;
    let pattern = entry.text("a pattern such as \"payroll-%Y%m%d-%H%M.csv\"")?;
    // A pattern can be judged without the time zone.
    match FileNameTime::new(pattern, zone.clone().unwrap_or(TimeZone::UTC)) {
        Ok(pattern) => zone.map(|_| ExportTime::FileName(pattern)),
        Err(problem) => {
            entry.mistake(format!(
                "should be a pattern such as \"payroll-%Y%m%d-%H%M.csv\", not {}: {problem}",
                quote(pattern)
            ));
            None
        }
    }
}

pub(super) fn read_zone(entry: &Entry<'_, '_>) -> Option<TimeZone> {
    let name = entry.text("a time zone such as \"Europe/Prague\" or \"UTC\"")?;
    match TimeZone::get(name) {
        Ok(zone) => Some(zone),
        Err(_) => {
            let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
            let suggestion = nearest(name, known.iter().map(String::as_str));
            entry.mistake_with(
                format!("there is no time zone {}", quote(name)),
                name,
                suggestion,
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, zone: &str, name: &str) -> Result<String, String> {
        let zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
        FileNameTime::new(pattern, zone)?
            .read(name)
            .map(|moment| moment.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_tells_the_moment_in_its_time_zone() {
        let found = read("p-%Y%m%d-%H%M.csv", "Europe/Prague", "p-20260331-0730.csv");
        assert_eq!(found.as_deref(), Ok("2026-03-31T05:30:00Z"));
        let found = read("%d.%m.%Y 100%%", "UTC", "31.03.2026 100%");
        assert_eq!(found.as_deref(), Ok("2026-03-31T00:00:00Z"));
        let found = read("š%Y%m%d%H%M%S", "UTC", "š20260331073059");
        assert_eq!(found.as_deref(), Ok("2026-03-31T07:30:59Z"));
    }

    #[test]
    fn a_moment_that_comes_twice_is_the_earlier_one() {
        let found = read("%Y%m%d%H%M", "Europe/Prague", "202610250230");
        assert_eq!(found.as_deref(), Ok("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        for name in [
            "",
            "p-20260331",
            "p-20260331.csv2",
            "p-2026033١.csv",
            "p-+2260331.csv",
            "p-20260230.csv",
            "p-20261301.csv",
            "p-é0260331.csv",
        ] {
            assert!(read("p-%Y%m%d.csv", "UTC", name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_pattern_that_tells_no_moment_is_refused() {
        for (pattern, problem) in [
            ("export.csv", "needs %Y"),
            ("%Y%m", "needs %Y, %m and %d"),
            ("%Y%m%d%M", "%M needs %H"),
            ("%Y%m%d%Y", "twice"),
            ("%Y%m%d%q", "followed by one of"),
            ("%Y%m%d%", "ends after"),
            ("a/%Y%m%d", "path"),
        ] {
            let error = read(pattern, "UTC", "").unwrap_err();
            assert!(error.contains(problem), "{pattern}: {error}");
        }
    }
}
