//! How the host had to end a component that met hostile input.

use provisor_sandbox::{Block, CallErrorKind, Span, World};

use crate::hostile::{HUGE, MANY, words};
use crate::trial::{Objection, Trial, broken};
use crate::work::{Conditions, Work};

/// Columns of the example that get a huge value, each in turn.
const COLUMNS: usize = 4;

/// Objects to hostile work that ended in one way. Work that ended in another is judged elsewhere.
async fn ended(trial: &mut Trial, wrong: fn(&CallErrorKind) -> bool) -> Result<(), Objection> {
    let bench = trial.bench.clone();
    let stress = bench.stress().await;
    if stress.works.is_empty() {
        return Err(Objection::Inconclusive(
            "there is no example to spoil".to_owned(),
        ));
    }
    for (work, done) in &stress.works {
        trial.saw(work, done);
        if let Err(error) = &done.answer
            && wrong(&error.kind)
        {
            return broken(error.to_string());
        }
    }
    Ok(())
}

/// Comes to an end.
pub(crate) async fn ends(trial: &mut Trial) -> Result<(), Objection> {
    ended(trial, |kind| {
        matches!(
            kind,
            CallErrorKind::OutOfCpuTime | CallErrorKind::DeadlineExceeded
        )
    })
    .await
}

/// Keeps to its memory.
pub(crate) async fn keeps_to_its_memory(trial: &mut Trial) -> Result<(), Objection> {
    ended(trial, |kind| matches!(kind, CallErrorKind::OutOfMemory)).await
}

/// Does not recurse as deep as its input is nested.
pub(crate) async fn keeps_to_its_stack(trial: &mut Trial) -> Result<(), Objection> {
    ended(trial, |kind| matches!(kind, CallErrorKind::StackOverflow)).await
}

/// Does not flood the host.
pub(crate) async fn does_not_flood(trial: &mut Trial) -> Result<(), Objection> {
    ended(trial, |kind| {
        matches!(kind, CallErrorKind::LimitExceeded(_))
    })
    .await
}

/// Does not panic.
pub(crate) async fn does_not_panic(trial: &mut Trial) -> Result<(), Objection> {
    ended(trial, |kind| {
        matches!(kind, CallErrorKind::Trapped(_) | CallErrorKind::Exited)
    })
    .await
}

/// Takes huge values and many of them, or refuses them in words.
pub(crate) async fn takes_huge_input(trial: &mut Trial) -> Result<(), Objection> {
    for work in huge(trial) {
        let done = trial.work(&work, &Conditions::default()).await;
        if let Err(error) = &done.answer
            && done.breakdown().is_some()
        {
            return broken(error.to_string());
        }
    }
    Ok(())
}

fn huge(trial: &Trial) -> Vec<Work> {
    let bench = &trial.bench;
    match bench.world() {
        World::Mapping | World::Policy => {
            let one = bench.sheet.pick([0]);
            let mut works = Vec::new();
            for place in one.own().take(COLUMNS) {
                let mut long = one.clone();
                long.rows[0][place] = vec!["x".repeat(HUGE)];
                let mut many = one.clone();
                many.rows[0][place] = (0..MANY).map(|number| format!("v{number}")).collect();
                works.extend([bench.rows(long), bench.rows(many)]);
            }
            let length = bench.sheet.rows.len();
            let all = (0..MANY / 4).map(|row| row % length);
            works.push(bench.rows(bench.sheet.pick(all)));
            works
        }
        World::Reader => {
            let example = bench.subject.input.clone().unwrap_or_default();
            let words = words(&example);
            let mut works = Vec::new();
            for (start, end) in words.iter().rev().take(COLUMNS) {
                let mut bytes = example[..*start].to_vec();
                bytes.extend(std::iter::repeat_n(b'x', HUGE));
                bytes.extend(&example[*end..]);
                works.push(Work::Read(bytes));
            }
            works
        }
        World::Ticketing => match bench.example() {
            Some(Work::Keep(example)) => {
                let mut long = example.clone();
                let text = "x".repeat(HUGE);
                long.description = vec![Block::Paragraph(vec![Span::from(text.as_str())])];
                let mut many = example;
                let value = |number: usize| vec![Span::from(format!("v{number}").as_str())];
                many.description = vec![Block::Bullets((0..MANY).map(value).collect())];
                vec![Work::Keep(long), Work::Keep(many)]
            }
            _ => Vec::new(),
        },
    }
}
