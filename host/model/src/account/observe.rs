//! An accepted export says what is really there.

use std::collections::BTreeSet;

use super::{Account, Adoption, Observation, Step};
use crate::verdict::{conclude, judge};
use crate::{
    Attributes, Conclusion, Delta, Drift, DriftKind, Event, EventKind, Evidence, OperationState,
    Reaction, Row, State, Subject, Values, Verdict,
};

impl Account {
    /// Takes in what an accepted export shows of this account: what is observed now, which
    /// operations it verifies or contradicts, and what drifted. Then plans again.
    ///
    /// Showing the same evidence again changes nothing.
    pub fn observe(&mut self, step: &mut Step<'_>, evidence: &Evidence<'_>) {
        let rules = step.rules;
        let expected_before = self.expected(rules);
        match &evidence.row {
            Row::Unreadable => return,
            Row::Absent => {
                self.observed = Some(Observation {
                    export: evidence.export,
                    exported_at: evidence.exported_at,
                    position: None,
                    state: State::Absent,
                });
            }
            Row::Present {
                position,
                attributes,
            } => {
                self.observed = Some(Observation {
                    export: evidence.export,
                    exported_at: evidence.exported_at,
                    position: Some(*position),
                    state: State::Present(attributes.clone()),
                });
            }
        }
        let explained = self.verify(step, evidence);
        self.find_drift(step, evidence, &expected_before, &explained);
        self.replan(step);
    }

    /// Lets the export decide about operations; answers what it contradicts.
    fn verify(&mut self, step: &Step<'_>, evidence: &Evidence<'_>) -> BTreeSet<Subject> {
        let schema = &step.rules.schema;
        let mut contradicted = BTreeSet::new();
        // The newest first: what it turns out to be decides whether it hides those before it.
        for index in (0..self.operations.len()).rev() {
            let (operation, later) = {
                let (head, later) = self.operations.split_at_mut(index + 1);
                (&mut head[index], &*later)
            };
            if !operation.counts()
                || !matches!(operation.state, OperationState::Open | OperationState::Done)
            {
                continue;
            }
            let mut verdicts = judge(schema, operation, later, evidence, step.rules.grace);
            let id = operation.id;
            if operation.state == OperationState::Open {
                if conclude(&verdicts, later) != Conclusion::Verified {
                    continue;
                }
                if operation.seen.is_none() {
                    operation.seen = Some(evidence.export);
                    self.events.push(
                        Event::new(EventKind::Seen, "the export shows it already")
                            .operation(id)
                            .export(evidence.export),
                    );
                }
                let operation = &mut self.operations[index];
                if !step.rules.close_when_seen || !operation.become_state(OperationState::Done) {
                    continue;
                }
                operation.completed_at = Some(evidence.exported_at);
                self.events.push(
                    Event::new(EventKind::Completed, "closed because the export shows it")
                        .operation(id)
                        .export(evidence.export),
                );
                let (head, later) = self.operations.split_at(index + 1);
                verdicts = judge(schema, &head[index], later, evidence, step.rules.grace);
            }
            let conclusion = conclude(&verdicts, &self.operations[index + 1..]);
            let operation = &mut self.operations[index];
            operation.verdicts = verdicts;
            match conclusion {
                Conclusion::Undecided => {}
                Conclusion::Moot => {
                    operation.ended_at = Some(step.now);
                    operation.reason =
                        Some("a later operation decided the same attributes".to_owned());
                }
                Conclusion::Verified => {
                    if !operation.become_state(OperationState::Verified) {
                        continue;
                    }
                    operation.ended_at = Some(step.now);
                    operation.decided_by = Some(evidence.export);
                    // What the export has no column for is believed from now on.
                    let effect = operation.effect();
                    let later = &self.operations[index + 1..];
                    let effect = effect.without(|subject| {
                        later.iter().any(|operation| {
                            operation.state == OperationState::Verified
                                && operation.effect().hides(subject)
                        })
                    });
                    if effect != Delta::Delete && !self.assumed.exists() {
                        self.assumed = State::Present(Attributes::new());
                    }
                    self.assumed = effect.apply(schema, &self.assumed);
                    self.events.push(
                        Event::new(EventKind::Verified, "the export shows it")
                            .operation(id)
                            .export(evidence.export),
                    );
                }
                Conclusion::Contradicted => {
                    if !operation.become_state(OperationState::Contradicted) {
                        continue;
                    }
                    operation.ended_at = Some(step.now);
                    operation.decided_by = Some(evidence.export);
                    let mut said = Vec::new();
                    for verdict in &operation.verdicts {
                        if matches!(verdict.verdict, Verdict::Missing | Verdict::Wrong) {
                            contradicted.insert(verdict.subject.clone());
                            said.push(format!("{} is {}", verdict.subject, verdict.verdict));
                        }
                    }
                    operation.reason = Some(format!("the export says: {}", said.join(", ")));
                    let renamed_from = operation
                        .before
                        .get(schema.identifier())
                        .first()
                        .filter(|_| {
                            contradicted.contains(&Subject::Attribute(schema.identifier().clone()))
                        })
                        .map(str::to_owned);
                    self.events.push(
                        Event::new(EventKind::Contradicted, said.join(", "))
                            .operation(id)
                            .export(evidence.export),
                    );
                    if let Some(identifier) = renamed_from {
                        self.identifier = identifier;
                    }
                }
            }
        }
        contradicted
    }

    /// Compares what is observed with what was expected, and reports what no operation explains.
    fn find_drift(
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
        let reaction = match &subject {
            Subject::Existence => step.rules.drift,
            Subject::Attribute(name) => step.rules.reaction(name),
        };
        let text = match kind {
            DriftKind::Changed => {
                format!("{subject} should be {expected} and is {observed}")
            }
            DriftKind::Missing => "the account is gone".to_owned(),
            DriftKind::Unexpected => "nobody asked for this account".to_owned(),
            DriftKind::Reappeared => "the account is there again".to_owned(),
        };
        self.events
            .push(Event::new(EventKind::Drifted, text).export(evidence.export));
        if reaction == Reaction::Accept {
            self.accept(step, evidence, &subject, observed);
            return;
        }
        self.drift.retain(|drift| drift.subject != subject);
        self.drift.push(Drift {
            subject,
            kind,
            expected: expected.clone(),
            observed: observed.clone(),
            export: evidence.export,
            since: evidence.exported_at,
            reaction,
        });
    }

    /// Makes what the application has what is desired.
    fn accept(
        &mut self,
        step: &Step<'_>,
        evidence: &Evidence<'_>,
        subject: &Subject,
        observed: &Values,
    ) {
        let Some(desired) = &mut self.desired else {
            return;
        };
        match (subject, &desired.state) {
            (Subject::Existence, State::Present(_)) => desired.state = State::Absent,
            (Subject::Existence, State::Absent) => {
                desired.state = State::Present(Default::default());
            }
            (Subject::Attribute(name), state) => {
                let instead_of = state.get(name).clone();
                self.adoptions
                    .retain(|adoption| adoption.attribute != *name);
                self.adoptions.push(Adoption {
                    attribute: name.clone(),
                    instead_of,
                    value: observed.clone(),
                    operation: None,
                    export: Some(evidence.export),
                    since: step.now,
                });
            }
        }
    }
}
