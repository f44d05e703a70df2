//! Somebody wants an identity to have an account, or to have none.

use provisor_model::account::Wish;
use provisor_model::{
    Account, AccountId, EventKind, OperationId, OperationState, PersonName, ResourceName, State,
    Timestamp,
};
use provisor_store::{StoreError, Work, fault};

use crate::configuration::Resource;
use crate::correlating::recognise;
use crate::host::{Actor, step};
use crate::mapping::{Mapped, Mapper};
use crate::{Host, HostError, Identity};

/// Requests that are stored in one transaction.
const BATCH: usize = 100;

/// What somebody asks for. The same request again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where.
    pub resource: ResourceName,
    /// For whom.
    pub identity: Identity,
    /// Whether there should be an account.
    pub wanted: Wanted,
    /// Who asks.
    pub requester: PersonName,
    /// Ask again even for what could not be done, was denied or cancelled, and put right what
    /// somebody else changed.
    pub anew: bool,
    /// Nothing of it goes out before this operation was carried out or given up.
    pub after: Option<OperationId>,
}

/// Whether there should be an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// There should be one, as the mapping says.
    Account,
    /// There should be none.
    NoAccount,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Receipt {
    /// The account; `None` if none was wanted and none was known.
    pub account: Option<AccountId>,
    /// How it is called in the application.
    pub identifier: Option<String>,
    /// Operations that the request planned or amended.
    pub operations: Vec<OperationId>,
    /// Whether an account was taken over that was there already.
    pub adopted: bool,
    /// What the mapping wants somebody to know.
    pub warnings: Vec<String>,
}

enum Attempt {
    Recorded(Receipt),
    Taken { identifier: String },
}

impl Host {
    /// Sets what an identity's account should be, plans, and sends out what may go out.
    pub async fn request(&self, request: Request) -> Result<Receipt, HostError> {
        match self.request_all(vec![request]).await?.pop() {
            Some(result) => result,
            None => Err(HostError::unknown("request", "(none)")),
        }
    }

    /// Makes many requests at once: mapped in batches and stored together where that is faster.
    /// Each has its own outcome; the call as a whole fails only when a resource or its mapping
    /// does.
    pub async fn request_all(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Receipt, HostError>>, HostError> {
        self.refresh_components().await?;
        let mut results: Vec<Option<Result<Receipt, HostError>>> = Vec::new();
        results.resize_with(requests.len(), || None);
        let mut by_resource: std::collections::BTreeMap<&ResourceName, Vec<usize>> =
            std::collections::BTreeMap::new();
        for (index, request) in requests.iter().enumerate() {
            self.resource(request.resource.as_str())?;
            by_resource
                .entry(&request.resource)
                .or_default()
                .push(index);
        }
        for (name, indexes) in by_resource {
            let resource = self.resource(name.as_str())?;
            self.request_on(resource, &requests, indexes, &mut results)
                .await?;
        }
        let accounts: Vec<AccountId> = results
            .iter()
            .flatten()
            .filter_map(|result| result.as_ref().ok()?.account)
            .collect();
        fault::point("request.stored");
        self.dispatch(Some(&accounts)).await?;
        Ok(results.into_iter().flatten().collect())
    }

    async fn request_on(
        &self,
        resource: &Resource,
        requests: &[Request],
        indexes: Vec<usize>,
        results: &mut [Option<Result<Receipt, HostError>>],
    ) -> Result<(), HostError> {
        let mut mapper = None;
        // Each round asks for the next identifier for those whose last one was taken.
        let mut pending: Vec<(usize, u32)> = Vec::new();
        for index in indexes {
            let request = &requests[index];
            if let Err(error) = request.identity.check() {
                results[index] = Some(Err(error.into()));
                continue;
            }
            let known = self.inner.store.read(|view| {
                view.account_if(view.account_of(&resource.name, &request.identity.id)?)
            })?;
            let iteration = known
                .and_then(|account| account.desired)
                .map_or(0, |desired| desired.iteration);
            pending.push((index, iteration));
        }
        let mut tries = vec![0_u32; requests.len()];
        while !pending.is_empty() {
            let mut recording = Vec::new();
            let (mapped, plain): (Vec<_>, Vec<_>) = pending
                .drain(..)
                .partition(|(index, _)| requests[*index].wanted == Wanted::Account);
            recording.extend(plain.into_iter().map(|(index, iteration)| {
                let none = Mapped {
                    state: State::Absent,
                    warnings: Vec::new(),
                    component: None,
                };
                (index, iteration, none)
            }));
            if !mapped.is_empty() {
                let mapper = match &mut mapper {
                    Some(mapper) => mapper,
                    place => place.insert(Mapper::start(self, resource).await?),
                };
                let identities: Vec<(Identity, u32)> = mapped
                    .iter()
                    .map(|(index, iteration)| {
                        let identity = &requests[*index].identity;
                        (identity.without_secrets(&resource.rules.schema), *iteration)
                    })
                    .collect();
                for ((index, iteration), state) in
                    mapped.into_iter().zip(mapper.map(&identities).await?)
                {
                    match state {
                        Ok(state) => recording.push((index, iteration, state)),
                        Err(error) => results[index] = Some(Err(error)),
                    }
                }
            }
            // In the order of the requests, so that who comes first gets the name.
            let mut recorded = Vec::with_capacity(recording.len());
            for batch in recording.chunks(BATCH) {
                let attempts = self.record(resource, requests, batch).await?;
                recorded.extend(batch.iter().cloned().zip(attempts));
            }
            for ((index, iteration, mapped), attempt) in recorded {
                results[index] = match attempt {
                    Ok(Attempt::Recorded(receipt)) => Some(Ok(receipt)),
                    Err(error) => Some(Err(error)),
                    Ok(Attempt::Taken { identifier: last }) => {
                        tries[index] += 1;
                        if tries[index] <= resource.max_iterations && resource.mapping.is_some() {
                            pending.push((index, iteration + 1));
                            None
                        } else if resource.mapping.is_some() {
                            Some(Err(HostError::NoFreeIdentifier {
                                resource: resource.name.clone(),
                                identity: requests[index].identity.id.clone(),
                                tries: tries[index],
                                last,
                            }))
                        } else {
                            Some(Err(HostError::IdentifierTaken {
                                resource: resource.name.clone(),
                                identifier: mapped
                                    .state
                                    .get(resource.rules.schema.identifier())
                                    .first()
                                    .unwrap_or_default()
                                    .to_owned(),
                                owner: "somebody else".to_owned(),
                            }))
                        }
                    }
                };
            }
        }
        Ok(())
    }

    /// One transaction for some requests: the identities, the desired states and the plans. A
    /// request that fails on its own has written nothing.
    async fn record(
        &self,
        resource: &Resource,
        requests: &[Request],
        mapped: &[(usize, u32, Mapped)],
    ) -> Result<Vec<Result<Attempt, HostError>>, HostError> {
        let resource = resource.clone();
        let now = self.now();
        let batch: Vec<(Request, u32, Mapped)> = mapped
            .iter()
            .map(|(index, iteration, mapped)| {
                let mut request = requests[*index].clone();
                request.identity = request.identity.without_secrets(&resource.rules.schema);
                (request, *iteration, mapped.clone())
            })
            .collect();
        fault::point("request.mapped");
        self.inner
            .store
            .update(move |work| {
                if !resource.rules.correlation.is_empty() {
                    work.index_correlation(&resource.name, &resource.rules.correlation)?;
                }
                let mut attempts = Vec::with_capacity(batch.len());
                for (request, iteration, mapped) in batch {
                    match record(work, &resource, &request, iteration, mapped, now) {
                        Err(HostError::Store(error)) => return Err(HostError::Store(error)),
                        attempt => attempts.push(attempt),
                    }
                }
                Ok(attempts)
            })
            .await
    }
}

fn record(
    work: &mut Work<'_>,
    resource: &Resource,
    request: &Request,
    iteration: u32,
    mapped: Mapped,
    now: Timestamp,
) -> Result<Attempt, HostError> {
    let (identity, requester) = (&request.identity, &request.requester);
    if let Some(after) = request.after
        && work.account_of_operation(after)?.is_none()
    {
        return Err(HostError::unknown("operation", after));
    }
    let rules = &resource.rules;
    let identifier = mapped
        .state
        .get(rules.schema.identifier())
        .first()
        .map(str::to_owned);
    let known = work.account_if(work.account_of(&resource.name, &identity.id)?)?;
    if let (Some(identifier), Some(other)) = (
        &identifier,
        taken(work, resource, known.as_ref(), &mapped.state)?,
    ) {
        if is_gone(&other, resource) {
            work.release_names(other.id)?;
        } else {
            return Ok(Attempt::Taken {
                identifier: identifier.clone(),
            });
        }
    }
    work.save_identity(&identity.id, &identity.attributes)?;
    work.request_was_recorded(&resource.name, &identity.id)?;
    let Some(mut account) = (match (known, &identifier) {
        (Some(account), _) => Some(account),
        (None, Some(identifier)) => Some(Account::new(
            work.next_account()?,
            resource.name.clone(),
            Some(identity.id.clone()),
            identifier.clone(),
        )),
        (None, None) => None,
    }) else {
        return Ok(Attempt::Recorded(Receipt {
            account: None,
            identifier: None,
            operations: Vec::new(),
            adopted: false,
            warnings: mapped.warnings,
        }));
    };
    let mut adopted = false;
    if let Some(identifier) = identifier.filter(|_| may_be_there(&account, resource)) {
        let key = rules.schema.identifier_key(&identifier);
        let found = work.observation(&resource.name, &key)?;
        if let Some(found) = found.filter(|found| found.state.exists()) {
            adopted = true;
            account.observed = Some(found);
            account.adopt(format!("{identifier} is there already"));
            account.identifier = identifier;
        }
    }
    let wish = Wish {
        state: mapped.state,
        requester: requester.clone(),
        iteration,
        anew: request.anew,
        after: request.after,
    };
    let operations = step(
        work,
        &mut account,
        resource,
        now,
        Actor::Person(requester),
        |account, step| {
            account.request(step, wish);
            for event in &mut account.events {
                event.component = mapped.component;
            }
            account
                .events
                .iter()
                .filter(|event| matches!(event.kind, EventKind::Planned | EventKind::Amended))
                .filter_map(|event| event.operation)
                .filter(|id| {
                    account
                        .operation(*id)
                        .is_some_and(|operation| operation.state == OperationState::Waiting)
                })
                .collect()
        },
    )?;
    adopted |= recognise(work, &mut account, resource, now)?;
    Ok(Attempt::Recorded(Receipt {
        account: Some(account.id),
        identifier: Some(account.identifier.clone()),
        operations,
        adopted,
        warnings: mapped.warnings,
    }))
}

/// The other account that has the mapped identifier, if there is one. An identifier that an
/// operator gave the account instead of the mapped one is as good as the mapped one.
fn taken(
    work: &Work<'_>,
    resource: &Resource,
    known: Option<&Account>,
    state: &State,
) -> Result<Option<Account>, StoreError> {
    let schema = &resource.rules.schema;
    let mapped = state.get(schema.identifier());
    let Some(identifier) = mapped.first() else {
        return Ok(None);
    };
    let replaced = known.is_some_and(|account| {
        account.adoptions.iter().any(|adoption| {
            adoption.attribute == *schema.identifier()
                && schema.same(schema.identifier(), &adoption.instead_of, mapped)
        })
    });
    if replaced {
        return Ok(None);
    }
    match work.account_named(&resource.name, &schema.identifier_key(identifier))? {
        Some(other) if known.is_none_or(|account| account.id != other) => work.account(other),
        _ => Ok(None),
    }
}

/// Whether an account that is not there may be there under another name: nobody is at work on it.
fn may_be_there(account: &Account, resource: &Resource) -> bool {
    resource.rules.verifies
        && !account.current(&resource.rules).exists()
        && account
            .operations
            .iter()
            .all(|operation| !operation.counts() || operation.state == OperationState::Waiting)
}

/// Whether nobody wants the account and nothing of it is left.
fn is_gone(account: &Account, resource: &Resource) -> bool {
    let rules = &resource.rules;
    !account.current(rules).exists()
        && !account.expected(rules).exists()
        && account
            .desired_state(rules)
            .is_none_or(|desired| !desired.exists())
        && account
            .operations
            .iter()
            .all(|operation| !operation.counts())
}
