//! What holds of readers whose exports are whole.

use std::collections::{BTreeMap, BTreeSet};

use provisor_sandbox::{CallErrorKind, FailureKind, Limits};

use crate::content::Content;
use crate::layout::Layout;
use crate::pass::{Broken, Manner, Pass};
use crate::trial::{Objection, Trial, broken};

/// Rows that are taken out of the example, one after the other.
const TAKEN_OUT: usize = 20;

/// What many rows are: a tenth of a million, in a tenth of the memory that a reader has for a
/// million beside what it needs for the example.
const MANY_ROWS: u64 = 100_000;
const PART_OF_A_MILLION: usize = 10;

/// The example as it is read.
async fn example(trial: &mut Trial) -> Result<(Vec<u8>, Pass), Objection> {
    let bytes = trial.bench.subject.input.clone().unwrap_or_default();
    let passed = trial.read(&Content::new(&bytes), &Manner::default()).await;
    match passed.outcome {
        Ok(pass) => Ok((bytes, pass)),
        Err(error) => Err(Objection::Inconclusive(format!(
            "the example itself ends in {error}"
        ))),
    }
}

/// What is different between two passes over the same rows, in words; `None` when nothing is.
pub(super) fn difference(one: &Pass, other: &Pass) -> Option<String> {
    if one.shape != other.shape {
        return Some(format!(
            "the shape is {:?} and then {:?}",
            one.shape, other.shape
        ));
    }
    if one.rows.len() != other.rows.len() {
        return Some(format!(
            "there are {} rows and then {}",
            one.rows.len(),
            other.rows.len()
        ));
    }
    if let Some(row) = (0..one.rows.len()).find(|row| one.rows[*row] != other.rows[*row]) {
        return Some(format!(
            "row {row} is {:?} and then {:?}",
            one.rows[row], other.rows[row]
        ));
    }
    if one.positions != other.positions {
        return Some("the rows have other positions".to_owned());
    }
    if one.rejected != other.rejected {
        return Some(format!(
            "{:?} are rejected and then {:?}",
            one.rejected, other.rejected
        ));
    }
    match one.summary == other.summary {
        true => None,
        false => Some(format!(
            "the summary is {:?} and then {:?}",
            one.summary, other.summary
        )),
    }
}

pub(crate) async fn shape_is_stable(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let single = [layout.head(), layout.row(0)].concat();
    for (what, content) in [
        (
            "under another name",
            Content::new(layout.bytes()).named("another-name.txt"),
        ),
        ("with its first row alone", Content::new(&single)),
    ] {
        // A single row may be cut off from what should stand behind it; then it says nothing.
        let Ok(pass) = trial.read(&content, &Manner::default()).await.outcome else {
            continue;
        };
        if pass.shape != layout.pass.shape {
            let (one, other) = (&layout.pass.shape, &pass.shape);
            return broken(format!("the example has {one:?}, and {what} {other:?}"));
        }
    }
    Ok(())
}

pub(crate) async fn rows_fit_the_shape(trial: &mut Trial) -> Result<(), Objection> {
    let (_, pass) = example(trial).await?;
    let identifier = pass.identifier();
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    for (row, position) in pass.rows.iter().zip(&pass.positions) {
        for (column, values) in pass.shape.columns.iter().zip(row) {
            if !column.multi_valued && values.len() > 1 {
                let name = &column.name;
                return broken(format!(
                    "the row of line {position} has {} values in `{name}`, which is said to have one",
                    values.len()
                ));
            }
        }
        let name = &pass.shape.identifier;
        match row.get(identifier).map(Vec::as_slice) {
            Some([value]) if !value.trim().is_empty() => {
                if let Some(other) = lines.insert(value, *position) {
                    return broken(format!(
                        "the rows of lines {other} and {position} have the same identifier {value:?}"
                    ));
                }
            }
            other => {
                return broken(format!(
                    "the row of line {position} has {other:?} for its identifier `{name}`"
                ));
            }
        }
    }
    Ok(())
}

pub(crate) async fn reads_are_equal(trial: &mut Trial) -> Result<(), Objection> {
    let (bytes, pass) = example(trial).await?;
    let other = Content::new(&bytes).named("the-same-again.dat");
    match trial.read(&other, &Manner::default()).await.outcome {
        Ok(again) => match difference(&pass, &again) {
            Some(what) => broken(what),
            None => Ok(()),
        },
        Err(error) => broken(format!("the second time it ends in {error}")),
    }
}

pub(crate) async fn borders_do_not_matter(trial: &mut Trial) -> Result<(), Objection> {
    let (bytes, pass) = example(trial).await?;
    let whole = Content::new(&bytes);
    let manner = |batch| Manner {
        batch,
        ..Manner::default()
    };
    let batches = [2, 3, 7, 4096].map(|batch| {
        (
            whole.clone(),
            manner(batch),
            format!("in batches of {batch} rows"),
        )
    });
    let pieces = [1, 7, 64].map(|step| {
        (
            whole.clone().by(step),
            manner(100),
            format!("in pieces of {step} bytes"),
        )
    });
    for (content, manner, how) in batches.into_iter().chain(pieces) {
        match trial.read(&content, &manner).await.outcome {
            Ok(other) => {
                if let Some(what) = difference(&pass, &other) {
                    return broken(format!("{how}: {what}"));
                }
            }
            Err(error) => return broken(format!("{how} it ends in {error}")),
        }
    }
    Ok(())
}

pub(crate) async fn comes_to_an_end(trial: &mut Trial) -> Result<(), Objection> {
    let (bytes, _) = example(trial).await?;
    let manner = Manner {
        batch: 1,
        ..Manner::default()
    };
    match trial.read(&Content::new(&bytes), &manner).await.outcome {
        Ok(_) => Ok(()),
        Err(Broken::Endless) => {
            broken("row by row it gives more batches than the example has bytes")
        }
        Err(Broken::Call(error)) => {
            broken(format!("row by row it ends in {}: {error}", error.code()))
        }
    }
}

pub(crate) async fn broken_input_is_unavailable(trial: &mut Trial) -> Result<(), Objection> {
    let (bytes, _) = example(trial).await?;
    let size = bytes.len() as u64;
    for at in BTreeSet::from([0, size / 2, size.saturating_sub(1)]) {
        let content = Content::new(&bytes).breaking_at(at);
        let passed = trial.read(&content, &Manner::default()).await;
        trial.faults(1, u64::from(passed.met_break));
        let unavailable = |error: &provisor_sandbox::CallError| matches!(&error.kind, CallErrorKind::Failure(failure) if failure.kind == FailureKind::Unavailable);
        match passed.outcome {
            Err(Broken::Call(error)) if unavailable(&error) => {}
            Err(error) => {
                return broken(format!(
                    "when the input cannot be read after {at} bytes, it ends in {error}"
                ));
            }
            Ok(_) if !passed.met_break => {}
            Ok(pass) => {
                let rows = pass.summary.rows;
                return broken(format!(
                    "when the input cannot be read after {at} of {size} bytes, it gives {rows} rows and no failure"
                ));
            }
        }
    }
    Ok(())
}

pub(crate) async fn no_rows_are_no_mistake(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let passed = trial
        .read(&Content::new(&layout.empty()), &Manner::default())
        .await;
    let pass = match passed.outcome {
        Ok(pass) => pass,
        Err(error) => return broken(format!("without rows the example ends in {error}")),
    };
    match (pass.rows.len(), pass.summary.complete) {
        (0, true) => Ok(()),
        (0, false) => broken("without rows the example is said to be incomplete"),
        (rows, _) => broken(format!("without rows the example has {rows} rows")),
    }
}

pub(crate) async fn positions_are_true(trial: &mut Trial) -> Result<(), Objection> {
    let layout = match Layout::of(trial).await {
        Ok(layout) => layout,
        Err(Objection::Inconclusive(why)) if why.ends_with("see R34") => return broken(why),
        Err(objection) => return Err(objection),
    };
    let summary = &layout.pass.summary;
    if let Some(declared) = summary
        .declared_rows
        .filter(|declared| *declared != layout.pass.met())
    {
        let (rows, rejected) = (summary.rows, summary.rejected);
        return broken(format!(
            "the export is said to have {declared} rows, and {rows} and {rejected} rejected ones were given"
        ));
    }
    let identifier = layout.pass.identifier();
    for row in 0..layout.row_count() {
        let text = String::from_utf8_lossy(layout.row(row)).to_lowercase();
        let values = layout.pass.rows[row].get(identifier).into_iter().flatten();
        let named = |value: &String| text.contains(&value.to_lowercase());
        // An identifier may be made of something else; any value of the row will do then.
        let all = layout.pass.rows[row].iter().flatten();
        if !values.chain(all).any(named) {
            let position = layout.pass.positions[row];
            return broken(format!(
                "line {position} shows nothing of the row that is said to begin there"
            ));
        }
    }
    let step = layout.row_count().div_ceil(TAKEN_OUT);
    for row in (0..layout.row_count()).step_by(step) {
        let position = layout.pass.positions[row];
        match layout.is_without(trial, row).await {
            Some(true) => {}
            Some(false) => {
                return broken(format!(
                    "without the row of line {position}, another one is missing"
                ));
            }
            None => {
                return Err(Objection::Inconclusive(format!(
                    "without the row of line {position} the example cannot be read at all"
                )));
            }
        }
    }
    Ok(())
}

pub(crate) async fn many_rows_fit(trial: &mut Trial) -> Result<(), Objection> {
    let layout = Layout::tried(trial).await?;
    let Some((content, rows)) = layout.repeated(MANY_ROWS) else {
        return Err(Objection::NotApplicable(
            "something stands behind the rows of the example, so they cannot be repeated"
                .to_owned(),
        ));
    };
    let usual = Limits::default();
    let example = trial
        .read(&Content::new(layout.bytes()), &Manner::default())
        .await
        .peak_memory;
    let memory = example + usual.memory.saturating_sub(example) / PART_OF_A_MILLION;
    let manner = Manner {
        batch: 1000,
        keep: false,
        limits: Limits { memory, ..usual },
    };
    let passed = trial.read(&content, &manner).await;
    match passed.outcome {
        Ok(pass) if pass.met() == rows => Ok(()),
        Ok(pass) => Err(Objection::Inconclusive(format!(
            "of {rows} rows that repeat those of the example {} were met",
            pass.met()
        ))),
        Err(Broken::Call(error)) => match error.kind {
            CallErrorKind::Failure(_) => Err(Objection::Inconclusive(format!(
                "rows that repeat those of the example are not taken: {error}"
            ))),
            _ => broken(format!(
                "{rows} rows of {} bytes end in {}: {error}",
                content.size(),
                error.code()
            )),
        },
        Err(Broken::Endless) => broken("it gives more batches than the export has bytes"),
    }
}
