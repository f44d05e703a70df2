//! A waiting operation is given to people: in a case of its own, or with others.

use std::collections::BTreeMap;

use provisor_model::account::Way;
use provisor_model::{
    Account, AccountId, Case, CaseId, CaseItem, CaseState, CorrelationId, IdentityId, Notification,
    Operation, OperationId, OperationState, PersonName, Priority, ResourceName, Ticket, Timestamp,
};
use provisor_store::{StoreError, Work};

use super::threshold::{self, Asked};
use crate::HostError;
use crate::configuration::{Configuration, GroupBy, Resource};
use crate::host::{Actor, save};
use crate::notifications::{Audience, enqueue_of_case};
use crate::tickets;

/// Waiting operations that are looked at to fill one case.
const LOOKED_AT: usize = 1_000;

/// What all openings of one transaction have in common.
pub(super) struct Opening<'a> {
    pub configuration: &'a Configuration,
    pub installation: &'a str,
    pub now: Timestamp,
}

/// The cases that were opened lately and may have room for more of their kind.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<Group, CaseId>);

/// What operations have in common that share a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// They are about one identity.
    Identity(IdentityId, Vec<PersonName>),
    /// They are about one resource.
    Resource(ResourceName, Vec<PersonName>),
    /// The policy gave them the same name.
    Named(ResourceName, String, Vec<PersonName>),
}

impl Group {
    /// `None` for what goes out alone.
    fn of(account: &Account, operation: &Operation, resource: &Resource) -> Option<Self> {
        if operation.obligations.priority == Priority::Urgent {
            return None;
        }
        let operators = operators(operation, resource);
        if let Some(name) = &operation.obligations.group {
            return Some(Group::Named(resource.name.clone(), name.clone(), operators));
        }
        match resource.cases.group_by {
            GroupBy::Account => None,
            GroupBy::Identity => account
                .identity
                .clone()
                .map(|identity| Group::Identity(identity, operators)),
            GroupBy::Resource => Some(Group::Resource(resource.name.clone(), operators)),
        }
    }
}

impl Opening<'_> {
    /// Gives a waiting operation to people. `None` when it has to wait behind a case that somebody
    /// is working on.
    pub fn open(
        &self,
        work: &mut Work<'_>,
        account: &mut Account,
        operation: OperationId,
        resource: &Resource,
        groups: &mut Groups,
    ) -> Result<Option<CaseId>, HostError> {
        let Some(waiting) = account.operation(operation) else {
            return Err(HostError::unknown("operation", operation));
        };
        let operators = operators(waiting, resource);
        let system = tickets::system_for(waiting, resource);
        let group = Group::of(account, waiting, resource);
        let joined = match account.way(&resource.rules) {
            Way::Behind(case) => {
                tickets::take_back_if_unwanted(work, self.configuration, account, case, self.now)?;
                return Ok(None);
            }
            Way::With(case) => match work.case(case)? {
                // What others have to do cannot be put into the same case.
                Some(case) if case.operators != operators || case.ticket_system != system => {
                    return Ok(None);
                }
                case => case,
            },
            Way::NewCase => match group.as_ref().and_then(|group| groups.0.get(group)) {
                Some(case) => match work.case(*case)? {
                    Some(case)
                        if case.ticket_system == system
                            && has_room(&case, resource)
                            && tickets::can_be_joined(work, &case)? =>
                    {
                        Some(case)
                    }
                    _ => None,
                },
                None => None,
            },
        };
        let (mut case, is_new) = match joined {
            Some(case) => (case, false),
            None if system.is_some() && !tickets::has_room(work, resource)? => return Ok(None),
            None => (Case::new(work.next_case()?, operators, self.now), true),
        };
        match &system {
            Some(_) => account.intend(
                operation,
                case.id,
                CorrelationId::of_case(self.installation, case.id),
                self.now,
            )?,
            None => account.open(
                operation,
                case.id,
                CorrelationId::new(self.installation, operation),
                self.now,
            )?,
        }
        case.ticket_system.clone_from(&system);
        self.add(&mut case, account, operation, resource)?;
        work.save_case(&case)?;
        if let (true, Some(system)) = (is_new, system) {
            let correlation = CorrelationId::of_case(self.installation, case.id);
            let name = resource.name.clone();
            work.save_ticket(&Ticket::new(case.id, system, name, correlation, self.now))?;
        }
        save(work, account, resource, self.now, Actor::Engine)?;
        if let Some(group) = group {
            groups.0.insert(group, case.id);
        }
        Ok(Some(case.id))
    }

    /// Puts an operation into a case that has just been given it.
    fn add(
        &self,
        case: &mut Case,
        account: &Account,
        operation: OperationId,
        resource: &Resource,
    ) -> Result<(), HostError> {
        let Some(opened) = account.operation(operation) else {
            return Err(HostError::unknown("operation", operation));
        };
        let item = CaseItem {
            resource: account.resource.clone(),
            account: account.id,
            identifier: account.identifier.clone(),
            kind: opened.delta.kind(&resource.rules.schema),
        };
        case.items.insert(operation, item);
        let (rules, obligations) = (&resource.cases, &opened.obligations);
        case.priority = case.priority.max(obligations.priority);
        case.require_note |= obligations.require_note;
        case.require_evidence |= obligations.require_evidence;
        case.by_another |= obligations.by_another || rules.by_another;
        if let (None, Some(first)) = (case.follow_up_of, opened.follow_up_of) {
            case.follow_up_of = account.operation(first).and_then(|first| first.case);
        }
        let deadlines = &rules.deadlines;
        deadlines.apply(&resource.rules, case, obligations.due_in, self.now);
        Ok(())
    }

    /// What waits for others of its kind goes out with those that have just gone out, as far as
    /// there is room: the window is that of the first. Answers the cases that were used.
    pub fn fill(
        &self,
        work: &mut Work<'_>,
        groups: &mut Groups,
        asked: &mut Asked,
    ) -> Result<Vec<CaseId>, HostError> {
        let mut opened = Vec::new();
        let kinds: Vec<Group> = groups.0.keys().cloned().collect();
        for group in kinds {
            for (account, operation) in self.waiting(work, &group)? {
                let case = groups.0.get(&group).copied();
                let Some(case) = case.map(|case| work.case(case)).transpose()?.flatten() else {
                    break;
                };
                let Some(mut account) = work.account(account)? else {
                    continue;
                };
                let Some(resource) = self.configuration.resources.get(&account.resource) else {
                    continue;
                };
                if !has_room(&case, resource) {
                    break;
                }
                let waits_only_for_the_window = account.operation(operation).is_some_and(|one| {
                    one.state == OperationState::Waiting
                        && one.decided
                        && one.held.is_none()
                        && one.not_before.is_none_or(|time| time <= self.now)
                        && !one.is_due(self.now)
                        && Group::of(&account, one, resource).as_ref() == Some(&group)
                });
                if !waits_only_for_the_window {
                    continue;
                }
                let waits = match account.operation(operation) {
                    Some(one) => waits_for_another(work, one)?,
                    None => true,
                };
                if waits
                    || threshold::hold(work, &mut account, operation, resource, asked, self.now)?
                {
                    continue;
                }
                account.end_window(operation);
                if let Some(case) = self.open(work, &mut account, operation, resource, groups)? {
                    opened.push(case);
                }
            }
        }
        Ok(opened)
    }

    /// Lets people know of the cases that are new, with all that was put into them.
    pub fn tell(&self, work: &mut Work<'_>, opened: &[CaseId]) -> Result<(), StoreError> {
        for id in opened {
            // What goes out as a ticket is told by the system that keeps it.
            let told_here =
                |case: &Case| case.opened_at == self.now && case.ticket_system.is_none();
            let Some(case) = work.case(*id)?.filter(told_here) else {
                continue;
            };
            let make = |title| Notification::CaseOpened {
                case: case.id,
                title,
                priority: case.priority,
                due: case.due,
            };
            let (resources, audience) =
                (&self.configuration.resources, Audience::of(&case.operators));
            enqueue_of_case(work, resources, &case, audience, make, self.now)?;
        }
        Ok(())
    }

    fn waiting(
        &self,
        work: &Work<'_>,
        group: &Group,
    ) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        match group {
            Group::Resource(resource, _) | Group::Named(resource, _, _) => {
                work.waiting_operations(resource, LOOKED_AT)
            }
            Group::Identity(identity, _) => {
                let mut waiting = Vec::new();
                for resource in self.configuration.resources.values() {
                    let Some(id) = work.account_of(&resource.name, identity)? else {
                        continue;
                    };
                    let Some(account) = work.account(id)? else {
                        continue;
                    };
                    waiting.extend(
                        account
                            .operations
                            .iter()
                            .filter(|one| one.state == OperationState::Waiting)
                            .map(|one| (id, one.id)),
                    );
                }
                Ok(waiting)
            }
        }
    }
}

/// Whether an operation has to wait until another one was carried out or given up.
pub(super) fn waits_for_another(
    work: &Work<'_>,
    operation: &Operation,
) -> Result<bool, StoreError> {
    let Some(after) = operation.after.filter(|after| *after != operation.id) else {
        return Ok(false);
    };
    let account = work.account_if(work.account_of_operation(after)?)?;
    Ok(account
        .as_ref()
        .and_then(|account| account.operation(after))
        .is_some_and(|first| {
            first.counts()
                && matches!(
                    first.state,
                    OperationState::Waiting | OperationState::Opening | OperationState::Open
                )
        }))
}

/// Who works on an operation: where the policy sends it, else the resource's operators.
fn operators(operation: &Operation, resource: &Resource) -> Vec<PersonName> {
    match &operation.obligations.route {
        Some(route) => vec![route.clone()],
        None => resource.operators.clone(),
    }
}

/// Whether a case can take one more operation: nobody has begun it, and it is not too long.
fn has_room(case: &Case, resource: &Resource) -> bool {
    case.state == CaseState::Open
        && case.claimed_by.is_none()
        && case.items.len() < resource.cases.group_size
}
