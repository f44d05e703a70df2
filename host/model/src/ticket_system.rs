//! How a ticket system is doing: whether it is asked at all for the time being.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::backoff::next_try;
use crate::{TicketSystemName, Timestamp};

/// After so many calls that failed one after the other nobody calls for a while. Fewer could be
/// chance; with more, people who look at the other system's log wonder.
const TOLERATED: u32 = 5;

/// The same when it is the credentials that are not accepted: systems lock an account after a few
/// wrong passwords.
const TOLERATED_REFUSALS: u32 = 2;

/// The longest time in which nobody calls, unless the system asks for more.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// A system that asks to be left alone for longer is asked again after this time: it may have said
/// so by mistake.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// How a ticket system is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TicketSystem {
    /// Which.
    pub name: TicketSystemName,
    /// How many calls failed since one succeeded.
    pub failures: u32,
    /// Nobody calls before this moment.
    pub paused_until: Option<Timestamp>,
    /// Why the last call failed.
    pub problem: Option<String>,
    /// When the last call succeeded.
    pub succeeded_at: Option<Timestamp>,
}

impl TicketSystem {
    /// A system that was never called.
    pub fn new(name: TicketSystemName) -> Self {
        Self {
            name,
            failures: 0,
            paused_until: None,
            problem: None,
            succeeded_at: None,
        }
    }

    /// Whether nobody calls now. A pause that is longer than any could be is of a clock that was
    /// wrong.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.paused_until
            .is_some_and(|until| now < until && until <= now.after(LONGEST_ASKED))
    }

    /// A call was answered.
    pub fn succeeded(&mut self, now: Timestamp) {
        self.failures = 0;
        self.paused_until = None;
        self.problem = None;
        self.succeeded_at = Some(now);
    }

    /// A call failed for a reason that is the system's, not the ticket's. `refused` says that it does
    /// not accept our credentials.
    pub fn failed(
        &mut self,
        message: &str,
        refused: bool,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) {
        self.failures = self.failures.saturating_add(1);
        self.problem = Some(message.to_owned());
        let number = self.name.as_str().len() as i64;
        let tolerated = if refused {
            TOLERATED_REFUSALS
        } else {
            TOLERATED
        };
        let broken = (self.failures >= tolerated)
            .then(|| next_try(number, self.failures - tolerated + 1, LONGEST, now));
        let asked = retry_after.map(|wait| now.after(wait.min(LONGEST_ASKED)));
        self.paused_until = broken.max(asked);
    }

    /// A person says that it is worth trying again.
    pub fn resume(&mut self) {
        self.failures = 0;
        self.paused_until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_calls_for_ever_longer_while_calls_fail_and_everybody_once_one_succeeds() {
        let mut system = TicketSystem::new("helpdesk".parse().unwrap());
        let mut now = Timestamp::from_millis(0);
        for _ in 1..TOLERATED {
            system.failed("down", false, None, now);
            assert!(!system.is_paused(now));
        }
        let mut before = Duration::ZERO;
        for _ in 0..5 {
            system.failed("down", false, None, now);
            let pause = system.paused_until.unwrap().since(now);
            assert!(system.is_paused(now) && pause > before);
            now = system.paused_until.unwrap();
            assert!(!system.is_paused(now));
            before = pause;
        }
        system.succeeded(now);
        assert_eq!((system.failures, system.paused_until), (0, None));
    }

    #[test]
    fn wrong_credentials_are_not_tried_until_the_account_is_locked() {
        let mut system = TicketSystem::new("helpdesk".parse().unwrap());
        let (mut now, mut tries) = (Timestamp::from_millis(0), 0);
        let half_an_hour = now.after(Duration::from_secs(30 * 60));
        while now < half_an_hour {
            system.failed("wrong password", true, None, now);
            tries += 1;
            now = system.paused_until.unwrap_or(now);
        }
        assert!(tries <= 6, "{tries}");
    }

    #[test]
    fn a_system_that_asks_for_a_pause_gets_it_at_once() {
        let mut system = TicketSystem::new("helpdesk".parse().unwrap());
        let now = Timestamp::from_millis(0);
        system.failed("too many", false, Some(Duration::from_secs(90)), now);
        assert!(system.is_paused(now.after(Duration::from_secs(89))));
        assert!(!system.is_paused(now.after(Duration::from_secs(90))));
        system.failed("too many", false, Some(Duration::from_secs(u64::MAX)), now);
        assert!(system.is_paused(now));
        assert!(!system.is_paused(now.after(LONGEST_ASKED)));
    }
}
