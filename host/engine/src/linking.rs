//! Whose account a row of an export is, said by a person: linked, unlinked, or to be removed.

use provisor_model::account::Wish;
use provisor_model::{Account, AccountId, IdentityId, Observation, PersonName, State};
use provisor_store::requests::RequestAgain;
use provisor_store::{Work, fault};

use crate::cases::check_words;
use crate::configuration::Resource;
use crate::host::{Actor, save, step};
use crate::requests::{Request, Wanted};
use crate::{Host, HostError, Identity};

/// Requests that are done once more in one go.
const ROUND: usize = 1_000;

impl Host {
    /// Says that a row that nobody asked for is the account of an identity. What of it differs from
    /// what is wanted is asked for; its name stays as it is in the application.
    ///
    /// # Errors
    ///
    /// [`HostError::Unknown`] when there is no such row without an owner;
    /// [`HostError::HasAccount`] when the identity has an account already: unlink that one first.
    pub async fn link_account(
        &self,
        resource: &str,
        identifier: &str,
        identity: &IdentityId,
        by: &PersonName,
        why: &str,
    ) -> Result<AccountId, HostError> {
        check_words("the reason for linking", why)?;
        let resource = self.resource(resource)?.clone();
        let (identifier, identity) = (identifier.to_owned(), identity.clone());
        let (by, why, now) = (by.clone(), why.to_owned(), self.now());
        let id = self
            .inner
            .store
            .update(move |work| {
                let key = resource.rules.schema.identifier_key(&identifier);
                let actor = Actor::Person(&by);
                let known = work.account_if(work.account_of(&resource.name, &identity)?)?;
                work.forget_unlinked(&resource.name, &key, &identity)?;
                // Who got no answer and says it again has said it once.
                let owner = work.account_if(work.account_named(&resource.name, &key)?)?;
                if let (Some(known), Some(owner)) = (&known, &owner)
                    && owner.id == known.id
                    && known.current(&resource.rules).exists()
                {
                    return Ok(known.id);
                }
                let (name, row) = unexpected(work, &resource, &key, &identifier)?;
                if let Some(known) = known
                    .as_ref()
                    .filter(|one| one.current(&resource.rules).exists())
                {
                    return Err(HostError::HasAccount {
                        identity: identity.clone(),
                        resource: resource.name.clone(),
                        identifier: known.identifier.clone(),
                    });
                }
                let mut account = match (known, owner) {
                    (None, Some(mut owner)) => {
                        owner.link_identity(identity.clone(), &by, &why);
                        save(work, &mut owner, &resource, now, actor)?;
                        work.touch_identity(&identity)?;
                        return Ok(owner.id);
                    }
                    (Some(known), owner) => {
                        if let Some(owner) = owner {
                            work.release_names(owner.id)?;
                        }
                        known
                    }
                    (None, None) => {
                        work.touch_identity(&identity)?;
                        Account::new(
                            work.next_account()?,
                            resource.name.clone(),
                            Some(identity.clone()),
                            name.clone(),
                        )
                    }
                };
                step(
                    work,
                    &mut account,
                    &resource,
                    now,
                    actor,
                    |account, step| account.link_row(step, &name, row, &by, &why),
                )??;
                Ok::<_, HostError>(account.id)
            })
            .await?;
        fault::point("account.linked");
        self.dispatch(Some(&[id])).await?;
        Ok(id)
    }

    /// Says that an account is not that of the identity that it was thought to be. It stays, as a
    /// row that nobody asked for, with its history. What was asked for of it and nobody has begun
    /// is taken back; if the identity wants an account, another one is asked for.
    ///
    /// # Errors
    ///
    /// [`HostError::Work`] while somebody is at work on it.
    pub async fn unlink_account(
        &self,
        resource: &str,
        identifier: &str,
        by: &PersonName,
        why: &str,
    ) -> Result<AccountId, HostError> {
        check_words("the reason for unlinking", why)?;
        let resource = self.resource(resource)?.clone();
        let identifier = identifier.to_owned();
        let (by, why, now) = (by.clone(), why.to_owned(), self.now());
        let id = self
            .inner
            .store
            .update(move |work| {
                let key = resource.rules.schema.identifier_key(&identifier);
                let named = work.account_if(work.account_named(&resource.name, &key)?)?;
                let there = |one: &&Account| one.current(&resource.rules).exists();
                let Some(account) = named.as_ref().filter(there) else {
                    // Who got no answer and says it again has said it once: the account is called
                    // as it is in the application since, and its old name is perhaps another's.
                    let before = work.account_if(work.unlinked(&resource.name, &key)?)?;
                    let before = before.filter(|one| is_nobodys(one) && there(&one));
                    return match (before, &named) {
                        (Some(before), _) => Ok(before.id),
                        (None, None) => {
                            Err(HostError::unknown_account(&resource.name, &identifier))
                        }
                        (None, Some(account)) => Err(HostError::Unknown {
                            what: "account in the application called",
                            name: account.identifier.clone(),
                            hint: ": what is not there is nobody else's".to_owned(),
                        }),
                    };
                };
                if is_nobodys(account) {
                    return Ok(account.id);
                }
                let mut account = account.clone();
                let identity = account.identity.clone();
                let actor = Actor::Person(&by);
                if let Some(identity) = &identity {
                    for name in account.names(&resource.rules) {
                        let key = resource.rules.schema.identifier_key(&name);
                        work.keep_unlinked(&resource.name, &key, identity, account.id)?;
                    }
                }
                let wanted = step(
                    work,
                    &mut account,
                    &resource,
                    now,
                    actor,
                    |account, step| account.unlink(step, &by, &why),
                )??;
                if let (Some(identity), Some(wanted)) =
                    (identity, wanted.filter(|wanted| wanted.state.exists()))
                {
                    work.request_again(&RequestAgain {
                        resource: resource.name.clone(),
                        identity,
                        requester: wanted.requester,
                    })?;
                }
                Ok(account.id)
            })
            .await?;
        fault::point("account.unlinked");
        self.request_again().await?;
        Ok(id)
    }

    /// Has a row removed that nobody asked for, as an account of an identity that is wanted no more.
    pub async fn remove_account(
        &self,
        resource: &str,
        identifier: &str,
        by: &PersonName,
        why: &str,
    ) -> Result<AccountId, HostError> {
        check_words("the reason for removing it", why)?;
        let resource = self.resource(resource)?.clone();
        let (identifier, by) = (identifier.to_owned(), by.clone());
        let (why, now) = (why.to_owned(), self.now());
        let id = self
            .inner
            .store
            .update(move |work| {
                let key = resource.rules.schema.identifier_key(&identifier);
                let owner = work.account_if(work.account_named(&resource.name, &key)?)?;
                let to_be_removed = |one: &Account| {
                    one.identity.is_none()
                        && one.current(&resource.rules).exists()
                        && one
                            .desired
                            .as_ref()
                            .is_some_and(|wish| !wish.state.exists())
                };
                if let Some(owner) = owner.as_ref().filter(|owner| to_be_removed(owner)) {
                    return Ok(owner.id);
                }
                let (name, row) = unexpected(work, &resource, &key, &identifier)?;
                let mut account = match owner {
                    Some(owner) => owner,
                    None => Account::new(work.next_account()?, resource.name.clone(), None, name),
                };
                account.observed = Some(row);
                account.adopt(format!("nobody asked for it; by {by}: {why}"));
                let wish = Wish {
                    state: State::Absent,
                    requester: by.clone(),
                    iteration: 0,
                    anew: false,
                    after: None,
                };
                let actor = Actor::Person(&by);
                step(
                    work,
                    &mut account,
                    &resource,
                    now,
                    actor,
                    |account, step| {
                        account.request(step, wish);
                    },
                )?;
                Ok::<_, HostError>(account.id)
            })
            .await?;
        fault::point("account.removed");
        self.dispatch(Some(&[id])).await?;
        Ok(id)
    }

    /// Asks once more for the accounts of identities whose account turned out to be somebody
    /// else's. Answers what could not be asked for, by resource; it is tried again with each run.
    pub(crate) async fn request_again(&self) -> Result<Vec<(String, String)>, HostError> {
        let mut failed = Vec::new();
        let owed = self.inner.store.read(|view| view.requests_again(ROUND))?;
        for request in owed {
            // A resource that the configuration no longer has may come back.
            if self.resource(request.resource.as_str()).is_err() {
                continue;
            }
            let attributes = self
                .inner
                .store
                .read(|view| view.identity(&request.identity))?;
            let mut identity = Identity::new(request.identity.clone());
            identity.attributes = attributes.unwrap_or_default();
            let asked = Request {
                resource: request.resource.clone(),
                identity,
                wanted: Wanted::Account,
                requester: request.requester,
                anew: false,
                after: None,
            };
            if let Err(error) = self.request(asked).await {
                if error.retryable() {
                    return Err(error);
                }
                failed.push((request.resource.to_string(), error.to_string()));
            }
        }
        Ok(failed)
    }
}

/// Whether nobody has the account, and nobody wants anything of it.
fn is_nobodys(account: &Account) -> bool {
    account.identity.is_none() && account.desired.is_none()
}

/// A row that nobody asked for: its name as it stands there, and what it shows.
fn unexpected(
    work: &Work<'_>,
    resource: &Resource,
    key: &str,
    identifier: &str,
) -> Result<(String, Observation), HostError> {
    let unknown = || HostError::Unknown {
        what: "row without an owner called",
        name: identifier.chars().take(80).collect(),
        hint: format!(
            " on {0}; `provisor account list --resource {0} --unexpected` shows them",
            resource.name
        ),
    };
    let row = work
        .unexpected_row(&resource.name, key)?
        .ok_or_else(unknown)?;
    let shown = work.observation(&resource.name, key)?.ok_or_else(unknown)?;
    Ok((row.identifier, shown))
}
