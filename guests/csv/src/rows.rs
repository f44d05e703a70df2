//! One pass over an export.

use provisor_sdk::{BatchBuilder, Failure, Input, Problem, Reader, Shape, Summary};

use crate::column::Column;
use crate::date::Offset;
use crate::dialect::Dialect;
use crate::header::Header;
use crate::record::{Limits, Record, Records};
use crate::settings::{Empty, RowPolicy, Settings};
use crate::trailer::{Told, Trailer};

/// A batch is ended early when it holds this much text, so that long rows do not make it large.
const BATCH_TEXT: usize = 1024 * 1024;

/// Reads the rows of a CSV export.
#[derive(Debug)]
pub struct Rows {
    records: Records,
    plan: Plan,
    trailer: Option<Trailer>,
    told: Option<Told>,
    rows: u64,
    rejected: u64,
    /// How large the batch before was, in rows and bytes: the next will be alike.
    expected: (usize, usize),
}

/// What becomes of a record.
#[derive(Debug)]
struct Plan {
    columns: Vec<Column>,
    identifier: Identifier,
    absent: Vec<String>,
    fields: usize,
    /// Whether a record is a row as it stands.
    plain: bool,
    keep_empty: bool,
    ragged: RowPolicy,
    bad_row: RowPolicy,
}

/// What identifies a row.
#[derive(Debug)]
struct Identifier {
    /// Which of the columns.
    parts: Vec<usize>,
    separator: String,
    /// The name of the computed column, when there are several parts.
    computed: Option<String>,
}

impl Reader for Rows {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }

    fn open(settings: Settings, input: Input) -> Result<Self, Failure> {
        if let Some(problem) = settings.problems().into_iter().next() {
            return Err(problem.into());
        }
        let dialect = Dialect::new(&settings)?;
        let offset = Offset::parse(&settings.utc_offset).unwrap_or(Offset::UTC);
        let trailer = Trailer::new(&settings, offset)?;
        let limits = Limits {
            field_bytes: settings.max_field_bytes,
            fields: settings.max_columns,
        };
        let mut records = Records::open(input, settings.encoding, &dialect, limits)?;
        records.skip_lines(settings.skip_lines)?;
        let plan = match settings.header {
            false => {
                let names = settings.columns_in_file.iter().map(String::as_str);
                Plan::new(&settings, &Header::new(names, None)?, offset, None)?
            }
            true => {
                let Some(record) = records.read()? else {
                    return Err(Failure::malformed(
                        "line 1: the export is empty; at least a header was expected",
                    )
                    .at(1));
                };
                let header = Header::new(record.fields(), Some(record.line))?;
                Plan::new(&settings, &header, offset, Some(record.line))?
            }
        };
        records.look_ahead(trailer.is_some());
        Ok(Rows {
            records,
            plan,
            trailer,
            told: None,
            rows: 0,
            rejected: 0,
            expected: (0, 0),
        })
    }

    fn shape(&self) -> Shape {
        self.plan.shape()
    }

    fn next(&mut self, max_rows: usize, batch: &mut BatchBuilder) -> Result<bool, Failure> {
        let (rows, text) = self.expected;
        batch.reserve(rows.min(max_rows), self.plan.width(), text);
        let mut scratch = String::new();
        let mut more = false;
        while batch.rows() < max_rows
            && batch.rejected() < max_rows.max(1)
            && batch.text_len() < BATCH_TEXT
        {
            let Some(record) = self.records.read()? else {
                break;
            };
            more = true;
            if record.last
                && let Some(trailer) = &self.trailer
                && let Some(told) = trailer.read(record)?
            {
                self.told = Some(told);
                break;
            }
            self.plan.add(record, batch, &mut scratch)?;
        }
        self.rows += batch.rows() as u64;
        self.rejected += batch.rejected() as u64;
        self.expected = (batch.rows(), batch.text_len());
        Ok(more)
    }

    fn summary(&mut self) -> Result<Summary, Failure> {
        let told = self.told.clone();
        Ok(Summary {
            rows: self.rows,
            rejected: self.rejected,
            complete: self.trailer.is_none() || told.is_some(),
            declared_rows: told.as_ref().and_then(|told| told.rows),
            exported_at: told.and_then(|told| told.exported_at),
        })
    }
}

impl Plan {
    /// Finds the columns in the file; `line` is that of the header.
    fn new(
        settings: &Settings,
        header: &Header,
        offset: Offset,
        line: Option<u64>,
    ) -> Result<Self, Failure> {
        let mut columns = Vec::new();
        let mut absent = Vec::new();
        if settings.columns.is_empty() {
            for (place, name) in header.named() {
                columns.push(Column::as_is(settings, name, place));
            }
        }
        for column in &settings.columns {
            match header.find(&column.column) {
                Some(place) => columns.push(Column::new(settings, column, place, offset)?),
                None => absent.push(column.attribute().to_owned()),
            }
        }
        let identifier = Identifier::new(settings, header, &columns, line)?;
        let in_order = columns.iter().enumerate().all(|(at, it)| it.place == at);
        let plain = in_order
            && columns.len() == header.width()
            && identifier.computed.is_none()
            && columns.iter().all(Column::is_plain);
        Ok(Plan {
            columns,
            identifier,
            absent,
            fields: header.width(),
            plain,
            keep_empty: settings.empty == Empty::Empty,
            ragged: settings.ragged,
            bad_row: settings.bad_row,
        })
    }

    fn shape(&self) -> Shape {
        let column = |name: &str, multi_valued: bool| provisor_sdk::Column {
            name: name.to_owned(),
            multi_valued,
        };
        let mut columns: Vec<_> = self
            .columns
            .iter()
            .map(|it| column(&it.attribute, it.multi_value_delimiter.is_some()))
            .collect();
        let identifier = match &self.identifier.computed {
            Some(name) => {
                columns.push(column(name, false));
                name.clone()
            }
            None => {
                let part = self.identifier.parts.first();
                let column = part.and_then(|&part| self.columns.get(part));
                column.map(|it| it.attribute.clone()).unwrap_or_default()
            }
        };
        Shape {
            columns,
            identifier,
            absent: self.absent.clone(),
        }
    }

    /// How many cells a row has.
    fn width(&self) -> usize {
        self.columns.len() + usize::from(self.identifier.computed.is_some())
    }

    /// Adds the row that a record is, or reports it.
    #[inline]
    fn add(
        &self,
        record: Record<'_>,
        batch: &mut BatchBuilder,
        scratch: &mut String,
    ) -> Result<(), Failure> {
        if record.ends.len() != self.fields {
            return self.add_ragged(record, batch);
        }
        if self.plain {
            let part = self.identifier.parts.first().copied().unwrap_or(0);
            let identifier = record.field(part).unwrap_or("");
            // Nearly all identifiers begin with something visible, which one byte shows.
            let visible = identifier
                .as_bytes()
                .first()
                .is_some_and(u8::is_ascii_graphic);
            if visible || !identifier.trim().is_empty() {
                batch.page().row(record.text, record.ends, self.keep_empty);
                batch.end_row(record.line);
                return Ok(());
            }
        }
        match self.add_cells(record, batch, scratch) {
            Ok(()) => {
                batch.end_row(record.line);
                Ok(())
            }
            Err(message) => self.refuse_or_reject(self.bad_row, record, batch, message),
        }
    }

    fn add_cells(
        &self,
        record: Record<'_>,
        batch: &mut BatchBuilder,
        scratch: &mut String,
    ) -> Result<(), String> {
        let mut identifier = String::new();
        if self.identifier.computed.is_some() {
            identifier = self.identifier.read(&self.columns, record)?;
        } else {
            self.identifier.find(&self.columns, record)?;
        }
        for column in &self.columns {
            let field = record.field(column.place).unwrap_or("");
            column.add(field, batch.page(), scratch)?;
        }
        if self.identifier.computed.is_some() {
            batch.page().cell(&identifier);
        }
        Ok(())
    }

    #[cold]
    fn add_ragged(&self, record: Record<'_>, batch: &mut BatchBuilder) -> Result<(), Failure> {
        let (found, wanted) = (record.ends.len(), self.fields);
        if record.unterminated && found < wanted {
            return Err(Failure::malformed(format!(
                "line {0}: the export is cut off: its last record, which begins on line {0}, has \
                 {found} of {wanted} fields and no line break behind it",
                record.line
            ))
            .at(record.line));
        }
        let trailing = found == wanted + 1 && record.field(wanted) == Some("");
        let hint = match trailing {
            true => "; the last one is empty: is there a delimiter at the end of the line?",
            false => "",
        };
        let message = format!("{found} fields where {wanted} were expected{hint}");
        self.refuse_or_reject(self.ragged, record, batch, message)
    }

    #[cold]
    fn refuse_or_reject(
        &self,
        policy: RowPolicy,
        record: Record<'_>,
        batch: &mut BatchBuilder,
        message: String,
    ) -> Result<(), Failure> {
        if policy == RowPolicy::Refuse {
            let message = format!("line {}: {message}", record.line);
            return Err(Failure::malformed(message).at(record.line));
        }
        let identifier = self.identifier.read(&self.columns, record).ok();
        batch.reject(record.line, identifier, message);
        Ok(())
    }
}

impl Identifier {
    fn new(
        settings: &Settings,
        header: &Header,
        columns: &[Column],
        line: Option<u64>,
    ) -> Result<Self, Failure> {
        let find = |name: &String| {
            let exact = columns.iter().position(|it| it.attribute == *name);
            // Without a list of columns their attributes are called as the file calls them.
            exact.or_else(|| match settings.columns.is_empty() {
                true => {
                    let place = header.find(name)?;
                    columns.iter().position(|it| it.place == place)
                }
                false => None,
            })
        };
        let mut parts = Vec::new();
        for name in settings.identifier.parts() {
            let Some(part) = find(name) else {
                let message = format!(
                    "the column of the identifier `{name}` is not in the file, which has {}",
                    header.quoted()
                );
                return Err(match line {
                    Some(line) => Failure::malformed(format!("line {line}: {message}")).at(line),
                    None => Failure::configuration(message),
                });
            };
            parts.push(part);
        }
        let computed = settings.identifier_name.clone();
        if let Some(name) = &computed
            && columns.iter().any(|it| it.attribute == *name)
        {
            return Err(Failure::configuration(format!(
                "setting /identifier-name: the file has a column `{name}` already"
            )));
        }
        Ok(Identifier {
            parts,
            separator: settings.identifier_separator.clone(),
            computed,
        })
    }

    /// Whether every part of the identifier is there.
    ///
    /// # Errors
    /// Which one is not, for a person.
    #[inline]
    fn find(&self, columns: &[Column], record: Record<'_>) -> Result<(), String> {
        let mut parts = self.parts.iter().filter_map(|&part| columns.get(part));
        let blank = |column: &&Column| {
            let field = record.field(column.place).unwrap_or("");
            field.trim_start().is_empty()
        };
        match parts.find(blank) {
            None => Ok(()),
            Some(column) => Err(column.missing()),
        }
    }

    /// The identifier of a record.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    fn read(&self, columns: &[Column], record: Record<'_>) -> Result<String, String> {
        let mut identifier = String::new();
        for (at, &part) in self.parts.iter().enumerate() {
            let Some(column) = columns.get(part) else {
                continue;
            };
            if at > 0 {
                identifier.push_str(&self.separator);
            }
            let field = record.field(column.place).unwrap_or("");
            if field.trim().is_empty() || !column.value(field, &mut identifier)? {
                return Err(column.missing());
            }
        }
        Ok(identifier)
    }
}
