//! More of a kind than usual: a person looks at it before it goes out.

use provisor_model::{Account, Notification, OperationId, Timestamp};
use provisor_store::Work;

use crate::HostError;
use crate::configuration::Resource;
use crate::host::{Actor, save};
use crate::notifications::{Audience, enqueue};

/// Holds an operation that would go out if more of its kind were asked for lately than the
/// resource lets pass; answers whether it is held. What a person has released passes.
pub(super) fn hold(
    work: &mut Work<'_>,
    account: &mut Account,
    operation: OperationId,
    resource: &Resource,
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
    let asked = work.outgoing_count(&resource.name, kind, since)?;
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
