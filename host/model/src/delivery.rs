//! One notification on its way to one recipient, and when it is tried again.
//!
//! What is sent is delivered at least once. That it is tried is stored before it is tried, so that
//! a process that is killed in between leaves a trace, and with a lease, so that of several
//! processes only one tries at a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::backoff::{LONGEST_PAUSE, next_try};
use crate::{Notification, NotificationId, PersonName, ResourceName, SinkName, Timestamp};

/// How long whoever tries has it for himself. Much longer than an attempt may take.
pub const LEASE: Duration = Duration::from_secs(5 * 60);

/// How far a notification has got on its way to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryState {
    /// It will be tried, perhaps again.
    Waiting,
    /// It was taken over.
    Delivered,
    /// It was tried as often as is allowed, or trying again cannot help.
    GivenUp,
    /// A person said that it need not be tried again.
    Discarded,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Waiting,
        Self::Delivered,
        Self::GivenUp,
        Self::Discarded,
    ];

    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given-up",
            DeliveryState::Discarded => "discarded",
        }
    }
}

/// One notification on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Delivery {
    /// Its number. It stays the same however often it is tried, so that repeats are recognised.
    pub id: NotificationId,
    /// Through which sink.
    pub sink: SinkName,
    /// To whom: an operator, a group or an address. `None` where the sink has only one recipient.
    pub recipient: Option<String>,
    /// About which resource.
    pub resource: ResourceName,
    /// What is told.
    pub notification: Notification,
    /// When it happened.
    pub happened_at: Timestamp,
    /// How far it has got.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Attempts that no longer count, since a person asked for it to be tried anew.
    pub forgiven: u32,
    /// It is not tried before this moment.
    pub next_try: Timestamp,
    /// Somebody is trying; until this moment nobody else does.
    pub leased_until: Option<Timestamp>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// When it was delivered, given up or discarded.
    pub ended_at: Option<Timestamp>,
    /// Who discarded it.
    pub discarded_by: Option<PersonName>,
}

/// What a person cannot ask of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// It has reached its recipient.
    #[error("{0} was delivered already")]
    Delivered(NotificationId),
    /// It was discarded before.
    #[error("{0} was discarded already; `provisor notification retry {0}` would send it after all")]
    Discarded(NotificationId),
}

impl DeliveryError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            DeliveryError::Delivered(_) => "notification-delivered",
            DeliveryError::Discarded(_) => "notification-discarded",
        }
    }
}

impl Delivery {
    /// Something to be told at once.
    pub fn new(
        id: NotificationId,
        sink: SinkName,
        recipient: Option<String>,
        resource: ResourceName,
        notification: Notification,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            sink,
            recipient,
            resource,
            notification,
            happened_at: now,
            state: DeliveryState::Waiting,
            attempts: 0,
            forgiven: 0,
            next_try: now,
            leased_until: None,
            problem: None,
            ended_at: None,
            discarded_by: None,
        }
    }

    /// Whether it may be tried now. A lease that ends later than any lease could is of a clock
    /// that was wrong, and holds nobody up.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let leased = self
            .leased_until
            .is_some_and(|until| now < until && until <= now.after(LEASE));
        self.state == DeliveryState::Waiting && self.next_try <= now && !leased
    }

    /// Somebody begins to try. Answers which attempt it is.
    pub fn begin(&mut self, now: Timestamp) -> u32 {
        self.attempts = self.attempts.saturating_add(1);
        self.leased_until = Some(now.after(LEASE));
        self.attempts
    }

    /// It reached its recipient. What a person decided, or another process began meanwhile, does
    /// not make that undone.
    pub fn delivered(&mut self, now: Timestamp) {
        self.state = DeliveryState::Delivered;
        self.leased_until = None;
        self.problem = None;
        self.discarded_by = None;
        self.ended_at = Some(now);
    }

    /// An attempt failed. After so many that count it is given up, and at once when trying again
    /// cannot help. Nothing happens when the attempt is not the last one.
    pub fn failed(
        &mut self,
        attempt: u32,
        problem: &str,
        hopeless: bool,
        most: u32,
        now: Timestamp,
    ) {
        if attempt != self.attempts || self.state == DeliveryState::Delivered {
            return;
        }
        self.leased_until = None;
        self.problem = Some(problem.to_owned());
        if self.state != DeliveryState::Waiting {
            return;
        }
        let counted = self.attempts.saturating_sub(self.forgiven);
        if hopeless || counted >= most {
            self.state = DeliveryState::GivenUp;
            self.ended_at = Some(now);
        } else if counted > 0 {
            self.next_try = next_try(self.id.0, counted, LONGEST_PAUSE, now);
        }
    }

    /// A person wants it to be tried now, and as often as if it were new.
    pub fn retry(&mut self, now: Timestamp) -> Result<(), DeliveryError> {
        if self.state == DeliveryState::Delivered {
            return Err(DeliveryError::Delivered(self.id));
        }
        self.state = DeliveryState::Waiting;
        self.forgiven = self.attempts;
        self.next_try = now;
        self.ended_at = None;
        self.discarded_by = None;
        Ok(())
    }

    /// A person says that it need not be tried again.
    pub fn discard(&mut self, by: &PersonName, now: Timestamp) -> Result<(), DeliveryError> {
        match self.state {
            DeliveryState::Delivered => Err(DeliveryError::Delivered(self.id)),
            DeliveryState::Discarded => Err(DeliveryError::Discarded(self.id)),
            DeliveryState::Waiting | DeliveryState::GivenUp => {
                self.state = DeliveryState::Discarded;
                self.ended_at = Some(now);
                self.discarded_by = Some(by.clone());
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ExportId;

    fn delivery() -> Delivery {
        Delivery::new(
            NotificationId(1),
            "mail".parse().unwrap(),
            None,
            "payroll".parse().unwrap(),
            Notification::DriftFound {
                export: ExportId(1),
                accounts: 1,
                unexpected: 0,
            },
            Timestamp::from_millis(0),
        )
    }

    /// What can happen to a delivery.
    #[derive(Debug, Clone)]
    enum Step {
        Pass(u64),
        Begin,
        Deliver,
        Fail { late: u32, hopeless: bool },
        Retry,
        Discard,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0u64..30_000).prop_map(Step::Pass),
            Just(Step::Begin),
            Just(Step::Begin),
            Just(Step::Deliver),
            (0u32..2, any::<bool>()).prop_map(|(late, hopeless)| Step::Fail { late, hopeless }),
            Just(Step::Retry),
            Just(Step::Discard),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn what_was_delivered_stays_so_and_nothing_is_tried_by_two(steps in steps()) {
            const MOST: u32 = 3;
            let (mut one, mut now) = (delivery(), Timestamp::from_millis(0));
            let mut lease: Option<Timestamp> = None;
            for step in steps {
                let before = one.clone();
                match step {
                    Step::Pass(seconds) => now = now.after(Duration::from_secs(seconds)),
                    Step::Begin if one.is_due(now) => {
                        prop_assert!(lease.is_none_or(|until| until <= now));
                        let attempt = one.begin(now);
                        prop_assert_eq!(attempt, before.attempts + 1);
                        lease = one.leased_until;
                        prop_assert!(!one.is_due(now));
                    }
                    Step::Begin => {}
                    Step::Deliver => {
                        one.delivered(now);
                        lease = None;
                    }
                    Step::Fail { late, hopeless } if one.attempts > late => {
                        one.failed(one.attempts - late, "no", hopeless, MOST, now);
                        if late > 0 {
                            prop_assert_eq!(&one, &before);
                        } else {
                            lease = None;
                        }
                    }
                    Step::Fail { .. } => {}
                    Step::Retry => {
                        let done = one.retry(now).is_ok();
                        prop_assert_eq!(done, before.state != DeliveryState::Delivered);
                        prop_assert!(!done || one.is_due(now) || lease.is_some());
                    }
                    Step::Discard => {
                        let _refused = one.discard(&"eva".parse().unwrap(), now);
                    }
                }
                if before.state == DeliveryState::Delivered {
                    prop_assert_eq!(one.state, DeliveryState::Delivered);
                }
                prop_assert_eq!(one.ended_at.is_some(), one.state != DeliveryState::Waiting);
                prop_assert_eq!(
                    one.discarded_by.is_some(),
                    one.state == DeliveryState::Discarded
                );
            }
        }
    }

    #[test]
    fn it_is_tried_as_often_as_allowed_and_a_person_allows_as_much_again() {
        let (mut one, mut now) = (delivery(), Timestamp::from_millis(0));
        for round in 1..=2 {
            let mut tries = 0;
            while one.state == DeliveryState::Waiting {
                now = one.next_try.max(now);
                assert!(one.is_due(now));
                let attempt = one.begin(now);
                one.failed(attempt, "no", false, 5, now);
                tries += 1;
            }
            assert_eq!((tries, one.attempts), (5, 5 * round));
            assert_eq!(one.state, DeliveryState::GivenUp);
            one.retry(now).unwrap();
        }
    }

    #[test]
    fn whoever_was_killed_holds_it_up_no_longer_than_the_lease() {
        let (mut one, now) = (delivery(), Timestamp::from_millis(0));
        one.begin(now);
        assert!(!one.is_due(now.after(LEASE - Duration::from_millis(1))));
        assert!(one.is_due(now.after(LEASE)));
        // What a clock that was a day ahead has left behind.
        one.leased_until = Some(now.after(Duration::from_secs(86_400)));
        assert!(one.is_due(now));
    }
}
