//! The state machine: takes an [`Event`], returns the [`Effect`]s to run.

mod alerting;
mod breakdowns;
mod events;
mod polling;
mod unlocking;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::alerting::{alerts, alerts_at_once, mute, no_host};
use self::breakdowns::{breakdown_fetched, fetch_breakdowns, lacks_scope};
use self::polling::{answered, ask, later};
use self::polling::{token_looked_up, token_replaced, token_unchanged};
use self::unlocking::{Unlocking, unlock, unlock_ended, want};
use super::account::{AccountRecord, AccountState, BreakdownState};
use super::alert::{AlertKey, NO_HOST_TOPIC, drop_old_alerts};
use super::config::{AccountConfig, AccountId, Config};
use super::level::Level;
use super::month::Month;
use super::price::Prices;
use super::schedule::HOUR;
use super::snapshot::{AccountSnapshot, RegionSnapshot, Snapshot, StateUpdate};
use super::usage::{Pool, PoolId};

pub use events::{Answer, Effect, Event, PersistedState, PollId, PollRequest, StoreCommand};

/// The shortest time between two requests for a token's label and expiry, for region names, and for prices.
const LOOK_UP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// How often samples are thinned out.
const THIN_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The whole state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    config: Config,
    /// Whether a configuration was ever read; until then nothing is polled.
    configured: bool,
    config_problem: Option<String>,
    history_write_error: Option<String>,
    /// If no panel shows the icon, what the user can do about it.
    no_host: Option<String>,
    accounts: Vec<AccountState>,
    /// Removed accounts. An account that is added again with the same id continues from here.
    retired: Vec<AccountState>,
    /// The last [`PollId::generation`] that was assigned.
    generation: u64,
    regions: BTreeMap<String, String>,
    regions_asked_at: Option<Timestamp>,
    thinned_at: Option<Timestamp>,
    prices: Prices,
    prices_asked_at: Option<Timestamp>,
    sent_alerts: BTreeSet<AlertKey>,
    /// Alerts whose notification is being shown, without a result yet.
    pending_alerts: BTreeSet<AlertKey>,
    /// Alerts for whose text it was already asked who used the pool.
    breakdown_asked_for: BTreeSet<AlertKey>,
    /// Alerts that `on_alert` has run for. If their notification could not be shown, it is shown again without another
    /// run.
    hook_ran_for: BTreeSet<AlertKey>,
    /// The accounts whose last notification says that their token was refused.
    refusals_shown: BTreeSet<AccountId>,
    muted_until: Option<Timestamp>,
    starts_at_login: Option<bool>,
    /// Whether this is the demo, which is labeled everywhere.
    demo: bool,
    unlocking: Unlocking,
    /// The user's calendar, for the days in notifications.
    zone: TimeZone,
    /// The time of the last event.
    seen: Timestamp,
    /// The seed of the jitter, which differs in each process.
    seed: u64,
}

impl State {
    /// The state before the configuration is read: the stored accounts with their last figures.
    pub fn new(kept: PersistedState, seed: u64, now: Timestamp) -> State {
        let PersistedState {
            records,
            retired,
            mut samples,
            mut sent_alerts,
            regions,
            prices,
            prices_told_at,
            muted_until,
            mut breakdowns,
            mut breakdown_samples,
            mut hourly_samples,
        } = kept;
        drop_old_alerts(&mut sent_alerts);
        let accounts = records.into_iter().map(|(id, record)| {
            let samples = samples.remove(&id).unwrap_or_default();
            let mut config = AccountConfig::new(id, &record.name);
            if let Some(reading) = &record.reading {
                config.watch = reading.watch.clone();
            }
            let mut account = AccountState::new(config, record, now);
            account.recall_samples(samples);
            let id = &account.config.id;
            let hours = hourly_samples.remove(id).unwrap_or_default();
            let samples = breakdown_samples.remove(id).unwrap_or_default();
            account.breakdown = BreakdownState::recalled(breakdowns.remove(id), samples);
            account.recall_hours(hours);
            account
        });
        let (retired, accounts) = accounts.partition(|account| retired.contains(&account.config.id));
        State {
            config: Config::default(),
            configured: false,
            config_problem: None,
            history_write_error: None,
            no_host: None,
            accounts,
            retired,
            generation: 0,
            regions,
            regions_asked_at: None,
            thinned_at: None,
            prices,
            prices_asked_at: prices_told_at,
            sent_alerts,
            pending_alerts: BTreeSet::new(),
            breakdown_asked_for: BTreeSet::new(),
            hook_ran_for: BTreeSet::new(),
            refusals_shown: BTreeSet::new(),
            muted_until,
            starts_at_login: None,
            demo: false,
            unlocking: Unlocking::default(),
            zone: TimeZone::UTC,
            seen: now,
            seed,
        }
    }

    /// A snapshot from stored data and the configuration (or why it can't be read), for processes that do not poll.
    pub fn snapshot_of_persisted(
        kept: PersistedState,
        config: Result<Config, String>,
        now: Timestamp,
    ) -> Snapshot {
        let mut state = State::new(kept, 0, now);
        let event = match config {
            Ok(config) => Event::ConfigLoaded(Box::new(config)),
            Err(why) => Event::ConfigRefused(why),
        };
        update(&mut state, event, now);
        state.snapshot(now)
    }

    /// The same, with days in notifications in the time zone `zone`.
    pub fn in_zone(self, zone: TimeZone) -> State {
        State { zone, ..self }
    }

    /// The same, labeled as the demo in tooltip and notifications.
    pub fn for_demo(self) -> State {
        State { demo: true, ..self }
    }

    /// The same, but allowed to show the keyring's password dialog once without a request from the user.
    pub fn unlocking_once(mut self) -> State {
        self.unlocking.allowed_once = true;
        self
    }

    /// The current configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the API told the account's token to wait, and that time is not over.
    pub fn waits(&self, id: &AccountId, now: Timestamp) -> bool {
        let account = self.accounts.iter().find(|account| account.config.id == *id);
        account.is_some_and(|account| account.waits_until(now).is_some())
    }

    /// Whether a poll is under way.
    pub fn busy(&self) -> bool {
        self.accounts.iter().any(|account| account.in_flight)
    }

    /// The polls that are under way.
    pub fn in_flight(&self) -> Vec<PollId> {
        let polled = self.accounts.iter().filter(|account| account.in_flight);
        let poll = |account: &AccountState| PollId {
            account: account.config.id.clone(),
            generation: account.generation,
        };
        polled.map(poll).collect()
    }

    /// Whether a notification is being shown whose result is not known yet.
    pub fn has_pending_alerts(&self) -> bool {
        !self.pending_alerts.is_empty()
    }

    /// Whether alerts wait until it is known who used a pool.
    pub fn awaits_breakdown(&self) -> bool {
        self.accounts.iter().any(|account| account.breakdown.awaited)
    }

    /// When the state next changes without an event: a poll is due, figures become stale, a mute ends, or the countdown
    /// moves.
    pub fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let polls = self.pollable().filter(|account| !account.in_flight).map(|account| account.next);
        let stale = self.accounts.iter().filter_map(|account| account.stale_at(self.config.poll_interval));
        let stale = stale.map(|at| at.checked_add(Duration::from_secs(1)).unwrap_or(at));
        let mutes =
            self.accounts.iter().filter_map(|account| account.record.muted_until).chain(self.muted_until);
        // The countdown to the month's end moves, and then all figures are the previous month's.
        let month = Month::containing(now).countdown_changes_at(now);
        let breakdown = breakdowns::wakes_at(self, now);
        polls.chain(stale.chain(mutes).chain([month]).chain(breakdown).filter(|at| *at > now)).min()
    }

    fn pollable(&self) -> impl Iterator<Item = &AccountState> {
        self.accounts.iter().filter(|account| self.configured && account.config.enabled)
    }

    /// Moves the next polls if the clock was set back, which would otherwise delay them by as much.
    fn follow_clock(&mut self, now: Timestamp) {
        let back = self.seen.duration_since(now);
        if back.is_positive() {
            for account in &mut self.accounts {
                account.next = account.next.checked_sub(back).unwrap_or(now);
            }
        }
        self.seen = now;
    }

    fn account(&mut self, id: &AccountId) -> Option<&mut AccountState> {
        self.accounts.iter_mut().find(|account| account.config.id == *id)
    }

    /// The account that an answer to `poll` belongs to.
    fn polled(&mut self, poll: &PollId) -> Option<&mut AccountState> {
        self.account(&poll.account).filter(|account| account.generation == poll.generation)
    }

    /// Everything that a window may show and change.
    pub fn state_update(&self, now: Timestamp) -> StateUpdate {
        let config = self.config_problem.clone().map_or_else(|| Ok(self.config.clone()), Err);
        StateUpdate { config, snapshot: self.snapshot(now), regions: self.regions.clone() }
    }

    /// Everything that a frontend may show.
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let next = self.pollable().filter(|account| !account.in_flight).map(|account| account.next).min();
        let readings = self.accounts.iter().filter_map(|account| account.record.reading.as_ref());
        Snapshot {
            generated_at: now,
            month: Month::containing(now),
            accounts: self.accounts.iter().map(|account| self.account_snapshot(account, now)).collect(),
            updated_at: readings.map(|reading| reading.at).max(),
            next_poll_at: next,
            busy: self.busy(),
            config_problem: self.config_problem.clone(),
            history_write_error: self.history_write_error.clone(),
            muted_until: self.muted_until.filter(|until| now < *until),
            starts_at_login: self.starts_at_login,
            demo: self.demo,
            icon_account: self.config.icon_account.clone(),
            icon_style: self.config.icon,
            icon_color: self.config.icon_color,
        }
    }

    fn account_snapshot(&self, account: &AccountState, now: Timestamp) -> AccountSnapshot {
        let AccountState { config, record, .. } = account;
        let thresholds = self.config.thresholds_of(config);
        let month = Month::containing(now).id;
        let reading = record.reading.as_ref();
        let still_of = |id: &PoolId, pool: &Pool| account.earlier_month(id, pool, now);
        let watched_still_of = reading.and_then(|r| still_of(&r.watch, &r.usage.pool));
        let over_usd = |id: &PoolId, pool: &Pool| {
            let over = pool.used.checked_sub(pool.quota).filter(|over| *over > 0 && !pool.metered)?;
            self.prices.cost(id, over)
        };
        let region = |(id, pool): &(String, Pool)| RegionSnapshot {
            id: id.clone(),
            label: self.regions.get(id).unwrap_or(id).clone(),
            pool: *pool,
            over_usd: over_usd(&PoolId::Region(id.clone()), pool),
            still_of: still_of(&PoolId::Region(id.clone()), pool),
            level: Level::of_pool(pool, thresholds),
            forecast: account.forecast(&PoolId::Region(id.clone()), pool, &self.prices, now),
        };
        AccountSnapshot {
            id: config.id.clone(),
            name: config.name.clone(),
            watch: config.watch.clone(),
            watch_name: match &config.watch {
                PoolId::Global => None,
                PoolId::Region(id) => self.regions.get(id).cloned(),
                PoolId::Linode(id) => {
                    let named = record.linode.as_ref().filter(|known| known.id == *id);
                    named.and_then(|known| known.label.clone())
                }
            },
            show_as: self.config.show_as_of(config),
            title: self.config.title.clone(),
            state: account.state(now, self.config.poll_interval),
            level: reading.and_then(|r| {
                let pools = r.pools().filter(|(id, pool)| still_of(id, pool) == watched_still_of);
                pools.map(|(_, pool)| Level::of_pool(&pool, thresholds)).max()
            }),
            updated_at: reading.map(|reading| reading.at),
            pool: reading.map(|reading| reading.usage.pool),
            metered_usd: reading
                .map(|reading| reading.usage.pool)
                .filter(|pool| pool.metered)
                .map(|pool| self.prices.metered(pool.used)),
            over_usd: reading.and_then(|r| over_usd(&r.watch, &r.usage.pool)),
            still_of: watched_still_of,
            pool_level: reading.map(|reading| Level::of_pool(&reading.usage.pool, thresholds)),
            quota_at_start: record.settled_month(&config.watch, month).map(|known| known.quota_at_start),
            forecast: reading.and_then(|r| account.forecast(&r.watch, &r.usage.pool, &self.prices, now)),
            breakdown: account.breakdown.last.clone().filter(|last| month == Month::containing(last.at).id),
            breakdown_needs_scope: self.config.breakdown_interval.is_some() && lacks_scope(account),
            regions: reading.map(|r| r.usage.regions.iter().map(region).collect()).unwrap_or_default(),
            token: record.token.clone(),
            failure: record.failed.as_ref().map(|failed| failed.failure.clone()),
            next_poll_at: (self.configured && config.enabled && !account.in_flight).then_some(account.next),
            waits_until: account.waits_until(now),
            muted: config.muted,
            muted_until: record.muted_until.filter(|until| now < *until),
        }
    }
}

/// Applies `event` and returns the effects to run.
pub fn update(state: &mut State, event: Event, now: Timestamp) -> Vec<Effect> {
    let ended = event == Event::RoundFinished;
    state.follow_clock(now);
    match event {
        Event::Tick => {}
        Event::SystemChanged => state.accounts.iter_mut().for_each(|account| account.on_system_change(now)),
        Event::RefreshRequested => {
            want(state);
            return ask(state, now, true);
        }
        Event::UnlockRequested => {
            want(state);
            return unlock(state).into_iter().collect();
        }
        Event::UnlockFinished => unlock_ended(state, now),
        Event::ConfigLoaded(config) => return config_loaded(state, *config, now),
        Event::ConfigRefused(problem) => state.config_problem = Some(problem),
        Event::PollFinished { poll, token, outcome } => return answered(state, &poll, token, outcome, now),
        Event::TokenUnchanged(poll) => token_unchanged(state, &poll, now),
        Event::TokenInfoFetched(poll, info) => return token_looked_up(state, &poll, info, now),
        Event::RoundFinished => {}
        Event::BreakdownFetched(poll, outcome) => {
            let awaited = state.awaits_breakdown();
            let mut effects = breakdown_fetched(state, &poll, outcome, now);
            // Not only when a round that has begun since then ends.
            if awaited && !state.awaits_breakdown() {
                effects.extend(alerts_at_once(state, true, now));
            }
            return effects;
        }
        Event::TokenReplaced(account) => token_replaced(state, &account, now),
        // From an API address that was changed since: the new one has already been asked.
        Event::RegionLabelsFetched(api_url, _)
        | Event::PricesFetched(api_url, _)
        | Event::RegionLabelsFailed(api_url)
        | Event::PricesFailed(api_url)
            if api_url != state.config.api_url =>
        {
            return Vec::new();
        }
        Event::RegionLabelsFetched(_, regions) => {
            state.regions.extend(regions);
            return vec![Effect::Store(StoreCommand::SaveRegions(state.regions.clone()))];
        }
        // Retries in an hour, not with the next poll, which may be in a minute.
        Event::RegionLabelsFailed(_) => {
            state.regions_asked_at = Some(asked_again_in(HOUR, now));
            return Vec::new();
        }
        Event::PricesFailed(_) => {
            state.prices_asked_at = Some(asked_again_in(HOUR, now));
            return Vec::new();
        }
        Event::PricesFetched(_, prices) => {
            state.prices = prices.clone();
            return vec![Effect::Store(StoreCommand::SavePrices(prices))];
        }
        Event::Delivered(keys) => {
            for key in &keys {
                state.pending_alerts.remove(key);
                state.hook_ran_for.remove(key);
                state.breakdown_asked_for.remove(key);
                state.sent_alerts.insert(key.clone());
            }
            return vec![Effect::Store(StoreCommand::SaveAlerts(keys))];
        }
        // Not retried at once, but at the end of the next round.
        Event::Undelivered(keys) => {
            state.pending_alerts.retain(|key| !keys.contains(key));
            return Vec::new();
        }
        Event::AutostartChanged(on) => {
            state.starts_at_login = on;
            return Vec::new();
        }
        Event::TrayHostMissing(hint) => state.no_host = Some(hint),
        Event::TrayHostFound => {
            let told = state.no_host.take();
            return told.map(|_| Effect::Withdraw(NO_HOST_TOPIC.to_owned())).into_iter().collect();
        }
        Event::TimeZoneChanged(zone) => {
            state.zone = zone;
            return Vec::new();
        }
        Event::HistoryWriteStatus(problem) => {
            state.history_write_error = problem;
            return Vec::new();
        }
        Event::Mute(account, until) => return mute(state, account.as_ref(), until, now),
    }
    let mut effects = ask(state, now, false);
    effects.extend(alerts(state, now));
    effects.extend(ended.then(|| thin(state, now)).flatten());
    effects.extend(ended.then(|| unlock(state)).flatten());
    effects.extend(fetch_breakdowns(state, ended, now));
    effects.extend(no_host(state));
    effects
}

/// The request time to record so that the next request is due in `wait`.
fn asked_again_in(wait: Duration, now: Timestamp) -> Timestamp {
    now.checked_sub(LOOK_UP_EVERY - wait).unwrap_or(now)
}

/// Downsamples after the first round, when everything is shown, and then once a day. Also drops alerts that are no
/// longer needed: see [`drop_old_alerts`].
fn thin(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.thinned_at.is_some_and(|at| now < later(at, THIN_EVERY) && at <= now) {
        return None;
    }
    state.thinned_at = Some(now);
    drop_old_alerts(&mut state.sent_alerts);
    drop_old_alerts(&mut state.hook_ran_for);
    drop_old_alerts(&mut state.breakdown_asked_for);
    Some(Effect::Store(StoreCommand::Downsample(state.config.history_months)))
}

fn config_loaded(state: &mut State, config: Config, now: Timestamp) -> Vec<Effect> {
    let elsewhere = state.config.api_url != config.api_url;
    let mut old = std::mem::take(&mut state.accounts);
    let mut effects = Vec::new();
    for wanted in &config.accounts {
        let position = old.iter().position(|account| account.config.id == wanted.id);
        let account = match position.map(|at| old.swap_remove(at)) {
            None => {
                let mut account = new_account(state, wanted, now);
                state.generation += 1;
                account.drop_answers(state.generation);
                account
            }
            Some(mut account) => {
                let moved = state.configured && account.config.watch != wanted.watch;
                let other_token =
                    state.configured && (elsewhere || account.config.token_command != wanted.token_command);
                let enabled = account.config.enabled != wanted.enabled;
                let changed = !state.configured || moved || other_token || enabled;
                account.record.set_watch(&wanted.watch);
                if moved {
                    account.breakdown.forget();
                    account.record.forget_failure();
                }
                if changed {
                    state.generation += 1;
                    account.drop_answers(state.generation);
                }
                if account.record.name != wanted.name {
                    account.record.name.clone_from(&wanted.name);
                    effects.push(Effect::Store(StoreCommand::SaveRecord(
                        wanted.id.clone(),
                        Box::new(account.record.clone()),
                    )));
                }
                account.config = wanted.clone();
                if other_token && let Some(failed) = &mut account.record.failed {
                    failed.token = None;
                }
                let waits = account.waits_until(now).is_some() && !other_token;
                let latest = if changed { now } else { later(now, config.poll_interval) };
                if !waits {
                    account.next = account.next.min(latest);
                }
                account
            }
        };
        state.accounts.push(account);
    }
    let retire = |gone: &AccountState| Effect::Store(StoreCommand::RetireRecord(gone.config.id.clone()));
    effects.extend(old.iter().map(retire));
    state.retired.append(&mut old);
    if elsewhere {
        (state.regions_asked_at, state.prices_asked_at) = (None, None);
    }
    state.config = config;
    state.configured = true;
    state.config_problem = None;
    effects.extend(ask(state, now, false));
    effects.extend(alerts(state, now));
    effects
}

/// The state of the account `wanted`, which is new in the configuration. If an account with its id was removed, it
/// continues from that one's state.
fn new_account(state: &mut State, wanted: &AccountConfig, now: Timestamp) -> AccountState {
    let Some(at) = state.retired.iter().position(|account| account.config.id == wanted.id) else {
        return AccountState::new(wanted.clone(), AccountRecord::default(), now);
    };
    let AccountState { mut record, series, hours, .. } = state.retired.swap_remove(at);
    record.forget_failure();
    record.muted_until = None;
    AccountState { series, hours, ..AccountState::new(wanted.clone(), record, now) }
}

#[cfg(test)]
mod tests;
