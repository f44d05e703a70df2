//! Who sits at the desk: whether he may work on a case, and in whose place.

use std::collections::BTreeSet;

use provisor_model::{Case, CaseError, Event, Notification, PersonName, Timestamp};
use provisor_store::Work;

use super::{resource_of, tell_accounts};
use crate::HostError;
use crate::configuration::Configuration;
use crate::host::{Actor, load_account, save};
use crate::notifications::{Audience, enqueue_of_case};

/// Who works on a case, and when.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub configuration: &'a Configuration,
    pub operator: &'a PersonName,
    /// Those in whose place the operator works, because they are away.
    pub stands_for: &'a BTreeSet<PersonName>,
    pub now: Timestamp,
}

impl Desk<'_> {
    /// Lets the others know who has the case now.
    pub fn tell_claimed(&self, work: &mut Work<'_>, case: &Case) -> Result<(), HostError> {
        let Some(by) = &case.claimed_by else {
            return Ok(());
        };
        let audience = Audience {
            also: Some(by),
            ..Audience::of(&case.operators).but(self.operator)
        };
        let make = |title| Notification::CaseClaimed {
            case: case.id,
            title,
            by: by.clone(),
        };
        let resources = &self.configuration.resources;
        enqueue_of_case(work, resources, case, audience, make, self.now)?;
        Ok(())
    }

    /// Lets the others know that there is something to do after all.
    pub fn tell_reopened(&self, work: &mut Work<'_>, case: &Case) -> Result<(), HostError> {
        let audience = Audience::of(&case.operators).but(self.operator);
        let make = |title| Notification::CaseReopened {
            case: case.id,
            title,
            by: self.operator.clone(),
        };
        let resources = &self.configuration.resources;
        enqueue_of_case(work, resources, case, audience, make, self.now)?;
        Ok(())
    }

    /// Saves the case, and that somebody has it or nobody does.
    pub fn mark(
        &self,
        work: &mut Work<'_>,
        case: &Case,
        claimed: bool,
        event: Event,
    ) -> Result<(), HostError> {
        work.save_case(case)?;
        for id in case.accounts() {
            let mut account = load_account(work, id)?;
            account.set_claimed(case.id, claimed);
            let resource = resource_of(self.configuration, &account)?;
            save(
                work,
                &mut account,
                resource,
                self.now,
                Actor::Person(self.operator),
            )?;
        }
        tell_accounts(work, case, Actor::Person(self.operator), event, self.now)?;
        Ok(())
    }

    /// Whether the operator is this person, or works in his place.
    fn is(&self, person: &PersonName) -> bool {
        person == self.operator || self.stands_for.contains(person)
    }

    /// Who has the case, if the operator may act for him; the operator otherwise.
    pub fn holder<'c>(&self, case: &'c Case) -> &'c PersonName
    where
        Self: 'c,
    {
        match &case.claimed_by {
            Some(by) if self.is(by) => by,
            _ => self.operator,
        }
    }

    /// The operator in words, with the one in whose place he works.
    pub fn who(&self, case: &Case) -> String {
        let (operator, holder) = (self.operator, self.holder(case));
        if holder != operator {
            return format!("{operator} in the place of {holder}");
        }
        let own = may_work(self.configuration, &case.operators, operator);
        match self
            .stands_for
            .iter()
            .find(|one| !own && may_work(self.configuration, &case.operators, one))
        {
            Some(one) => format!("{operator} in the place of {one}"),
            None => operator.to_string(),
        }
    }

    /// Refuses when somebody else has the case.
    pub fn ensure_with(&self, case: &Case) -> Result<(), HostError> {
        Ok(case.ensure_with(self.holder(case))?)
    }

    /// Refuses whoever may not work on the case at all: operators are named one by one, or by a
    /// group of the configuration, and may be away.
    pub fn ensure_operator(&self, case: &Case) -> Result<(), HostError> {
        let may = |person: &PersonName| may_work(self.configuration, &case.operators, person);
        if may(self.operator) || self.stands_for.iter().any(may) {
            return Ok(());
        }
        Err(not_an_operator(case, self.operator))
    }

    /// Refuses a person whom the case is about, or who asked for it, where another one must do it.
    pub fn ensure_another(
        &self,
        work: &Work<'_>,
        case: &Case,
        person: &PersonName,
    ) -> Result<(), HostError> {
        if !case.by_another {
            return Ok(());
        }
        for id in case.accounts() {
            let account = load_account(work, id)?;
            let himself = account.identity.as_ref().is_some_and(|identity| {
                match self.configuration.identities.get(person) {
                    Some(own) => own == identity,
                    None => person.as_str() == identity.as_str(),
                }
            });
            let asked = account.operations.iter().any(|operation| {
                operation.case == Some(case.id) && operation.requester.as_ref() == Some(person)
            });
            let why = match (himself, asked) {
                (true, _) => "is the person whom it is about",
                (false, true) => "asked for it",
                (false, false) => continue,
            };
            return Err(CaseError::ByAnother {
                case: case.id,
                person: person.clone(),
                why,
            }
            .into());
        }
        Ok(())
    }
}

/// Whether a person is one of the operators, or in a group that is.
pub(super) fn may_work(
    configuration: &Configuration,
    operators: &[PersonName],
    person: &PersonName,
) -> bool {
    operators.iter().any(|name| {
        name == person
            || configuration
                .operators
                .get(name)
                .is_some_and(|members| members.contains(person))
    })
}

pub(super) fn not_an_operator(case: &Case, person: &PersonName) -> HostError {
    let operators: Vec<_> = case.operators.iter().map(PersonName::as_str).collect();
    HostError::NotAnOperator {
        case: case.id,
        person: person.clone(),
        operators: operators.join(", "),
    }
}
