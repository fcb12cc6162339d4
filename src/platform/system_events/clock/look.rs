//! A look once a minute whether the clock and the time that passed agree.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::platform::system_events::machine::{Sign, Signs};

/// How often to look.
const BETWEEN_LOOKS: Duration = Duration::from_secs(60);
/// A clock that is kept right by steps as small as this is not one that was set.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Tells each time that the clock was set or the machine woke, a minute later at most.
pub async fn watch(signs: Signs) {
    loop {
        let (began, clock) = (Instant::now(), SystemTime::now());
        tokio::time::sleep(BETWEEN_LOOKS).await;
        if jumped(began.elapsed(), clock, SystemTime::now()) && signs.send(Sign::ClockJumped).is_err() {
            return;
        }
    }
}

/// Whether the clock went from `before` to `after` in a way that time, of which `passed` passed, does not.
fn jumped(passed: Duration, before: SystemTime, after: SystemTime) -> bool {
    after.duration_since(before).map_or(true, |shown| shown.abs_diff(passed) > TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_with_time_does_not_jump_and_one_that_sleeps_or_is_set_does() {
        let before = SystemTime::now();
        let minute = BETWEEN_LOOKS;
        assert!(!jumped(minute, before, before + minute));
        assert!(!jumped(minute, before, before + minute + TOLERANCE));
        assert!(jumped(minute, before, before + minute * 60), "slept, or set forward");
        assert!(jumped(minute, before, before), "set back by a minute");
        assert!(jumped(minute, before, before - minute), "set back by more");
    }
}
