//! The host: one configuration, one store, one sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use provisor_model::account::Step;
use provisor_model::{
    Account, AccountId, CaseId, EventKind, HoldKind, Notification, OperationId, PersonName,
    ResourceName, TicketSystemName, Timestamp,
};
use provisor_sandbox::egress::Origins;
use provisor_sandbox::{Sandbox, SandboxConfig};
use provisor_store::{Evidence, OpenOptions, Store, StoreError, View, Work};

use crate::canary::Candidates;
use crate::cases::{ask_about_drift, close_case, close_if_settled};
use crate::components::{Components, InUse, Replaced};
use crate::configuration::{Configuration, Resource};
use crate::journal::Journal;
use crate::notifications::{Audience, enqueue};
use crate::{Clock, HostError, SystemClock};

/// How a host is opened. The default is the machine's clock, compiling in this process, and the
/// patience of [`OpenOptions`].
#[derive(Clone)]
pub struct HostOptions {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where components run. The cache is put below the data folder if none is named; its observer
    /// is the host itself.
    pub sandbox: SandboxConfig,
    /// How long to wait for another process that writes into the same database.
    pub busy_timeout: Duration,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            sandbox: SandboxConfig::default(),
            busy_timeout: OpenOptions::default().busy_timeout,
        }
    }
}

/// A running Provisor. Cheap to clone; all clones are the same host.
#[derive(Clone)]
pub struct Host {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub configuration: Arc<Configuration>,
    pub clock: Arc<dyn Clock>,
    pub store: Store,
    pub evidence: Evidence,
    /// What components do is written down here.
    pub journal: Journal,
    /// The bytes of uploaded components.
    pub library: Evidence,
    pub sandbox: Sandbox,
    pub origins: Origins,
    /// The components that are in use now.
    pub in_use: RwLock<Arc<InUse>>,
    /// Held by whoever takes others into use.
    pub swapping: tokio::sync::Mutex<()>,
    /// What is not in use any more, and may still be at work.
    pub replaced: Mutex<Vec<Replaced>>,
    /// Held by whoever judges an upload: each may take a whole processor.
    pub judging: tokio::sync::Mutex<()>,
    /// Versions that are tried.
    pub candidates: Candidates,
}

impl Host {
    /// Opens the store below the configured data folder, loads every component that the
    /// configuration names, and checks their settings. An uploaded component that is not active yet,
    /// or whose settings do not fit, keeps nothing else from working: each use of it fails.
    ///
    /// Nothing goes out by itself; [`run`](Host::run) does what is due.
    pub async fn open(
        configuration: Configuration,
        options: HostOptions,
    ) -> Result<Self, HostError> {
        let data = configuration.data.clone();
        let in_data = |source| HostError::Data {
            path: data.display().to_string(),
            source,
        };
        make_private_folder(&data).map_err(in_data)?;
        let evidence = Evidence::open(&data.join("evidence"))?;
        let library = Evidence::open(&data.join("components"))?;
        let store = Store::open(
            &data.join("provisor.db"),
            &OpenOptions {
                busy_timeout: options.busy_timeout,
                ..OpenOptions::default()
            },
        )?;
        let journal = Journal::start(store.clone(), options.clock.clone()).map_err(in_data)?;
        let mut sandbox = options.sandbox;
        sandbox.observer = Some(journal.observer());
        sandbox
            .cache
            .get_or_insert_with(|| provisor_sandbox::CacheConfig {
                directory: data.join("cache"),
                key_file: data.join("cache.key"),
            });
        let largest = usize::try_from(configuration.components.max_size).unwrap_or(usize::MAX);
        sandbox.load_limits.size = sandbox.load_limits.size.max(largest);
        let sandbox = Sandbox::new(sandbox)?;
        let origins = Origins::by_clock(Arc::new(ClockOfOrigins(options.clock.clone())))?;
        let in_use = InUse {
            generation: 0,
            versions: BTreeMap::new(),
            resources: Components::load_all(&sandbox, &configuration, &origins).await?,
        };
        let host = Self {
            inner: Arc::new(Inner {
                configuration: Arc::new(configuration),
                clock: options.clock,
                store,
                evidence,
                journal,
                library,
                sandbox,
                origins,
                in_use: RwLock::new(Arc::new(in_use)),
                swapping: tokio::sync::Mutex::default(),
                replaced: Mutex::default(),
                judging: tokio::sync::Mutex::default(),
                candidates: Candidates::default(),
            }),
        };
        host.sweep_uploads().await?;
        host.take_into_use(None).await?;
        Ok(host)
    }

    /// The configuration.
    pub fn configuration(&self) -> &Configuration {
        &self.inner.configuration
    }

    /// The present moment by the host's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// A resource by name.
    pub fn resource(&self, name: &str) -> Result<&Resource, HostError> {
        let resources = &self.inner.configuration.resources;
        resources.get(name).ok_or_else(|| {
            let names: Vec<_> = resources.keys().map(ResourceName::as_str).collect();
            HostError::Unknown {
                what: "resource",
                name: name.chars().take(80).collect(),
                hint: match names.len() {
                    0 => ": the configuration has none".to_owned(),
                    _ => format!(": the configuration has {}", names.join(", ")),
                },
            }
        })
    }

    /// Does what would keep a thread of the runtime waiting.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HostError> {
        tokio::task::spawn_blocking(act)
            .await
            .map_err(|error| HostError::Data {
                path: self.inner.configuration.data.display().to_string(),
                source: std::io::Error::other(error),
            })
    }
}

/// Pauses and rates of other systems go by the host's clock.
struct ClockOfOrigins(Arc<dyn Clock>);

impl provisor_sandbox::egress::Clock for ClockOfOrigins {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// Who does something.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// The host itself, by its own rules.
    Engine,
    /// The policy component.
    Policy,
    /// Somebody outside.
    Person(&'a PersonName),
    /// People who work on tickets in another system, by its name.
    Tickets(&'a TicketSystemName),
}

impl Actor<'_> {
    pub fn as_str(&self) -> &str {
        match self {
            Actor::Engine => "engine",
            Actor::Policy => "policy",
            Actor::Person(name) => name.as_str(),
            Actor::Tickets(system) => system.as_str(),
        }
    }
}

/// An account that must be there.
pub(crate) fn load_account(view: &View<'_>, id: AccountId) -> Result<Account, HostError> {
    view.account(id)?
        .ok_or_else(|| HostError::unknown("account", id))
}

/// Runs one step of the model on an account inside a transaction, and saves it. A case in which
/// the step leaves nothing to do is closed.
pub(crate) fn step<R>(
    work: &mut Work<'_>,
    account: &mut Account,
    resource: &Resource,
    now: Timestamp,
    actor: Actor<'_>,
    act: impl FnOnce(&mut Account, &mut Step<'_>) -> R,
) -> Result<R, StoreError> {
    let open_before: Vec<(OperationId, CaseId)> = open_operations(account).collect();
    let names_before = account.names(&resource.rules);
    let result = act_on(work, account, resource, now, act)?;
    if see_under_new_names(work, account, resource, &names_before)? {
        act_on(work, account, resource, now, Account::replan)?;
    }
    ask_about_drift(work, account, resource, now)?;
    let answered = account.take_settled_question();
    save(work, account, resource, now, actor)?;
    if let Some(case) = answered {
        // What came while somebody had the question is asked about now.
        if account.has_unasked_drift() {
            ask_about_drift(work, account, resource, now)?;
            save(work, account, resource, now, actor)?;
        }
        close_case(work, case, actor, now)?;
    }
    let still_open: BTreeSet<_> = open_operations(account).map(|(id, _)| id).collect();
    let settled: BTreeSet<CaseId> = open_before
        .into_iter()
        .filter(|(id, _)| !still_open.contains(id))
        .map(|(_, case)| case)
        .collect();
    for case in settled {
        close_if_settled(work, case, actor, now)?;
    }
    Ok(result)
}

fn act_on<R>(
    work: &mut Work<'_>,
    account: &mut Account,
    resource: &Resource,
    now: Timestamp,
    act: impl FnOnce(&mut Account, &mut Step<'_>) -> R,
) -> Result<R, StoreError> {
    let mut failed = None;
    let result = {
        let mut next = || match work.next_operation() {
            Ok(id) => id,
            Err(error) => {
                failed = Some(error);
                OperationId(0)
            }
        };
        let mut step = Step {
            rules: &resource.rules,
            now,
            next_operation: &mut next,
        };
        act(account, &mut step)
    };
    match failed {
        Some(error) => Err(error),
        None => Ok(result),
    }
}

/// An account that is not there under its names before may be there under one that it has got by
/// now: what an export showed of a row counts for whoever claims it.
fn see_under_new_names(
    work: &Work<'_>,
    account: &mut Account,
    resource: &Resource,
    before: &[String],
) -> Result<bool, StoreError> {
    let observed = account.observed.as_ref();
    if !resource.rules.verifies || observed.is_some_and(|observed| observed.state.exists()) {
        return Ok(false);
    }
    for name in account.names(&resource.rules) {
        if before.contains(&name) {
            continue;
        }
        let key = resource.rules.schema.identifier_key(&name);
        let owner = work.account_named(&resource.name, &key)?;
        if owner.is_some_and(|owner| owner != account.id) {
            continue;
        }
        if let Some(found) = work.observation(&resource.name, &key)?
            && found.state.exists()
        {
            account.observed = Some(found);
            return Ok(true);
        }
    }
    Ok(false)
}

fn open_operations(account: &Account) -> impl Iterator<Item = (OperationId, CaseId)> {
    account
        .operations
        .iter()
        .filter(|operation| operation.is_out())
        .filter_map(|operation| Some((operation.id, operation.case?)))
}

/// Saves an account under every name that a row of an export may have for it.
pub(crate) fn save(
    work: &mut Work<'_>,
    account: &mut Account,
    resource: &Resource,
    now: Timestamp,
    actor: Actor<'_>,
) -> Result<(), StoreError> {
    let schema = &resource.rules.schema;
    let mut keys: Vec<String> = Vec::new();
    for name in account.names(&resource.rules) {
        let key = schema.identifier_key(&name);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    enqueue_events(work, account, resource, now, actor)?;
    work.save_account(
        account,
        &keys,
        &|operation| operation.delta.kind(schema),
        now,
        actor.as_str(),
    )
}

/// Puts what has just happened to an account and people should hear of into the outbox.
fn enqueue_events(
    work: &mut Work<'_>,
    account: &Account,
    resource: &Resource,
    now: Timestamp,
    actor: Actor<'_>,
) -> Result<(), StoreError> {
    let mut audience = Audience::of(&resource.operators);
    if let Actor::Person(person) = actor {
        audience = audience.but(person);
    }
    let mut told: Vec<Notification> = Vec::new();
    for event in &account.events {
        let Some(operation) = event.operation.and_then(|id| account.operation(id)) else {
            continue;
        };
        let title = || {
            let kind = operation.delta.kind(&resource.rules.schema);
            format!(
                "{kind} the account {} on {}",
                account.identifier, resource.title
            )
        };
        let notification = match event.kind {
            EventKind::Held => match &operation.held {
                // Many are held for the same reason, of which one notification tells.
                Some(hold) if hold.kind == HoldKind::Threshold => continue,
                _ => Notification::OperationHeld {
                    operation: operation.id,
                    title: title(),
                },
            },
            EventKind::Withheld if account.gave_up(operation.id) => Notification::GaveUp {
                operation: operation.id,
                title: title(),
            },
            _ => continue,
        };
        if !told.contains(&notification) {
            enqueue(work, &[resource], audience, &notification, now)?;
            told.push(notification);
        }
    }
    Ok(())
}

fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let path: PathBuf = path.to_owned();
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(&path)
}

/// Everything that takes time can be done in a task of its own.
#[cfg(test)]
mod tests {
    use super::*;

    fn sent<T: Send>(future: T) -> T {
        future
    }

    #[test]
    fn what_takes_time_can_be_given_to_another_thread() {
        let open = |configuration| sent(Host::open(configuration, HostOptions::default()));
        let run = |host: Host| sent(async move { host.run().await });
        let tickets = |host: Host| sent(async move { host.work_on_tickets().await });
        let cases = |host: Host, case, by| {
            let report = crate::Report::done();
            sent(async move { host.close_case(case, &by, report).await })
        };
        // That it compiles is the test; nothing of it need run.
        let _ = (open, run, tickets, cases);
    }
}
