//! The simulation: the program's domain, and everything around it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::{AccountConfig, AccountId, Config};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::forecast::Forecast;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::state::{
    Answer, Effect, Event, PersistedState, PollId, PollRequest, State, StoreCommand, update,
};
use linode_bandwidth::domain::token::{Scopes, TokenId, TokenInfo};
use linode_bandwidth::domain::usage::{Pool, PoolId, Usage};
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::oracle::{self, Known};
use crate::steps::{Api, Step, step};

const TIME_LIMIT: SignedDuration = SignedDuration::from_secs(10);
/// How many requests of one step fail before the API works again.
const FAILURES_PER_STEP: u32 = 6;
/// The number of accounts at the start, which is also their maximum without duplicates.
const ORIGINALS: usize = 2;
const MAX_ENTRIES: usize = 4;
/// The region with its own pool.
const REGION: &str = "id-cgk";

/// How often each event happened.
#[derive(Debug, Default, Clone)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    fn add(&mut self, what: &'static str, count: u64) {
        *self.0.entry(what).or_default() += count;
    }

    pub fn add_all(&mut self, other: &Counts) {
        other.0.iter().for_each(|(what, count)| self.add(what, *count));
    }

    pub fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// The simulated time in months, each a twelfth of a year.
    pub fn months(&self) -> f64 {
        self.of("seconds") as f64 / f64::from(365 * 24 * 3600 / 12)
    }
}

/// Simulates about a month `count` times, with random numbers from `seed`.
///
/// # Errors
/// The shortest sequence of steps that fails, and the error.
pub fn simulate(count: u32, seed: u64) -> Result<Counts, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let runs = Runs { cases: count, failure_persistence: None, ..Runs::default() };
    let steps = proptest::collection::vec(step(), 20..120);
    // The day on which it begins, the poll interval in hours, the API's lag at a month's end in minutes.
    let course = (0i64..360, 12u64..=24, 0i64..1800, steps);
    let total = RefCell::new(Counts::default());
    let run = |(day, hours, lag, steps)| {
        let mut world = World::new(day, hours, lag);
        Vec::into_iter(steps).for_each(|step| world.take(step));
        total.borrow_mut().add_all(&world.end());
        Ok(())
    };
    match TestRunner::new_with_rng(runs, rng).run(&course, run) {
        Ok(()) => Ok(total.into_inner()),
        Err(TestError::Fail(why, course)) => Err(format!("seed {seed}: {why}\nby {course:#?}")),
        Err(TestError::Abort(why)) => Err(format!("seed {seed}: {why}")),
    }
}

struct World {
    born: Timestamp,
    /// The true time, which the API uses.
    real: Timestamp,
    /// The offset of the program's clock.
    wrong: SignedDuration,
    clock_was_set: bool,
    api: Api,
    /// How long after the end of a month the API returns the old figures.
    lag: SignedDuration,
    /// The global pool and the region's, now and at the end of the previous month.
    pools: [Pool; 2],
    old_pools: [Pool; 2],
    /// Each account's token by number, the last number used, and the tokens that the API refuses.
    tokens: BTreeMap<AccountId, u32>,
    last_token: u32,
    /// The number of duplicates so far: ids are unique.
    duplicates: u32,
    revoked: BTreeSet<u32>,
    notifications: bool,
    config: Config,
    state: State,
    disk: PersistedState,
    /// Effects that have not reached the disk, with what the oracle knew about the account at that time.
    unwritten: Vec<(Effect, Option<Known>)>,
    /// A planned kill: after this many effects, losing this many.
    fuse: Option<(u8, usize)>,
    /// When the program wakes up, in true time.
    timer: Option<Timestamp>,
    /// A round of polls without responses, and when it times out.
    hanging: Option<(Timestamp, Vec<PollRequest>)>,
    /// The latest poll of each account.
    awaited: BTreeMap<AccountId, u64>,
    /// A notification was not delivered; it is repeated in the next round.
    held_up: bool,
    /// What the oracle knows about each account, in memory and on disk.
    known: BTreeMap<AccountId, Known>,
    known_on_disk: BTreeMap<AccountId, Known>,
    muted_until: Option<Timestamp>,
    given: BTreeSet<AlertKey>,
    /// How often each alert was shown, and how often a kill prevented its record.
    shown: BTreeMap<AlertKey, u32>,
    cut_off: BTreeMap<AlertKey, u32>,
    counts: Counts,
}

impl World {
    fn new(day: i64, hours: u64, lag: i64) -> World {
        let born =
            "2026-01-01T05:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * day);
        let pools = [Pool::from_gb(0, 1000, 0), Pool::from_gb(0, 20, 0)];
        let watch = PoolId::Region(REGION.into());
        let config = Config {
            poll_interval: Duration::from_secs(3600 * hours),
            // Polls are too rare for it: `spikes` has months of its own.
            spike_alert: false,
            accounts: vec![
                AccountConfig::new("acme".parse().unwrap(), "Acme"),
                AccountConfig { watch, ..AccountConfig::new("region".parse().unwrap(), "Region") },
            ],
            ..Config::default()
        };
        let mut world = World {
            born,
            real: born,
            wrong: SignedDuration::ZERO,
            clock_was_set: false,
            api: Api::Good,
            lag: SignedDuration::from_mins(lag),
            pools,
            old_pools: pools,
            tokens: BTreeMap::from(["acme", "region"].map(|id| (id.parse().unwrap(), 0))),
            last_token: 0,
            duplicates: 0,
            revoked: BTreeSet::new(),
            notifications: true,
            config,
            state: State::new(PersistedState::default(), 7, born),
            disk: PersistedState::default(),
            unwritten: Vec::new(),
            fuse: None,
            timer: None,
            hanging: None,
            awaited: BTreeMap::new(),
            held_up: false,
            known: Default::default(),
            known_on_disk: Default::default(),
            muted_until: None,
            given: BTreeSet::new(),
            shown: BTreeMap::new(),
            cut_off: BTreeMap::new(),
            counts: Counts::default(),
        };
        world.start();
        world
    }

    fn take(&mut self, step: Step) {
        let minutes = |minutes: u32| SignedDuration::from_mins(minutes.into());
        match step {
            Step::Pass(time, gb) => {
                self.transfer(gb);
                self.pass(minutes(time));
            }
            Step::Sleep(time, gb, noticed) => {
                self.transfer(gb);
                self.go_to(self.real + minutes(time));
                self.timer = self.timer.map(|at| at + minutes(time));
                self.hanging.iter_mut().for_each(|(at, _)| *at += minutes(time));
                self.on_system_change(noticed);
            }
            Step::Stop(time) => {
                self.die(0);
                self.go_to(self.real + minutes(time));
                self.start();
            }
            Step::Kill(after, lost) => self.fuse = Some((after, lost)),
            Step::Clock(beside, noticed) => {
                self.wrong = SignedDuration::from_mins(beside.into());
                self.clock_was_set |= beside != 0;
                self.counts.add("clock jumps", 1);
                self.on_system_change(noticed);
            }
            Step::Quota(gb) => self.pools[0].quota = gb * 1_000_000_000,
            Step::Api(api) => self.api = api,
            Step::Refresh => self.happen(Event::RefreshRequested),
            Step::Network => self.on_system_change(true),
            Step::Mute(entry, time) => {
                let until = time.map(|time| self.clock() + minutes(time));
                let id = entry.map(|entry| self.id(entry));
                match &id {
                    None => self.muted_until = until,
                    Some(None) => return,
                    Some(Some(id)) => self.known(id).muted_until = until,
                }
                self.happen(Event::Mute(id.flatten(), until));
            }
            Step::Revoke(entry) => {
                let token = self.id(entry).map(|id| self.tokens[&id]);
                self.revoked.extend(token);
            }
            Step::Replace(entry) => {
                let Some(id) = self.id(entry) else { return };
                self.last_token += 1;
                self.tokens.insert(id.clone(), self.last_token);
                self.awaited.remove(&id);
                // A newly stored token is tried: the refusal of the previous one does not matter.
                self.known(&id).failed.iter_mut().for_each(|failed| *failed = None);
                self.happen(Event::TokenReplaced(id));
            }
            Step::Notifications(there) => {
                self.notifications = there;
                if there {
                    self.happen(Event::Tick);
                }
            }
            setting => {
                let accounts = &mut self.config.accounts;
                match setting {
                    Step::Thresholds(Some(entry), set) => {
                        accounts.get_mut(entry).iter_mut().for_each(|a| a.thresholds = Some(set.clone()));
                    }
                    Step::Thresholds(None, percents) => self.config.thresholds = percents,
                    Step::Muted(entry, on) => {
                        accounts.get_mut(entry).iter_mut().for_each(|account| account.muted = on);
                    }
                    Step::Enabled(entry, on) => {
                        let Some(account) = accounts.get_mut(entry) else { return };
                        if std::mem::replace(&mut account.enabled, on) != on {
                            self.awaited.remove(&account.id);
                        }
                    }
                    Step::ForecastAlert(on) => self.config.forecast_alert = on,
                    Step::Duplicate(entry) if accounts.len() < MAX_ENTRIES => {
                        let mut copy = accounts[entry].clone();
                        self.duplicates += 1;
                        copy.id = format!("{}-{}", copy.id, self.duplicates).parse().unwrap();
                        self.tokens.insert(copy.id.clone(), self.tokens[&accounts[entry].id]);
                        accounts.push(copy);
                        self.counts.add("duplicates", 1);
                    }
                    Step::RemoveDuplicate(entry) if accounts.len() > entry + ORIGINALS => {
                        let gone = accounts.remove(entry + ORIGINALS);
                        self.awaited.remove(&gone.id);
                    }
                    Step::Duplicate(_) | Step::RemoveDuplicate(_) => return,
                    other => unreachable!("{other:?} is no setting"),
                }
                self.reconfigure();
            }
        }
    }

    /// The end of the run: everything works again, and all due alerts must come.
    fn end(mut self) -> Counts {
        (self.api, self.notifications, self.fuse) = (Api::Good, true, None);
        self.pass(SignedDuration::from_mins(1));
        self.happen(Event::RefreshRequested);
        self.happen(Event::Tick);
        for (key, times) in &self.shown {
            let most = 1 + self.cut_off.get(key).copied().unwrap_or_default();
            assert!(*times <= most, "{key:?} was shown {times} times");
        }
        self.counts
    }

    fn clock(&self) -> Timestamp {
        self.real + self.wrong
    }

    fn transfer(&mut self, gb: [u64; 2]) {
        self.pools.iter_mut().zip(gb).for_each(|(pool, gb)| pool.used += gb * 1_000_000_000);
    }

    fn go_to(&mut self, time: Timestamp) {
        self.counts.add("seconds", time.duration_since(self.real).as_secs() as u64);
        if Month::containing(time).id != Month::containing(self.real).id {
            self.old_pools = self.pools;
            self.pools.iter_mut().for_each(|pool| pool.used = 0);
        }
        self.real = time;
    }

    /// Time passes while the program runs.
    fn pass(&mut self, time: SignedDuration) {
        let end = self.real + time;
        let mut failures = 0;
        for wakes in 0.. {
            // Failures end at some point.
            if failures == FAILURES_PER_STEP {
                self.api = Api::Good;
            }
            assert!(wakes < 5000, "it never rests");
            let given_up = self.hanging.as_ref().map(|(at, _)| *at);
            let next = self.timer.into_iter().chain(given_up).min().filter(|at| *at <= end);
            let Some(at) = next else { break };
            self.go_to(at.max(self.real));
            let polls = self.counts.of("polls");
            match self.hanging.take_if(|(until, _)| *until == at) {
                Some((_, asks)) => {
                    let events = self.answers(asks, Some(Failure::Unreachable { why: "timed out".into() }));
                    self.happen_all(events);
                }
                None => self.happen(Event::Tick),
            }
            failures += u32::from(self.counts.of("polls") > polls);
        }
        self.go_to(end);
    }

    fn on_system_change(&mut self, noticed: bool) {
        if noticed {
            self.happen(Event::SystemChanged);
        }
    }

    fn reconfigure(&mut self) {
        self.happen(Event::ConfigLoaded(Box::new(self.config.clone())));
    }

    fn happen(&mut self, event: Event) {
        self.happen_all(VecDeque::from([event]));
    }

    /// Handles the events and everything that follows, then checks the result.
    fn happen_all(&mut self, mut events: VecDeque<Event>) {
        while let Some(event) = events.pop_front() {
            self.note(&event);
            let clock = self.clock();
            for effect in update(&mut self.state, event, clock) {
                match &mut self.fuse {
                    Some((0, lost)) => {
                        let lost = *lost;
                        self.counts.add("kills", 1);
                        self.die(lost);
                        return self.start();
                    }
                    Some((after, _)) => *after -= 1,
                    None => {}
                }
                events.extend(self.carry_out(effect));
            }
        }
        self.write(0);
        let wait = |at: Timestamp| at.duration_since(self.clock()).max(SignedDuration::ZERO);
        self.timer = self.state.wakes_at(self.clock()).map(|at| self.real + wait(at));
        self.check();
    }

    fn id(&self, entry: usize) -> Option<AccountId> {
        self.config.accounts.get(entry).map(|account| account.id.clone())
    }

    fn known(&mut self, id: &AccountId) -> &mut Known {
        self.known.entry(id.clone()).or_default()
    }

    /// Whether a poll's result is still wanted. It is not if the token was replaced, or the account disabled or
    /// removed.
    fn awaited(&self, poll: &PollId) -> bool {
        self.awaited.get(&poll.account) == Some(&poll.generation)
    }

    fn carry_out(&mut self, effect: Effect) -> VecDeque<Event> {
        if let Effect::Poll(asks) = &effect {
            for ask in asks {
                self.awaited.insert(ask.poll.account.clone(), ask.poll.generation);
            }
        }
        self.answer_or_keep(effect)
    }

    /// Updates the oracle with an event.
    fn note(&mut self, event: &Event) {
        match event {
            Event::PollFinished { poll, token, outcome } if self.awaited(poll) => {
                let (id, clock) = (&poll.account, self.clock());
                let begins_with = token.as_ref().map(|token| {
                    oracle::begins_with(&self.known, &self.config, &self.given, (id, token), clock)
                });
                let begins_with = begins_with.unwrap_or_default();
                self.counts.add("inherited", begins_with.len() as u64);
                self.given.extend(begins_with);
                let global = self.config.account(id).unwrap().watch == PoolId::Global;
                match outcome {
                    Ok(Answer { usage, .. }) => {
                        let regions = usage.regions.iter();
                        let mut pools: BTreeMap<_, _> =
                            regions.map(|(id, pool)| (PoolId::Region(id.clone()), *pool)).collect();
                        pools.extend(global.then_some((PoolId::Global, usage.pool)));
                        self.known(id).good(token.clone(), pools, clock);
                    }
                    Err(failure) => self.known(id).bad(token.clone(), failure),
                }
            }
            Event::TokenInfoFetched(poll, info) if self.awaited(poll) => {
                self.known(&poll.account).expires_at = info.as_ref().and_then(|info| info.expires_at);
            }
            Event::Delivered(keys) => self.given.extend(keys.iter().cloned()),
            Event::Undelivered(_) => self.held_up = true,
            Event::RoundFinished | Event::Tick => self.held_up = false,
            _ => {}
        }
    }

    fn answer_or_keep(&mut self, effect: Effect) -> VecDeque<Event> {
        match effect {
            Effect::Poll(asks) if self.api == Api::Hangs => {
                // A round of other accounts that started in the meantime times out with it.
                let mut all = self.hanging.take().map(|(_, asks)| asks).unwrap_or_default();
                all.extend(asks);
                self.hanging = Some((self.real + TIME_LIMIT, all));
                VecDeque::new()
            }
            Effect::Poll(asks) => self.answers(asks, None),
            Effect::Notify(notification) => VecDeque::from([self.show(notification.keys)]),
            keep => {
                let known = match &keep {
                    Effect::Store(StoreCommand::SaveRecord(id, _)) => Some(self.known(id).clone()),
                    _ => None,
                };
                self.unwritten.push((keep, known));
                VecDeque::new()
            }
        }
    }

    /// The results of a round of polls, or `failure` for all.
    fn answers(&mut self, asks: Vec<PollRequest>, failure: Option<Failure>) -> VecDeque<Event> {
        let mut events = VecDeque::new();
        self.counts.add("polls", asks.len() as u64);
        for ask in asks {
            let number = self.tokens[&ask.poll.account];
            let id = TokenId(format!("t{number}"));
            let failure = failure.clone().or(match &self.api {
                Api::Fails(failure) => Some(failure.clone()),
                Api::Good | Api::Hangs => None,
            });
            let locked = failure == Some(Failure::KeyringLocked);
            if ask.skip_if_token.as_ref() == Some(&id) && !locked {
                events.push_back(Event::TokenUnchanged(ask.poll));
                continue;
            }
            let refused = self.revoked.contains(&number).then_some(Failure::TokenInvalid);
            let outcome = match failure.or(refused) {
                Some(failure) => Err(failure),
                None => Ok(Answer { usage: self.usage(), scopes: None, linode_label: None }),
            };
            let unknown = outcome.is_ok() && ask.fetch_info_unless.as_ref() != Some(&id);
            let token = (!locked).then_some(id);
            events.push_back(Event::PollFinished { poll: ask.poll.clone(), token, outcome });
            // Every third token never expires; the others expire soon.
            let days = i64::from(4 + (number * 11) % 40);
            let expires_at = (number % 3 != 2).then(|| self.born + SignedDuration::from_hours(24 * days));
            let info = TokenInfo { label: None, scopes: Scopes::default(), expires_at };
            events.extend(unknown.then_some(Event::TokenInfoFetched(ask.poll, Some(info))));
        }
        events.push_back(Event::RoundFinished);
        events
    }

    fn usage(&self) -> Usage {
        let lags = self.real.duration_since(Month::containing(self.real).starts_at) < self.lag;
        let [pool, region] = if lags { self.old_pools } else { self.pools };
        Usage { pool, regions: vec![(REGION.to_owned(), region)] }
    }

    /// Checks that a notification contains exactly the due alerts.
    fn show(&mut self, keys: Vec<AlertKey>) -> Event {
        let told: BTreeSet<AlertKey> = keys.iter().cloned().collect();
        assert_eq!(told.len(), keys.len(), "twice in one notification");
        assert_eq!(told, self.due(), "the notification has exactly the due alerts");
        if !self.notifications {
            self.counts.add("undelivered", 1);
            return Event::Undelivered(keys);
        }
        for key in &keys {
            let times = self.shown.entry(key.clone()).or_default();
            *times += 1;
            self.counts.add("repeated", (*times > 1).into());
            let kind = match key {
                AlertKey::Threshold { .. } => "thresholds",
                AlertKey::Forecast { .. } if self.clock_was_set => "forecasts",
                AlertKey::Forecast { .. } => "computed forecasts",
                AlertKey::Spike { .. } => "spikes",
                AlertKey::TokenInvalid { .. } => "tokens",
                AlertKey::TokenExpiry { .. } => "expiries",
                AlertKey::NoHost => panic!("there is a host"),
            };
            self.counts.add(kind, 1);
        }
        Event::Delivered(keys)
    }

    fn due(&self) -> BTreeSet<AlertKey> {
        let all_muted = self.muted_until.is_some_and(|until| self.clock() < until);
        let forecast = |id: &AccountId, pool: &PoolId| self.forecast(id, pool);
        oracle::due(&self.known, &self.config, &self.given, all_muted, self.clock(), forecast)
    }

    /// The oracle's forecast. After the clock was set, the program's choice of samples is used.
    fn forecast(&self, id: &AccountId, pool: &PoolId) -> Option<Forecast> {
        let snapshot = self.state.snapshot(self.clock());
        let account = snapshot.accounts.iter().find(|account| account.id == *id).unwrap();
        let region = account.regions.iter().find(|region| PoolId::Region(region.id.clone()) == *pool);
        let shown = match region {
            Some(region) if account.watch != *pool => region.forecast,
            _ => account.forecast,
        };
        if !self.clock_was_set {
            assert_eq!(shown, self.known[id].forecast(pool), "the forecast of {pool:?}");
        }
        shown
    }

    /// Writes the pending effects except the last `lost`. Samples are written with the record that follows them.
    fn write(&mut self, lost: usize) {
        let count = self.unwritten.len().saturating_sub(lost);
        let mut samples = BTreeMap::new();
        for (effect, known) in std::mem::take(&mut self.unwritten).into_iter().take(count) {
            match effect {
                Effect::Store(StoreCommand::SaveSamples(id, at, pools)) => {
                    drop(samples.insert(id, (at, pools)))
                }
                Effect::Store(StoreCommand::SaveRecord(id, record)) => {
                    self.known_on_disk.insert(id.clone(), known.unwrap());
                    let kept = self.disk.samples.entry(id.clone()).or_default();
                    let (at, pools) = samples.remove(&id).unwrap_or_default();
                    for (pool, figures) in pools {
                        let kept = kept.entry(pool).or_default();
                        kept.push((at, figures.used));
                        kept.sort_by_key(|(at, _)| *at);
                    }
                    self.disk.records.insert(id, *record);
                }
                Effect::Store(StoreCommand::RetireRecord(id)) => {
                    self.disk.records.remove(&id);
                    self.known_on_disk.remove(&id);
                }
                Effect::Store(StoreCommand::SaveAlerts(keys)) => self.disk.sent_alerts.extend(keys),
                Effect::Store(StoreCommand::SaveMute(until)) => self.disk.muted_until = until,
                _ => {}
            }
        }
    }

    fn die(&mut self, lost: usize) {
        self.write(lost);
        for key in self.shown.keys().filter(|key| !self.disk.sent_alerts.contains(key)) {
            *self.cut_off.entry(key.clone()).or_default() += 1;
        }
        (self.fuse, self.hanging, self.timer, self.held_up) = (None, None, None, false);
        self.known = self.known_on_disk.clone();
        (self.muted_until, self.given) = (self.disk.muted_until, self.disk.sent_alerts.clone());
    }

    fn start(&mut self) {
        self.state = State::new(self.disk.clone(), 7, self.clock());
        self.reconfigure();
    }

    /// Figures of the previous month are marked as such, and have no forecast.
    fn check_months(&self) {
        for account in self.state.snapshot(self.clock()).accounts {
            let Some(known) = self.known.get(&account.id) else { continue };
            let regions = account.regions.iter();
            let regions = regions.map(|it| (PoolId::Region(it.id.clone()), it.still_of, it.forecast));
            let watched = account.pool.map(|_| (account.watch.clone(), account.still_of, account.forecast));
            for (pool, still_of, forecast) in regions.chain(watched) {
                assert_eq!(still_of, known.still_of(&pool, self.clock()), "the month of {pool:?}");
                assert!(still_of.is_none() || forecast.is_none(), "a forecast from {still_of:?}");
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.given, self.disk.sent_alerts, "what was shown is written down");
        assert_eq!(self.muted_until, self.disk.muted_until, "a mute is written down");
        if Month::containing(self.clock()).elapsed(self.clock()) < 0.1 {
            self.check_months();
        }
        if let Some(timer) = self.timer {
            // Its interval, or the longest time that the API can make it wait.
            let longest = self.config.poll_interval.max(Duration::from_secs(3600));
            let polled = self.config.accounts.iter().any(|account| account.enabled) && self.hanging.is_none();
            assert!(!polled || timer <= self.real + longest, "the next poll is put off");
        }
        if !(self.state.busy() || self.state.has_pending_alerts() || self.held_up || !self.notifications) {
            let missing = self.due();
            assert!(missing.is_empty(), "due and not told: {missing:?}");
        }
    }
}
