//! Safety gates: an export that says too much that is new is not believed at once.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AttributeName, ExportId, Timestamp};

/// What happens to an export at a gate. The strictest of all gates counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateAction {
    /// It is accepted, with a remark.
    Warn,
    /// It changes nothing until a person releases or discards it.
    Hold,
    /// It is refused.
    Stop,
}

impl GateAction {
    /// Its name in API and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            GateAction::Warn => "warn",
            GateAction::Hold => "hold",
            GateAction::Stop => "stop",
        }
    }
}

impl fmt::Display for GateAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Rows are gone.
    Shrank,
    /// There is not one usable row.
    ZeroRows,
    /// There are many more rows.
    Grew,
    /// Many rows have another value in one attribute.
    Changed,
    /// An attribute has no column any more.
    ColumnVanished,
    /// Rows cannot be used.
    Rejected,
    /// An identifier stands there twice.
    Duplicates,
    /// It says that it was made later than now.
    Future,
    /// It was made before the last accepted one. Always stops: what is observed never goes back.
    Older,
    /// It has another number of rows than it says.
    RowCount,
}

impl Gate {
    /// Its name in API and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Gate::Shrank => "shrank",
            Gate::ZeroRows => "zero-rows",
            Gate::Grew => "grew",
            Gate::Changed => "changed",
            Gate::ColumnVanished => "column-vanished",
            Gate::Rejected => "rejected",
            Gate::Duplicates => "duplicates",
            Gate::Future => "future",
            Gate::Older => "older",
            Gate::RowCount => "row-count",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A part of a whole, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// So many hundredths of a percent.
    pub const fn of_hundredths(hundredths: u32) -> Self {
        Self(hundredths)
    }

    /// So many percent.
    pub const fn of_percent(percent: u32) -> Self {
        Self(percent * 100)
    }

    /// Whether a part of a whole is more than this share. Of nothing, no part is.
    pub fn is_exceeded(self, part: u64, whole: u64) -> bool {
        whole > 0 && u128::from(part) * 10_000 > u128::from(self.0) * u128::from(whole)
    }

    /// The share of a part in a whole, rounded down.
    pub fn of(part: u64, whole: u64) -> Self {
        let share = u128::from(part) * 10_000 / u128::from(whole.max(1));
        Self(u32::try_from(share).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (percent, hundredths) = (self.0 / 100, self.0 % 100);
        match hundredths {
            0 => write!(f, "{percent} %"),
            _ if hundredths % 10 == 0 => write!(f, "{percent}.{} %", hundredths / 10),
            _ => write!(f, "{percent}.{hundredths:02} %"),
        }
    }
}

/// A gate that measures a share of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareGate {
    /// What happens.
    pub action: GateAction,
    /// More than this is too much.
    pub above: Share,
    /// With fewer rows it does not measure: one of three is no third.
    pub from_rows: u64,
}

/// The gates of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gates {
    /// Rows that are gone, of those that were known. Default: hold above 20 %, from 100 rows.
    pub shrank: ShareGate,
    /// No usable row where there were some. Default: hold.
    pub zero_rows: GateAction,
    /// How many rows there were at least. Default: 2, since one account that is gone is a deletion.
    pub zero_rows_from: u64,
    /// Additional rows, of those that were known. Default: warn above 50 %, from 100 rows.
    pub grew: ShareGate,
    /// Rows that have another value in one attribute, of those that were known and are still
    /// there. Default: hold above 30 %, from 100 rows.
    pub changed: ShareGate,
    /// An attribute that the last accepted export had has no column. Default: hold.
    pub column_vanished: GateAction,
    /// How many rows were known at least. Default: 100. Nothing is concluded about an attribute
    /// without column in any case.
    pub column_vanished_from: u64,
    /// Rows that cannot be used, of all rows of the export. Default: hold above 0.5 %, from 1 row.
    pub rejected: ShareGate,
    /// An identifier stands there more than once. Where that does not stop the export, none of its
    /// rows is used. Default: stop.
    pub duplicates: GateAction,
    /// It says that it was made later than now. Default: stop.
    pub future: GateAction,
    /// How far the application's clock may be ahead of ours. Default: 5 minutes.
    pub future_tolerance: Duration,
    /// It has another number of rows than it says. Default: stop.
    pub row_count: GateAction,
}

impl Default for Gates {
    fn default() -> Self {
        let share = |action, above, from_rows| ShareGate {
            action,
            above,
            from_rows,
        };
        Self {
            shrank: share(GateAction::Hold, Share::of_percent(20), 100),
            zero_rows: GateAction::Hold,
            zero_rows_from: 2,
            grew: share(GateAction::Warn, Share::of_percent(50), 100),
            changed: share(GateAction::Hold, Share::of_percent(30), 100),
            column_vanished: GateAction::Hold,
            column_vanished_from: 100,
            rejected: share(GateAction::Hold, Share::of_hundredths(50), 1),
            duplicates: GateAction::Stop,
            future: GateAction::Stop,
            future_tolerance: Duration::from_secs(5 * 60),
            row_count: GateAction::Stop,
        }
    }
}

/// What counting an export found, as far as the gates are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportFacts {
    /// Rows that were known before.
    pub known: u64,
    /// Rows that can be used.
    pub rows: u64,
    /// Rows that cannot.
    pub rejected: u64,
    /// Known rows that are not there any more.
    pub vanished: u64,
    /// Known rows that are still there, whether as before or changed.
    pub kept: u64,
    /// Of those, how many have other values than before, by attribute.
    pub changed: BTreeMap<AttributeName, u64>,
    /// Attributes that the last accepted export had a column for, and this one has not.
    pub vanished_columns: Vec<AttributeName>,
    /// Identifiers that stand there more than once, some of them, with the lines.
    pub duplicates: Vec<(String, Vec<u64>)>,
    /// How many rows it says it has, those that cannot be used included.
    pub declared_rows: Option<u64>,
    /// When it says it was made.
    pub exported_at: Option<Timestamp>,
    /// The present moment.
    pub now: Option<Timestamp>,
    /// The last accepted export, and when it was made.
    pub last: Option<(ExportId, Timestamp)>,
}

/// A gate that did not let an export pass unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tripped {
    /// Which.
    pub gate: Gate,
    /// What it does.
    pub action: GateAction,
    /// Why, in words.
    pub why: String,
}

/// What happens to an export: what the strictest of its gates says.
pub fn strictest(tripped: &[Tripped]) -> Option<GateAction> {
    tripped.iter().map(|tripped| tripped.action).max()
}

/// Lets an export through the gates. Answers those that it tripped, the strictest first.
pub fn judge(gates: &Gates, facts: &ExportFacts) -> Vec<Tripped> {
    let mut tripped = Vec::new();
    let mut trip = |gate, action, why: String| tripped.push(Tripped { gate, action, why });
    let all = facts.rows + facts.rejected;
    let known = facts.known;

    if let (Some(made), Some((id, last))) = (facts.exported_at, facts.last)
        && made < last
    {
        let why =
            format!("it was made at {made}, before the last accepted one ({id}, made at {last})");
        trip(Gate::Older, GateAction::Stop, why);
    }
    if let (Some(made), Some(now)) = (facts.exported_at, facts.now)
        && made > now.after(gates.future_tolerance)
    {
        let why = format!("it says that it was made at {made}, which is in the future");
        trip(Gate::Future, gates.future, why);
    }
    if let Some((identifier, lines)) = facts.duplicates.first() {
        let lines: Vec<String> = lines.iter().map(|line| format!("on line {line}")).collect();
        let more = match facts.duplicates.len() - 1 {
            0 => String::new(),
            more => format!("; so do {more} more"),
        };
        let why = format!(
            "{identifier} stands in it more than once, {}{more}",
            lines.join(" and ")
        );
        trip(Gate::Duplicates, gates.duplicates, why);
    }
    if let Some(declared) = facts.declared_rows.filter(|declared| *declared != all) {
        let why = format!("it says that it has {declared} rows and has {all}");
        trip(Gate::RowCount, gates.row_count, why);
    }
    if facts.rows == 0 && known > 0 && known >= gates.zero_rows_from {
        let why = format!("it has no usable row, and {known} were known");
        trip(Gate::ZeroRows, gates.zero_rows, why);
    }
    let lost = facts.vanished.max(known.saturating_sub(all));
    if exceeds(gates.shrank, lost, known) {
        let share = Share::of(lost, known);
        let why = format!(
            "{lost} of {known} known rows are not in it ({share}; the limit is {})",
            gates.shrank.above
        );
        trip(Gate::Shrank, gates.shrank.action, why);
    }
    if !facts.vanished_columns.is_empty() && known >= gates.column_vanished_from {
        let names: Vec<&str> = facts
            .vanished_columns
            .iter()
            .map(AttributeName::as_str)
            .collect();
        let why = format!(
            "it has no column for {} any more, and the last accepted one had",
            names.join(", ")
        );
        trip(Gate::ColumnVanished, gates.column_vanished, why);
    }
    for (name, changed) in &facts.changed {
        if exceeds(gates.changed, *changed, facts.kept) {
            let share = Share::of(*changed, facts.kept);
            let why = format!(
                "{name} is different in {changed} of {} rows ({share}; the limit is {})",
                facts.kept, gates.changed.above
            );
            trip(Gate::Changed, gates.changed.action, why);
        }
    }
    if exceeds(gates.rejected, facts.rejected, all) {
        let share = Share::of(facts.rejected, all);
        let why = format!(
            "{} of {all} rows cannot be used ({share}; the limit is {})",
            facts.rejected, gates.rejected.above
        );
        trip(Gate::Rejected, gates.rejected.action, why);
    }
    let grown = all.saturating_sub(known);
    if exceeds(gates.grew, grown, known) {
        let share = Share::of(grown, known);
        let why = format!(
            "it has {all} rows where {known} were known ({share} more; the limit is {})",
            gates.grew.above
        );
        trip(Gate::Grew, gates.grew.action, why);
    }
    tripped.sort_by_key(|tripped| std::cmp::Reverse(tripped.action));
    tripped
}

fn exceeds(gate: ShareGate, part: u64, whole: u64) -> bool {
    whole >= gate.from_rows && gate.above.is_exceeded(part, whole)
}
