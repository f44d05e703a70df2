//! What people outside are told: one outbox, from which it is delivered at least once.

mod delivering;

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{
    Case, Delivery, Notification, NotificationId, PersonName, ResourceName, Timestamp,
};
use provisor_sinks::Sink;
use provisor_store::{NotificationFilter, StoreError, Work};

pub use delivering::Delivered;

use crate::configuration::{Resource, SinkUse, Sinks};
use crate::views::case_title;
use crate::{Host, HostError};

impl Host {
    /// Notifications, the newest first.
    pub fn notifications(&self, filter: &NotificationFilter) -> Result<Vec<Delivery>, HostError> {
        Ok(self.inner.store.read(|view| view.notifications(filter))?)
    }

    /// A notification by number.
    pub fn notification(&self, id: NotificationId) -> Result<Delivery, HostError> {
        self.inner
            .store
            .read(|view| view.notification(id))?
            .ok_or_else(|| HostError::unknown("notification", id))
    }

    /// Lets a notification be tried again with the next delivery, as often as if it were new.
    pub async fn retry_notification(&self, id: NotificationId) -> Result<Delivery, HostError> {
        let now = self.now();
        self.change_notification(id, move |delivery| delivery.retry(now))
            .await
    }

    /// Says that a notification need not be tried again.
    pub async fn discard_notification(
        &self,
        id: NotificationId,
        by: &PersonName,
    ) -> Result<Delivery, HostError> {
        let (by, now) = (by.clone(), self.now());
        self.change_notification(id, move |delivery| delivery.discard(&by, now))
            .await
    }

    async fn change_notification(
        &self,
        id: NotificationId,
        act: impl FnOnce(&mut Delivery) -> Result<(), provisor_model::DeliveryError> + Send + 'static,
    ) -> Result<Delivery, HostError> {
        self.inner
            .store
            .update(move |work| {
                let mut delivery = work
                    .notification(id)?
                    .ok_or_else(|| HostError::unknown("notification", id))?;
                act(&mut delivery)?;
                work.save_notification(&delivery, None)?;
                Ok(delivery)
            })
            .await
    }
}

/// For whom something is meant, beside those who are told of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Audience<'a> {
    /// Persons and groups.
    pub operators: &'a [PersonName],
    /// Somebody who is told in any case.
    pub also: Option<&'a PersonName>,
    /// Who did it himself and need not be told.
    pub except: Option<&'a PersonName>,
}

impl<'a> Audience<'a> {
    /// All who may work on it.
    pub fn of(operators: &'a [PersonName]) -> Self {
        Self {
            operators,
            also: None,
            except: None,
        }
    }

    /// All but whoever did it.
    pub fn but(self, person: &'a PersonName) -> Self {
        Self {
            except: Some(person),
            ..self
        }
    }
}

/// The one place where something is put into the outbox, in the transaction that causes it: once
/// for each sink that takes it and each recipient there. `about` are the resources concerned.
pub(crate) fn enqueue(
    work: &mut Work<'_>,
    about: &[&Resource],
    audience: Audience<'_>,
    notification: &Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(first) = about.first() else {
        return Ok(());
    };
    let sinks = first.sinks.clone();
    for (name, used) in &sinks.sinks {
        let takes = |resource: &&&Resource| used.takes(notification.kind(), &resource.name);
        let Some(resource) = about.iter().find(takes) else {
            continue;
        };
        let occasion = notification.occasion(&resource.name);
        for recipient in recipients(&sinks, used, audience) {
            if let Some(occasion) = &occasion
                && work.is_told(occasion, name, recipient.as_deref())?
            {
                continue;
            }
            let delivery = Delivery::new(
                work.next_notification()?,
                name.clone(),
                recipient,
                resource.name.clone(),
                notification.clone(),
                now,
            );
            work.save_notification(&delivery, occasion.as_deref())?;
        }
    }
    Ok(())
}

/// Puts something about a case into the outbox, for those who work on it. `make` is given the
/// title of the case.
pub(crate) fn enqueue_of_case(
    work: &mut Work<'_>,
    resources: &BTreeMap<ResourceName, Resource>,
    case: &Case,
    audience: Audience<'_>,
    make: impl FnOnce(String) -> Notification,
    now: Timestamp,
) -> Result<(), StoreError> {
    let about: Vec<&Resource> = case
        .resources()
        .into_iter()
        .filter_map(|name| resources.get(name))
        .collect();
    // Putting it into words takes longer than finding out that nobody wants to hear it.
    if about
        .first()
        .is_none_or(|first| first.sinks.sinks.is_empty())
    {
        return Ok(());
    }
    let title = case_title(work, |name| resources.get(name), case)?;
    enqueue(work, &about, audience, &make(title), now)
}

/// Who gets it at a sink. A mail goes to each of them, anything else just there.
fn recipients(sinks: &Sinks, used: &SinkUse, audience: Audience<'_>) -> Vec<Option<String>> {
    let Sink::Smtp(mail) = &used.sink else {
        return vec![None];
    };
    let mut recipients: Vec<String> = mail.to.iter().map(ToString::to_string).collect();
    let mut reached: BTreeSet<String> = mail.to.iter().map(|to| to.email.to_string()).collect();
    let mut add = |name: &PersonName| {
        let Some(address) = mail.addresses.get(name.as_str()) else {
            return false;
        };
        if Some(name) != audience.except && reached.insert(address.email.to_string()) {
            recipients.push(name.to_string());
        }
        true
    };
    for name in audience.operators.iter().chain(audience.also) {
        // A group with an address of its own has a list behind it.
        if !add(name) {
            for member in sinks.groups.get(name).into_iter().flatten() {
                add(member);
            }
        }
    }
    recipients.into_iter().map(Some).collect()
}
