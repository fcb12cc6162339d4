//! Detects jumps of the clock, after it was set or the machine slept.
//!
//! Timers use a monotonic clock that (except on Windows) stops during sleep: after a sleep, a poll would be
//! late by the length of the sleep.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::{Sender, SystemEvent};

const POLL_INTERVAL: Duration = Duration::from_secs(60);
/// Smaller steps are adjustments, such as NTP's.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Compares the clocks once a minute, and so reports a jump up to a minute late.
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

/// Whether the step from `before` to `after` differs from the elapsed time `passed`.
fn jumped(passed: Duration, before: SystemTime, after: SystemTime) -> bool {
    after.duration_since(before).map_or(true, |shown| shown.abs_diff(passed) > TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sleep_and_set_clock_count_as_jumps() {
        let before = SystemTime::now();
        let minute = POLL_INTERVAL;
        assert!(!jumped(minute, before, before + minute));
        assert!(!jumped(minute, before, before + minute + TOLERANCE));
        assert!(jumped(minute, before, before + minute * 60), "slept, or set forward");
        assert!(jumped(minute, before, before), "set back by a minute");
        assert!(jumped(minute, before, before - minute), "set back by more");
    }
}
