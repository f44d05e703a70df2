//! What came of comparing two versions of a component on many inputs.

use serde::{Deserialize, Serialize};

use crate::departure::{Departure, Difference, Shown};

/// What came of one input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Whom or what it is about: an identity, or an account where the identity is not known.
    pub subject: String,
    /// In which points the candidate says something else, the loudest first.
    pub differences: Vec<Difference>,
}

impl Finding {
    /// That the candidate gave no answer: why not, for machines and for people.
    pub fn failed(subject: impl Into<String>, code: &str, why: &str) -> Self {
        Self {
            subject: subject.into(),
            differences: vec![Difference {
                departure: Departure::Failed,
                before: Shown::nothing(),
                after: Shown::of([code, why]),
            }],
        }
    }

    /// Whether the candidate gave no answer.
    pub fn is_failure(&self) -> bool {
        self.differences
            .iter()
            .any(|difference| difference.departure == Departure::Failed)
    }
}

/// What came of comparing two versions on many inputs: how many depart in which way, with examples.
///
/// The order in which findings are added does not matter. What it holds does not grow with their
/// number: a schema has only so many attributes, and of each departure a few examples are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// Inputs of which both versions were asked.
    pub compared: u64,
    /// Those of which both say the same.
    pub same: u64,
    /// Those for which the candidate gave no answer.
    pub failed: u64,
    /// In which ways the others differ, the loudest first.
    pub departures: Vec<Departed>,
    /// Examples that are kept of each departure.
    #[serde(skip)]
    examples: usize,
}

/// How often two versions differ in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Departed {
    /// In which way.
    #[serde(flatten)]
    pub departure: Departure,
    /// How often.
    pub count: u64,
    /// Some of them, the first by name.
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// What two versions say of one input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Example {
    /// Whom or what it is about.
    pub subject: String,
    /// What the active version says.
    pub before: Shown,
    /// What the candidate says.
    pub after: Shown,
}

impl Comparison {
    /// Nothing compared yet; of each departure so many examples will be kept.
    pub fn with_examples(examples: usize) -> Self {
        Self {
            examples,
            ..Self::default()
        }
    }

    /// Whether both versions said the same of everything.
    pub fn is_same(&self) -> bool {
        self.same == self.compared
    }

    /// How many findings depart in some way, failures among them.
    pub fn departed(&self) -> u64 {
        self.compared - self.same
    }

    /// Adds what came of one more input.
    pub fn add(&mut self, finding: &Finding) {
        self.compared += 1;
        if finding.is_failure() {
            self.failed += 1;
        } else if finding.differences.is_empty() {
            self.same += 1;
        }
        for difference in &finding.differences {
            let examples = self.examples;
            let departed = self.departed_in(&difference.departure);
            departed.count += 1;
            let example = Example {
                subject: finding.subject.clone(),
                before: difference.before.clone(),
                after: difference.after.clone(),
            };
            departed.keep(example, examples);
        }
    }

    /// Adds what came of other inputs.
    pub fn merge(&mut self, other: Comparison) {
        self.compared += other.compared;
        self.same += other.same;
        self.failed += other.failed;
        let examples = self.examples;
        for departed in other.departures {
            let own = self.departed_in(&departed.departure);
            own.count += departed.count;
            for example in departed.examples {
                own.keep(example, examples);
            }
        }
    }

    fn departed_in(&mut self, departure: &Departure) -> &mut Departed {
        let place = match self
            .departures
            .binary_search_by(|one| one.departure.cmp(departure))
        {
            Ok(place) => place,
            Err(place) => {
                let departed = Departed {
                    departure: departure.clone(),
                    count: 0,
                    examples: Vec::new(),
                };
                self.departures.insert(place, departed);
                place
            }
        };
        &mut self.departures[place]
    }
}

impl Departed {
    /// Keeps the first examples by name, so that it does not matter which came first.
    fn keep(&mut self, example: Example, most: usize) {
        let place = self.examples.partition_point(|one| *one <= example);
        if place < most {
            self.examples.insert(place, example);
            self.examples.truncate(most);
        }
    }
}
