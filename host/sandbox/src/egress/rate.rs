//! How much one origin is asked: at a time, in a minute, and not at all for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use provisor_model::Timestamp;
use tokio::sync::Notify;

use super::limits::EgressLimits;
use super::origins::Clock;

/// The longest pause that is believed. An answer that asks for more is taken for a mistake.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Over how much time requests are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// The most requests that are counted in a minute, so that the memory of them stays small.
const MOST_COUNTED: u32 = 100_000;

/// What everybody who reaches one origin shares.
pub(crate) struct Share {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    under_way: u32,
    /// When requests went out, within the last minute.
    sent: VecDeque<Timestamp>,
    paused_until: Option<Timestamp>,
}

/// Why a request must not go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The origin asked for fewer calls; so many seconds are left.
    Paused(u64),
    /// It was asked as often as it may be; the next place is free in so many seconds.
    Rate(u64),
}

/// One request may be under way as long as it lives.
pub(crate) struct Permit {
    share: Arc<Share>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.share.lock();
        state.under_way = state.under_way.saturating_sub(1);
        drop(state);
        self.share.freed.notify_waiters();
    }
}

impl Share {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Share {
            clock,
            state: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// Waits until a request may go out.
    pub async fn enter(self: &Arc<Self>, limits: &EgressLimits) -> Result<Permit, Wait> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on nothing is missed.
            freed.as_mut().enable();
            if self.try_enter(limits)? {
                return Ok(Permit {
                    share: Arc::clone(self),
                });
            }
            freed.await;
        }
    }

    fn try_enter(&self, limits: &EgressLimits) -> Result<bool, Wait> {
        let mut state = self.lock();
        let now = self.clock.now();
        if let Some(until) = state.pause(now) {
            return Err(Wait::Paused(seconds(until.since(now))));
        }
        let window = now.before(WINDOW);
        // What lies in the future was written before the clock was set back.
        state.sent.retain(|&at| at > window && at <= now);
        let rate = limits.rate.get().min(MOST_COUNTED) as usize;
        if let Some(earlier) = state.sent.len().checked_sub(rate) {
            let free = state.sent.get(earlier).map_or(now, |at| at.after(WINDOW));
            return Err(Wait::Rate(seconds(free.since(now))));
        }
        if state.under_way >= limits.parallel.get() {
            return Ok(false);
        }
        state.under_way += 1;
        state.sent.push_back(now);
        Ok(true)
    }

    /// Nothing goes out for so long. A pause that ends later stands.
    pub fn pause(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let mut state = self.lock();
        let now = self.clock.now();
        let until = now.after(duration.min(LONGEST_PAUSE));
        state.paused_until = state.pause(now).max(Some(until));
    }

    /// Until when nothing goes out.
    pub fn paused_until(&self) -> Option<Timestamp> {
        self.lock().pause(self.clock.now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The pause that still lasts. One that lies too far ahead was begun before the clock was set
    /// back.
    fn pause(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until = self
            .paused_until
            .filter(|&until| until > now && until.since(now) <= LONGEST_PAUSE);
        self.paused_until
    }
}

/// Whole seconds, at least one.
fn seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).max(1) as u64
}

/// What `retry-after` asks for: seconds, or a moment (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    let at = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    let at = Timestamp::from_millis(i64::try_from(at.as_millis()).ok()?);
    Some(at.since(now))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Hand {
        fn set(&self, seconds: i64) {
            self.0.store(seconds * 1000, Ordering::Relaxed);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn share() -> (Arc<Share>, Arc<Hand>) {
        let hand = Arc::new(Hand::default());
        hand.set(1_000_000);
        (Arc::new(Share::new(hand.clone())), hand)
    }

    fn limits(rate: u32, parallel: u32) -> EgressLimits {
        EgressLimits {
            rate: NonZeroU32::new(rate).unwrap(),
            parallel: NonZeroU32::new(parallel).unwrap(),
            ..EgressLimits::default()
        }
    }

    #[test]
    fn after_as_many_requests_as_a_minute_may_have_the_next_waits_for_the_oldest() {
        let (share, hand) = share();
        let limits = limits(2, 9);
        assert_eq!(share.try_enter(&limits), Ok(true));
        hand.set(1_000_010);
        assert_eq!(share.try_enter(&limits), Ok(true));
        assert_eq!(share.try_enter(&limits), Err(Wait::Rate(50)));
        hand.set(1_000_060);
        assert_eq!(share.try_enter(&limits), Ok(true));
        assert_eq!(share.try_enter(&limits), Err(Wait::Rate(10)));
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody_for_long() {
        let (share, hand) = share();
        let limits = limits(1, 9);
        assert_eq!(share.try_enter(&limits), Ok(true));
        share.pause(Duration::from_secs(60));
        hand.set(10);
        assert_eq!(share.try_enter(&limits), Ok(true));
    }

    #[test]
    fn as_many_are_under_way_as_may_be_and_a_place_that_is_left_is_free() {
        let (share, _) = share();
        let limits = limits(100, 1);
        assert_eq!(share.try_enter(&limits), Ok(true));
        assert_eq!(share.try_enter(&limits), Ok(false));
        drop(Permit {
            share: Arc::clone(&share),
        });
        assert_eq!(share.try_enter(&limits), Ok(true));
    }

    #[test]
    fn a_pause_lasts_as_long_as_it_was_asked_for_and_a_shorter_one_does_not_end_it() {
        let (share, hand) = share();
        share.pause(Duration::from_secs(30));
        share.pause(Duration::from_secs(5));
        hand.set(1_000_010);
        assert_eq!(share.try_enter(&limits(9, 9)), Err(Wait::Paused(20)));
        hand.set(1_000_030);
        assert_eq!(share.paused_until(), None);
        assert_eq!(share.try_enter(&limits(9, 9)), Ok(true));
    }

    #[test]
    fn nobody_is_silenced_for_years() {
        let (share, hand) = share();
        share.pause(Duration::from_secs(u64::MAX));
        hand.set(1_000_000 + 24 * 60 * 60);
        assert_eq!(share.paused_until(), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_moment() {
        let now = Timestamp::from_millis(784_111_777_000);
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("", now), None);
        assert_eq!(
            retry_after("99999999999999999999999", now),
            Some(Duration::from_secs(u64::MAX))
        );
    }
}
