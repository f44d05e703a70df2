//! What holds of mappings.

use std::collections::BTreeSet;

use provisor_sandbox::{CallErrorKind, Limits};
use serde_json::{Value, json};

use crate::hostile::CPU_TIME;
use crate::subject::Sheet;
use crate::trial::{Objection, Trial, broken};
use crate::work::{Conditions, Done, Work};

/// Iterations that are asked for: a host tries some before it asks a person.
const ITERATIONS: usize = 10;

/// Rows that are mapped at once to see how long one takes.
const ROWS: usize = 1_000;

/// Processor time of one row, in microseconds: 10,000 in a second. Rust takes 1, CEL 10, and
/// languages with an interpreter 20.
const ROW: u128 = 100;

/// The cells of a row by attribute, and the remarks about it.
struct Account {
    cells: Vec<(String, Value)>,
    remarks: Vec<Value>,
}

impl Account {
    /// The attributes that have values.
    fn filled(&self) -> impl Iterator<Item = &str> {
        let filled = self.cells.iter().filter(|(_, values)| *values != json!([]));
        filled.map(|(name, _)| name.as_str())
    }
}

fn columns(answer: &Value) -> Vec<String> {
    let columns = answer["columns"].as_array().into_iter().flatten();
    columns
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn account(answer: &Value, row: usize) -> Account {
    let cells = answer["rows"][row]
        .as_array()
        .into_iter()
        .flatten()
        .cloned();
    let remarks = answer["remarks"].as_array().into_iter().flatten();
    Account {
        cells: columns(answer).into_iter().zip(cells).collect(),
        remarks: remarks
            .filter(|remark| remark["row"] == row)
            .map(|remark| {
                let mut remark = remark.clone();
                remark["row"] = json!(0);
                remark
            })
            .collect(),
    }
}

/// A row of the example spoilt in one cell.
struct Spoilt {
    sheet: Sheet,
    row: usize,
    told: String,
}

/// The example with one cell empty, or with an empty text in it, each in turn.
fn spoilt(sheet: &Sheet) -> Vec<Spoilt> {
    let mut all = Vec::new();
    for row in 0..sheet.rows.len() {
        for place in sheet.own() {
            for (values, what) in [(vec![], "no value"), (vec![String::new()], "an empty text")] {
                let mut spoilt = sheet.clone();
                spoilt.rows[row][place] = values;
                all.push(Spoilt {
                    sheet: spoilt,
                    row,
                    told: format!("{what} as {}", sheet.columns[place]),
                });
            }
        }
    }
    all
}

/// Missing and empty values concern the row in which they are, and no other.
pub(crate) async fn bears_missing_values(trial: &mut Trial) -> Result<(), Objection> {
    let expected = trial.example().await?;
    let sheet = trial.bench.sheet.clone();
    let failed = |what: &str, done: &Done| match &done.answer {
        Err(error) if done.breakdown().is_none() => broken(format!(
            "with {what} nobody at all gets an account: {error}"
        )),
        _ => Ok(()),
    };
    for place in sheet.own() {
        if sheet.columns.len() > 1 {
            let work = Work::Map(sheet.without(place));
            let done = trial.work(&work, &Conditions::default()).await;
            failed(&format!("no column {}", sheet.columns[place]), &done)?;
        }
    }
    for spoilt in spoilt(&sheet) {
        let work = Work::Map(spoilt.sheet);
        let done = trial.work(&work, &Conditions::default()).await;
        failed(&spoilt.told, &done)?;
        let Ok(answer) = &done.answer else {
            continue;
        };
        for row in (0..sheet.rows.len()).filter(|row| *row != spoilt.row) {
            let (found, expected) = (account(answer, row), account(&expected, row));
            // Whether the columns stay the same is judged elsewhere.
            let same = expected.cells.iter().all(|cell| found.cells.contains(cell));
            if !same || found.remarks != expected.remarks {
                return broken(format!(
                    "{} changes the account of somebody else",
                    spoilt.told
                ));
            }
        }
    }
    Ok(())
}

/// The attributes are always the same, and the answer is one.
pub(crate) async fn has_a_shape(trial: &mut Trial) -> Result<(), Objection> {
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    let done = trial.work(&work, &Conditions::default()).await;
    let expected = match &done.answer {
        Ok(answer) => columns(answer),
        Err(error) => {
            return broken(format!(
                "the example itself ends in {}: {error}",
                error.code()
            ));
        }
    };
    if expected.is_empty() {
        return broken("it manages no attribute");
    }
    if let Some(name) = expected
        .iter()
        .find(|name| name.is_empty() || name.starts_with('$'))
    {
        return broken(format!("{name:?} is no name of an attribute"));
    }
    let sheet = trial.bench.sheet.clone();
    let dropped = sheet.own().filter(|_| sheet.columns.len() > 1);
    let dropped: Vec<Sheet> = dropped.map(|place| sheet.without(place)).collect();
    let cut = [sheet.pick([]), sheet.pick([0])];
    for sheet in dropped.into_iter().chain(cut) {
        let work = Work::Map(sheet);
        let done = trial.work(&work, &Conditions::default()).await;
        shaped(&done, &expected)?;
    }
    let bench = trial.bench.clone();
    for (work, done) in &bench.stress().await.works {
        trial.saw(work, done);
        shaped(done, &expected)?;
    }
    Ok(())
}

fn shaped(done: &Done, expected: &[String]) -> Result<(), Objection> {
    match &done.answer {
        Ok(answer) if columns(answer) != expected => broken(format!(
            "its attributes are now {}, and were {}",
            columns(answer).join(", "),
            expected.join(", ")
        )),
        Err(error) if matches!(error.kind, CallErrorKind::MalformedAnswer(_)) => {
            broken(error.to_string())
        }
        _ => Ok(()),
    }
}

/// An identity gets the same account alone as in company, wherever it stands.
pub(crate) async fn maps_each_alone(trial: &mut Trial) -> Result<(), Objection> {
    let expected = trial.example().await?;
    let sheet = trial.bench.sheet.clone();
    let length = sheet.rows.len();
    for row in 0..length {
        let work = Work::Map(sheet.pick([row]));
        let alone = trial.work(&work, &Conditions::default()).await;
        let Ok(alone) = alone.answer else {
            return broken(format!("row {row} of the example fails when it is alone"));
        };
        same_account(account(&alone, 0), account(&expected, row), "alone")?;
    }
    let mut order: Vec<usize> = (0..length).collect();
    trial.chance.shuffle(&mut order);
    let work = Work::Map(sheet.pick(order.iter().copied()));
    let moved = trial.work(&work, &Conditions::default()).await;
    let Ok(moved) = moved.answer else {
        return broken("it fails when the example stands in another order");
    };
    for (now, before) in order.into_iter().enumerate() {
        let (found, expected) = (account(&moved, now), account(&expected, before));
        same_account(found, expected, "in another place")?;
    }
    let work = Work::Map(sheet.pick((0..length).chain(0..length)));
    let twice = trial.work(&work, &Conditions::default()).await;
    let Ok(twice) = twice.answer else {
        return broken("it fails when an identity comes twice");
    };
    for row in 0..2 * length {
        let expected = account(&expected, row % length);
        same_account(account(&twice, row), expected, "when it comes twice")?;
    }
    Ok(())
}

fn same_account(found: Account, expected: Account, how: &str) -> Result<(), Objection> {
    match found.cells == expected.cells && found.remarks == expected.remarks {
        true => Ok(()),
        false => broken(format!("an identity gets another account {how}")),
    }
}

/// Each iteration gives another identifier.
pub(crate) async fn iterates(trial: &mut Trial) -> Result<(), Objection> {
    trial.example().await?;
    let sheet = trial.bench.sheet.clone();
    let mut answers = Vec::new();
    for iteration in 0..ITERATIONS {
        let work = Work::Map(sheet.with("$iteration", &[&iteration.to_string()]));
        match trial.work(&work, &Conditions::default()).await.answer {
            Ok(answer) => answers.push(answer),
            Err(error) => return broken(format!("with iteration {iteration} it fails: {error}")),
        }
    }
    for row in 0..sheet.rows.len() {
        let accounts: Vec<Account> = answers.iter().map(|answer| account(answer, row)).collect();
        let Some(first) = accounts
            .first()
            .filter(|first| first.filled().next().is_some())
        else {
            continue;
        };
        let varies = (0..first.cells.len()).any(|place| {
            let values = accounts
                .iter()
                .filter_map(|account| account.cells.get(place));
            let distinct: BTreeSet<String> = values.map(|(_, it)| it.to_string()).collect();
            distinct.len() == accounts.len()
        });
        if !varies {
            return broken(format!(
                "row {row} of the example has no attribute that is another one in each of \
                 {ITERATIONS} iterations"
            ));
        }
    }
    Ok(())
}

/// Maps 10,000 identities in a second.
pub(crate) async fn is_quick(trial: &mut Trial) -> Result<(), Objection> {
    let length = trial.bench.sheet.rows.len();
    let rows = (0..ROWS).map(|row| row % length);
    let work = Work::Map(trial.bench.sheet.pick(rows));
    let mut best = u128::MAX;
    for _ in 0..2 {
        let done = trial
            .series(&vec![work.clone(); 2], &Conditions::default())
            .await;
        let [first, second] = &done[..] else {
            continue;
        };
        // The first call starts the instance.
        let used = second.report.cpu_time.saturating_sub(first.report.cpu_time);
        best = best.min(used.as_micros() / ROWS as u128);
        if best <= ROW {
            return Ok(());
        }
    }
    broken(format!(
        "an identity takes {best} µs of a processor; {ROW} are good"
    ))
}

/// Texts at which regular expressions that go back try every way there is.
pub(crate) async fn does_not_backtrack(trial: &mut Trial) -> Result<(), Objection> {
    let conditions = Conditions {
        limits: Limits {
            cpu_time: CPU_TIME,
            ..Limits::default()
        },
        ..Conditions::default()
    };
    let one = trial.bench.sheet.pick([0]);
    for length in [40, 10_000] {
        for text in [
            "a".repeat(length) + "!",
            "a ".repeat(length / 2) + "!",
            "1".repeat(length) + "x",
            "a.".repeat(length / 2) + "@",
            "a@".repeat(length / 2),
            " ".repeat(length) + "x",
            "-a".repeat(length / 2) + "_",
        ] {
            let mut sheet = one.clone();
            for place in one.own() {
                sheet.rows[0][place] = vec![text.clone()];
            }
            let done = trial.work(&Work::Map(sheet), &conditions).await;
            if let Some("out-of-cpu-time" | "deadline-exceeded") = done.breakdown() {
                return broken(format!(
                    "{length} characters such as {:?} take more than {} s",
                    text.chars().take(8).collect::<String>(),
                    CPU_TIME.as_secs()
                ));
            }
        }
    }
    Ok(())
}

/// An error in one attribute leaves the others.
pub(crate) async fn errors_stay_with_their_attribute(trial: &mut Trial) -> Result<(), Objection> {
    let expected = trial.example().await?;
    let sheet = trial.bench.sheet.clone();
    for spoilt in spoilt(&sheet) {
        let work = Work::Map(spoilt.sheet);
        let done = trial.work(&work, &Conditions::default()).await;
        let Ok(answer) = &done.answer else {
            continue;
        };
        let (before, now) = (account(&expected, spoilt.row), account(answer, spoilt.row));
        let errors = now
            .remarks
            .iter()
            .filter(|remark| remark["kind"] == "error");
        let named: BTreeSet<&str> = errors.filter_map(|it| it["attribute"].as_str()).collect();
        let mentioned = now.remarks.iter().filter_map(|it| it["attribute"].as_str());
        let mentioned: BTreeSet<&str> = mentioned.collect();
        let filled: BTreeSet<&str> = now.filled().collect();
        let others = || before.filled().filter(|name| !mentioned.contains(name));
        if !named.is_empty() && others().count() > 0 && others().all(|name| !filled.contains(name))
        {
            return broken(format!(
                "with {}, an error in {} takes the values of all other attributes away",
                spoilt.told,
                named.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
    }
    Ok(())
}
