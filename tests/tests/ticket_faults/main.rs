//! No second ticket and no lost operation: a real process is killed at every named point of its work
//! with tickets and at moments of chance, while the ticket system lives on and misbehaves.
//!
//! `docs/reliability.md` has the long form and its figures.

mod life;
mod office;
mod outcome;
mod run;
mod together;
mod victim;

use std::collections::BTreeMap;
use std::time::Instant;

use provisor_tests::difference::difference;

use life::{Author, Step};
use office::{JIRA_CLOUD, SERVICENOW, System};
use run::{Killer, Run};

/// The points that the work with tickets comes by.
const POINTS: [&str; 8] = [
    "ticket.intended",
    "ticket.sent",
    "ticket.made",
    "ticket.searched",
    "ticket.looked",
    "ticket.withdrawn",
    "ticket.commented",
    "ticket.received",
];

/// Others that it comes by.
const OTHERS: [&str; 9] = [
    "store.begun",
    "store.before-commit",
    "store.after-commit",
    "request.mapped",
    "request.stored",
    "dispatch.decided",
    "dispatch.sent",
    "export.accepted",
    "evidence.after-rename",
];

/// What a campaign of kills came to.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    kills: u64,
    by_chance: u64,
    points: BTreeMap<&'static str, u64>,
    tickets: usize,
    mishaps: usize,
    doubled: usize,
    lost: usize,
    /// Runs that broke a rule or ended otherwise than the undisturbed one, with what differs.
    different: Vec<String>,
}

impl Tally {
    fn is_clean(&self) -> bool {
        self.different.is_empty() && self.doubled == 0 && self.lost == 0
    }

    fn wrong(&mut self, what: String) {
        self.doubled += what.matches("doubled: ").count();
        self.lost += what.matches("lost: ").count();
        // At once: a long campaign goes on for minutes.
        eprintln!("{what}");
        self.different.push(what);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_point_no_ticket_is_made_twice_and_no_operation_is_lost() {
    let mut tally = Tally::default();
    let mut never = POINTS.to_vec();
    // What was not come by in one life is what the next one is killed at.
    for seed in 1..=30 {
        let system = [&SERVICENOW, &JIRA_CLOUD][seed as usize % 2];
        campaign(system, seed, 8, 14, &never, &mut tally).await;
        never.retain(|point| !tally.points.contains_key(point));
        if (never.is_empty() && seed >= 2) || !tally.is_clean() {
            break;
        }
    }
    report(&tally);
    assert!(tally.is_clean(), "{}", tally.different.join("\n"));
    assert!(never.is_empty(), "nothing was ever killed at {never:?}");
}

/// `PROVISOR_KILLS` says how many, `PROVISOR_SEED` where to begin; see `docs/reliability.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes minutes: the long form of the test above"]
async fn killed_five_hundred_times() {
    let number = |name, usual| {
        let text = std::env::var(name).ok();
        text.and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let wanted: u64 = number("PROVISOR_KILLS", 500);
    let first = number("PROVISOR_SEED", 1);
    let points: Vec<&'static str> = POINTS.into_iter().chain(POINTS).chain(OTHERS).collect();
    let begun = Instant::now();
    let mut tally = Tally::default();
    for seed in first.. {
        let system = [&SERVICENOW, &JIRA_CLOUD][seed as usize % 2];
        campaign(system, seed, 16, 60, &points, &mut tally).await;
        eprintln!("{} kills after {:.0?}", tally.kills, begun.elapsed());
        if tally.kills >= wanted {
            break;
        }
    }
    report(&tally);
    assert!(tally.is_clean(), "{}", tally.different.join("\n"));
}

/// Makes up one life, undisturbed, and leads it to its end again and again with as many kills. Of
/// two pairs of lives one is calm, and every run of it must be the same; in the other everything
/// happens at once, and every run must come to the same accounts.
async fn campaign(
    system: &'static System,
    seed: u64,
    scenes: usize,
    kills: u64,
    points: &[&'static str],
    tally: &mut Tally,
) {
    let calm = seed % 4 < 2;
    let name = format!(
        "seed {seed} ({}, {})",
        system.name,
        if calm { "calm" } else { "wild" }
    );
    let mut undisturbed = Run::begin(system, None).await;
    let mut author = Author::new(seed, calm);
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..scenes {
        let standing = match undisturbed.tell(&victim::Task::Run) {
            Ok(standing) => standing,
            Err(problem) => return tally.wrong(format!("{name}, undisturbed: {problem}")),
        };
        for step in author.next(&standing) {
            match undisturbed.perform(&step, false) {
                Ok(()) => steps.push(step),
                // What chance has chosen may be impossible just now.
                Err(_) if matches!(step, Step::People(..)) => {}
                Err(problem) => return tally.wrong(format!("{name}, undisturbed: {problem}")),
            }
        }
    }
    let expected = match undisturbed.comes_to_an_end() {
        Ok(standing) => standing,
        Err(problem) => {
            return tally.wrong(format!("{name}, undisturbed: {problem}{}", script(&steps)));
        }
    };
    for broken in undisturbed.broken_rules(&expected) {
        tally.wrong(format!("{name}, undisturbed: {broken}{}", script(&steps)));
    }
    let office = &undisturbed.office;
    let outcome = outcome::of(undisturbed.folder(), office.now(), &office.tickets()).await;
    let mut left = kills;
    for round in 0..kills {
        if left == 0 {
            break;
        }
        let killer = Killer::new(seed * 1_000 + round, points, left);
        let mut run = Run::begin(system, Some(killer)).await;
        let mut ended = Ok(());
        for step in &steps {
            ended = ended.and_then(|()| run.perform(step, !calm));
        }
        let ended = ended.and_then(|()| run.comes_to_an_end());
        let Some(killer) = run.killer.take() else {
            return;
        };
        left = killer.left;
        tally.runs += 1;
        tally.mishaps += run.mishaps;
        tally.tickets += run.office.tickets().len();
        let mut killed = String::new();
        for (point, words) in &killer.killed {
            tally.kills += 1;
            killed += &format!("\n  killed at {words}");
            match point {
                Some(point) => *tally.points.entry(point).or_default() += 1,
                None => tally.by_chance += 1,
            }
        }
        let mut wrong = Vec::new();
        match ended {
            Err(problem) => {
                wrong.push(problem);
                wrong.extend(
                    run.office
                        .doubled()
                        .iter()
                        .map(|id| format!("doubled: {id}")),
                );
            }
            Ok(standing) => {
                wrong.extend(run.broken_rules(&standing));
                if standing.rows != expected.rows {
                    wrong.push(format!("{:#?}\nnot\n{:#?}", standing.rows, expected.rows));
                }
                if calm {
                    let there = run.office.tickets();
                    let found = outcome::of(run.folder(), run.office.now(), &there).await;
                    wrong.extend(difference(&outcome, &found));
                }
            }
        }
        if !wrong.is_empty() {
            let wrong = wrong.join("\n");
            tally.wrong(format!("{name}:{killed}\n{wrong}{}", script(&steps)));
            return;
        }
    }
}

/// The life, a line for each step.
fn script(steps: &[Step]) -> String {
    let lines = steps.iter().enumerate();
    lines
        .map(|(index, step)| format!("\n  {index}: {step:?}"))
        .collect()
}

fn report(tally: &Tally) {
    println!(
        "{} kills in {} runs with {} tickets and {} mishaps: {} at {} named points, {} by chance; \
         {} tickets made twice, {} operations lost, {} runs ended otherwise",
        tally.kills,
        tally.runs,
        tally.tickets,
        tally.mishaps,
        tally.points.values().sum::<u64>(),
        tally.points.len(),
        tally.by_chance,
        tally.doubled,
        tally.lost,
        tally.different.len()
    );
    for (point, kills) in &tally.points {
        println!("  {point:<24} {kills}");
    }
}
