//! Whether the clock and the time that passed disagree: it was set, or the machine slept.
//!
//! The program waits by a clock that nobody sets and that (except on Windows) stands still during sleep: a poll that came
//! due meanwhile would come as late as the sleep was long.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::{Sender, SystemEvent};

const POLL_INTERVAL: Duration = Duration::from_secs(60);
/// A clock that is adjusted by steps as small as this was not set.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Compares the two once a minute, and so reports a jump up to a minute late.
pub(super) async fn poll(events: Sender) {
    loop {
        let (began, clock) = (Instant::now(), SystemTime::now());
        tokio::time::sleep(POLL_INTERVAL).await;
        if jumped(began.elapsed(), clock, SystemTime::now()) && events.send(SystemEvent::ClockJumped).is_err()
        {
            return;
        }
    }
}

/// Whether the clock went from `before` to `after` although `passed` passed.
fn jumped(passed: Duration, before: SystemTime, after: SystemTime) -> bool {
    after.duration_since(before).map_or(true, |shown| shown.abs_diff(passed) > TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_with_time_does_not_jump_and_one_that_sleeps_or_is_set_does() {
        let before = SystemTime::now();
        let minute = POLL_INTERVAL;
        assert!(!jumped(minute, before, before + minute));
        assert!(!jumped(minute, before, before + minute + TOLERANCE));
        assert!(jumped(minute, before, before + minute * 60), "slept, or set forward");
        assert!(jumped(minute, before, before), "set back by a minute");
        assert!(jumped(minute, before, before - minute), "set back by more");
    }
}
