//! Which accounts to poll, when, and how to apply the answers.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::alerting::begin_with_alerts;
use super::{Answer, Effect, LOOK_UP_EVERY, PollId, PollRequest, State, StoreCommand};
use crate::domain::account::{AccountState, LinodeName, Reading};
use crate::domain::config::AccountId;
use crate::domain::failure::Failure;
use crate::domain::schedule::{self, HOUR, Inputs, Reason};
use crate::domain::token::{TokenId, TokenInfo};
use crate::domain::usage::PoolId;

/// Polls what is due; with `all`, everything that is not in flight.
pub(super) fn ask(state: &mut State, now: Timestamp, all: bool) -> Vec<Effect> {
    if !state.configured {
        return Vec::new();
    }
    let waiting = |account: &&mut AccountState| account.config.enabled && !account.in_flight;
    let due = all || state.accounts.iter_mut().any(|account| waiting(&account) && account.next <= now);
    if !due {
        return Vec::new();
    }
    // Includes accounts that jitter would poll a moment later, because accounts with the same token share a request.
    let soon = now.checked_add(state.config.poll_interval / 10).unwrap_or(now);
    // A command that failed for several accounts runs once for all of them. With their jitter, it would run once for
    // each.
    let retried = state.accounts.iter().filter(|account| account.next <= now).filter_map(failed_command);
    let retried: BTreeSet<Vec<String>> = retried.cloned().collect();
    let mut asks = Vec::new();
    for account in state.accounts.iter_mut().filter(waiting) {
        let with_another = failed_command(account).is_some_and(|command| retried.contains(command));
        let soon = account.reason == Reason::Interval && account.next <= soon;
        if all || account.next <= now || soon || with_another {
            account.in_flight = true;
            asks.push(poll_request(account, now, all));
        }
    }
    if asks.is_empty() { Vec::new() } else { vec![Effect::Poll(asks)] }
}

/// The account's command, if it failed at the last poll.
fn failed_command(account: &AccountState) -> Option<&Vec<String>> {
    let failed = account.record.failed.as_ref()?;
    let command = account.config.token_command.as_ref()?;
    (account.config.enabled && matches!(failed.failure, Failure::TokenCommand { .. })).then_some(command)
}

pub(super) fn poll_request(account: &AccountState, now: Timestamp, by_the_user: bool) -> PollRequest {
    let record = &account.record;
    let refused = record.failed.as_ref().filter(|failed| {
        let (_, reason) =
            schedule::next_poll(inputs(Duration::ZERO, Some(&failed.failure), failed.count, 0.0));
        let lately = failed.asked_at <= now && now < later(failed.asked_at, HOUR);
        reason == Reason::TokenCheck && !by_the_user && lately
    });
    // Applies to user requests and after a restart, too. Only a new token need not wait.
    let waits = record.failed.as_ref().filter(|failed| failed.waits_until(now).is_some());
    let known = record.looked_up_at.is_some_and(|at| now < later(at, LOOK_UP_EVERY) && at <= now);
    PollRequest {
        poll: PollId { account: account.config.id.clone(), generation: account.generation },
        token_command: account.config.token_command.clone(),
        endpoint: account.config.watch.endpoint(),
        skip_if_token: refused.or(waits).and_then(|failed| failed.token.clone()),
        fetch_info_unless: record.token_id.clone().filter(|_| known),
    }
}

pub(super) fn answered(
    state: &mut State,
    poll: &PollId,
    token: Option<TokenId>,
    outcome: Result<Answer, Failure>,
    now: Timestamp,
) -> Vec<Effect> {
    let interval = state.config.poll_interval;
    let jitter = jitter(state.seed, now);
    let Some(account) = state.polled(poll) else { return Vec::new() };
    let is_new = account.record.token_id.is_none();
    // Saved before the record, which marks the account as no longer new.
    let begins_with = token.as_ref().filter(|_| is_new);
    let begins_with = begins_with.and_then(|token| begin_with_alerts(state, &poll.account, token, now));
    let mut effects: Vec<Effect> = begins_with.into_iter().collect();
    let Some(account) = state.polled(poll) else { return effects };
    let watch = account.config.watch.clone();
    let record = &mut account.record;
    if token.is_some() && record.token_id != token {
        record.token = None;
        record.token_id.clone_from(&token);
        record.looked_up_at = None;
    }
    match outcome {
        Ok(answer) => {
            if let (PoolId::Linode(id), Some(label)) = (&watch, answer.linode_label) {
                record.linode = Some(LinodeName { id: *id, label: Some(label) });
            }
            let reading = Reading { at: now, usage: answer.usage.for_pool(&watch), watch };
            effects.push(Effect::Store(StoreCommand::SaveSamples(
                poll.account.clone(),
                now,
                reading.pools().collect(),
            )));
            record.take_reading(reading);
            if let Some(scopes) = answer.scopes {
                let known = record.token.take();
                record.token = Some(match known {
                    Some(info) => TokenInfo { scopes, ..info },
                    None => TokenInfo { label: None, scopes, expires_at: None },
                });
            }
        }
        Err(failure) => record.take_failure(failure, token, now),
    }
    let failed = record.failed.as_ref();
    let failures = failed.map_or(0, |failed| failed.count);
    let (wait, reason) = schedule::next_poll(inputs(interval, failed.map(|f| &f.failure), failures, jitter));
    effects.push(Effect::Store(StoreCommand::SaveRecord(poll.account.clone(), Box::new(record.clone()))));
    if account.record.failed.is_none() {
        account.note_samples();
    }
    let again = account.take_repoll();
    account.next = if again { now } else { later(now, wait) };
    account.reason = reason;
    account.in_flight = false;
    effects.extend(name_regions(state, now));
    effects.extend(ask_prices(state, now));
    if again {
        effects.extend(ask(state, now, false));
    }
    effects
}

pub(super) fn token_unchanged(state: &mut State, poll: &PollId, now: Timestamp) {
    let interval = state.config.poll_interval;
    let Some(account) = state.polled(poll) else { return };
    match account.waits_until(now) {
        Some(until) => (account.next, account.reason) = (until, Reason::RetryAfter),
        None => {
            let hourly = account.record.failed.as_ref().map(|failed| later(failed.asked_at, HOUR));
            account.next = hourly.filter(|at| *at > now).unwrap_or(now).min(later(now, interval));
        }
    }
    account.in_flight = false;
    if account.take_repoll() {
        account.next = now;
    }
}

pub(super) fn token_looked_up(
    state: &mut State,
    poll: &PollId,
    info: Option<TokenInfo>,
    now: Timestamp,
) -> Vec<Effect> {
    let Some(account) = state.polled(poll) else { return Vec::new() };
    account.record.looked_up_at = Some(now);
    if info.is_some() {
        account.record.token = info;
    }
    vec![Effect::Store(StoreCommand::SaveRecord(poll.account.clone(), Box::new(account.record.clone())))]
}

pub(super) fn token_replaced(state: &mut State, id: &AccountId, now: Timestamp) {
    state.generation += 1;
    let generation = state.generation;
    if let Some(account) = state.account(id) {
        account.drop_answers(generation);
        account.next = now;
        // A newly stored token is tried, even if it is the refused one.
        if let Some(failed) = &mut account.record.failed {
            failed.token = None;
        }
    }
}

fn name_regions(state: &mut State, now: Timestamp) -> Option<Effect> {
    let mut shown = state.accounts.iter().filter_map(|account| account.record.reading.as_ref());
    let unknown = |id: &String| !state.regions.contains_key(id);
    let watched = state.accounts.iter().any(|account| match &account.config.watch {
        PoolId::Region(id) => unknown(id),
        PoolId::Global | PoolId::Linode(_) => false,
    });
    let unnamed = watched || shown.any(|r| r.usage.regions.iter().any(|(id, _)| unknown(id)));
    if within_a_day(state.regions_asked_at, now) || !unnamed {
        return None;
    }
    state.regions_asked_at = Some(now);
    Some(Effect::FetchRegionLabels)
}

/// Only once something costs money.
fn ask_prices(state: &mut State, now: Timestamp) -> Option<Effect> {
    let costs = |account: &AccountState| {
        let reading = account.record.reading.as_ref();
        let mut pools = reading.into_iter().flat_map(Reading::pools);
        pools.any(|(id, pool)| {
            if pool.metered && pool.used > 0 {
                return true;
            }
            let forecast = account.forecast(&id, &pool, &state.prices, now);
            forecast.is_some_and(|forecast| forecast.over > 0 && forecast.over_usd.is_some())
        })
    };
    if within_a_day(state.prices_asked_at, now) || !state.accounts.iter().any(costs) {
        return None;
    }
    state.prices_asked_at = Some(now);
    Some(Effect::FetchPrices)
}

fn within_a_day(asked_at: Option<Timestamp>, now: Timestamp) -> bool {
    asked_at.is_some_and(|at| now < later(at, LOOK_UP_EVERY) && at <= now)
}

fn inputs(interval: Duration, failure: Option<&Failure>, failures: u32, jitter: f64) -> Inputs<'_> {
    Inputs { interval, failure, failures, jitter }
}

pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// 0 to 1 from the program's seed and the time (SplitMix64, Steele and others 2014).
fn jitter(seed: u64, now: Timestamp) -> f64 {
    let mut z = seed.wrapping_add(now.as_millisecond() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
