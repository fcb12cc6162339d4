//! The program's deciding part and the world around it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::{Account, AccountId, Config};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::state::{Ask, Effect, Event, Kept, State, update};
use linode_bandwidth::domain::usage::PoolId;

use crate::reckoning::{Known, Reckoning};
use crate::service::{REGION, Service};
use crate::steps::{Api, Step};

const TIME_LIMIT: SignedDuration = SignedDuration::from_secs(10);

/// How often a failure of the API is met before it is mended, within one step.
const PATIENCE: u32 = 6;

/// What happened in a life, to be told.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    pub time: Duration,
    pub polls: u64,
    pub kills: u64,
    pub clock_jumps: u64,
    pub thresholds: u64,
    pub forecasts: u64,
    pub tokens: u64,
    pub expiries: u64,
    pub repeated: u64,
    pub undelivered: u64,
}

pub struct World {
    /// The true time, by which the API's months go.
    real: Timestamp,
    /// How far the program's clock is from it.
    wrong: SignedDuration,
    service: Service,
    notifications: bool,
    config: Config,
    state: State,
    disk: Kept,
    /// What was to be kept and has not reached the disk, with what the second reckoning knew then.
    unwritten: Vec<(Effect, Option<(usize, Known)>)>,
    /// A kill to come.
    fuse: Option<(u8, u8)>,
    /// When the program wakes by itself, by a clock that nobody sets.
    timer: Option<Timestamp>,
    /// A round that nobody answers, and when it is given up.
    hanging: Option<(Timestamp, Vec<Ask>)>,
    /// Something was not delivered: it is tried again at the next round.
    held_up: bool,
    reckoning: Reckoning,
    /// Every alert that was shown.
    shown: BTreeMap<AlertKey, u32>,
    /// Those of them that a kill kept from being written down.
    cut_off: BTreeMap<AlertKey, u32>,
    pub figures: Figures,
}

impl World {
    pub fn new(day: u32, hours: u32, lag_minutes: i64) -> World {
        let start: Timestamp = "2026-01-01T05:00:00Z".parse().unwrap();
        let real = start + SignedDuration::from_hours(24 * i64::from(day));
        let region = PoolId::Region(REGION.into());
        let config = Config {
            poll_interval: Duration::from_secs(3600 * u64::from(hours)),
            accounts: vec![
                Account::new("acme".parse().unwrap(), "Acme"),
                Account { watch: region, ..Account::new("region".parse().unwrap(), "Region") },
            ],
            ..Config::default()
        };
        let mut world = World {
            real,
            wrong: SignedDuration::ZERO,
            service: Service::new(real, SignedDuration::from_mins(lag_minutes)),
            notifications: true,
            config,
            state: State::new(Kept::default(), 7, real),
            disk: Kept::default(),
            unwritten: Vec::new(),
            fuse: None,
            timer: None,
            hanging: None,
            held_up: false,
            reckoning: Reckoning::default(),
            shown: BTreeMap::new(),
            cut_off: BTreeMap::new(),
            figures: Figures::default(),
        };
        world.happen(Event::ConfigLoaded(Box::new(world.config.clone())));
        world
    }

    pub fn take(&mut self, step: Step) {
        match step {
            Step::Pass { minutes, gb } => {
                self.service.transfer(gb);
                self.pass(SignedDuration::from_mins(minutes.into()));
            }
            Step::Sleep { minutes, gb, told } => {
                let asleep = SignedDuration::from_mins(minutes.into());
                self.service.transfer(gb);
                self.go_to(self.real + asleep);
                self.timer = self.timer.map(|at| at + asleep);
                self.hanging.iter_mut().for_each(|(at, _)| *at += asleep);
                if told {
                    self.happen(Event::WorldChanged);
                }
            }
            Step::Quota { gb } => self.service.pools[0].quota = gb * 1_000_000_000,
            Step::Api(api) => self.service.api = api,
            Step::Refresh => self.happen(Event::RefreshAsked),
            Step::Network => self.happen(Event::WorldChanged),
            Step::Kill { after, lost } => self.fuse = Some((after, lost)),
            Step::Stop { minutes } => {
                self.die(0);
                self.go_to(self.real + SignedDuration::from_mins(minutes.into()));
                self.start();
            }
            Step::Thresholds { entry, percents } => {
                match entry {
                    None => self.config.thresholds = percents,
                    Some(entry) => self.config.accounts[entry].thresholds = Some(percents),
                }
                self.reconfigure();
            }
            Step::ForecastAlert { on } => {
                self.config.forecast_alert = on;
                self.reconfigure();
            }
            Step::Mute { entry, minutes } => {
                let until = minutes.map(|minutes| self.clock() + SignedDuration::from_mins(minutes.into()));
                self.reckoning.mute(entry, until);
                let account = entry.map(|entry| self.config.accounts[entry].id.clone());
                self.happen(Event::Mute(account, until));
            }
            Step::Muted { entry, muted } => {
                self.config.accounts[entry].muted = muted;
                self.reconfigure();
            }
            Step::Enabled { entry, enabled } => {
                self.config.accounts[entry].enabled = enabled;
                self.reconfigure();
            }
            Step::Clock { minutes, told } => {
                self.wrong = SignedDuration::from_mins(minutes.into());
                self.figures.clock_jumps += 1;
                if told {
                    self.happen(Event::WorldChanged);
                }
            }
            Step::Revoke { entry } => self.service.revoke(entry),
            Step::Replace { entry } => {
                self.service.replace(entry);
                self.reckoning.replaced(entry);
                self.happen(Event::TokenReplaced(self.config.accounts[entry].id.clone()));
            }
            Step::Notifications { there } => {
                self.notifications = there;
                if there {
                    self.happen(Event::Tick);
                }
            }
        }
    }

    /// The end of a life: everything works again, and what is due comes.
    pub fn end(mut self) -> Figures {
        (self.service.api, self.notifications, self.fuse) = (Api::Good, true, None);
        self.pass(SignedDuration::from_mins(1));
        self.happen(Event::RefreshAsked);
        self.happen(Event::Tick);
        for (key, times) in &self.shown {
            let most = 1 + self.cut_off.get(key).copied().unwrap_or_default();
            assert!(*times <= most, "{key:?} was shown {times} times");
        }
        self.figures
    }

    fn clock(&self) -> Timestamp {
        self.real + self.wrong
    }

    fn go_to(&mut self, time: Timestamp) {
        self.figures.time += Duration::try_from(time.duration_since(self.real)).unwrap();
        self.real = time;
        self.service.month_is(Month::at(time).id);
    }

    /// Time passes while the program runs.
    fn pass(&mut self, time: SignedDuration) {
        let end = self.real + time;
        for wakes in 0.. {
            // Nothing is broken for ever.
            if wakes == PATIENCE {
                self.service.api = Api::Good;
            }
            assert!(wakes < 5000, "it never rests");
            let given_up = self.hanging.as_ref().map(|(at, _)| *at);
            match self.timer.into_iter().chain(given_up).min().filter(|at| *at <= end) {
                None => break,
                Some(at) => {
                    self.go_to(at.max(self.real));
                    if given_up == Some(at) {
                        let (_, asks) = self.hanging.take().unwrap();
                        let why = || Failure::Unreachable { why: "timed out".into() };
                        let events = self.answers(asks, Some(why()));
                        self.happen_all(events);
                    } else {
                        self.happen(Event::Tick);
                    }
                }
            }
        }
        self.go_to(end);
    }

    fn reconfigure(&mut self) {
        self.happen(Event::ConfigLoaded(Box::new(self.config.clone())));
    }

    fn happen(&mut self, event: Event) {
        self.happen_all(vec![event]);
    }

    /// The events, and all that follows from them; then whether that was right.
    fn happen_all(&mut self, events: Vec<Event>) {
        let mut events = VecDeque::from(events);
        while let Some(event) = events.pop_front() {
            self.note(&event);
            let clock = self.clock();
            for effect in update(&mut self.state, event, clock) {
                if let Some((after, lost)) = self.fuse {
                    if after == 0 {
                        self.figures.kills += 1;
                        self.die(lost.into());
                        return self.start();
                    }
                    self.fuse = Some((after - 1, lost));
                }
                events.extend(self.carry_out(effect));
            }
        }
        self.write(0);
        self.timer = self.state.wakes_at(self.clock()).map(|at| {
            let wait = at.duration_since(self.clock());
            self.real + wait.max(SignedDuration::ZERO)
        });
        self.check();
    }

    /// What the second reckoning takes from an event.
    fn note(&mut self, event: &Event) {
        let entry = |id: &_| self.config.accounts.iter().position(|account| account.id == *id).unwrap();
        let clock = self.clock();
        match event {
            Event::Answered { account, token, outcome } => {
                let entry = entry(account);
                match outcome {
                    Ok(answer) => {
                        let regions = || {
                            answer.usage.regions.iter().map(|(id, pool)| (PoolId::Region(id.clone()), *pool))
                        };
                        let pools = match entry {
                            0 => std::iter::once((PoolId::Global, answer.usage.pool))
                                .chain(regions())
                                .collect(),
                            _ => regions().collect(),
                        };
                        self.reckoning.good(entry, token.clone().unwrap(), pools, clock);
                    }
                    Err(failure) => self.reckoning.bad(entry, token.clone(), failure),
                }
            }
            Event::TokenLookedUp(account, info) => {
                let expires_at = info.as_ref().and_then(|info| info.expires_at);
                self.reckoning.looked_up(entry(account), expires_at);
            }
            Event::Delivered(keys) => self.reckoning.given.extend(keys.iter().cloned()),
            Event::Undelivered(_) => self.held_up = true,
            Event::RoundEnded | Event::Tick => self.held_up = false,
            _ => {}
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Vec<Event> {
        match effect {
            Effect::Ask(asks) if self.service.api == Api::Hangs => {
                // A round of others that was begun meanwhile is given up at the same time.
                let mut all = self.hanging.take().map(|(_, asks)| asks).unwrap_or_default();
                all.extend(asks);
                self.hanging = Some((self.real + TIME_LIMIT, all));
                Vec::new()
            }
            Effect::Ask(asks) => self.answers(asks, None),
            Effect::Notify(notification) => vec![self.show(notification.settles)],
            keep => {
                let known = match &keep {
                    Effect::Remember(id, _) => {
                        let entry = usize::from(*id != self.config.accounts[0].id);
                        Some((entry, self.reckoning.known[entry].clone()))
                    }
                    _ => None,
                };
                self.unwritten.push((keep, known));
                Vec::new()
            }
        }
    }

    fn answers(&mut self, asks: Vec<Ask>, failure: Option<Failure>) -> Vec<Event> {
        let mut events = Vec::new();
        for ask in asks {
            self.figures.polls += 1;
            let entry = self.config.accounts.iter().position(|account| account.id == ask.account).unwrap();
            events.extend(self.service.answer(entry, ask, self.real, failure.clone()));
        }
        events.push(Event::RoundEnded);
        events
    }

    /// A notification: exactly what is due.
    fn show(&mut self, keys: Vec<AlertKey>) -> Event {
        let told: BTreeSet<AlertKey> = keys.iter().cloned().collect();
        assert_eq!(told.len(), keys.len(), "twice in one notification");
        assert_eq!(told, self.due(), "what is told is what is due");
        if !self.notifications {
            self.figures.undelivered += 1;
            return Event::Undelivered(keys);
        }
        for key in &keys {
            let times = self.shown.entry(key.clone()).or_default();
            *times += 1;
            self.figures.repeated += u64::from(*times > 1);
            match key {
                AlertKey::Threshold { .. } => self.figures.thresholds += 1,
                AlertKey::Forecast { .. } => self.figures.forecasts += 1,
                AlertKey::TokenInvalid { .. } => self.figures.tokens += 1,
                AlertKey::TokenExpiry { .. } => self.figures.expiries += 1,
                AlertKey::NoHost => panic!("there is a host"),
            }
        }
        Event::Delivered(keys)
    }

    /// The alerts that are due, by the second reckoning and the forecasts that every face shows.
    fn due(&self) -> BTreeSet<AlertKey> {
        let shown = std::cell::LazyCell::new(|| self.state.snapshot(self.clock()));
        let sure = |account: &AccountId, pool: &PoolId| {
            let account = shown.accounts.iter().find(|shown| shown.id == *account);
            let forecast = account.and_then(|account| match pool {
                PoolId::Region(id) if account.watch != *pool => {
                    account.regions.iter().find(|region| region.id == *id).and_then(|region| region.forecast)
                }
                _ => account.forecast,
            });
            forecast.is_some_and(|forecast| forecast.is_sure_to_go_over())
        };
        self.reckoning.due(&self.config, self.clock(), sure)
    }

    /// Writes what waits for the disk, but for the last `lost` things.
    fn write(&mut self, lost: usize) {
        let count = self.unwritten.len().saturating_sub(lost);
        for (effect, known) in self.unwritten.drain(..).take(count) {
            match effect {
                Effect::Remember(id, memory) => {
                    let (entry, known) = known.unwrap();
                    self.reckoning.saved(known, entry);
                    self.disk.memories.insert(id, *memory);
                }
                Effect::KeepAlerts(keys) => {
                    self.reckoning.saved_alerts(&keys);
                    self.disk.given.extend(keys);
                }
                Effect::KeepMute(until) => {
                    self.reckoning.saved_mute(until);
                    self.disk.muted_until = until;
                }
                _ => {}
            }
        }
    }

    fn die(&mut self, lost: usize) {
        self.write(lost);
        for key in self.shown.keys().filter(|key| !self.disk.given.contains(key)) {
            *self.cut_off.entry(key.clone()).or_default() += 1;
        }
        (self.fuse, self.hanging, self.timer, self.held_up) = (None, None, None, false);
        self.reckoning.restarted();
    }

    fn start(&mut self) {
        self.state = State::new(self.disk.clone(), 7, self.clock());
        self.reconfigure();
    }

    fn check(&self) {
        if let Some(timer) = self.timer {
            let longest = SignedDuration::try_from(Reckoning::longest_wait(&self.config)).unwrap();
            let polled = self.config.accounts.iter().any(|account| account.enabled) && self.hanging.is_none();
            assert!(!polled || timer.duration_since(self.real) <= longest, "the next poll is put off");
        }
        if self.state.busy() || self.state.telling() || self.held_up || !self.notifications {
            return;
        }
        let missing = self.due();
        assert!(missing.is_empty(), "due and not told: {missing:?}");
    }
}
