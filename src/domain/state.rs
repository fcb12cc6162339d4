//! The one place that decides: what happens in the world goes in as an [`Event`], what is to be done comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::alert::{self, Alert, AlertKey, Notification, Surroundings};
use super::config::{AccountId, Config};
use super::entry::{Entry, LinodeName, Memory, Reading};
use super::failure::Failure;
use super::level::Level;
use super::month::Month;
use super::price::Prices;
use super::schedule::{self, HOUR, Inputs, Reason};
use super::snapshot::{AccountSnapshot, RegionSnapshot, Snapshot};
use super::token::{Scopes, TokenId, TokenInfo};
use super::usage::{Endpoint, Pool, PoolId, Usage};

/// How often a token's label and expiry, the names of regions and the prices are asked for at most.
const LOOK_UP_EVERY: Duration = Duration::from_secs(24 * 3600);

/// How often samples are thinned out.
const THIN_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Time went on.
    Tick,
    /// The user wants fresh figures now.
    RefreshAsked,
    /// The machine woke from sleep, its clock was set, or it has another network: what is known may be old, and what
    /// failed may work.
    WorldChanged,
    /// The configuration was read.
    ConfigLoaded(Box<Config>),
    /// The configuration can't be read; in one line, where and why.
    ConfigRefused(String),
    /// An entry's poll has ended.
    Answered {
        /// The entry.
        account: AccountId,
        /// The token that was used, if it came to that.
        token: Option<TokenId>,
        /// The figures.
        outcome: Result<Answer, Failure>,
    },
    /// The entry's token is still the one that was refused: the API was not asked.
    TokenUnchanged(AccountId),
    /// The API has told what it knows of an entry's token; `None` when the token is not in its list.
    TokenLookedUp(AccountId, Option<TokenInfo>),
    /// The API has told the name of the Linode that an entry watches; `None` when it does not tell.
    LinodeNamed(AccountId, u64, Option<String>),
    /// Everything that one [`Effect::Ask`] asked for has been answered.
    RoundEnded,
    /// Somebody has stored a token for the entry.
    TokenReplaced(AccountId),
    /// The names of regions, by id.
    RegionsNamed(BTreeMap<String, String>),
    /// What a GB over quota costs.
    PricesTold(Prices),
    /// A notification was shown.
    Delivered(Vec<AlertKey>),
    /// A notification could not be shown.
    Undelivered(Vec<AlertKey>),
    /// Whether the program starts at login; `None` where it can't be told.
    StartsAtLogin(Option<bool>),
    /// No panel shows the icon, and what brings one that does.
    NoHost(String),
    /// A panel shows the icon.
    HostFound,
    /// What is to be kept can't be written, and why; `None` when it can again, and nothing is lost.
    Keeping(Option<String>),
    /// Hold back notifications: of one entry, or of all; until then, or no longer.
    Mute(Option<AccountId>, Option<Timestamp>),
}

/// A good answer of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The figures, as the endpoint gives them.
    pub usage: Usage,
    /// What the token may do, by the answer's headers.
    pub scopes: Option<Scopes>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Poll these, in one round.
    Ask(Vec<Ask>),
    /// Ask for the names of regions.
    NameRegions,
    /// Keep the names of regions.
    KeepRegions(BTreeMap<String, String>),
    /// Ask what a GB over quota costs.
    AskPrices,
    /// Keep what a GB over quota costs.
    KeepPrices(Prices),
    /// Keep the entry's samples.
    KeepSamples(AccountId, Timestamp, Vec<(PoolId, Pool)>),
    /// Keep what is known of the entry.
    Remember(AccountId, Box<Memory>),
    /// The entry is gone from the configuration: drop what was kept of its state. Its samples stay.
    Forget(AccountId),
    /// Show this.
    Notify(Notification),
    /// Run the user's program, once for each of these alerts.
    RunHook(Vec<String>, Vec<Alert>),
    /// These were given: write them down.
    KeepAlerts(Vec<AlertKey>),
    /// Keep until when everything is muted.
    KeepMute(Option<Timestamp>),
    /// Thin the samples out, and keep those of so many months.
    Thin(u16),
}

/// One entry to poll.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The entry.
    pub account: AccountId,
    /// What gives its token instead of the keyring.
    pub token_command: Option<Vec<String>>,
    /// What to ask for.
    pub endpoint: Endpoint,
    /// Leave it, if the entry's token is still this one.
    pub unless_token: Option<TokenId>,
    /// Ask for the token's label and expiry too, if it is not this one.
    pub look_up_unless: Option<TokenId>,
    /// Ask for the name of the Linode that it watches too.
    pub name_linode: bool,
}

/// What the store kept over a restart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    /// Each entry's memory.
    pub memories: BTreeMap<AccountId, Memory>,
    /// The samples of the month that was last seen: bytes used by entry, pool and time, rising in time.
    pub samples: BTreeMap<AccountId, BTreeMap<PoolId, Vec<(Timestamp, u64)>>>,
    /// The alerts given.
    pub given: BTreeSet<AlertKey>,
    /// The names of regions.
    pub regions: BTreeMap<String, String>,
    /// What a GB over quota costs.
    pub prices: Prices,
    /// When that was told.
    pub prices_told_at: Option<Timestamp>,
    /// Until when everything is muted.
    pub muted_until: Option<Timestamp>,
}

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
        let Kept { memories, mut samples, given, regions, prices, prices_told_at, muted_until } = kept;
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
            zone: TimeZone::UTC,
            seen: now,
            seed,
        }
    }

    /// The same, with the days in notifications by the calendar of `zone`.
    pub fn in_zone(self, zone: TimeZone) -> State {
        State { zone, ..self }
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether a poll is under way.
    pub fn busy(&self) -> bool {
        self.entries.iter().any(|entry| entry.in_flight)
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
            pool_level: reading.map(|reading| Level::of(&reading.usage.pool, thresholds)),
            quota_at_start: memory
                .settled(&account.watch, Month::at(now).id)
                .map(|known| known.quota_at_start),
            forecast: reading.and_then(|r| entry.forecast(&r.watch, &r.usage.pool, &self.prices, now)),
            regions: reading.map(|r| r.usage.regions.iter().map(region).collect()).unwrap_or_default(),
            token: memory.token.clone(),
            failure: memory.failed.as_ref().map(|failed| failed.failure.clone()),
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
        Event::RefreshAsked => return ask(state, now, true),
        Event::ConfigLoaded(config) => return config_loaded(state, *config, now),
        Event::ConfigRefused(problem) => state.config_problem = Some(problem),
        Event::Answered { account, token, outcome } => return answered(state, &account, token, outcome, now),
        Event::TokenUnchanged(account) => token_unchanged(state, &account, now),
        Event::TokenLookedUp(account, info) => return token_looked_up(state, &account, info, now),
        Event::LinodeNamed(account, linode, label) => {
            return linode_named(state, &account, linode, label, now);
        }
        Event::RoundEnded => {}
        Event::TokenReplaced(account) => token_replaced(state, &account, now),
        Event::RegionsNamed(regions) => {
            state.regions.extend(regions);
            return vec![Effect::KeepRegions(state.regions.clone())];
        }
        Event::PricesTold(prices) => {
            state.prices = prices.clone();
            return vec![Effect::KeepPrices(prices)];
        }
        Event::Delivered(keys) => {
            for key in &keys {
                state.under_way.remove(key);
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
        Event::HostFound => state.no_host = None,
        Event::Keeping(problem) => {
            state.keeping_problem = problem;
            return Vec::new();
        }
        Event::Mute(account, until) => return mute(state, account.as_ref(), until, now),
    }
    let mut effects = ask(state, now, false);
    effects.extend(alerts(state, now));
    effects.extend(ended.then(|| thin(state, now)).flatten());
    effects.extend(no_host(state));
    effects
}

/// Once the first round has ended, when everything is shown, and then once a day.
fn thin(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.thinned_at.is_some_and(|at| now < later(at, THIN_EVERY) && at <= now) {
        return None;
    }
    state.thinned_at = Some(now);
    Some(Effect::Thin(state.config.history_months))
}

/// The one notification that no panel shows the icon: once, whatever comes later.
fn no_host(state: &mut State) -> Option<Effect> {
    let notification = Notification::no_host(state.no_host.as_deref()?);
    let told = |key| state.given.contains(key) || state.under_way.contains(key);
    if notification.settles.iter().any(told) {
        return None;
    }
    state.under_way.extend(notification.settles.iter().cloned());
    Some(Effect::Notify(notification))
}

/// What is due; with `all`, everything that is not being asked already.
fn ask(state: &mut State, now: Timestamp, all: bool) -> Vec<Effect> {
    if !state.configured {
        return Vec::new();
    }
    let waiting = |entry: &&mut Entry| entry.account.enabled && !entry.in_flight;
    let due = all || state.entries.iter_mut().any(|entry| waiting(&entry) && entry.next <= now);
    if !due {
        return Vec::new();
    }
    // Those whose jitter would bring them a moment later come along: entries with the same token share a request.
    let soon = now.checked_add(state.config.poll_interval / 10).unwrap_or(now);
    let mut asks = Vec::new();
    for entry in state.entries.iter_mut().filter(waiting) {
        if all || entry.next <= now || (entry.reason == Reason::Interval && entry.next <= soon) {
            entry.in_flight = true;
            asks.push(ask_of(entry, now, all));
        }
    }
    if asks.is_empty() { Vec::new() } else { vec![Effect::Ask(asks)] }
}

fn ask_of(entry: &Entry, now: Timestamp, by_the_user: bool) -> Ask {
    let memory = &entry.memory;
    let refused = memory.failed.as_ref().filter(|failed| {
        let (_, reason) =
            schedule::next_poll(inputs(Duration::ZERO, Some(&failed.failure), failed.count, 0.0));
        let lately = failed.asked_at <= now && now < later(failed.asked_at, HOUR);
        reason == Reason::TokenCheck && !by_the_user && lately
    });
    let known = memory.looked_up_at.is_some_and(|at| now < later(at, LOOK_UP_EVERY) && at <= now);
    Ask {
        account: entry.account.id.clone(),
        token_command: entry.account.token_command.clone(),
        endpoint: entry.account.watch.endpoint(),
        unless_token: refused.and_then(|failed| failed.token.clone()),
        look_up_unless: memory.token_id.clone().filter(|_| known),
        name_linode: unnamed_linode(entry, now),
    }
}

/// Whether it watches a Linode whose name is not known, or was asked for long ago: it may have another one by now.
fn unnamed_linode(entry: &Entry, now: Timestamp) -> bool {
    let PoolId::Linode(watched) = entry.account.watch else { return false };
    let known = entry.memory.linode.as_ref().filter(|known| known.id == watched);
    !within_a_day(known.map(|known| known.asked_at), now)
}

fn config_loaded(state: &mut State, config: Config, now: Timestamp) -> Vec<Effect> {
    let elsewhere = state.config.api_url != config.api_url;
    let mut old = std::mem::take(&mut state.entries);
    let mut effects = Vec::new();
    for account in &config.accounts {
        let position = old.iter().position(|entry| entry.account.id == account.id);
        let entry = match position.map(|at| old.swap_remove(at)) {
            None => Entry::new(account.clone(), Memory::default(), now),
            Some(mut entry) => {
                let source =
                    |a: &super::config::Account| (a.watch.clone(), a.token_command.clone(), a.enabled);
                let changed = elsewhere || !state.configured || source(&entry.account) != source(account);
                entry.memory.watch(&account.watch);
                if entry.memory.name != account.name {
                    entry.memory.name.clone_from(&account.name);
                    effects.push(Effect::Remember(account.id.clone(), Box::new(entry.memory.clone())));
                }
                entry.account = account.clone();
                entry.ask_again |= changed && entry.in_flight;
                let latest = if changed { now } else { later(now, config.poll_interval) };
                entry.next = entry.next.min(latest);
                entry
            }
        };
        state.entries.push(entry);
    }
    effects.extend(old.into_iter().map(|gone| Effect::Forget(gone.account.id)));
    state.config = config;
    state.configured = true;
    state.config_problem = None;
    effects.extend(ask(state, now, false));
    effects.extend(alerts(state, now));
    effects
}

fn answered(
    state: &mut State,
    id: &AccountId,
    token: Option<TokenId>,
    outcome: Result<Answer, Failure>,
    now: Timestamp,
) -> Vec<Effect> {
    let interval = state.config.poll_interval;
    let jitter = jitter(state.seed, now);
    let Some(entry) = state.entry(id) else { return Vec::new() };
    let mut effects = Vec::new();
    let watch = entry.account.watch.clone();
    let memory = &mut entry.memory;
    if token.is_some() && memory.token_id != token {
        memory.token = None;
        memory.token_id.clone_from(&token);
        memory.looked_up_at = None;
    }
    match outcome {
        Ok(answer) => {
            let reading = Reading { at: now, usage: answer.usage.seen_from(&watch), watch };
            effects.push(Effect::KeepSamples(id.clone(), now, reading.pools().collect()));
            memory.take_reading(reading);
            if let Some(scopes) = answer.scopes {
                let known = memory.token.take();
                memory.token = Some(match known {
                    Some(info) => TokenInfo { scopes, ..info },
                    None => TokenInfo { label: None, scopes, expires_at: None },
                });
            }
        }
        Err(failure) => memory.take_failure(failure, token, now),
    }
    let failed = memory.failed.as_ref();
    let failures = failed.map_or(0, |failed| failed.count);
    let (wait, reason) = schedule::next_poll(inputs(interval, failed.map(|f| &f.failure), failures, jitter));
    effects.push(Effect::Remember(id.clone(), Box::new(memory.clone())));
    if entry.memory.failed.is_none() {
        entry.note_samples();
    }
    let again = entry.asked_in_vain();
    entry.next = if again { now } else { later(now, wait) };
    entry.reason = reason;
    entry.in_flight = false;
    effects.extend(name_regions(state, now));
    effects.extend(ask_prices(state, now));
    if again {
        effects.extend(ask(state, now, false));
    }
    effects
}

fn token_unchanged(state: &mut State, id: &AccountId, now: Timestamp) {
    let interval = state.config.poll_interval;
    let Some(entry) = state.entry(id) else { return };
    let hourly = entry.memory.failed.as_ref().map(|failed| later(failed.asked_at, HOUR));
    entry.next = hourly.filter(|at| *at > now).unwrap_or(now).min(later(now, interval));
    entry.in_flight = false;
    if entry.asked_in_vain() {
        entry.next = now;
    }
}

fn token_looked_up(
    state: &mut State,
    id: &AccountId,
    info: Option<TokenInfo>,
    now: Timestamp,
) -> Vec<Effect> {
    let Some(entry) = state.entry(id) else { return Vec::new() };
    entry.memory.looked_up_at = Some(now);
    if info.is_some() {
        entry.memory.token = info;
    }
    vec![Effect::Remember(id.clone(), Box::new(entry.memory.clone()))]
}

fn linode_named(
    state: &mut State,
    id: &AccountId,
    linode: u64,
    label: Option<String>,
    now: Timestamp,
) -> Vec<Effect> {
    let Some(entry) = state.entry(id) else { return Vec::new() };
    let before = entry.memory.linode.take().filter(|known| known.id == linode);
    let label = label.or(before.and_then(|known| known.label));
    entry.memory.linode = Some(LinodeName { id: linode, label, asked_at: now });
    vec![Effect::Remember(id.clone(), Box::new(entry.memory.clone()))]
}

fn token_replaced(state: &mut State, id: &AccountId, now: Timestamp) {
    if let Some(entry) = state.entry(id) {
        entry.next = now;
        entry.ask_again |= entry.in_flight;
        // A token that was stored is tried, even if it is the one that was refused.
        if let Some(failed) = &mut entry.memory.failed {
            failed.token = None;
        }
    }
}

fn mute(state: &mut State, id: Option<&AccountId>, until: Option<Timestamp>, now: Timestamp) -> Vec<Effect> {
    let mut effects = match id {
        None => {
            state.muted_until = until;
            vec![Effect::KeepMute(until)]
        }
        Some(id) => match state.entry(id) {
            None => Vec::new(),
            Some(entry) => {
                entry.memory.muted_until = until;
                vec![Effect::Remember(id.clone(), Box::new(entry.memory.clone()))]
            }
        },
    };
    effects.extend(alerts(state, now));
    effects
}

/// What is due to be told. Not before a round has ended, so that what comes at once is told at once.
fn alerts(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if !state.configured || state.busy() {
        return Vec::new();
    }
    let all_muted = state.muted_until.is_some_and(|until| now < until);
    let mut known: BTreeSet<AlertKey> = state.given.union(&state.under_way).cloned().collect();
    let mut due = Vec::new();
    let (config, regions, prices, zone) = (&state.config, &state.regions, &state.prices, &state.zone);
    for entry in &state.entries {
        let around = Surroundings { config, regions, all_muted, known: &known, prices, zone, now };
        for alert in alert::due(entry, around) {
            known.extend(alert.settles.iter().cloned());
            due.push(alert);
        }
    }
    let hook = hook(state, &due);
    let notification = Notification::of(due);
    state.under_way.extend(notification.iter().flat_map(|notification| notification.settles.iter().cloned()));
    notification.map(Effect::Notify).into_iter().chain(hook).collect()
}

/// The user's program for those of `due` that say something new.
fn hook(state: &mut State, due: &[Alert]) -> Option<Effect> {
    let new = |alert: &&Alert| alert.settles.iter().any(|key| !state.hooked.contains(key));
    let alerts: Vec<Alert> = due.iter().filter(new).cloned().collect();
    state.hooked.extend(due.iter().flat_map(|alert| alert.settles.iter().cloned()));
    let command = &state.config.on_alert;
    (!command.is_empty() && !alerts.is_empty()).then(|| Effect::RunHook(command.clone(), alerts))
}

fn name_regions(state: &mut State, now: Timestamp) -> Option<Effect> {
    let mut shown = state.entries.iter().filter_map(|entry| entry.memory.reading.as_ref());
    let unknown = |id: &String| !state.regions.contains_key(id);
    let watched = state.entries.iter().any(|entry| match &entry.account.watch {
        PoolId::Region(id) => unknown(id),
        PoolId::Global | PoolId::Linode(_) => false,
    });
    let unnamed = watched || shown.any(|r| r.usage.regions.iter().any(|(id, _)| unknown(id)));
    if within_a_day(state.regions_asked_at, now) || !unnamed {
        return None;
    }
    state.regions_asked_at = Some(now);
    Some(Effect::NameRegions)
}

/// Only once a forecast costs something.
fn ask_prices(state: &mut State, now: Timestamp) -> Option<Effect> {
    let costs = |entry: &Entry| {
        let reading = entry.memory.reading.as_ref();
        let mut pools = reading.into_iter().flat_map(Reading::pools);
        pools.any(|(id, pool)| {
            let forecast = entry.forecast(&id, &pool, &state.prices, now);
            forecast.is_some_and(|forecast| forecast.over > 0 && forecast.over_usd.is_some())
        })
    };
    if within_a_day(state.prices_asked_at, now) || !state.entries.iter().any(costs) {
        return None;
    }
    state.prices_asked_at = Some(now);
    Some(Effect::AskPrices)
}

fn within_a_day(asked_at: Option<Timestamp>, now: Timestamp) -> bool {
    asked_at.is_some_and(|at| now < later(at, LOOK_UP_EVERY) && at <= now)
}

fn inputs(interval: Duration, failure: Option<&Failure>, failures: u32, jitter: f64) -> Inputs<'_> {
    Inputs { interval, failure, failures, jitter }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// 0 to 1 from the program's seed and the time (SplitMix64, Steele and others 2014).
fn jitter(seed: u64, now: Timestamp) -> f64 {
    let mut z = seed.wrapping_add(now.as_millisecond() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests;
