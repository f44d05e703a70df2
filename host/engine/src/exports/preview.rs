//! What a held export would do, for somebody who has not seen the file.

use std::fmt;

use provisor_model::{
    AttributeName, Drift, Export, Operation, RejectedRow, Share, Subject, Tripped, Values,
};
use serde::Serialize;

use super::counting::Count;
use super::writing::{Effects, Few};

/// What a held export would do if it were released now. Examples are the first few of their kind.
/// Its text for people comes with `Display`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Preview {
    /// The export.
    pub export: Export,
    /// Why it is held, the strictest gate first.
    pub held_by: Vec<Tripped>,
    /// Rows that are known now.
    pub known: u64,
    /// Rows that would be known.
    pub rows: u64,
    /// Rows that are as before.
    pub unchanged: u64,
    /// Rows that are new.
    pub appeared: Examples<RowExample>,
    /// Rows that would be gone.
    pub vanished: Examples<RowExample>,
    /// Rows that would be different.
    pub changed: u64,
    /// The attributes that would be different, by how many rows; the one that changes most first.
    pub attributes: Vec<AttributeChange>,
    /// Rows that cannot be used; their accounts stay as they were last seen.
    pub rejected: Examples<RejectedRow>,
    /// New rows that nobody asked for.
    pub unexpected: u64,
    /// Operations that would be verified.
    pub verified: Examples<OperationExample>,
    /// Operations that would be contradicted, and asked for again.
    pub contradicted: Examples<OperationExample>,
    /// What would be found changed behind our backs, by kind.
    pub drift: Vec<DriftEffect>,
    /// Operations that would be planned. Each goes out in a case of its own or with others, unless
    /// the policy says otherwise.
    pub planned: Examples<OperationExample>,
    /// How many of them could go out at once.
    pub due: u64,
}

/// How many there are, with the first few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Examples<T> {
    /// How many there are.
    pub count: u64,
    /// The first few.
    pub examples: Vec<T>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RowExample {
    /// Its identifier.
    pub identifier: String,
    /// Its line: of this export, or of the one that showed it last.
    pub line: u64,
}

/// What would change in one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AttributeChange {
    /// Which.
    pub attribute: AttributeName,
    /// In how many rows.
    pub rows: u64,
    /// The first few.
    pub examples: Vec<ValueExample>,
}

/// A value that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ValueExample {
    /// Whose.
    pub identifier: String,
    /// The line of the export.
    pub line: u64,
    /// What is known now.
    pub before: Values,
    /// What the export shows.
    pub after: Values,
}

/// An operation with the account that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OperationExample {
    /// The account.
    pub identifier: String,
    /// What it would be.
    pub operation: Operation,
}

/// One kind of drift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DriftEffect {
    /// Which.
    pub kind: String,
    /// The first few, with the account.
    #[serde(flatten)]
    pub accounts: Examples<DriftExample>,
}

/// A drift with the account that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DriftExample {
    /// The account.
    pub identifier: String,
    /// What would be found.
    pub drift: Drift,
}

impl<T> Examples<T> {
    fn none() -> Self {
        Self {
            count: 0,
            examples: Vec::new(),
        }
    }

    fn of<F>(few: Few<F>, show: impl FnMut(F) -> T) -> Self {
        Self {
            count: few.count,
            examples: few.examples.into_iter().map(show).collect(),
        }
    }
}

impl Preview {
    /// What counting the export found.
    pub(super) fn of_rows(export: &Export, count: &Count) -> Self {
        let tally = &count.tally;
        let compared = tally.compared.as_ref();
        let row = |row: &provisor_store::ObservedRow| RowExample {
            identifier: row.identifier.clone(),
            line: row.position,
        };
        let vanished = compared.map_or(&[][..], |compared| &compared.vanished_rows);
        let vanished_count = compared.map_or(0, |compared| compared.vanished);
        let mut attributes: Vec<AttributeChange> = tally
            .changed
            .iter()
            .map(|(attribute, changed)| AttributeChange {
                attribute: attribute.clone(),
                rows: changed.rows,
                examples: changed
                    .examples
                    .iter()
                    .map(|(identifier, line, before, after)| ValueExample {
                        identifier: identifier.clone(),
                        line: *line,
                        before: before.clone(),
                        after: after.clone(),
                    })
                    .collect(),
            })
            .collect();
        attributes.sort_by_key(|change| std::cmp::Reverse(change.rows));
        let appeared = compared.map_or(0, |compared| compared.appeared);
        Self {
            export: export.clone(),
            held_by: export.gates.clone(),
            known: tally.known,
            rows: tally.known + appeared - vanished_count.min(tally.known + appeared),
            unchanged: compared.map_or(0, |compared| compared.unchanged),
            appeared: Examples {
                count: appeared,
                examples: tally.appeared.iter().map(row).collect(),
            },
            vanished: Examples {
                count: vanished_count,
                examples: vanished.iter().map(row).collect(),
            },
            changed: compared.map_or(0, |compared| compared.changed),
            attributes,
            rejected: Examples {
                count: tally.rejected,
                examples: tally.rejected_rows.clone(),
            },
            unexpected: 0,
            verified: Examples::none(),
            contradicted: Examples::none(),
            drift: Vec::new(),
            planned: Examples::none(),
            due: 0,
        }
    }

    /// What the export was found to do to accounts.
    pub(super) fn add_effects(&mut self, effects: Effects, unexpected: u64) {
        let operation = |(identifier, operation)| OperationExample {
            identifier,
            operation,
        };
        self.unexpected = unexpected;
        self.verified = Examples::of(effects.verified, operation);
        self.contradicted = Examples::of(effects.contradicted, operation);
        self.planned = Examples::of(effects.planned, operation);
        self.due = effects.due;
        self.drift = effects
            .drifted
            .into_iter()
            .map(|(kind, accounts)| DriftEffect {
                kind: kind.to_owned(),
                accounts: Examples::of(accounts, |(identifier, drift)| DriftExample {
                    identifier,
                    drift,
                }),
            })
            .collect();
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let export = &self.export;
        let state = export.state.as_str();
        writeln!(f, "{} is {state} and has changed nothing:", export.id)?;
        let file = one_line(&export.name);
        let (resource, made) = (&export.resource, export.exported_at);
        writeln!(f, "  {file} of {resource}, made at {made}")?;
        for tripped in &self.held_by {
            let (action, why, gate) = (tripped.action, one_line(&tripped.why), tripped.gate);
            writeln!(f, "  {action} ({gate}): {why}")?;
        }
        writeln!(
            f,
            "\nReleased, it would leave {} rows where {} are known now:",
            self.rows, self.known
        )?;
        writeln!(f, "  {} as before", self.unchanged)?;
        rows(f, "new", &self.appeared)?;
        rows(f, "gone", &self.vanished)?;
        writeln!(f, "  {} different", self.changed)?;
        let measured = self.unchanged + self.changed;
        for change in &self.attributes {
            let share = Share::of(change.rows, measured);
            let (name, rows) = (&change.attribute, change.rows);
            writeln!(f, "    {name} in {rows} rows ({share})")?;
            for example in &change.examples {
                let (identifier, line) = (one_line(&example.identifier), example.line);
                let before = one_line(&example.before.to_string());
                let after = one_line(&example.after.to_string());
                writeln!(f, "      {identifier} (line {line}): {before} -> {after}")?;
            }
        }
        if self.rejected.count > 0 {
            writeln!(
                f,
                "  {} cannot be used; their accounts stay as they were last seen",
                self.rejected.count
            )?;
            for row in self.rejected.examples.iter().take(NAMED) {
                writeln!(f, "      line {}: {}", row.position, one_line(&row.message))?;
            }
        }
        self.accounts(f)
    }
}

/// Names that a line has room for.
const NAMED: usize = 5;

impl Preview {
    fn accounts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nFor accounts it would mean:")?;
        let nothing = self.verified.count == 0
            && self.contradicted.count == 0
            && self.drift.is_empty()
            && self.unexpected == 0
            && self.planned.count == 0;
        if nothing {
            return write!(f, "  nothing");
        }
        operations(f, &self.verified, "verified")?;
        operations(f, &self.contradicted, "contradicted")?;
        for drift in &self.drift {
            let count = counted(drift.accounts.count, "account", "accounts");
            let kind = match drift.kind.as_str() {
                "missing" => "would be missing, though nobody asked for that",
                "changed" => "would be changed, though nobody asked for that",
                "reappeared" => "would be there again, though nobody asked for that",
                other => other,
            };
            writeln!(
                f,
                "  {count} {kind}{}",
                if drift.accounts.examples.is_empty() {
                    ""
                } else {
                    ":"
                }
            )?;
            for example in &drift.accounts.examples {
                let (identifier, drift) = (one_line(&example.identifier), &example.drift);
                match &drift.subject {
                    Subject::Existence => writeln!(f, "      {identifier}")?,
                    Subject::Attribute(name) => writeln!(
                        f,
                        "      {identifier}: {name} should be {} and is {}",
                        one_line(&drift.expected.to_string()),
                        one_line(&drift.observed.to_string())
                    )?,
                }
            }
            if drift.accounts.count > drift.accounts.examples.len() as u64 {
                writeln!(f, "      …")?;
            }
        }
        if self.unexpected > 0 {
            let rows = counted(self.unexpected, "row more", "rows more");
            writeln!(f, "  {rows} that nobody asked for")?;
        }
        operations(f, &self.planned, "planned")?;
        match self.planned.count {
            0 => write!(f, "  no work for people"),
            _ => write!(f, "  {} of that could go out to people at once", self.due),
        }
    }
}

fn rows(f: &mut fmt::Formatter<'_>, what: &str, rows: &Examples<RowExample>) -> fmt::Result {
    let names = rows.examples.iter().map(|row| one_line(&row.identifier));
    writeln!(f, "  {} {what}{}", rows.count, listed(names, rows.count))
}

fn operations(
    f: &mut fmt::Formatter<'_>,
    operations: &Examples<OperationExample>,
    what: &str,
) -> fmt::Result {
    if operations.count == 0 {
        return Ok(());
    }
    let names = operations.examples.iter().map(|example| {
        let (identifier, id) = (one_line(&example.identifier), example.operation.id);
        format!("{identifier} ({id})")
    });
    writeln!(
        f,
        "  {} {what}{}",
        counted(operations.count, "operation", "operations"),
        listed(names, operations.count)
    )
}

fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn listed(names: impl Iterator<Item = String>, count: u64) -> String {
    let names: Vec<String> = names.take(NAMED).collect();
    match (names.len() as u64, count) {
        (0, _) => String::new(),
        (shown, count) if shown < count => format!(": {}, …", names.join(", ")),
        _ => format!(": {}", names.join(", ")),
    }
}

/// What comes from a file must not look like lines of ours.
fn one_line(text: &str) -> String {
    text.replace(|one: char| one.is_control(), " ")
}
