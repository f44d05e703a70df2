//! Runs an implementation natively on plain data, without any sandbox, along the same way that
//! a call of the host takes.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use crate::bindings::reading::exports::provisor::connector::reading::Batch;
use crate::settings::{judge, parse};
use crate::{
    Block, Decision, Draft, Failure, Grid, Input, Mapping, Policy, Priority, Problem, Reader,
    RejectedRow, Remark, Rows, Shape, Summary, Table, TableBuilder, Ticketing, document,
};

pub use cases::{ProblemLike, RowLike, every_case};

/// Attributes with their values, as tests write them.
pub type Attributes = BTreeMap<String, Vec<String>>;

/// What `check-settings` would answer; `check` is that of the implementation, such as
/// `MyMapping::check`.
pub fn problems<S: DeserializeOwned>(
    settings: &str,
    check: impl FnOnce(&S) -> Vec<Problem>,
) -> Vec<Problem> {
    judge(settings, check)
}

/// A table made from rows of named values: its columns are all names that occur, sorted. Cells
/// that a row does not name are empty.
pub fn table<Row, Name, Cell>(rows: impl IntoIterator<Item = Row>) -> Table
where
    Row: IntoIterator<Item = (Name, Cell)>,
    Name: Into<String>,
    Cell: IntoIterator<Item: Into<String>>,
{
    let rows: Vec<Attributes> = rows
        .into_iter()
        .map(|row| {
            let cells = row.into_iter();
            cells
                .map(|(name, cell)| (name.into(), cell.into_iter().map(Into::into).collect()))
                .collect()
        })
        .collect();
    let columns: BTreeSet<_> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
    let mut table = TableBuilder::new(columns.iter().cloned());
    for row in &rows {
        table.row(
            columns
                .iter()
                .map(|column| row.get(column).into_iter().flatten()),
        );
    }
    table.finish()
}

/// One row of what a mapping made.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The attributes that have values.
    pub attributes: Attributes,
    /// What there is to say about this row.
    pub remarks: Vec<Remark>,
}

impl Account {
    /// The first value of an attribute.
    pub fn first(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.first().map(String::as_str)
    }
}

/// Maps identities.
///
/// # Errors
/// What the implementation says; `malformed` when what it built breaks a rule of the contract.
pub fn evaluate<M: Mapping>(settings: &str, identities: &Table) -> Result<Vec<Account>, Failure> {
    let mapping = M::new(parse(settings)?)?;
    let accounts = crate::mapping::evaluate(&mapping, identities)?;
    let rows = accounts.rows.view()?;
    let of_row = |row: usize| {
        let remarks = accounts.remarks.iter();
        remarks
            .filter(move |remark| remark.row as usize == row)
            .cloned()
            .collect()
    };
    let accounts = attributes(rows).into_iter().enumerate();
    Ok(accounts
        .map(|(row, attributes)| Account {
            attributes,
            remarks: of_row(row),
        })
        .collect())
}

/// Decides about proposals.
///
/// # Errors
/// What the implementation says.
pub fn decide<P: Policy>(settings: &str, proposals: &Table) -> Result<Vec<Decision>, Failure> {
    let policy = P::new(parse(settings)?)?;
    crate::policy::decide(&policy, proposals)
}

/// All that a reader made of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// What the rows look like.
    pub shape: Shape,
    /// The attributes of each row that have values.
    pub rows: Vec<Attributes>,
    /// The line of each row.
    pub positions: Vec<u64>,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// What was known at the end.
    pub summary: Summary,
}

/// Reads an input to its end, in one chunk and in batches of 100 rows.
///
/// # Errors
/// What the implementation says; `malformed` when a batch breaks a rule of the contract.
pub fn read<R: Reader>(settings: &str, input: impl Into<Vec<u8>>) -> Result<Export, Failure> {
    read_chunks::<R>(settings, [input.into()], 100)
}

/// Reads an input that comes in these chunks to its end, in batches of `max_rows`.
///
/// # Errors
/// As [`read`].
pub fn read_chunks<R: Reader>(
    settings: &str,
    chunks: impl IntoIterator<Item = Vec<u8>>,
    max_rows: usize,
) -> Result<Export, Failure> {
    let mut reader = R::open(parse(settings)?, Input::from_chunks(chunks))?;
    let shape = reader.shape();
    let columns: Vec<_> = shape.columns.iter().map(|it| it.name.clone()).collect();
    let (mut rows, mut positions, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(batch) = crate::reader::next(&mut reader, max_rows)? {
        let Batch { rows: page, .. } = &batch;
        let given = Rows::new(&columns, page)?;
        if given.len() != batch.positions.len() || given.len() > max_rows {
            return Err(Failure::malformed(format!(
                "broken batch: {} rows with {} positions where at most {max_rows} were asked for",
                given.len(),
                batch.positions.len()
            )));
        }
        rows.extend(attributes(given));
        positions.extend(batch.positions);
        rejected.extend(batch.rejected);
    }
    Ok(Export {
        shape,
        rows,
        positions,
        rejected,
        summary: reader.summary()?,
    })
}

fn attributes(rows: Rows<'_>) -> Vec<Attributes> {
    rows.iter()
        .map(|row| {
            row.cells()
                .filter(|(_, values)| !values.is_empty())
                .map(|(name, values)| (name.to_owned(), values.map(str::to_owned).collect()))
                .collect()
        })
        .collect()
}

/// Builds a ticketing component from its settings, to be called with [`Http::answering`].
///
/// # Errors
/// What is wrong with the settings: what `check-settings` would find first, or what the
/// implementation says.
pub fn ticketing<T: Ticketing>(settings: &str) -> Result<T, Failure> {
    if let Some(problem) = judge(settings, T::check).into_iter().next() {
        return Err(problem.into());
    }
    T::new(parse(settings)?)
}

/// A draft that asks for an account, with a table of two attributes.
pub fn draft(correlation_id: &str) -> Draft {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Draft {
        correlation_id: correlation_id.to_owned(),
        title: "Create account asmith on PayMaster".to_owned(),
        description: vec![
            document::paragraph("Create this account."),
            Block::Table(Grid {
                head: row(["Attribute", "Now", "Wanted"]),
                rows: vec![
                    row(["login", "", "asmith"]),
                    row(["full-name", "", "Smith, Ann"]),
                ],
            }),
        ],
        priority: Priority::Normal,
        due: Some("2026-12-01T12:00:00Z".to_owned()),
        follow_up_of: None,
        facts: vec![
            fact("account", "asmith"),
            fact("resource", "payroll"),
            fact("operation", "create"),
            fact("requester", "iam"),
        ],
    }
}

/// The way to a simulated system in this process. What is lost, cut, late or endless is answered as
/// the host would: `unavailable` for what changes nothing, `ambiguous` for everything else. `now` is
/// the time of each request in seconds since 1970.
#[cfg(feature = "simulated")]
pub fn simulated<P: provisor_simulated::Product + ?Sized + 'static>(
    simulator: std::rc::Rc<std::cell::RefCell<provisor_simulated::Simulator<P>>>,
    now: std::rc::Rc<std::cell::Cell<i64>>,
) -> crate::Http {
    use provisor_simulated::{Reply, Request};
    crate::Http::answering(move |request| {
        let target = match request.url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => return Err(Failure::configuration("the URL is not absolute")),
        };
        let body = request.body.clone().unwrap_or_default();
        let seen = Request::new(
            request.method.as_str(),
            target,
            request.headers.clone(),
            body,
            now.get(),
        );
        match simulator.borrow_mut().serve(&seen) {
            Reply::Answer(answer) => Ok(crate::Response {
                method: request.method,
                status: answer.status,
                headers: answer
                    .headers
                    .into_iter()
                    .map(|(name, value)| (name.to_lowercase(), value))
                    .collect(),
                body: answer.body,
            }),
            Reply::Unreachable(why) => Err(Failure::unavailable(why)),
            _ if request.method.is_safe() => Err(Failure::unavailable("no answer came")),
            _ => Err(Failure::ambiguous("no answer came")),
        }
    })
}
