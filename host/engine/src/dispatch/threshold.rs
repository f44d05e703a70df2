//! More of a kind than usual: a person looks at it before it goes out.

use std::collections::BTreeMap;

use provisor_model::{Account, Notification, OperationId, OperationKind, ResourceName, Timestamp};
use provisor_store::Work;

use crate::HostError;
use crate::configuration::Resource;
use crate::host::{Actor, save};
use crate::notifications::{Audience, enqueue};

/// How many operations of a kind were asked for lately, as counted once in a transaction: counting
/// goes through all of them.
#[derive(Debug, Default)]
pub(super) struct Asked(BTreeMap<(ResourceName, OperationKind), u64>);

impl Asked {
    /// An operation was taken back or became another, so that the numbers are others.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// Holds an operation that would go out if more of its kind were asked for lately than the
/// resource lets pass; answers whether it is held. What a person has released passes.
pub(super) fn hold(
    work: &mut Work<'_>,
    account: &mut Account,
    operation: OperationId,
    resource: &Resource,
    asked: &mut Asked,
    now: Timestamp,
) -> Result<bool, HostError> {
    let Some(waiting) = account.operation(operation).filter(|one| !one.released) else {
        return Ok(false);
    };
    let kind = waiting.delta.kind(&resource.rules.schema);
    let Some(threshold) = resource.outgoing.get(&kind) else {
        return Ok(false);
    };
    let since = now.before(threshold.within);
    let about = (resource.name.clone(), kind);
    let asked = match asked.0.get(&about) {
        Some(asked) => *asked,
        None => {
            let counted = work.outgoing_count(&resource.name, kind, since)?;
            asked.0.insert(about, counted);
            counted
        }
    };
    if asked <= threshold.most {
        return Ok(false);
    }
    let reason = format!(
        "{asked} operations of the kind {kind} were asked for on {} since {since}, and no more than \
         {} go out without a person",
        resource.name, threshold.most
    );
    let held = account.hold_at_threshold(operation, &reason);
    if held {
        save(work, account, resource, now, Actor::Engine)?;
        let notification = Notification::OutgoingHeld {
            kind,
            operations: asked,
            at: now,
        };
        let audience = Audience::of(&resource.operators);
        enqueue(work, &[resource], audience, &notification, now)?;
    }
    Ok(held)
}
