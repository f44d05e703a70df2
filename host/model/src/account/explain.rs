//! Where every value comes from.

use std::collections::BTreeSet;

use super::Account;
use crate::{
    AttributeName, ExportId, OperationId, PersonName, ResourceRules, State, Timestamp, Values,
};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A requester wanted it, by way of the mapping.
    Requested {
        /// Who.
        by: PersonName,
        /// Since when.
        since: Timestamp,
    },
    /// Somebody completed an operation with this value instead of the wanted one.
    Reported(OperationId),
    /// It was found in the application, and drift is accepted there.
    AcceptedDrift(ExportId),
    /// An export showed it.
    Observed {
        /// The export.
        export: ExportId,
        /// The line of the row.
        position: Option<u64>,
        /// When the application made the export.
        exported_at: Timestamp,
    },
    /// A finished operation makes us believe it.
    Assumed,
    /// An operation under way will make it so.
    UnderWay(OperationId),
    /// Nothing is known of it.
    Unknown,
}

/// One attribute in all views, with the source of each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeOrigin {
    /// The attribute.
    pub name: AttributeName,
    /// What it should be; `None` when nobody cares.
    pub desired: Option<(Values, Source)>,
    /// What it is.
    pub current: (Values, Source),
    /// What it will be.
    pub expected: (Values, Source),
}

impl Account {
    /// Every attribute that any view knows, with the source of each value. Secrets are left out.
    pub fn explain(&self, rules: &ResourceRules) -> Vec<AttributeOrigin> {
        let desired = self.desired_state(rules);
        let current = self.current(rules);
        let expected = self.expected(rules);
        let names: BTreeSet<&AttributeName> = [desired.as_ref(), Some(&current), Some(&expected)]
            .into_iter()
            .flatten()
            .filter_map(State::attributes)
            .flat_map(|attributes| attributes.keys())
            .filter(|name| {
                !rules
                    .schema
                    .attribute(name.as_str())
                    .is_some_and(|attribute| attribute.is_secret())
            })
            .collect();
        names
            .into_iter()
            .map(|name| AttributeOrigin {
                name: name.clone(),
                desired: desired
                    .as_ref()
                    .and_then(|desired| desired.attributes()?.get(name))
                    .map(|values| (values.clone(), self.source_of_desired(rules, name))),
                current: (
                    current.get(name).clone(),
                    self.source_of_current(rules, name),
                ),
                expected: (
                    expected.get(name).clone(),
                    self.source_of_expected(rules, name),
                ),
            })
            .collect()
    }

    /// Where the answer to "does it exist" comes from, for the current and the expected view.
    pub fn explain_existence(&self, rules: &ResourceRules) -> (Source, Source) {
        let current = match (&self.observed, rules.verifies) {
            (Some(observation), true) => Source::Observed {
                export: observation.export,
                position: observation.position,
                exported_at: observation.exported_at,
            },
            _ if self.operations.iter().any(|operation| {
                operation.completed_at.is_some() && operation.ended_at.is_some()
            }) =>
            {
                Source::Assumed
            }
            _ => Source::Unknown,
        };
        let expected = self
            .operations
            .iter()
            .rev()
            .find(|operation| {
                operation.counts() && operation.effect().hides(&crate::Subject::Existence)
            })
            .map_or(current.clone(), |operation| Source::UnderWay(operation.id));
        (current, expected)
    }

    fn source_of_desired(&self, rules: &ResourceRules, name: &AttributeName) -> Source {
        let Some(desired) = &self.desired else {
            return Source::Unknown;
        };
        match self.adoption(rules, name, desired.state.get(name)) {
            Some(adoption) => match (adoption.operation, adoption.export) {
                (Some(operation), _) => Source::Reported(operation),
                (None, Some(export)) => Source::AcceptedDrift(export),
                (None, None) => Source::Unknown,
            },
            None => Source::Requested {
                by: desired.requester.clone(),
                since: desired.since,
            },
        }
    }

    fn source_of_current(&self, rules: &ResourceRules, name: &AttributeName) -> Source {
        if rules.verifies
            && let Some(observation) = &self.observed
        {
            match &observation.state {
                State::Absent => return Source::Unknown,
                State::Present(shown) if shown.contains_key(name) => {
                    return Source::Observed {
                        export: observation.export,
                        position: observation.position,
                        exported_at: observation.exported_at,
                    };
                }
                State::Present(_) => {}
            }
        }
        match self.assumed.attributes() {
            Some(attributes) if attributes.contains_key(name) => Source::Assumed,
            _ => Source::Unknown,
        }
    }

    fn source_of_expected(&self, rules: &ResourceRules, name: &AttributeName) -> Source {
        let subject = crate::Subject::Attribute(name.clone());
        self.operations
            .iter()
            .rev()
            .find(|operation| operation.counts() && operation.effect().hides(&subject))
            .map_or_else(
                || self.source_of_current(rules, name),
                |operation| Source::UnderWay(operation.id),
            )
    }
}
