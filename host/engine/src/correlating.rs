//! Rows that are somebody's account although they are called otherwise.

use provisor_model::correlation::correlate;
use provisor_model::{
    Account, Candidate, Correlation, Delta, IdentityId, OperationState, State, Timestamp,
};
use provisor_store::{StoreError, Work};

use crate::configuration::Resource;
use crate::host::{Actor, step};

/// More rows than this of one rule are not told apart by it.
const MOST: usize = 10;

/// What the rules of the resource say of the account that is wanted for an identity.
pub(crate) fn find(
    work: &Work<'_>,
    resource: &Resource,
    identity: &IdentityId,
    wanted: &State,
) -> Result<Correlation, StoreError> {
    let Some(wanted) = wanted.attributes() else {
        return Ok(Correlation::None);
    };
    let mut found = Vec::new();
    for rule in &resource.rules.correlation {
        let Some(value) = rule.key(wanted) else {
            continue;
        };
        for row in work.correlated(&resource.name, rule, &value, identity, MOST)? {
            found.push(Candidate {
                identifier: row.identifier,
                rule: rule.to_string(),
                confidence: rule.confidence,
            });
        }
    }
    Ok(correlate(found))
}

/// Takes a row for the account that is not there, if one alone can be it; a creation that waits is
/// held when a person has to decide. Answers whether the account was found.
pub(crate) fn recognise(
    work: &mut Work<'_>,
    account: &mut Account,
    resource: &Resource,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rules = &resource.rules;
    if rules.correlation.is_empty() || account.current(rules).exists() {
        return Ok(false);
    }
    let to_be_made = account.operations.iter().any(|operation| {
        operation.counts()
            && matches!(operation.delta, Delta::Create(_))
            && matches!(
                operation.state,
                OperationState::Waiting
                    | OperationState::Opening
                    | OperationState::Open
                    | OperationState::Done
            )
    });
    if !to_be_made {
        return Ok(false);
    }
    let (Some(identity), Some(wanted)) = (&account.identity, account.desired_state(rules)) else {
        return Ok(false);
    };
    let found = match find(work, resource, identity, &wanted)? {
        Correlation::None => return Ok(false),
        Correlation::Ask(candidates) => {
            step(work, account, resource, now, Actor::Engine, |account, _| {
                account.hold_for_candidates(&candidates)
            })?;
            return Ok(false);
        }
        Correlation::One(found) => found,
    };
    let key = rules.schema.identifier_key(&found.identifier);
    let Some(row) = work.observation(&resource.name, &key)? else {
        return Ok(false);
    };
    // One that was taken from somebody else keeps its history, and gives its name away.
    if let Some(owner) = work.account_named(&resource.name, &key)?
        && owner != account.id
    {
        work.release_names(owner)?;
    }
    step(
        work,
        account,
        resource,
        now,
        Actor::Engine,
        |account, step| account.take_row(step, &found, row),
    )
}
