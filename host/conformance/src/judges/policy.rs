//! What holds of policies.

use std::collections::BTreeSet;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use provisor_sandbox::CallErrorKind;
use serde_json::Value;

use crate::judges::repetition::heeds_no_clock;
use crate::judges::settings::without_required;
use crate::subject::Sheet;
use crate::trial::{Objection, Trial, broken};
use crate::work::{Conditions, Done, Work};

/// What an operation may be.
const OPERATIONS: [&str; 6] = ["create", "modify", "delete", "enable", "disable", "rename"];

/// The counters that come with a proposal.
const COUNTERS: [&str; 4] = [
    "count.creates-24h",
    "count.modifies-24h",
    "count.deletes-24h",
    "count.disables-24h",
];

/// How many operations were counted, from none to more than there are accounts.
const COUNTS: [u64; 9] = [0, 1, 2, 5, 10, 50, 100, 1_000, 1_000_000];

/// Bytes of the name of a group, as the contract says.
const GROUP: usize = 64;

/// Hours around each change of the clocks in Europe and America in 2026.
const HOURS: i64 = 30;

/// The example with each operation in turn.
fn operations(sheet: &Sheet) -> Vec<Sheet> {
    let each = OPERATIONS.iter();
    each.map(|operation| sheet.with("operation", &[operation]))
        .collect()
}

fn decisions(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.as_array().into_iter().flatten()
}

fn text<'a>(decision: &'a Value, name: &str) -> &'a str {
    decision[name].as_str().unwrap_or_default()
}

/// How strict a decision is.
fn strictness(decision: &Value) -> u8 {
    match text(decision, "verdict") {
        "deny" => 2,
        "hold" => 1,
        _ => 0,
    }
}

/// Decides about every proposal; a no comes with a code and a reason.
pub(crate) async fn gives_reasons(trial: &mut Trial) -> Result<(), Objection> {
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    let done = trial.work(&work, &Conditions::default()).await;
    if let Err(error) = &done.answer {
        return broken(format!(
            "the example itself ends in {}: {error}",
            error.code()
        ));
    }
    reasoned(&done)?;
    let mut sheets = operations(&trial.bench.sheet);
    for count in COUNTS {
        let count = count.to_string();
        let counted = |sheet: Sheet, counter: &&str| sheet.with(counter, &[&count]);
        sheets.push(COUNTERS.iter().fold(trial.bench.sheet.clone(), counted));
    }
    sheets.push(trial.bench.sheet.pick([]));
    for sheet in sheets {
        let done = trial
            .work(&Work::Decide(sheet), &Conditions::default())
            .await;
        reasoned(&done)?;
    }
    let bench = trial.bench.clone();
    for (work, done) in &bench.stress().await.works {
        trial.saw(work, done);
        reasoned(done)?;
    }
    Ok(())
}

fn reasoned(done: &Done) -> Result<(), Objection> {
    let answer = match &done.answer {
        Ok(answer) => answer,
        Err(error) if matches!(error.kind, CallErrorKind::MalformedAnswer(_)) => {
            return broken(error.to_string());
        }
        Err(_) => return Ok(()),
    };
    for decision in decisions(answer).filter(|decision| strictness(decision) > 0) {
        for field in ["code", "reason"] {
            if text(decision, field).trim().is_empty() {
                return broken(format!("a {} has no {field}", text(decision, "verdict")));
            }
        }
        let code = text(decision, "code");
        if code.contains(char::is_whitespace) || code.chars().any(char::is_control) {
            return broken(format!("the code {code:?} is no word"));
        }
    }
    Ok(())
}

/// Lets nothing out while its settings are wrong.
pub(crate) async fn allows_nothing_without_settings(trial: &mut Trial) -> Result<(), Objection> {
    let mutants = without_required(&trial.bench)?;
    if mutants.is_empty() {
        return Err(Objection::NotApplicable(
            "no setting has to be there".to_owned(),
        ));
    }
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    for mutant in mutants {
        let conditions = Conditions {
            settings: Some(mutant.settings.to_string()),
            ..Conditions::default()
        };
        let done = trial.work(&work, &conditions).await;
        let answer = done.answer.unwrap_or_default();
        if decisions(&answer).any(|decision| strictness(decision) == 0) {
            return broken(format!(
                "with settings {} it lets operations out",
                mutant.wrong
            ));
        }
    }
    Ok(())
}

/// Obligations that the host can heed.
pub(crate) async fn obliges_soundly(trial: &mut Trial) -> Result<(), Objection> {
    trial.example().await?;
    for sheet in operations(&trial.bench.sheet) {
        let attributes: BTreeSet<String> = attributes(&sheet);
        let done = trial
            .work(&Work::Decide(sheet), &Conditions::default())
            .await;
        let answer = done.answer.unwrap_or_default();
        for decision in decisions(&answer) {
            let obligations = decision["obligations"].as_array().into_iter().flatten();
            for (name, value) in obligations.filter_map(Value::as_object).flatten() {
                unsound(name, value, &attributes).map_or(Ok(()), broken)?;
            }
        }
    }
    Ok(())
}

/// The attributes that a proposal is about.
fn attributes(sheet: &Sheet) -> BTreeSet<String> {
    let named = sheet.columns.iter().filter_map(|column| {
        let name = column
            .strip_prefix("current.")
            .or(column.strip_prefix("wanted."));
        name.map(str::to_owned)
    });
    let changed = sheet.columns.iter().position(|column| column == "changed");
    let changed = changed.into_iter().flat_map(|place| {
        let cells = sheet.rows.iter().filter_map(move |row| row.get(place));
        cells.flatten().cloned()
    });
    named.chain(changed).collect()
}

fn unsound(name: &str, value: &Value, attributes: &BTreeSet<String>) -> Option<String> {
    let text = value.as_str().unwrap_or_default();
    let wrong = match name {
        "delay-until" if text.parse::<Timestamp>().is_err() => {
            "is no time such as 2026-11-30T08:00:00Z"
        }
        "route" if text.trim().is_empty() => "names nobody",
        "redact" if !attributes.contains(text) => "names no attribute of the proposal",
        "group" if text.is_empty() || text.len() > GROUP || text.contains(char::is_whitespace) => {
            "is no word of at most 64 bytes"
        }
        _ => return None,
    };
    Some(format!("the obligation {name} {value} {wrong}"))
}

/// Knows no time but `now`, and no difference between two ways to write it.
pub(crate) async fn knows_time_from_the_proposal(trial: &mut Trial) -> Result<(), Objection> {
    heeds_no_clock(trial).await?;
    let one = trial.bench.sheet.pick([0]);
    let mut instants = Vec::new();
    // Clocks change in America, Europe, Europe, America; and a year begins.
    for day in [
        "2026-03-08",
        "2026-03-29",
        "2026-10-25",
        "2026-11-01",
        "2027-01-01",
    ] {
        if let Ok(begin) = format!("{day}T00:00:00Z").parse::<Timestamp>() {
            let hours = -HOURS / 5..HOURS;
            instants.extend(
                hours.filter_map(|hour| begin.checked_add(SignedDuration::from_hours(hour)).ok()),
            );
        }
    }
    let written = |offset: i8| {
        let offset = Offset::constant(offset);
        let rows = instants.iter().map(|instant| {
            let now = instant.display_with_offset(offset).to_string();
            one.with("now", &[&now]).rows.swap_remove(0)
        });
        let mut sheet = one.with("now", &[]);
        sheet.rows = rows.collect();
        Work::Decide(sheet)
    };
    let mut all = Vec::new();
    for offset in [0, 2, -7] {
        let done = trial.work(&written(offset), &Conditions::default()).await;
        let Ok(answer) = done.answer else {
            return broken("it fails at the times around a change of the clocks");
        };
        let verdicts =
            decisions(&answer).map(|it| format!("{} {}", text(it, "verdict"), text(it, "code")));
        all.push(verdicts.collect::<Vec<_>>());
    }
    let differs =
        (0..instants.len()).find(|place| all.iter().any(|it| it[*place] != all[0][*place]));
    match differs {
        Some(place) => broken(format!(
            "{} is decided otherwise when it is written with another offset",
            instants[place]
        )),
        None => Ok(()),
    }
}

/// The more operations there were, the less goes out.
pub(crate) async fn is_stricter_after_more(trial: &mut Trial) -> Result<(), Objection> {
    trial.example().await?;
    for sheet in operations(&trial.bench.sheet) {
        let mut before: Vec<u8> = Vec::new();
        for count in COUNTS {
            let count = count.to_string();
            let counted = |sheet: Sheet, counter: &&str| sheet.with(counter, &[&count]);
            let sheet = COUNTERS.iter().fold(sheet.clone(), counted);
            let done = trial
                .work(&Work::Decide(sheet), &Conditions::default())
                .await;
            let Ok(answer) = done.answer else {
                continue;
            };
            let now: Vec<u8> = decisions(&answer).map(strictness).collect();
            if before.iter().zip(&now).any(|(before, now)| now < before) {
                return broken(format!(
                    "after {count} operations more goes out than after fewer"
                ));
            }
            before = now;
        }
    }
    Ok(())
}

/// Explains with what it was given, and invents nobody.
pub(crate) async fn invents_nothing(trial: &mut Trial) -> Result<(), Objection> {
    trial.example().await?;
    let settings = trial.bench.subject.settings.clone();
    for sheet in operations(&trial.bench.sheet) {
        let mut known = settings.clone();
        for text in sheet
            .columns
            .iter()
            .chain(sheet.rows.iter().flatten().flatten())
        {
            known.push('\n');
            known.push_str(text);
        }
        let known = known.to_lowercase();
        let done = trial
            .work(&Work::Decide(sheet), &Conditions::default())
            .await;
        let answer = done.answer.unwrap_or_default();
        for decision in decisions(&answer) {
            let warnings = decision["warnings"].as_array().into_iter().flatten();
            let said = warnings
                .filter_map(Value::as_str)
                .chain([text(decision, "reason")]);
            let invented = said
                .flat_map(names)
                .find(|name| !known.contains(&name.to_lowercase()));
            if let Some(name) = invented {
                return broken(format!(
                    "{name} is neither in the proposal nor in the settings"
                ));
            }
        }
    }
    Ok(())
}

/// Words that look like the name of an account, a person or a record: with an @, or with letters
/// and digits in one. Times and lengths of time are none.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let outer = |c: char| !c.is_alphanumeric();
    text.split_whitespace()
        .map(move |word| word.trim_matches(outer))
        .filter(|word| {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            let digits = word.chars().filter(char::is_ascii_digit).count();
            let is_time = word.starts_with(|c: char| c.is_ascii_digit());
            word.contains('@') || letters > 1 && digits > 1 && !is_time
        })
}

/// A proposal is decided alone as in company.
pub(crate) async fn decides_each_alone(trial: &mut Trial) -> Result<(), Objection> {
    trial.example().await?;
    let all = operations(&trial.bench.sheet);
    let mut sheet = trial.bench.sheet.with("operation", &[]);
    sheet.rows = all.into_iter().flat_map(|sheet| sheet.rows).collect();
    trial.chance.shuffle(&mut sheet.rows);
    let together = trial
        .work(&Work::Decide(sheet.clone()), &Conditions::default())
        .await;
    let Ok(together) = together.answer else {
        return broken("proposals of several kinds cannot be decided at once");
    };
    for row in 0..sheet.rows.len() {
        let work = Work::Decide(sheet.pick([row]));
        let alone = trial.work(&work, &Conditions::default()).await;
        if alone.answer.unwrap_or_default()[0] != together[row] {
            return broken("alone a proposal is decided otherwise than among others");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words_and_times() {
        let found: Vec<_> =
            names("ann@x.org asked at 2026-11-01T08:00:00Z (24h ago) for jdoe42, PROV-17.")
                .collect();
        assert_eq!(found, ["ann@x.org", "jdoe42", "PROV-17"]);
    }
}
