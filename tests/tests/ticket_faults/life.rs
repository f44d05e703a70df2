//! A life of chance: what is asked for, what people in the other system do, and what goes wrong there.

use provisor::model::TicketState;
use provisor_simulated::Action;
use provisor_tests::chance::Chance;
use provisor_tests::world::HEADER;

use crate::office::Mishap;
use crate::victim::{Standing, Task};

/// One step.
#[derive(Debug, Clone)]
pub enum Step {
    /// The process is told something.
    Tell(Task),
    /// Something goes wrong in the other system.
    Mishap(Mishap),
    /// Time passes until every ticket is made and was looked at.
    Settle,
    /// So many minutes pass.
    Minutes(u64),
    /// People there do something with the newest ticket of this account.
    People(String, Action),
    /// The other system sends a message about the newest ticket of this account.
    Message(String),
}

/// Whose accounts these are.
pub const PEOPLE: [&str; 4] = ["will", "elizabeth", "jack", "barbossa"];

/// Makes a life up.
pub struct Author {
    pub chance: Chance,
    /// Whether everything settles before the next thing happens, so that every run of it is the same
    /// but for its times.
    calm: bool,
}

impl Author {
    pub fn new(seed: u64, calm: bool) -> Self {
        Author {
            chance: Chance::new(seed),
            calm,
        }
    }

    /// A few steps that belong together.
    pub fn next(&mut self, standing: &Standing) -> Vec<Step> {
        let mut steps = Vec::new();
        match self.chance.below(24) {
            0..=8 => {
                match self.chance.below(4) {
                    0 => {}
                    // What nobody knows the outcome of is what most can go wrong with.
                    1 => steps.push(Step::Mishap(
                        self.chance
                            .one_of(&[Mishap::AnswerLost, Mishap::RequestLost]),
                    )),
                    _ => steps.push(Step::Mishap(self.chance.one_of(&Mishap::ALL))),
                }
                steps.push(Step::Tell(self.request()));
            }
            9 | 10 => {
                if self.chance.below(3) == 0 {
                    steps.push(Step::Mishap(self.chance.one_of(&Mishap::ALL)));
                }
                let id = self.chance.one_of(&PEOPLE).to_owned();
                steps.push(Step::Tell(Task::Remove { id, anew: false }));
            }
            11..=18 => {
                let Some((account, action)) = self.action(standing) else {
                    steps.push(Step::Tell(self.request()));
                    self.breathe(&mut steps);
                    return steps;
                };
                if self.chance.below(4) == 0 {
                    steps.push(Step::Mishap(self.chance.one_of(&[
                        Mishap::AllDown,
                        Mishap::AnyLost,
                        Mishap::TooMany,
                    ])));
                }
                steps.push(Step::People(account.clone(), action));
                if self.chance.below(2) == 0 {
                    steps.push(Step::Message(account));
                }
            }
            19..=22 => {
                steps.push(Step::Minutes(16 + self.chance.below(10)));
                steps.push(Step::Tell(self.export(standing)));
            }
            _ => steps.push(Step::Minutes(1 + self.chance.below(60))),
        }
        self.breathe(&mut steps);
        steps
    }

    fn breathe(&mut self, steps: &mut Vec<Step>) {
        if self.calm || self.chance.below(5) == 0 {
            steps.push(Step::Settle);
        } else if self.chance.below(2) == 0 {
            steps.push(Step::Minutes(1 + self.chance.below(3)));
        }
    }

    fn request(&mut self) -> Task {
        let id = self.chance.one_of(&PEOPLE);
        let name = self
            .chance
            .one_of(&["Will Turner", "Captain Turner", "Cpt. T."]);
        let interests = self
            .chance
            .one_of(&[&["pirates"][..], &["swords"], &["ships", "gold"]]);
        let status = self.chance.one_of(&["active", "active", "active", "gone"]);
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        Task::Request {
            id: id.to_owned(),
            attributes: [
                ("username".to_owned(), values(&[id])),
                ("full-name".to_owned(), values(&[name])),
                ("interests".to_owned(), values(interests)),
                ("status".to_owned(), values(&[status])),
            ]
            .into(),
            anew: false,
        }
    }

    fn action(&mut self, standing: &Standing) -> Option<(String, Action)> {
        let newest = PEOPLE.iter().filter_map(|id| newest(standing, id));
        let usable: Vec<(&str, TicketState)> = newest
            .filter(|(_, number, state)| {
                number.is_some() && matches!(state, TicketState::Open | TicketState::Closed)
            })
            .map(|(id, _, state)| (id, state))
            .collect();
        if usable.is_empty() {
            return None;
        }
        let (id, state) = self.chance.one_of(&usable);
        let note = "as it is".to_owned();
        let action = match (state, self.chance.below(12)) {
            (TicketState::Closed, _) => Action::Reopen,
            (_, 0 | 1) => Action::Begin,
            (_, 2 | 3) => Action::Refuse { note },
            (_, 4) => Action::Cancel { note },
            (_, 5) => Action::Delete,
            _ => Action::Resolve { note },
        };
        Some((id.to_owned(), action))
    }

    /// The application shows most of what is expected of it; some of it not yet, and some otherwise.
    fn export(&mut self, standing: &Standing) -> Task {
        let mut rows = String::new();
        for (_, row) in &standing.rows {
            match self.chance.below(6) {
                0 => {}
                1 => rows.push_str(&row.replace("pirates", "maps")),
                _ => rows.push_str(row),
            }
        }
        export(&rows)
    }
}

/// An export with these rows. One row is always there, so that it is never empty.
pub fn export(rows: &str) -> Task {
    Task::Export(format!("{HEADER}{rows}keeper,Keeper,,,false,\n"))
}

/// Name, number and state of the newest ticket of an account.
pub fn newest<'a>(
    standing: &'a Standing,
    id: &'a str,
) -> Option<(&'a str, Option<&'a str>, TicketState)> {
    let (_, ticket) = standing
        .tickets
        .iter()
        .rfind(|(account, _)| account == id)?;
    let number = ticket.place.as_ref().map(|place| place.number.as_str());
    Some((id, number, ticket.state))
}
