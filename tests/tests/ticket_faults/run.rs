//! One run of a life: with a process that works, a system in which people work, and somebody who
//! kills the one and not the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use provisor::model::{Task as Next, Ticket, TicketState, Timestamp};
use provisor_simulated::Action;
use provisor_tests::chance::Chance;
use provisor_tests::world::{Fixture, beginning};

use crate::life::{Step, export, newest};
use crate::office::{Office, System};
use crate::victim::{Ended, Kill, Standing, Task, Victim};

/// Who kills, and what came of it.
pub struct Killer {
    chance: Chance,
    points: Vec<&'static str>,
    next: usize,
    /// How many kills are left.
    pub left: u64,
    /// Kills by point; what was killed by chance has none.
    pub killed: Vec<(Option<&'static str>, String)>,
}

impl Killer {
    pub fn new(seed: u64, points: &[&'static str], kills: u64) -> Self {
        Killer {
            chance: Chance::new(seed ^ 0x5eed),
            points: points.to_vec(),
            next: usize::try_from(seed).unwrap_or(0),
            left: kills,
            killed: Vec::new(),
        }
    }

    /// Three in ten kills come by chance.
    fn choose(&mut self) -> Kill {
        if self.left == 0 || self.points.is_empty() {
            return Kill::Never;
        }
        match self.chance.below(10) {
            0..=2 => Kill::After(self.chance.below(400)),
            _ => {
                self.next += 1;
                let passes = match self.chance.below(3) {
                    0 => 2 + self.chance.below(3),
                    _ => 1,
                };
                Kill::At(self.points[self.next % self.points.len()], passes)
            }
        }
    }
}

/// A process that never came by its point is started again after so many tasks, with another one.
const WEARY: usize = 20;

const KEYS: &str = "attempts = 100\nfall-back-after = \"20000h\"";

/// One run of a life.
pub struct Run {
    pub office: Office,
    pub killer: Option<Killer>,
    folder: tempfile::TempDir,
    victim: Option<Victim>,
    /// When people did something last, there or with exports.
    acted: Option<Timestamp>,
    /// What was asked for last, by whose it is.
    wanted: BTreeMap<String, Task>,
    /// How many mishaps happened.
    pub mishaps: usize,
}

impl Run {
    pub async fn begin(system: &'static System, killer: Option<Killer>) -> Self {
        let office = Office::open(system, beginning()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let text = Fixture::s().more(&office.configuration(KEYS)).text();
        std::fs::write(folder.path().join("provisor.toml"), text).expect("written");
        std::fs::write(folder.path().join("password"), "secret").expect("written");
        std::fs::create_dir(folder.path().join("exports")).expect("made");
        Run {
            office,
            killer,
            folder,
            victim: None,
            acted: None,
            wanted: BTreeMap::new(),
            mishaps: 0,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Does one step. A step that is impossible is an error, except where it is `lenient`.
    pub fn perform(&mut self, step: &Step, lenient: bool) -> Result<(), String> {
        match step {
            Step::Tell(task) => {
                match task {
                    Task::Request { id, .. } | Task::Remove { id, .. } => {
                        self.wanted.insert(id.clone(), task.clone());
                    }
                    Task::Export(_) | Task::Message(_) | Task::Run => {}
                }
                self.tell(task)?;
            }
            Step::Mishap(mishap) => {
                self.mishaps += 1;
                self.office.mishap(*mishap);
            }
            Step::Settle => {
                self.settle()?;
                self.mishaps -= self.office.recovers();
            }
            Step::Minutes(minutes) => {
                self.office.passes(Duration::from_secs(60 * minutes));
                self.tell(&Task::Run)?;
            }
            Step::People(account, action) => {
                let standing = self.tell(&Task::Run)?;
                let number = newest(&standing, account).and_then(|(_, number, _)| number);
                let done = number
                    .ok_or_else(|| format!("{account} has no ticket"))
                    .and_then(|number| self.act(number, action));
                match done {
                    Err(_) if lenient => {}
                    done => done?,
                }
            }
            Step::Message(account) => {
                let standing = self.tell(&Task::Run)?;
                if let Some((_, Some(number), _)) = newest(&standing, account) {
                    let text = self.office.system.message.replace("{number}", number);
                    self.tell(&Task::Message(text))?;
                }
            }
        }
        Ok(())
    }

    fn act(&mut self, number: &str, action: &Action) -> Result<(), String> {
        // A second later, so that a look before it is not taken for one after it.
        self.office.passes(Duration::from_secs(1));
        self.office.act(number, action)?;
        self.acted = Some(self.office.now());
        Ok(())
    }

    /// The process does a task, however often it is killed before it says that it is done.
    pub fn tell(&mut self, task: &Task) -> Result<Standing, String> {
        for _ in 0..500 {
            let victim = match &mut self.victim {
                Some(victim) => victim,
                none => {
                    let kill = self.killer.as_mut().map_or(Kill::Never, Killer::choose);
                    none.insert(Victim::start(self.folder.path(), kill))
                }
            };
            match victim.does(self.office.now(), task) {
                Ok(standing) => {
                    let killing = self.killer.as_ref().is_some_and(|killer| killer.left > 0);
                    if killing && victim.done >= WEARY {
                        self.victim = None;
                    }
                    return Ok(standing);
                }
                Err(Ended::Broken(problem)) => return Err(problem),
                Err(Ended::Killed(at)) => {
                    self.victim = None;
                    let Some(killer) = &mut self.killer else {
                        return Err("nobody was to kill it".to_owned());
                    };
                    let words = format!("{} in {task:?}", at.unwrap_or("some moment"));
                    killer.killed.push((at, words));
                    killer.left = killer.left.saturating_sub(1);
                    // Sometimes it is back at once, and sometimes every lease is over.
                    let seconds = match killer.chance.below(3) {
                        0 => 0,
                        _ => killer.chance.below(420),
                    };
                    self.office.passes(Duration::from_secs(seconds));
                }
            }
        }
        Err(format!("it does not get on with {task:?}"))
    }

    /// Time passes until every ticket is made and was looked at after people did something last.
    pub fn settle(&mut self) -> Result<Standing, String> {
        for _ in 0..1_000 {
            let standing = self.tell(&Task::Run)?;
            let restless: Vec<&Ticket> = standing
                .tickets
                .iter()
                .map(|(_, ticket)| ticket)
                .filter(|ticket| !self.is_settled(ticket))
                .collect();
            if restless.is_empty() {
                return Ok(standing);
            }
            let due = |ticket: &&Ticket| ticket.leased_until.unwrap_or(ticket.look_at);
            let next = restless.iter().map(due).min();
            let soon = self.office.now().after(Duration::from_secs(30));
            self.office.reaches(soon.max(next.unwrap_or(soon)));
        }
        Err("it does not settle".to_owned())
    }

    fn is_settled(&self, ticket: &Ticket) -> bool {
        match ticket.state {
            TicketState::Ended | TicketState::GivenUp => true,
            TicketState::Creating => false,
            TicketState::Open | TicketState::Closed => {
                ticket.leased_until.is_none()
                    && ticket.problem.is_none()
                    && ticket.task() == Some(Next::Look)
                    && self.acted.is_none_or(|acted| {
                        acted < ticket.intended_at
                            || ticket.looked_at.is_some_and(|looked| acted <= looked)
                    })
            }
        }
    }

    /// Everybody asks again for what he asked for last, people do what is asked of them, and exports
    /// show it, until there is nothing to do.
    pub fn comes_to_an_end(&mut self) -> Result<Standing, String> {
        self.mishaps -= self.office.recovers();
        for mut task in self.wanted.clone().into_values() {
            match &mut task {
                Task::Request { anew, .. } | Task::Remove { anew, .. } => *anew = true,
                Task::Export(_) | Task::Message(_) | Task::Run => {}
            }
            self.settle()?;
            self.tell(&task)?;
        }
        let mut standing = self.settle()?;
        for _ in 0..12 {
            let open: Vec<String> = standing
                .tickets
                .iter()
                .filter(|(_, ticket)| ticket.state == TicketState::Open)
                .filter_map(|(_, ticket)| Some(ticket.place.as_ref()?.number.clone()))
                .collect();
            for number in &open {
                let note = "done in the end".to_owned();
                self.act(number, &Action::Resolve { note })?;
            }
            standing = self.settle()?;
            if standing.out > 0 {
                continue;
            }
            let rows: String = standing.rows.iter().map(|(_, row)| row.as_str()).collect();
            self.office.passes(Duration::from_secs(20 * 60));
            self.tell(&export(&rows))?;
            // What the export has decided is noticed with the next look after it.
            self.office.passes(Duration::from_secs(1));
            self.acted = Some(self.office.now());
            standing = self.settle()?;
            if standing.out + standing.undecided + standing.waiting == 0 {
                self.victim = None;
                return Ok(standing);
            }
        }
        Err(format!(
            "lost: {} operations are out, {} undecided, {} waiting: {:#?}",
            standing.out, standing.undecided, standing.waiting, standing.tickets
        ))
    }

    /// What must hold of tickets whatever happened.
    pub fn broken_rules(&self, standing: &Standing) -> Vec<String> {
        let mut broken = Vec::new();
        for id in self.office.doubled() {
            broken.push(format!("doubled: {id}"));
        }
        let known = |number: &str| {
            standing.tickets.iter().any(|(_, ticket)| {
                let here = ticket.place.as_ref().map(|place| place.number.as_str());
                here == Some(number)
                    || ticket
                        .attention
                        .as_ref()
                        .is_some_and(|said| said.contains(number))
            })
        };
        for seen in self.office.tickets() {
            if !known(&seen.number) {
                broken.push(format!("nobody here knows {}", seen.number));
            }
        }
        for (account, ticket) in &standing.tickets {
            if ticket.place.is_none() && ticket.is_watched() {
                broken.push(format!("lost: {account} never got {}", ticket.correlation));
            }
        }
        broken
    }
}
