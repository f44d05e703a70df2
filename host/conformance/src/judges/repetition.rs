//! Whether the same input gives the same, whenever, wherever, and whatever came before.

use std::sync::Arc;
use std::time::Duration;

use provisor_sandbox::StandIns;

use crate::subject::Sheet;
use crate::trial::{Objection, Trial, broken};
use crate::work::{Conditions, Work};

/// How often the same is asked.
const TIMES: usize = 3;

/// Instances that work side by side.
const PARALLEL: u64 = 8;

/// Moments at which a component must do the same: the end of a leap year, of the time that 32 bits
/// can say, and one between.
const MOMENTS: [u64; 4] = [951_782_399, 1_798_761_600, 2_147_483_647, 4_102_444_800];

/// What a fresh instance may take for one piece of work from its start, in microseconds: a person
/// does not notice it, and a Python component takes 2,000.
const BUDGET: u128 = 50_000;

/// The same input gives the same: from fresh instances, and again from one that has done it before.
pub(crate) async fn is_deterministic(trial: &mut Trial) -> Result<(), Objection> {
    let expected = trial.example().await?;
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    for _ in 1..TIMES {
        if trial
            .work(&work, &Conditions::default())
            .await
            .answer
            .as_ref()
            != Ok(&expected)
        {
            return broken("a fresh instance answers something else");
        }
    }
    let again = trial
        .series(&vec![work; TIMES], &Conditions::default())
        .await;
    match again
        .iter()
        .position(|done| done.answer.as_ref() != Ok(&expected))
    {
        Some(time) => broken(format!(
            "an instance answers something else when it is asked for the {} time",
            ["first", "second", "third"].get(time).unwrap_or(&"next")
        )),
        None => Ok(()),
    }
}

/// Nothing that an instance was told before shows in what it says later.
pub(crate) async fn forgets(trial: &mut Trial) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    trial.example().await?;
    let canary = trial.chance.canary();
    let Some(work) = bench.example() else {
        return Ok(());
    };
    let before = match &work {
        Work::Map(sheet) => Work::Map(planted(sheet, &canary)),
        Work::Decide(sheet) => Work::Decide(planted(sheet, &canary)),
        // A reader gets an instance for each input: there is no later.
        _ => {
            return Err(Objection::NotApplicable(
                "an instance has one task only".to_owned(),
            ));
        }
    };
    let done = trial.series(&[before, work], &Conditions::default()).await;
    // The log of an instance goes on; only what is said in answer to the second task counts.
    let shows = done.last().is_some_and(|done| {
        let answer = done.answer.as_ref().map_err(ToString::to_string);
        format!("{answer:?}").to_lowercase().contains(&canary)
    });
    match shows {
        true => broken(format!(
            "{canary}, which it was told before, shows in the next answer"
        )),
        false => Ok(()),
    }
}

/// The example with a word in every cell that is the author's.
fn planted(sheet: &Sheet, canary: &str) -> Sheet {
    let mut planted = sheet.clone();
    for row in &mut planted.rows {
        for place in sheet.own() {
            row[place] = vec![canary.to_owned()];
        }
    }
    planted
}

/// Instances side by side, each with its own chance, answer what one alone does.
pub(crate) async fn is_the_same_in_parallel(trial: &mut Trial) -> Result<(), Objection> {
    let expected = trial.example().await?;
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    let mut instances = tokio::task::JoinSet::new();
    for _ in 0..PARALLEL {
        let bench = Arc::clone(&trial.bench);
        let work = work.clone();
        let seed = trial.chance.number();
        instances.spawn(async move {
            let conditions = Conditions {
                stand_ins: StandIns {
                    seed,
                    ..StandIns::default()
                },
                ..Conditions::default()
            };
            bench.work(&work, &conditions).await
        });
    }
    while let Some(done) = instances.join_next().await {
        let Ok(done) = done else {
            return Err(Objection::Inconclusive(
                "an instance did not come back".to_owned(),
            ));
        };
        trial.saw(&work, &done);
        if done.answer.as_ref() != Ok(&expected) {
            return broken("of several instances at a time, one answers something else");
        }
    }
    Ok(())
}

/// What the clock says does not matter.
pub(crate) async fn heeds_no_clock(trial: &mut Trial) -> Result<(), Objection> {
    let expected = trial.example().await?;
    let Some(work) = trial.bench.example() else {
        return Ok(());
    };
    for moment in MOMENTS {
        let conditions = Conditions {
            stand_ins: StandIns {
                clock: Duration::from_secs(moment),
                ..StandIns::default()
            },
            ..Conditions::default()
        };
        let done = trial.work(&work, &conditions).await;
        if done.answer.as_ref() != Ok(&expected) {
            return broken("at another time it answers something else");
        }
    }
    Ok(())
}

/// A fresh instance is quick.
pub(crate) async fn starts_quickly(trial: &mut Trial) -> Result<(), Objection> {
    let work = match trial.bench.example() {
        Some(Work::Map(sheet)) => Work::Map(sheet.pick([0])),
        Some(Work::Decide(sheet)) => Work::Decide(sheet.pick([0])),
        Some(work) => work,
        None => return Ok(()),
    };
    let mut best = u128::MAX;
    for _ in 0..=TIMES {
        let done = trial.work(&work, &Conditions::default()).await;
        best = best.min(done.report.cpu_time.as_micros());
        if best <= BUDGET {
            return Ok(());
        }
    }
    broken(format!(
        "the first answer takes {} ms of a processor; {} are good",
        best / 1_000,
        BUDGET / 1_000
    ))
}
