//! When to try again, and how not to come back all at once.

use std::time::Duration;

use crate::Timestamp;

/// The first pause. Long enough for a service to start again.
pub const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause: what was repaired over night is noticed in the morning.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

/// When to try again after so many attempts failed: each pause is twice as long as the one before,
/// from one minute to `longest`, and up to a quarter longer, by the number of what is tried, so
/// that not all come back at the same moment.
pub fn next_try(number: i64, attempts: u32, longest: Duration, now: Timestamp) -> Timestamp {
    let doublings = attempts.saturating_sub(1).min(16);
    let pause = (FIRST_PAUSE * 2_u32.pow(doublings)).min(longest);
    now.after(pause + pause.mul_f64(spread(number, attempts) / 4.0))
}

/// A number from 0 to below 1 that looks like chance and is always the same.
pub fn spread(number: i64, round: u32) -> f64 {
    // The mixing steps of SplitMix64.
    let mut mixed = number.unsigned_abs() ^ (u64::from(round) << 48);
    mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    f64::from((mixed >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_up_to_their_longest_and_differ_from_one_to_another(
            number in 1i64..i64::MAX, attempts in 1u32..200,
        ) {
            let now = Timestamp::from_millis(0);
            let pause = |attempts| next_try(number, attempts, LONGEST_PAUSE, now).since(now);
            let found = pause(attempts);
            prop_assert!(found >= FIRST_PAUSE);
            prop_assert!(found <= LONGEST_PAUSE + LONGEST_PAUSE / 4);
            if attempts < 9 {
                prop_assert!(pause(attempts + 1) > found);
            }
            prop_assert_eq!(pause(attempts), found);
        }
    }

    #[test]
    fn neighbours_do_not_come_back_together() {
        let moments: std::collections::BTreeSet<_> = (1..100)
            .map(|number| next_try(number, 5, LONGEST_PAUSE, Timestamp::from_millis(0)))
            .collect();
        assert!(moments.len() > 90);
    }
}
