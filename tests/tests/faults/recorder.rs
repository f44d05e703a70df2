//! Lives a life of chance once, undisturbed, and writes down every step.

use std::collections::BTreeMap;
use std::path::Path;

use provisor::model::{CaseState, OperationState, Timestamp};
use provisor::store::{AccountFilter, CaseFilter};
use provisor::{CaseView, Host, ManualClock, OperationQuery};
use provisor_tests::chance::Chance;
use provisor_tests::world::{self, Fixture, HEADER};

use crate::outcome;
use crate::script::{Step, beginning, digest, moment, perform};

/// A life that can be lived again.
pub struct Life {
    configuration: String,
    steps: Vec<Step>,
    /// Everything that is seen in its end.
    pub outcome: Vec<String>,
}

impl Life {
    /// Puts the beginning of it into a folder.
    pub fn lay_out(&self, folder: &Path) {
        std::fs::write(folder.join("provisor.toml"), &self.configuration).expect("written");
        std::fs::create_dir(folder.join("exports")).expect("made");
        let script = serde_json::to_string(&self.steps).expect("JSON");
        std::fs::write(folder.join("script.json"), script).expect("written");
    }

    /// The moment of its last step.
    pub fn end(&self) -> Timestamp {
        moment(&self.steps)
    }
}

const POLICY: &str = r#"
[[resource.app.policy.settings.rules]]
name = "gold"
when = 'wanted.interests.exists(one, one == "gold")'
verdict = "hold"
reason = "somebody should look"

[[resource.app.policy.settings.rules]]
name = "leavers"
when = 'operation == "delete"'
priority = "urgent"
"#;

const CASES: &str = r#"
[resource.app.cases]
due-in = "40m"
escalation = [{ after = "30m", to = "jan" }]
"#;

/// Versions of the component that people upload.
const VERSIONS: u64 = 3;

const PEOPLE: [&str; 4] = ["will", "elizabeth", "jack", "barbossa"];

/// Lives so many steps, by chance.
pub async fn record(folder: &Path, seed: u64, count: usize) -> Life {
    let configuration = Fixture::s()
        .rule("propagation = \"2m\"")
        .rule("drift = \"fix\"")
        .rule("remedy-limit = 2")
        .with("full-name = {}", "full-name = { drift = \"ask\" }")
        .with(
            "interests = { multi-valued",
            "interests = { drift = \"report\", multi-valued",
        )
        .policy(POLICY)
        .more(CASES)
        .more("[notify.log]\nkind = \"log\"\nfile = \"told.jsonl\"\n")
        .with(
            "settle = \"0s\"",
            "settle = \"0s\"\ngates.shrank = { from-rows = 3 }\ngates.zero-rows.from-rows = 3",
        )
        .text();
    let mut life = Life {
        configuration,
        steps: Vec::new(),
        outcome: Vec::new(),
    };
    life.lay_out(folder);
    let clock = ManualClock::at(beginning());
    let host = world::open(folder, &clock).await.expect("the host opens");
    let mut author = Author {
        chance: Chance::new(seed),
        application: BTreeMap::new(),
    };
    while life.steps.len() < count {
        let step = author.next(&host);
        life.steps.push(step.clone());
        clock.set(moment(&life.steps));
        // What chance has chosen may be impossible just now.
        if perform(&host, folder, &step).await.is_err() {
            life.steps.pop();
            clock.set(moment(&life.steps));
        }
    }
    life.outcome = outcome::seen(&host);
    life
}

struct Author {
    chance: Chance,
    /// The rows that the application has.
    application: BTreeMap<String, String>,
}

impl Author {
    fn next(&mut self, host: &Host) -> Step {
        let person = PEOPLE[self.chance.index(PEOPLE.len())].to_owned();
        let open = cases(host, CaseState::Open);
        let closed = cases(host, CaseState::Closed);
        let case = |chance: &mut Chance, cases: &[CaseView]| {
            cases
                .get(chance.index(cases.len()))
                .map(|view| view.case.id)
        };
        let held = host
            .held_export("app")
            .expect("known")
            .map(|export| export.id);
        loop {
            return match self.chance.below(39) {
                0..=4 => self.request(person),
                5 => Step::Remove { id: person },
                6..=9 => Step::Minutes(1 + self.chance.below(20)),
                10 => match case(&mut self.chance, &open) {
                    Some(case) => Step::Claim(case),
                    None => continue,
                },
                11 => match case(&mut self.chance, &open) {
                    Some(case) => Step::GiveBack(case),
                    None => continue,
                },
                12..=15 => match case(&mut self.chance, &open) {
                    Some(case) => self.done(case),
                    None => continue,
                },
                16 => match case(&mut self.chance, &open) {
                    Some(case) if self.chance.below(2) == 0 => Step::Cannot(case),
                    Some(case) => Step::Cancel(case),
                    None => continue,
                },
                17 => match case(&mut self.chance, &closed) {
                    Some(case) => Step::Reopen(case),
                    None => continue,
                },
                18 | 22 => match self.waiting(host) {
                    Some(operation) if self.chance.below(3) == 0 => Step::Hold(operation),
                    Some(operation) => Step::Release(operation),
                    None => continue,
                },
                19 | 20 => match open.iter().find(|view| view.case.question.is_some()) {
                    Some(view) => Step::Answer(view.case.id, self.chance.below(2) == 0),
                    None => continue,
                },
                21 | 23 | 27 => match self.drifted(host) {
                    Some(account) if self.chance.below(2) == 0 => Step::Drift(account, None),
                    Some(account) => {
                        let fix = self.chance.below(2) == 0;
                        Step::Drift(account, Some(fix))
                    }
                    None => continue,
                },
                24..=26 => match self.row(host) {
                    Some((row, true)) if self.chance.below(2) == 0 => Step::Link(row, person),
                    Some((row, true)) => Step::RemoveRow(row),
                    Some((row, false)) => Step::Unlink(row),
                    None => continue,
                },
                34 | 35 => Step::Upload(self.chance.below(VERSIONS) as u8),
                36 | 37 => Step::Activate(self.chance.below(VERSIONS) as u8),
                38 => match active(host) {
                    Some(version) => Step::GoBack(version),
                    None => continue,
                },
                _ => match held {
                    Some(export) if self.chance.below(3) == 0 => Step::DiscardExport(export),
                    Some(export) if self.chance.below(2) == 0 => Step::ReleaseExport(export),
                    _ => self.export(host),
                },
            };
        }
    }

    fn request(&mut self, id: String) -> Step {
        let choose =
            |chance: &mut Chance, words: &[&str]| words[chance.index(words.len())].to_owned();
        let name = choose(
            &mut self.chance,
            &["Will Turner", "Captain Turner", "Cpt. T."],
        );
        let interests = choose(
            &mut self.chance,
            &["pirates", "swords", "ships gold", "maps ships"],
        );
        let status = choose(&mut self.chance, &["active", "active", "active", "gone"]);
        let username = match self.chance.below(6) {
            0 => format!("{id}.t"),
            _ => id.clone(),
        };
        let attributes = [
            ("username", vec![username]),
            ("full-name", vec![name]),
            (
                "interests",
                interests.split(' ').map(str::to_owned).collect(),
            ),
            ("status", vec![status]),
        ];
        Step::Request {
            id,
            attributes: attributes
                .into_iter()
                .map(|(name, values)| (name.to_owned(), values))
                .collect(),
        }
    }

    fn done(&mut self, case: provisor::model::CaseId) -> Step {
        let mut values = BTreeMap::new();
        if self.chance.below(5) == 0 {
            values.insert("full-name".to_owned(), vec!["Another Name".to_owned()]);
        }
        Step::Done { case, values }
    }

    fn waiting(&mut self, host: &Host) -> Option<provisor::model::OperationId> {
        let waiting = host.operations(&OperationQuery {
            states: vec![OperationState::Waiting],
            limit: 100,
            ..OperationQuery::default()
        });
        let waiting = waiting.expect("listed");
        let chosen = self.chance.index(waiting.len());
        waiting.get(chosen).map(|one| one.id)
    }

    fn drifted(&mut self, host: &Host) -> Option<String> {
        let drifted = host.accounts(&AccountFilter {
            drifted: true,
            limit: 100,
            ..AccountFilter::default()
        });
        let drifted = drifted.expect("listed");
        let chosen = self.chance.index(drifted.len());
        drifted.get(chosen).map(|one| one.identifier.clone())
    }

    /// A row that nobody asked for, or the account of somebody.
    fn row(&mut self, host: &Host) -> Option<(String, bool)> {
        let rows = host.unexpected("app", 100).expect("listed");
        let accounts = host.accounts(&AccountFilter {
            limit: 100,
            ..AccountFilter::default()
        });
        let accounts = accounts.expect("listed");
        let owned = accounts.iter().filter(|one| one.identity.is_some());
        let rows: Vec<(String, bool)> = rows
            .into_iter()
            .map(|row| (row.identifier, true))
            .chain(owned.map(|one| (one.identifier.clone(), false)))
            .collect();
        let chosen = self.chance.index(rows.len());
        rows.get(chosen).cloned()
    }

    /// The application shows most of what is expected of it; some of it not yet, some of it
    /// otherwise, and sometimes only a part of all.
    fn export(&mut self, host: &Host) -> Step {
        let accounts = host.accounts(&AccountFilter {
            limit: 1000,
            ..AccountFilter::default()
        });
        for summary in accounts.expect("listed") {
            if self.chance.below(4) == 0 {
                continue;
            }
            let view = host.account_by_id(summary.id).expect("there");
            let key = view.identity.clone().unwrap_or_default();
            if !view.expected_exists {
                self.application.remove(&key);
                continue;
            }
            let value = |name: &str| {
                let found = view.attributes.iter().find(|one| one.name.as_str() == name);
                let values = found.map(|one| one.expected.clone()).unwrap_or_default();
                values.iter().map(str::to_owned).collect::<Vec<_>>()
            };
            let mut name = value("full-name").join(" ");
            if self.chance.below(5) == 0 {
                name = "Somebody Else".to_owned();
            }
            let disabled = value("enabled")
                .first()
                .is_some_and(|enabled| enabled == "false");
            let row = format!(
                "{},{name},{},{},{disabled},\n",
                value("username").first().cloned().unwrap_or_default(),
                value("description").join(" "),
                value("interests").join(";")
            );
            self.application.insert(key, row);
        }
        if self.chance.below(5) == 0 {
            self.application.insert(
                "stranger".to_owned(),
                "stranger,Stranger,,,false,\n".to_owned(),
            );
        }
        let part = self.chance.below(6) == 0;
        let rows: String = self
            .application
            .values()
            .take(if part { 1 } else { usize::MAX })
            .map(String::as_str)
            .collect();
        Step::Export(format!("{HEADER}{rows}"))
    }
}

/// The version of the component that is active.
fn active(host: &Host) -> Option<u8> {
    let activations = host.all_activations().expect("listed");
    let active = activations.first()?.active()?.digest;
    (0..VERSIONS as u8).find(|version| digest(*version) == active)
}

fn cases(host: &Host, state: CaseState) -> Vec<CaseView> {
    host.cases(&CaseFilter {
        state: Some(state),
        limit: 1000,
        ..CaseFilter::default()
    })
    .expect("listed")
}

impl Life {
    /// The script, a line for each step.
    pub fn script(&self) -> String {
        let lines = self.steps.iter().enumerate();
        lines
            .map(|(index, step)| format!("  {index}: {step:?}\n"))
            .collect()
    }
}
