//! The outbox is emptied: what is due goes to its sink.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use provisor_model::{Delivery, DeliveryState, NotificationId, SinkName};
use provisor_sinks::{Message, SinkError};
use provisor_store::fault;

use crate::configuration::SinkUse;
use crate::{Host, HostError};

/// What one sink is given at a time; the rest goes with the next run.
const MOST: usize = 1_000;

/// A sink that has taken so long waits for the next run with the rest, so that a slow one does not
/// keep all else from happening.
const LONGEST: Duration = Duration::from_secs(60);

/// What became of notifications that were due.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Delivered {
    /// How many were taken.
    pub delivered: u64,
    /// Those that were not taken and will be tried again.
    pub postponed: Vec<NotificationId>,
    /// Those that will not be tried again by themselves.
    pub given_up: Vec<NotificationId>,
    /// Sinks that could not be used, with the reason.
    pub unusable: Vec<(SinkName, String)>,
}

impl Host {
    /// Delivers the notifications that are due, to all sinks at once. A sink that cannot be used is
    /// left for this time.
    ///
    /// Several processes may do so at the same time: each notification is leased to one. One that
    /// was sent when the process was killed before it could say so is sent again, with the same id.
    pub async fn deliver(&self) -> Result<Delivered, HostError> {
        let sinks = &self.inner.configuration.sinks.sinks;
        let all = join_all(sinks.iter().map(|(name, used)| self.deliver_to(name, used))).await;
        let mut delivered = Delivered::default();
        for one in all {
            let one = one?;
            delivered.delivered += one.delivered;
            delivered.postponed.extend(one.postponed);
            delivered.given_up.extend(one.given_up);
            delivered.unusable.extend(one.unusable);
        }
        Ok(delivered)
    }

    async fn deliver_to(&self, name: &SinkName, used: &SinkUse) -> Result<Delivered, HostError> {
        let begun = Instant::now();
        let mut delivered = Delivered::default();
        for _ in 0..MOST {
            if begun.elapsed() > LONGEST {
                break;
            }
            let Some(claimed) = self.claim_notification(name).await? else {
                break;
            };
            fault::point("notification.claimed");
            let sent = self.send_notification(used, &claimed).await;
            fault::point("notification.sent");
            let (id, unusable) = (claimed.id, matches!(sent, Err(SinkError::Unusable(_))));
            if let (Err(error), true) = (&sent, unusable) {
                delivered.unusable.push((name.clone(), error.to_string()));
            }
            match self
                .settle_notification(claimed, used.attempts, sent)
                .await?
            {
                DeliveryState::Delivered => delivered.delivered += 1,
                DeliveryState::Waiting => delivered.postponed.push(id),
                DeliveryState::GivenUp => delivered.given_up.push(id),
                DeliveryState::Discarded => {}
            }
            if unusable {
                break;
            }
        }
        Ok(delivered)
    }

    /// Takes the one that is due first. That it is tried is on the disk before it is.
    async fn claim_notification(&self, sink: &SinkName) -> Result<Option<Delivery>, HostError> {
        // That there is nothing is found without disturbing the writer.
        let (sink, now) = (sink.clone(), self.now());
        let due = self.inner.store.read(|view| view.is_due(&sink, now))?;
        if !due {
            return Ok(None);
        }
        Ok(self
            .inner
            .store
            .update(move |work| work.claim_notification(&sink, now))
            .await?)
    }

    async fn send_notification(
        &self,
        used: &SinkUse,
        delivery: &Delivery,
    ) -> Result<(), SinkError> {
        let resource = self.resource(delivery.resource.as_str());
        let title = match &resource {
            Ok(resource) => resource.title.as_str(),
            Err(_) => delivery.resource.as_str(),
        };
        let message = Message::new(delivery, self.inner.store.installation(), title);
        let (sink, recipient, now) = (used.sink.clone(), delivery.recipient.clone(), self.now());
        tokio::task::spawn_blocking(move || sink.send(&message, recipient.as_deref(), now))
            .await
            .unwrap_or_else(|error| Err(SinkError::NotTaken(error.to_string())))
    }

    /// Stores what came of an attempt.
    async fn settle_notification(
        &self,
        claimed: Delivery,
        most: u32,
        sent: Result<(), SinkError>,
    ) -> Result<DeliveryState, HostError> {
        let now = self.now();
        Ok(self
            .inner
            .store
            .update(move |work| {
                // Meanwhile a person may have decided something about it.
                let mut delivery = work.notification(claimed.id)?.unwrap_or(claimed.clone());
                match sent {
                    Ok(()) => delivery.delivered(now),
                    Err(error) => {
                        let hopeless = !error.retryable();
                        let problem = error.to_string();
                        delivery.failed(claimed.attempts, &problem, hopeless, most, now);
                    }
                }
                work.save_notification(&delivery, None)?;
                Ok::<_, provisor_store::StoreError>(delivery.state)
            })
            .await?)
    }
}
