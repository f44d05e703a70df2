//! Nothing is lost: a real process is killed at every named point of its work and at moments of
//! chance, started again, and goes on. In the end everything is as if nobody had disturbed it.
//!
//! `docs/reliability.md` has the long form and its figures.

mod outcome;
mod recorder;
mod script;
mod victim;

use std::collections::BTreeMap;
use std::time::Instant;

use provisor::store::fault::POINTS;
use provisor_tests::chance::Chance;
use provisor_tests::difference::difference;

use recorder::record;
use victim::{Fate, Kill};

/// What a campaign of kills came to.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    kills: u64,
    by_chance: u64,
    points: BTreeMap<&'static str, u64>,
    /// Runs that ended otherwise than the undisturbed one, with what differs.
    different: Vec<String>,
}

/// The points that these lives come by: tickets have lives of their own, in `ticket_faults`.
fn points() -> Vec<&'static str> {
    let mut points = POINTS.to_vec();
    points.retain(|point| !point.starts_with("ticket."));
    points
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x1_killed_at_every_point_a_run_ends_as_if_nobody_had_disturbed_it() {
    let mut tally = Tally::default();
    let mut never = points();
    // What was not come by in one life is what the next one is killed at.
    for seed in 1..=40 {
        campaign(seed, 60, 30, &never, &mut tally).await;
        never.retain(|point| !tally.points.contains_key(point));
        if never.is_empty() || !tally.different.is_empty() {
            break;
        }
    }
    report(&tally);
    assert!(tally.different.is_empty(), "{}", tally.different.join("\n"));
    assert!(never.is_empty(), "nothing was ever killed at {never:?}");
    assert!(tally.by_chance > 0);
}

/// `PROVISOR_KILLS` says how many; see `docs/reliability.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes minutes: the long form of the test above"]
async fn killed_a_thousand_times() {
    let wanted: u64 = std::env::var("PROVISOR_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000);
    let begun = Instant::now();
    let mut tally = Tally::default();
    for seed in 1.. {
        campaign(seed, 60, 200, &points(), &mut tally).await;
        eprintln!("{} kills after {:.0?}", tally.kills, begun.elapsed());
        if tally.kills >= wanted {
            break;
        }
    }
    report(&tally);
    assert!(tally.different.is_empty(), "{}", tally.different.join("\n"));
}

/// Records one life and leads it to its end again and again, killed at each of the points in turn
/// and at moments of chance, until there were so many kills.
async fn campaign(seed: u64, steps: usize, kills: u64, points: &[&'static str], tally: &mut Tally) {
    let folder = tempfile::tempdir().expect("a folder");
    let life = record(folder.path(), seed, steps).await;
    let mut chance = Chance::new(seed ^ 0x5eed);
    let (mut done, mut next_point) = (0, 0);
    while done < kills {
        let again = tempfile::tempdir().expect("a folder");
        life.lay_out(again.path());
        let mut acknowledged = 0;
        let mut killed = Vec::new();
        let mut starts = 0;
        loop {
            starts += 1;
            assert!(starts < 500, "it does not get on");
            // A third of the kills come by chance, and from time to time nobody disturbs.
            let kill = match chance.below(12) {
                _ if done >= kills => Kill::Never,
                0 => Kill::Never,
                1..=4 => Kill::After(chance.below(120)),
                _ => {
                    next_point += 1;
                    let passes = match chance.below(3) {
                        0 => 2 + chance.below(4),
                        _ => 1,
                    };
                    Kill::At(points[next_point % points.len()], passes)
                }
            };
            match victim::go_on(again.path(), acknowledged, kill) {
                Fate::Finished => break,
                Fate::Killed {
                    acknowledged: now,
                    at,
                } => {
                    acknowledged = now;
                    killed.push(format!(
                        "at {} after step {now}",
                        at.unwrap_or("some moment")
                    ));
                    done += 1;
                    tally.kills += 1;
                    match at {
                        Some(point) => *tally.points.entry(point).or_default() += 1,
                        None => tally.by_chance += 1,
                    }
                }
                Fate::Broken(problem) => {
                    tally.different.push(format!("seed {seed}: {problem}"));
                    return;
                }
            }
        }
        tally.runs += 1;
        let found = outcome::of(again.path(), life.end()).await;
        if let Some(difference) = difference(&life.outcome, &found) {
            let killed = killed.join(", ");
            let script = life.script();
            let different = format!("seed {seed}, killed {killed}: {difference}{script}");
            tally.different.push(different);
            return;
        }
    }
}

fn report(tally: &Tally) {
    println!(
        "{} kills in {} runs: {} at {} named points, {} by chance; {} runs ended otherwise",
        tally.kills,
        tally.runs,
        tally.points.values().sum::<u64>(),
        tally.points.len(),
        tally.by_chance,
        tally.different.len()
    );
    for (point, kills) in &tally.points {
        println!("  {point:<24} {kills}");
    }
}
