//! What changed behind our backs, and what is done about it.

use std::collections::BTreeSet;
use std::fmt;

use super::{Account, Adoption, Step};
use crate::{
    Acknowledgement, Answer, AttributeName, CaseId, Drift, DriftKind, Event, EventKind, Evidence,
    PersonName, Reaction, Remedy, State, Subject, Timestamp, Values,
};

impl Account {
    /// Compares what is observed with what was expected, and reports what no operation explains.
    pub(super) fn find_drift(
        &mut self,
        step: &Step<'_>,
        evidence: &Evidence<'_>,
        expected_before: &State,
        explained: &BTreeSet<Subject>,
    ) {
        let rules = step.rules;
        let schema = &rules.schema;
        let Some(desired) = self.desired_state(rules) else {
            return;
        };
        let expected = self.expected(rules);
        let there = self.current(rules).exists();

        let settled = |drift: &Drift| match &drift.subject {
            Subject::Existence => expected.exists() == desired.exists(),
            Subject::Attribute(name) => {
                !desired.exists()
                    || !there
                    || schema.same(name, expected.get(name), desired.get(name))
            }
        };
        for drift in &self.drift {
            if settled(drift) {
                self.events.push(
                    Event::new(
                        EventKind::Settled,
                        format!("{} is as it should be", drift.subject),
                    )
                    .export(evidence.export),
                );
            }
        }
        self.drift.retain(|drift| !settled(drift));

        if expected.exists() != desired.exists() {
            let behind_our_back = expected_before.exists() == desired.exists()
                && !explained.contains(&Subject::Existence);
            if behind_our_back {
                let kind = if desired.exists() {
                    DriftKind::Missing
                } else {
                    DriftKind::Reappeared
                };
                self.drifted(
                    step,
                    evidence,
                    Subject::Existence,
                    kind,
                    &Values::NONE,
                    &Values::NONE,
                );
            }
            return;
        }
        let (State::Present(wanted), true) = (&desired, there) else {
            return;
        };
        for (name, wanted) in wanted {
            let subject = Subject::Attribute(name.clone());
            let observed = expected.get(name);
            let unexpected = expected_before.exists()
                && evidence.covered.contains(name)
                && !schema.same(name, observed, wanted)
                && !schema.same(name, observed, expected_before.get(name))
                && !explained.contains(&subject);
            if unexpected {
                self.drifted(
                    step,
                    evidence,
                    subject,
                    DriftKind::Changed,
                    wanted,
                    observed,
                );
            }
        }
    }

    fn drifted(
        &mut self,
        step: &Step<'_>,
        evidence: &Evidence<'_>,
        subject: Subject,
        kind: DriftKind,
        expected: &Values,
        observed: &Values,
    ) {
        let mut drift = Drift {
            kind,
            expected: expected.clone(),
            observed: observed.clone(),
            export: evidence.export,
            since: evidence.exported_at,
            reaction: match &subject {
                Subject::Existence => step.rules.drift,
                Subject::Attribute(name) => step.rules.reaction(name),
            },
            subject,
            gave_up: false,
            question: None,
            acknowledged: None,
        };
        let mut text = drift.to_string();
        if drift.reaction == Reaction::Fix && !self.may_be_set_right(step, &drift.subject) {
            drift.reaction = Reaction::Report;
            drift.gave_up = true;
            let times = match step.rules.remedy_limit {
                1 => "once".to_owned(),
                several => format!("{several} times"),
            };
            text.push_str(&format!(
                "; it was set right {times} lately and is left now"
            ));
        }
        self.events
            .push(Event::new(EventKind::Drifted, text).export(evidence.export));
        self.drift.retain(|known| known.subject != drift.subject);
        match drift.reaction {
            Reaction::Accept => self.accept(step.now, &drift),
            _ => self.drift.push(drift),
        }
    }

    /// Takes one from what may be set right of a subject; the answer says whether there was any.
    fn may_be_set_right(&mut self, step: &Step<'_>, subject: &Subject) -> bool {
        let since = step.now.before(step.rules.remedy_within);
        self.remedies.retain(|remedy| remedy.at > since);
        let remedies = self.remedies.iter();
        let times = remedies.filter(|remedy| remedy.subject == *subject).count();
        if times >= step.rules.remedy_limit as usize {
            return false;
        }
        self.remedies.push(Remedy {
            subject: subject.clone(),
            at: step.now,
        });
        true
    }

    /// Does what a person says about drift: of the given subjects, or of all; only of what a case
    /// asks about, if there is one. Then plans again. Answers how much drift it was about.
    pub fn answer(
        &mut self,
        step: &mut Step<'_>,
        about: About<'_>,
        answer: Answer,
        by: &PersonName,
        reason: &str,
    ) -> usize {
        let (answered, left) = about.split(std::mem::take(&mut self.drift));
        self.drift = left;
        let count = answered.len();
        for mut drift in answered {
            // Whoever got no answer and says it again has said it once.
            if answer == Answer::Fix && drift.reaction == Reaction::Fix {
                self.drift.push(drift);
                continue;
            }
            let what = match answer {
                Answer::Fix => "is to be set right",
                Answer::Keep => "may stay",
            };
            let text = format!("{drift}: {what}, by {by}: {reason}");
            let mut event = Event::new(EventKind::Answered, text).export(drift.export);
            event.case = drift.question.take();
            self.events.push(event);
            match answer {
                Answer::Keep => self.accept(step.now, &drift),
                Answer::Fix => {
                    drift.reaction = Reaction::Fix;
                    drift.gave_up = false;
                    drift.acknowledged = None;
                    self.drift.push(drift);
                }
            }
        }
        self.replan(step);
        count
    }

    /// Somebody knows of drift and leaves it as it is: of the given subjects, or of all. It stays
    /// visible until it is gone or becomes another one. What drifts again from then on may be set
    /// right as often as in the beginning. Answers how much drift it was about.
    pub fn acknowledge(&mut self, about: About<'_>, acknowledgement: &Acknowledgement) -> usize {
        let mut count = 0;
        for drift in self.drift.iter_mut().filter(|drift| about.covers(drift)) {
            count += 1;
            let (by, reason) = (&acknowledgement.by, &acknowledgement.reason);
            let known = drift.acknowledged.as_ref();
            if known.is_some_and(|known| known.by == *by && known.reason == *reason) {
                continue;
            }
            drift.acknowledged = Some(acknowledgement.clone());
            drift.question = None;
            if drift.reaction != Reaction::Fix {
                drift.reaction = Reaction::Report;
            }
            self.remedies
                .retain(|remedy| remedy.subject != drift.subject);
            let text = format!("{drift}, by {by}: {reason}");
            let event = Event::new(EventKind::Acknowledged, text).export(drift.export);
            self.events.push(event);
        }
        count
    }

    /// Whether its owner has to be asked about drift that no case asks about.
    pub fn has_unasked_drift(&self) -> bool {
        self.drift.iter().any(Drift::is_unasked)
    }

    /// Puts all drift about which its owner has to be asked into a case that asks.
    pub fn ask(&mut self, case: CaseId) {
        for drift in self.drift.iter_mut().filter(|drift| drift.is_unasked()) {
            drift.question = Some(case);
            let event = Event::new(EventKind::Asked, drift.to_string())
                .case(case)
                .export(drift.export);
            self.events.push(event);
        }
        self.question = Some(case);
    }

    /// The case that asked about drift and has nothing to ask any more. It is forgotten.
    pub fn take_settled_question(&mut self) -> Option<CaseId> {
        let asks = |case| self.drift.iter().any(|drift| drift.question == Some(case));
        let settled = self.question.filter(|case| !asks(*case));
        if settled.is_some() {
            self.question = None;
        }
        settled
    }

    /// Makes what the application has what is desired.
    fn accept(&mut self, now: Timestamp, drift: &Drift) {
        let Some(desired) = &mut self.desired else {
            return;
        };
        match (&drift.subject, &desired.state) {
            (Subject::Existence, wanted) => {
                let instead = match wanted {
                    State::Present(_) => State::Absent,
                    State::Absent => State::Present(Default::default()),
                };
                self.overruled = Some(std::mem::replace(&mut desired.state, instead));
            }
            (Subject::Attribute(name), state) => {
                let instead_of = state.get(name).clone();
                self.adoptions
                    .retain(|adoption| adoption.attribute != *name);
                self.adoptions.push(Adoption {
                    attribute: name.clone(),
                    instead_of,
                    value: drift.observed.clone(),
                    operation: None,
                    export: Some(drift.export),
                    since: now,
                });
            }
        }
    }
}

/// Which drift of an account is meant. The default is all.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// Only what this case asks about.
    pub question: Option<CaseId>,
    /// Only of these attributes.
    pub attributes: Option<&'a BTreeSet<AttributeName>>,
}

impl About<'_> {
    fn covers(&self, drift: &Drift) -> bool {
        let attribute = match (&drift.subject, self.attributes) {
            (_, None) => true,
            (Subject::Existence, Some(_)) => false,
            (Subject::Attribute(name), Some(names)) => names.contains(name),
        };
        attribute && (self.question.is_none() || self.question == drift.question)
    }

    fn split(&self, drift: Vec<Drift>) -> (Vec<Drift>, Vec<Drift>) {
        drift.into_iter().partition(|drift| self.covers(drift))
    }
}

/// In words, for the history.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Drift {
            subject,
            expected,
            observed,
            ..
        } = self;
        match self.kind {
            DriftKind::Changed => write!(f, "{subject} should be {expected} and is {observed}"),
            DriftKind::Missing => f.write_str("the account is gone"),
            DriftKind::Unexpected => f.write_str("nobody asked for this account"),
            DriftKind::Reappeared => f.write_str("the account is there again"),
        }
    }
}
