//! The second pass: one transaction writes what differs, and lets every account that it concerns
//! see it.

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, Drift, Event, EventKind, Evidence, Export, ExportId, ExportState,
    Notification, NotificationKind, Observation, Operation, OperationId, PersonName, Row, State,
    Timestamp,
};
use provisor_store::{Changed, StoreError, Work};

use super::ExportReport;
use super::counting::Count;
use super::taking::replace_held;
use crate::HostError;
use crate::configuration::Resource;
use crate::correlating::recognise;
use crate::dispatch::Dispatched;
use crate::host::{Actor, step};
use crate::notifications::{Audience, enqueue};

/// Accounts that are looked up in one go.
const CHUNK: usize = 500;

/// Examples that are kept of each kind of effect.
const EXAMPLES: usize = 5;

/// An export that is to be accepted.
pub(super) struct Acceptance {
    /// Without a number, if it is new.
    pub export: Export,
    pub count: Count,
    pub now: Timestamp,
    /// Who released it, if it was held.
    pub released_by: Option<PersonName>,
}

/// What an accepted export does to accounts.
#[derive(Default)]
pub(super) struct Effects {
    pub events: BTreeMap<String, u64>,
    pub verified: Few<(String, Operation)>,
    pub contradicted: Few<(String, Operation)>,
    pub drifted: BTreeMap<&'static str, Few<(String, Drift)>>,
    /// Accounts with drift that is new.
    pub drifted_accounts: u64,
    pub planned: Few<(String, Operation)>,
    /// Operations that may go out at once.
    pub due: u64,
}

/// How many there are, with the first few.
pub(super) struct Few<T> {
    pub count: u64,
    pub examples: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            count: 0,
            examples: Vec::new(),
        }
    }
}

impl<T> Few<T> {
    fn add(&mut self, example: impl FnOnce() -> T) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// The transaction of an accepted export, on the store's writing thread.
pub(super) fn write(
    work: &mut Work<'_>,
    resource: &Resource,
    acceptance: Acceptance,
) -> Result<(ExportReport, Effects), HostError> {
    let Acceptance {
        mut export,
        mut count,
        now,
        released_by,
    } = acceptance;
    let Some(compared) = count.tally.compared.take() else {
        // Only what was read to its end gets here.
        return Err(HostError::unknown("comparison of export", &export.name));
    };
    if export.id.0 == 0 {
        export.id = work.next_export()?;
    }
    export.state = ExportState::Accepted;
    replace_held(work, &export, now)?;
    work.save_export(&export)?;
    let tells = tells_drift(resource);
    let unexpected_before = match tells {
        true => work.unexpected_count(&resource.name)?,
        false => 0,
    };
    let accepted = work.accept_rows(&export, compared)?;
    work.index_correlation(&resource.name, &resource.rules.correlation)?;
    let mut effects = Effects::default();
    let mut after = AccountId(0);
    loop {
        let concerned = work.concerned(after, CHUNK)?;
        let Some((last, _)) = concerned.last() else {
            break;
        };
        after = *last;
        for (id, changed) in concerned {
            observe(
                work,
                resource,
                &export,
                &count,
                id,
                changed,
                now,
                &mut effects,
            )?;
        }
    }
    if tells {
        let unexpected = work.unexpected_count(&resource.name)?;
        let unexpected = unexpected.saturating_sub(unexpected_before);
        tell_drift(
            work,
            resource,
            export.id,
            effects.drifted_accounts,
            unexpected,
            now,
        )?;
    }
    let actor = released_by.as_ref().map_or("engine", PersonName::as_str);
    if let Some(decision) = export.decision.as_ref().filter(|_| released_by.is_some()) {
        let text = format!("{}: {}", export.name, decision.reason);
        let event = Event::new(EventKind::Released, text).export(export.id);
        work.add_event(now, actor, &resource.name, None, event)?;
    }
    let text = format!("{} with {} rows", export.name, export.rows);
    let event = Event::new(EventKind::Accepted, text)
        .export(export.id)
        .component(export.reader);
    work.add_event(now, "engine", &resource.name, None, event)?;
    let report = ExportReport {
        export,
        known: false,
        appeared: accepted.appeared,
        changed: accepted.changed,
        vanished: accepted.vanished,
        unchanged: accepted.unchanged,
        events: effects.events.clone(),
        dispatched: Dispatched::default(),
    };
    Ok((report, effects))
}

/// Whether somebody wants to hear of drift. Finding the rows that nobody asked for goes through all
/// of them.
fn tells_drift(resource: &Resource) -> bool {
    let sinks = &resource.sinks.sinks;
    sinks
        .values()
        .any(|sink| sink.takes(NotificationKind::DriftFound, &resource.name))
}

/// Puts one notification of all new drift into the outbox.
fn tell_drift(
    work: &mut Work<'_>,
    resource: &Resource,
    export: ExportId,
    accounts: u64,
    unexpected: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    if accounts == 0 && unexpected == 0 {
        return Ok(());
    }
    let notification = Notification::DriftFound {
        export,
        accounts,
        unexpected,
    };
    let audience = Audience::of(&resource.operators);
    enqueue(work, &[resource], audience, &notification, now)
}

#[allow(clippy::too_many_arguments)]
fn observe(
    work: &mut Work<'_>,
    resource: &Resource,
    export: &Export,
    count: &Count,
    id: AccountId,
    changed: Option<Changed>,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let Some(mut account) = work.account(id)? else {
        return Ok(());
    };
    let drift_before = account.drift.clone();
    let last_before = account.operations.iter().map(|one| one.id).max();
    let recognised = recognise(work, &mut account, resource, now)?;
    let changed = if recognised { None } else { changed };
    let row = evidence_row(&account.observed, count, &account, resource);
    // The account was loaded with what this export shows; the model wants to see what it knew
    // before.
    if let Some(Changed { before }) = changed {
        account.observed = before;
    }
    let evidence = Evidence {
        export: export.id,
        exported_at: export.exported_at,
        row,
        covered: &export.covered,
    };
    step(
        work,
        &mut account,
        resource,
        now,
        Actor::Engine,
        |account, step| {
            account.observe(step, &evidence);
            for event in &account.events {
                *effects
                    .events
                    .entry(event.kind.as_str().to_owned())
                    .or_default() += 1;
            }
            effects.decided(account);
        },
    )?;
    effects.follow(&account, &drift_before, last_before, now);
    Ok(())
}

impl Effects {
    /// What the export decided about operations.
    fn decided(&mut self, account: &Account) {
        for event in &account.events {
            let place = match event.kind {
                EventKind::Verified => &mut self.verified,
                EventKind::Contradicted => &mut self.contradicted,
                _ => continue,
            };
            if let Some(operation) = event.operation.and_then(|id| account.operation(id)) {
                place.add(|| (account.identifier.clone(), operation.clone()));
            }
        }
    }

    /// What follows for the account.
    fn follow(
        &mut self,
        account: &Account,
        drift_before: &[Drift],
        last_before: Option<OperationId>,
        now: Timestamp,
    ) {
        let new = |drift: &&Drift| !drift_before.contains(drift);
        self.drifted_accounts += u64::from(account.drift.iter().any(|drift| new(&drift)));
        for drift in &account.drift {
            if new(&drift) {
                self.drifted
                    .entry(drift.kind.as_str())
                    .or_default()
                    .add(|| (account.identifier.clone(), drift.clone()));
            }
        }
        for operation in &account.operations {
            if last_before.is_none_or(|last| operation.id > last) {
                self.due += u64::from(operation.is_due(now));
                self.planned
                    .add(|| (account.identifier.clone(), operation.clone()));
            }
        }
    }
}

fn evidence_row(
    observed: &Option<Observation>,
    count: &Count,
    account: &Account,
    resource: &Resource,
) -> Row {
    let rules = &resource.rules;
    let unreadable = !count.tally.unreadable.is_empty()
        && account.names(rules).iter().any(|name| {
            count
                .tally
                .unreadable
                .contains(&rules.schema.identifier_key(name))
        });
    if unreadable {
        return Row::Unreadable;
    }
    match observed.as_ref().map(|observed| &observed.state) {
        Some(State::Present(attributes)) => Row::Present {
            position: observed
                .as_ref()
                .and_then(|observed| observed.position)
                .unwrap_or(0),
            attributes: attributes.clone(),
        },
        // A row that could not be read at all may have been this account's.
        _ if count.tally.nameless => Row::Unreadable,
        _ => Row::Absent,
    }
}
