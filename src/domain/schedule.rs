//! When to poll an account next, and why.

use std::time::Duration;

use serde::Serialize;

use super::failure::Failure;

/// The maximum wait, whatever an answer says. A refused token is tried again this often.
pub const HOUR: Duration = Duration::from_secs(3600);
/// The first wait after a transient failure. It doubles from there.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// How often to retry a keyring that could not be read. That costs a few D-Bus messages.
const KEYRING_RETRY: Duration = Duration::from_secs(30);

/// Why the next poll is when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A poll interval after a good answer.
    Interval,
    /// Backing off after a transient failure.
    BackOff,
    /// The API said how long to wait.
    RetryAfter,
    /// To check whether the token was replaced; the API itself is asked once an hour.
    TokenCheck,
    /// To check whether the keyring can be read now.
    KeyringCheck,
}

/// What the wait depends on.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The poll interval of the configuration.
    pub interval: Duration,
    /// What the last poll failed with.
    pub failure: Option<&'a Failure>,
    /// How many polls in a row failed.
    pub failures: u32,
    /// 0 to 1, different at each poll: spreads programs that were started at the same time.
    pub jitter: f64,
}

/// How long to wait, and why.
pub fn next_poll(inputs: Inputs<'_>) -> (Duration, Reason) {
    let Inputs { interval, failure, failures, jitter } = inputs;
    let doubled = FIRST_RETRY.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1)));
    let back_off_to = |longest: Duration| spread(doubled.min(longest), jitter);
    let back_off = back_off_to(interval.min(HOUR));
    match failure {
        None => (spread(interval, jitter), Reason::Interval),
        Some(failure @ (Failure::RateLimited { .. } | Failure::Maintenance { .. })) => {
            match retry_after(failure) {
                Some(wait) => (wait, Reason::RetryAfter),
                None => (back_off, Reason::BackOff),
            }
        }
        Some(Failure::InvalidResponse { .. } | Failure::Unreachable { .. }) => (back_off, Reason::BackOff),
        Some(Failure::TokenInvalid | Failure::ScopeMissing { .. } | Failure::Forbidden { .. }) => {
            (interval.min(HOUR), Reason::TokenCheck)
        }
        // Does not show a password manager's unanswered dialog again while the user types.
        Some(Failure::TokenCommand { timed_out: true, .. }) => (interval.max(HOUR), Reason::BackOff),
        // Does not run the user's program more often than configured.
        Some(Failure::TokenCommand { timed_out: false, .. }) => (back_off_to(interval), Reason::BackOff),
        Some(Failure::TokenMissing { .. } | Failure::KeyringLocked | Failure::KeyringUnavailable { .. }) => {
            (KEYRING_RETRY, Reason::KeyringCheck)
        }
    }
}

/// How long the API asked to wait, if it did.
pub fn retry_after(failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::RateLimited { retry_after } | Failure::Maintenance { retry_after } => {
            retry_after.map(|wait| wait.min(HOUR).max(Duration::from_secs(1)))
        }
        _ => None,
    }
}

/// At most a tenth earlier: a poll never comes later than configured.
fn spread(wait: Duration, jitter: f64) -> Duration {
    wait.mul_f64(1.0 - 0.1 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Duration = Duration::from_secs(300);

    fn after(failure: Option<Failure>, failures: u32) -> (u64, Reason) {
        let inputs = Inputs { interval: FIVE, failure: failure.as_ref(), failures, jitter: 0.0 };
        let (wait, why) = next_poll(inputs);
        (wait.as_secs(), why)
    }

    #[test]
    fn failures_that_may_pass_back_off_to_the_interval() {
        let offline = || Some(Failure::Unreachable { why: "no connection".into() });
        let waits: Vec<u64> = (1..7).map(|n| after(offline(), n).0).collect();
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        assert_eq!(after(offline(), u32::MAX).0, 300);
        assert_eq!(after(None, 0), (300, Reason::Interval));
    }

    #[test]
    fn failing_command_backs_off_up_to_the_poll_interval() {
        let failing = |timed_out| Failure::TokenCommand { why: "exit status: 1".into(), timed_out };
        let day = Duration::from_secs(24 * 3600);
        let wait = |failure: &Failure, failures, interval| {
            let inputs = Inputs { interval, failure: Some(failure), failures, jitter: 0.0 };
            next_poll(inputs).0.as_secs()
        };
        let waits: Vec<u64> = (1..7).map(|n| wait(&failing(false), n, FIVE)).collect();
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        assert_eq!(wait(&failing(false), 99, day), 24 * 3600);
        assert_eq!((wait(&failing(true), 1, FIVE), wait(&failing(true), 1, day)), (3600, 24 * 3600));
    }

    #[test]
    fn the_api_is_obeyed_for_an_hour_at_most() {
        let limited = |secs| Some(Failure::RateLimited { retry_after: Some(Duration::from_secs(secs)) });
        assert_eq!(after(limited(17), 1), (17, Reason::RetryAfter));
        assert_eq!(after(limited(86_400), 1), (3600, Reason::RetryAfter));
        assert_eq!(after(limited(0), 1), (1, Reason::RetryAfter));
        assert_eq!(after(Some(Failure::Maintenance { retry_after: None }), 1), (30, Reason::BackOff));
    }

    #[test]
    fn a_refused_token_is_only_looked_for_in_the_keyring() {
        assert_eq!(after(Some(Failure::TokenInvalid), 9), (300, Reason::TokenCheck));
        assert_eq!(after(Some(Failure::KeyringLocked), 9), (30, Reason::KeyringCheck));
    }

    #[test]
    fn each_failure_has_its_wait() {
        use crate::domain::token::Scopes;
        let reason = || "HTTP 408".to_owned();
        let wait = Some(Duration::from_secs(1800));
        for (failure, waits) in [
            (Failure::TokenInvalid, (300, Reason::TokenCheck)),
            (Failure::ScopeMissing { missing: Scopes::default() }, (300, Reason::TokenCheck)),
            (Failure::Forbidden { reason: reason(), role: Default::default() }, (300, Reason::TokenCheck)),
            (Failure::RateLimited { retry_after: wait }, (1800, Reason::RetryAfter)),
            (Failure::RateLimited { retry_after: None }, (30, Reason::BackOff)),
            (Failure::Maintenance { retry_after: wait }, (1800, Reason::RetryAfter)),
            (Failure::InvalidResponse { status: 408, reason: None }, (30, Reason::BackOff)),
            (Failure::Unreachable { why: reason() }, (30, Reason::BackOff)),
            (Failure::TokenMissing { why: None }, (30, Reason::KeyringCheck)),
            (Failure::TokenCommand { why: reason(), timed_out: false }, (30, Reason::BackOff)),
            (Failure::TokenCommand { why: reason(), timed_out: true }, (3600, Reason::BackOff)),
            (Failure::KeyringLocked, (30, Reason::KeyringCheck)),
            (Failure::KeyringUnavailable { why: reason() }, (30, Reason::KeyringCheck)),
        ] {
            assert_eq!(after(Some(failure.clone()), 1), waits, "{failure:?}");
        }
    }

    #[test]
    fn jitter_only_ever_shortens_a_wait_by_a_tenth() {
        for step in 0..=10 {
            let inputs =
                Inputs { interval: FIVE, failure: None, failures: 0, jitter: f64::from(step) / 10.0 };
            let wait = next_poll(inputs).0;
            assert!(wait <= FIVE && wait >= FIVE.mul_f64(0.899), "{wait:?}");
        }
    }
}
