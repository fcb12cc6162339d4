//! When to ask who used an account's pools, and how to apply the answers.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::polling::{later, poll_request};
use super::{Effect, PollId, State, StoreCommand};
use crate::domain::account::{AccountState, Reading};
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::breakdown::{Breakdown, Consumer};
use crate::domain::failure::Failure;
use crate::domain::month::Month;
use crate::domain::schedule::retry_after;
use crate::domain::usage::{LINODES_SCOPE, PoolId};

/// How long to wait after a temporary failure.
const RETRY: Duration = Duration::from_secs(5 * 60);
/// How long to wait after a refusal. A new token is tried at once.
const RETRY_REFUSED: Duration = Duration::from_secs(24 * 3600);
/// How long the text of an alert waits for a breakdown.
pub(super) const ALERT_TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches the breakdowns that are due. At the end of a round, also those that are due soon, because the machine and
/// the connection are awake.
pub(super) fn fetch_breakdowns(state: &mut State, round_ended: bool, now: Timestamp) -> Option<Effect> {
    let interval = state.config.breakdown_interval?;
    // Polls go first.
    if !state.configured || state.busy() {
        return None;
    }
    let soon = if round_ended { state.config.poll_interval.min(interval) / 2 } else { Duration::ZERO };
    let due = later(now, soon);
    let mut asks = Vec::new();
    for account in &mut state.accounts {
        if can_fetch(account, now) && next_at(account, interval, now) <= due {
            account.breakdown.in_flight = true;
            asks.push(poll_request(account, now, false));
        }
    }
    (!asks.is_empty()).then_some(Effect::FetchBreakdowns(asks, None))
}

/// Asks who used the pools of those of `due` that crossed a threshold or are used far beyond their pace, once for each:
/// their text names them. An alert that becomes due while others wait, or have `waited`, does not ask, so that those do
/// not wait longer.
pub(super) fn fetch_for_alerts(
    state: &mut State,
    due: &[Alert],
    waited: bool,
    now: Timestamp,
) -> Option<Effect> {
    let may_ask = state.config.breakdown_interval.is_some() && !waited && !state.awaits_breakdown();
    let mut asks = Vec::new();
    for alert in due.iter().filter(|alert| names_consumers(alert)) {
        let is_new = alert.keys.iter().any(|key| !state.breakdown_asked_for.contains(key));
        state.breakdown_asked_for.extend(alert.keys.iter().cloned());
        let Some(account) = state.account(&alert.account).filter(|_| may_ask && is_new) else { continue };
        if can_fetch(account, now) && account.breakdown.retry_at.is_none_or(|at| at <= now) {
            (account.breakdown.in_flight, account.breakdown.awaited) = (true, true);
            asks.push(poll_request(account, now, false));
        }
    }
    (!asks.is_empty()).then_some(Effect::FetchBreakdowns(asks, Some(ALERT_TIMEOUT)))
}

/// Whether the alert's text says who used the pool.
fn names_consumers(alert: &Alert) -> bool {
    matches!(alert.kind, AlertKind::Threshold(_) | AlertKind::Spike(_))
}

/// When the next one is due, if no round of polls ends around then.
pub(super) fn wakes_at(state: &State, now: Timestamp) -> Option<Timestamp> {
    let interval = state.config.breakdown_interval?;
    if interval >= state.config.poll_interval {
        return None;
    }
    let accounts = state.accounts.iter().filter(|account| can_fetch(account, now));
    accounts.map(|account| next_at(account, interval, now)).min()
}

/// When the account's next breakdown is due: an interval after the last one, even after a restart or a changed setting.
/// Ignores times that are in the future because the clock was set back.
fn next_at(account: &AccountState, interval: Duration, now: Timestamp) -> Timestamp {
    let last = account.breakdown.last.as_ref().filter(|last| last.at <= now);
    let retry_at = account.breakdown.retry_at.map(|at| at.min(later(now, RETRY_REFUSED)));
    retry_at.or(last.map(|last| later(last.at, interval))).unwrap_or(now)
}

/// Whether the account has figures of this month and a token that may read Linodes.
fn can_fetch(account: &AccountState, now: Timestamp) -> bool {
    let record = &account.record;
    account.config.enabled
        && !matches!(account.config.watch, PoolId::Linode(_))
        && !account.breakdown.in_flight
        && record.failed.is_none()
        && record.settled_month(&account.config.watch, Month::containing(now).id).is_some()
        && record.token.as_ref().is_some_and(|token| token.scopes.allow(LINODES_SCOPE))
}

/// Whether the account's token is known to lack the scope to read Linodes. `false` if one Linode is watched, because
/// that has no breakdown.
pub(super) fn lacks_scope(account: &AccountState) -> bool {
    let scopes = account.record.token.as_ref().map(|token| &token.scopes);
    !matches!(account.config.watch, PoolId::Linode(_))
        && scopes.is_some_and(|scopes| !scopes.allow(LINODES_SCOPE))
}

pub(super) fn breakdown_fetched(
    state: &mut State,
    poll: &PollId,
    outcome: Result<Vec<Consumer>, Failure>,
    now: Timestamp,
) -> Vec<Effect> {
    let Some(account) = state.polled(poll) else { return Vec::new() };
    (account.breakdown.in_flight, account.breakdown.awaited) = (false, false);
    let consumers = match outcome {
        Ok(consumers) => consumers,
        Err(failure) => {
            let wait = match &failure {
                Failure::ScopeMissing { .. } | Failure::Forbidden { .. } => RETRY_REFUSED,
                failure => retry_after(failure).unwrap_or(RETRY),
            };
            account.breakdown.retry_at = Some(later(now, wait));
            return Vec::new();
        }
    };
    account.breakdown.retry_at = None;
    let month = Month::containing(now).id;
    // The month may have changed since they were asked for: these are the old month's.
    let this_months = |reading: &&Reading| {
        Month::containing(reading.at).id == month
            && account.record.settled_month(&reading.watch, month).is_some()
    };
    let Some(reading) = account.record.reading.as_ref().filter(this_months) else { return Vec::new() };
    let breakdown = Breakdown::new(now, &reading.watch, &reading.usage, &consumers);
    let breakdown = Arc::new(breakdown);
    account.breakdown.push(breakdown.clone(), reading.at);
    vec![Effect::Store(StoreCommand::SaveBreakdown(poll.account.clone(), breakdown))]
}
