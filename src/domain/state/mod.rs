//! The one place that decides: what happens in the world goes in as an [`Event`], what is to be done comes out.

mod asking;
mod events;
mod telling;
mod unlocking;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::asking::{answered, ask, later};
use self::asking::{token_looked_up, token_replaced, token_unchanged};
use self::telling::{alerts, mute, no_host};
use self::unlocking::{Unlocking, unlock, unlock_ended, want};
use super::alert::{AlertKey, NO_HOST_TOPIC, drop_old};
use super::config::{AccountId, Config};
use super::entry::{Entry, Memory};
use super::level::Level;
use super::month::Month;
use super::price::Prices;
use super::schedule::HOUR;
use super::snapshot::{AccountSnapshot, RegionSnapshot, Snapshot, StateUpdate};
use super::usage::{Pool, PoolId};

pub use events::{Answer, Ask, Effect, Event, Kept, PollId};

/// How often a token's label and expiry, the names of regions and the prices are asked for at most.
const LOOK_UP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// How often samples are thinned out.
const THIN_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Everything that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    config: Config,
    /// Whether a configuration was ever read; until then nothing is polled.
    configured: bool,
    config_problem: Option<String>,
    keeping_problem: Option<String>,
    /// What brings a panel that shows the icon, while none does.
    no_host: Option<String>,
    entries: Vec<Entry>,
    /// The last [`PollId::generation`] that an entry got.
    generation: u64,
    regions: BTreeMap<String, String>,
    regions_asked_at: Option<Timestamp>,
    thinned_at: Option<Timestamp>,
    prices: Prices,
    prices_asked_at: Option<Timestamp>,
    given: BTreeSet<AlertKey>,
    /// Being shown right now.
    under_way: BTreeSet<AlertKey>,
    /// The user's program was run for these: a notification that can't be shown is tried again without it.
    hooked: BTreeSet<AlertKey>,
    muted_until: Option<Timestamp>,
    starts_at_login: Option<bool>,
    unlocking: Unlocking,
    /// The user's calendar, for the days in notifications.
    zone: TimeZone,
    /// The time at which something happened last.
    seen: Timestamp,
    /// The jitter's source: a different sequence in each program.
    seed: u64,
}

impl State {
    /// The state before the configuration is read: the entries that were kept, with their last figures.
    pub fn new(kept: Kept, seed: u64, now: Timestamp) -> State {
        let Kept { memories, mut samples, mut given, regions, prices, prices_told_at, muted_until } = kept;
        drop_old(&mut given);
        let entries = memories.into_iter().map(|(id, memory)| {
            let samples = samples.remove(&id).unwrap_or_default();
            let mut account = super::config::Account::new(id, &memory.name);
            if let Some(reading) = &memory.reading {
                account.watch = reading.watch.clone();
            }
            let mut entry = Entry::new(account, memory, now);
            entry.recall_samples(samples);
            entry
        });
        let entries = entries.collect();
        State {
            config: Config::default(),
            configured: false,
            config_problem: None,
            keeping_problem: None,
            no_host: None,
            entries,
            generation: 0,
            regions,
            regions_asked_at: None,
            thinned_at: None,
            prices,
            prices_asked_at: prices_told_at,
            given,
            under_way: BTreeSet::new(),
            hooked: BTreeSet::new(),
            muted_until,
            starts_at_login: None,
            unlocking: Unlocking::default(),
            zone: TimeZone::UTC,
            seen: now,
            seed,
        }
    }

    /// What `kept` and the configuration, or why that can't be read, say to a process that asks nobody and only shows
    /// what another one has left.
    pub fn left(kept: Kept, config: Result<Config, String>, now: Timestamp) -> Snapshot {
        let mut state = State::new(kept, 0, now);
        let event = match config {
            Ok(config) => Event::ConfigLoaded(Box::new(config)),
            Err(why) => Event::ConfigRefused(why),
        };
        update(&mut state, event, now);
        state.snapshot(now)
    }

    /// The same, with the days in notifications by the calendar of `zone`.
    pub fn in_zone(self, zone: TimeZone) -> State {
        State { zone, ..self }
    }

    /// The same, which may have the keyring ask the user once without an act of the user's.
    pub fn unlocking_once(mut self) -> State {
        self.unlocking.allowed_once = true;
        self
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the API said of the account's token to wait, and that is not over.
    pub fn waits(&self, id: &AccountId, now: Timestamp) -> bool {
        let entry = self.entries.iter().find(|entry| entry.account.id == *id);
        entry.is_some_and(|entry| entry.waits_until(now).is_some())
    }

    /// Whether a poll is under way.
    pub fn busy(&self) -> bool {
        self.entries.iter().any(|entry| entry.in_flight)
    }

    /// The polls that are under way.
    pub fn in_flight(&self) -> Vec<PollId> {
        let polled = self.entries.iter().filter(|entry| entry.in_flight);
        let poll = |entry: &Entry| PollId { account: entry.account.id.clone(), generation: entry.generation };
        polled.map(poll).collect()
    }

    /// Whether a notification is being shown, of which it is not known yet that it was.
    pub fn telling(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// When something changes by itself next: a poll is due, figures grow stale, a mute ends.
    pub fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let polls = self.pollable().filter(|entry| !entry.in_flight).map(|entry| entry.next);
        let stale = self.entries.iter().filter_map(|entry| entry.stale_at(self.config.poll_interval));
        let stale = stale.map(|at| at.checked_add(Duration::from_secs(1)).unwrap_or(at));
        let mutes = self.entries.iter().filter_map(|entry| entry.memory.muted_until).chain(self.muted_until);
        polls.chain(stale.chain(mutes).filter(|at| *at > now)).min()
    }

    fn pollable(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| self.configured && entry.account.enabled)
    }

    /// A clock that was set back would put the next polls off by as much.
    fn follow_clock(&mut self, now: Timestamp) {
        let back = self.seen.duration_since(now);
        if back.is_positive() {
            for entry in &mut self.entries {
                entry.next = entry.next.checked_sub(back).unwrap_or(now);
            }
        }
        self.seen = now;
    }

    fn entry(&mut self, id: &AccountId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.account.id == *id)
    }

    /// The entry that an answer to `poll` belongs to.
    fn polled(&mut self, poll: &PollId) -> Option<&mut Entry> {
        self.entry(&poll.account).filter(|entry| entry.generation == poll.generation)
    }

    /// Everything that a window may show and change.
    pub fn state_update(&self, now: Timestamp) -> StateUpdate {
        let config = self.config_problem.clone().map_or_else(|| Ok(self.config.clone()), Err);
        StateUpdate { config, snapshot: self.snapshot(now), regions: self.regions.clone() }
    }

    /// Everything that a face may show.
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let next = self.pollable().filter(|entry| !entry.in_flight).map(|entry| entry.next).min();
        let readings = self.entries.iter().filter_map(|entry| entry.memory.reading.as_ref());
        Snapshot {
            generated_at: now,
            month: Month::at(now),
            accounts: self.entries.iter().map(|entry| self.account_snapshot(entry, now)).collect(),
            updated_at: readings.map(|reading| reading.at).max(),
            next_poll_at: next,
            busy: self.busy(),
            config_problem: self.config_problem.clone(),
            keeping_problem: self.keeping_problem.clone(),
            muted_until: self.muted_until.filter(|until| now < *until),
            starts_at_login: self.starts_at_login,
            icon_account: self.config.icon_account.clone(),
            icon_style: self.config.icon,
            icon_color: self.config.icon_color,
        }
    }

    fn account_snapshot(&self, entry: &Entry, now: Timestamp) -> AccountSnapshot {
        let Entry { account, memory, .. } = entry;
        let thresholds = self.config.thresholds_of(account);
        let reading = memory.reading.as_ref();
        let region = |(id, pool): &(String, Pool)| RegionSnapshot {
            id: id.clone(),
            label: self.regions.get(id).unwrap_or(id).clone(),
            pool: *pool,
            level: Level::of(pool, thresholds),
            forecast: entry.forecast(&PoolId::Region(id.clone()), pool, &self.prices, now),
        };
        AccountSnapshot {
            id: account.id.clone(),
            name: account.name.clone(),
            watch: account.watch.clone(),
            watch_name: match &account.watch {
                PoolId::Global => None,
                PoolId::Region(id) => self.regions.get(id).cloned(),
                PoolId::Linode(id) => {
                    let named = memory.linode.as_ref().filter(|known| known.id == *id);
                    named.and_then(|known| known.label.clone())
                }
            },
            show_as: self.config.show_as_of(account),
            state: entry.state(now, self.config.poll_interval),
            level: reading.and_then(|r| r.pools().map(|(_, pool)| Level::of(&pool, thresholds)).max()),
            updated_at: reading.map(|reading| reading.at),
            pool: reading.map(|reading| reading.usage.pool),
            metered_usd: reading
                .map(|reading| reading.usage.pool)
                .filter(|pool| pool.metered)
                .map(|pool| self.prices.metered(pool.used)),
            pool_level: reading.map(|reading| Level::of(&reading.usage.pool, thresholds)),
            quota_at_start: memory
                .settled(&account.watch, Month::at(now).id)
                .map(|known| known.quota_at_start),
            forecast: reading.and_then(|r| entry.forecast(&r.watch, &r.usage.pool, &self.prices, now)),
            regions: reading.map(|r| r.usage.regions.iter().map(region).collect()).unwrap_or_default(),
            token: memory.token.clone(),
            failure: memory.failed.as_ref().map(|failed| failed.failure.clone()),
            waits_until: entry.waits_until(now),
            muted: account.muted,
            muted_until: memory.muted_until.filter(|until| now < *until),
        }
    }
}

/// Takes `event` up at `now` and says what is to be done about it.
pub fn update(state: &mut State, event: Event, now: Timestamp) -> Vec<Effect> {
    let ended = event == Event::RoundEnded;
    state.follow_clock(now);
    match event {
        Event::Tick => {}
        Event::WorldChanged => state.entries.iter_mut().for_each(|entry| entry.world_changed(now)),
        Event::RefreshAsked => {
            want(state);
            return ask(state, now, true);
        }
        Event::UnlockAsked => {
            want(state);
            return unlock(state).into_iter().collect();
        }
        Event::UnlockEnded => unlock_ended(state, now),
        Event::ConfigLoaded(config) => return config_loaded(state, *config, now),
        Event::ConfigRefused(problem) => state.config_problem = Some(problem),
        Event::Answered { poll, token, outcome } => return answered(state, &poll, token, outcome, now),
        Event::TokenUnchanged(poll) => token_unchanged(state, &poll, now),
        Event::TokenLookedUp(poll, info) => return token_looked_up(state, &poll, info, now),
        Event::RoundEnded => {}
        Event::TokenReplaced(account) => token_replaced(state, &account, now),
        // Another API's names and prices: those of this one are asked for by now.
        Event::RegionsNamed(api_url, _)
        | Event::PricesTold(api_url, _)
        | Event::RegionsFailed(api_url)
        | Event::PricesFailed(api_url)
            if api_url != state.config.api_url =>
        {
            return Vec::new();
        }
        Event::RegionsNamed(_, regions) => {
            state.regions.extend(regions);
            return vec![Effect::KeepRegions(state.regions.clone())];
        }
        // Not with the next poll, which may be in a minute.
        Event::RegionsFailed(_) => {
            state.regions_asked_at = Some(asked_again_in(HOUR, now));
            return Vec::new();
        }
        Event::PricesFailed(_) => {
            state.prices_asked_at = Some(asked_again_in(HOUR, now));
            return Vec::new();
        }
        Event::PricesTold(_, prices) => {
            state.prices = prices.clone();
            return vec![Effect::KeepPrices(prices)];
        }
        Event::Delivered(keys) => {
            for key in &keys {
                state.under_way.remove(key);
                state.hooked.remove(key);
                state.given.insert(key.clone());
            }
            return vec![Effect::KeepAlerts(keys)];
        }
        // Not asked for again at once: the next round does.
        Event::Undelivered(keys) => {
            state.under_way.retain(|key| !keys.contains(key));
            return Vec::new();
        }
        Event::StartsAtLogin(on) => {
            state.starts_at_login = on;
            return Vec::new();
        }
        Event::NoHost(hint) => state.no_host = Some(hint),
        Event::HostFound => {
            return state.no_host.take().map(|_| Effect::Withdraw(NO_HOST_TOPIC)).into_iter().collect();
        }
        Event::ZoneTold(zone) => {
            state.zone = zone;
            return Vec::new();
        }
        Event::Keeping(problem) => {
            state.keeping_problem = problem;
            return Vec::new();
        }
        Event::Mute(account, until) => return mute(state, account.as_ref(), until, now),
    }
    let mut effects = ask(state, now, false);
    effects.extend(alerts(state, now));
    effects.extend(ended.then(|| thin(state, now)).flatten());
    effects.extend(ended.then(|| unlock(state)).flatten());
    effects.extend(no_host(state));
    effects
}

/// When it would have been asked for, to be asked for again in `wait`.
fn asked_again_in(wait: Duration, now: Timestamp) -> Timestamp {
    now.checked_sub(LOOK_UP_EVERY - wait).unwrap_or(now)
}

/// Once the first round has ended, when everything is shown, and then once a day. What was told in months long past
/// goes too.
fn thin(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.thinned_at.is_some_and(|at| now < later(at, THIN_EVERY) && at <= now) {
        return None;
    }
    state.thinned_at = Some(now);
    drop_old(&mut state.given);
    drop_old(&mut state.hooked);
    Some(Effect::Thin(state.config.history_months))
}

fn config_loaded(state: &mut State, config: Config, now: Timestamp) -> Vec<Effect> {
    let elsewhere = state.config.api_url != config.api_url;
    let mut old = std::mem::take(&mut state.entries);
    let mut effects = Vec::new();
    for account in &config.accounts {
        let position = old.iter().position(|entry| entry.account.id == account.id);
        let entry = match position.map(|at| old.swap_remove(at)) {
            None => {
                let mut entry = Entry::new(account.clone(), Memory::default(), now);
                state.generation += 1;
                entry.drop_answers(state.generation);
                entry
            }
            Some(mut entry) => {
                let moved = state.configured && entry.account.watch != account.watch;
                let other_token =
                    state.configured && (elsewhere || entry.account.token_command != account.token_command);
                let enabled = entry.account.enabled != account.enabled;
                let changed = !state.configured || moved || other_token || enabled;
                entry.memory.watch(&account.watch);
                if moved {
                    entry.memory.forget_failure();
                }
                if changed {
                    state.generation += 1;
                    entry.drop_answers(state.generation);
                }
                if entry.memory.name != account.name {
                    entry.memory.name.clone_from(&account.name);
                    effects.push(Effect::Remember(account.id.clone(), Box::new(entry.memory.clone())));
                }
                entry.account = account.clone();
                if other_token && let Some(failed) = &mut entry.memory.failed {
                    failed.token = None;
                }
                let waits = entry.waits_until(now).is_some() && !other_token;
                let latest = if changed { now } else { later(now, config.poll_interval) };
                if !waits {
                    entry.next = entry.next.min(latest);
                }
                entry
            }
        };
        state.entries.push(entry);
    }
    effects.extend(old.into_iter().map(|gone| Effect::Forget(gone.account.id)));
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

#[cfg(test)]
mod tests;
