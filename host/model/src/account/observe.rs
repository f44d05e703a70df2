//! An accepted export says what is really there.

use std::collections::BTreeSet;

use super::{Account, Observation, Step};
use crate::verdict::{conclude, judge};
use crate::{
    Attributes, Conclusion, Delta, Event, EventKind, Evidence, OperationState, Row, State, Subject,
    Verdict,
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
}
