//! A person lets waiting operations go out, or wait.

use provisor_model::{Account, HoldKind, OperationId, OperationState, PersonName};
use provisor_store::{OperationFilter, Work, fault};

use crate::cases::{check_words, resource_of};
use crate::host::{Actor, load_account, save, step};
use crate::{Host, HostError};

/// Held operations that are listed at a time.
const MOST_HELD: usize = 100_000;

impl Host {
    /// Lets an operation go out at once that is held, delayed or waits for others, or asks again
    /// for what was withheld because of it.
    pub async fn release(&self, operation: OperationId, by: &PersonName) -> Result<(), HostError> {
        let configuration = self.inner.configuration.clone();
        let (by, now) = (by.clone(), self.now());
        let account = self
            .inner
            .store
            .update(move |work| {
                let mut account = account_of(work, operation)?;
                let resource = resource_of(&configuration, &account)?;
                let actor = Actor::Person(&by);
                let asked = step(work, &mut account, resource, now, actor, |account, step| {
                    account.ask_again(step, operation, &by)
                })?;
                if !asked {
                    account.release(operation, &by)?;
                    save(work, &mut account, resource, now, actor)?;
                }
                Ok::<_, HostError>(account.id)
            })
            .await?;
        fault::point("hold.released");
        self.dispatch(Some(&[account])).await?;
        Ok(())
    }

    /// The operations of a resource that are held because there are more of their kind than usual,
    /// the oldest first.
    pub fn held_at_threshold(&self, resource: &str) -> Result<Vec<OperationId>, HostError> {
        let resource = self.resource(resource)?;
        let held = self.inner.store.read(|view| {
            view.operations(&OperationFilter {
                resource: Some(resource.name.clone()),
                states: vec![OperationState::Waiting],
                held: Some(true),
                limit: MOST_HELD,
                ..OperationFilter::default()
            })
        })?;
        let mut held: Vec<OperationId> = held
            .into_iter()
            .map(|entry| entry.operation)
            .filter(|one| {
                let hold = one.held.as_ref();
                hold.is_some_and(|hold| hold.kind == HoldKind::Threshold)
            })
            .map(|one| one.id)
            .collect();
        held.sort();
        Ok(held)
    }

    /// Lets a waiting operation wait until somebody releases it, whatever the policy says.
    pub async fn hold(
        &self,
        operation: OperationId,
        by: &PersonName,
        why: &str,
    ) -> Result<(), HostError> {
        check_words("the reason for holding it", why)?;
        let configuration = self.inner.configuration.clone();
        let (by, why, now) = (by.clone(), why.to_owned(), self.now());
        self.inner
            .store
            .update(move |work| {
                let mut account = account_of(work, operation)?;
                let resource = resource_of(&configuration, &account)?;
                account.hold(operation, &by, &why)?;
                save(work, &mut account, resource, now, Actor::Person(&by))?;
                Ok(())
            })
            .await
    }
}

fn account_of(work: &Work<'_>, operation: OperationId) -> Result<Account, HostError> {
    let id = work
        .account_of_operation(operation)?
        .ok_or_else(|| HostError::unknown("operation", operation))?;
    load_account(work, id)
}
