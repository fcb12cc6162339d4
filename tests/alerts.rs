//! Months of random samples, restarts, failures, quota changes and other thresholds: each due alert exactly once, and
//! no other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // Helpers are not seen as tests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::{Account, Config};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::forecast::{Forecast, Series};
use linode_bandwidth::domain::month::{Month, MonthId};
use linode_bandwidth::domain::price::Prices;
use linode_bandwidth::domain::state::{Answer, Effect, Event, Kept, State, update};
use linode_bandwidth::domain::token::TokenId;
use linode_bandwidth::domain::usage::{Pool, PoolId, Usage};
use proptest::prelude::*;

/// What happens at one step.
#[derive(Debug, Clone)]
enum Step {
    /// Time passes, and transfer with it (GB; of the global pool and of a region's).
    Use { minutes: i64, global: u64, region: u64 },
    /// A Linode is made or removed.
    Quota { global: u64 },
    /// The API answers with figures.
    Poll { delivered: bool },
    /// It fails.
    Fail(Failure),
    /// The program is killed after it has shown a notification but before that is written down, or at rest.
    Restart { while_writing: bool },
    /// The user sets other thresholds.
    Thresholds(Vec<u16>),
    /// The user mutes or unmutes the entry.
    Mute(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let thresholds =
        proptest::collection::btree_set(1u16..=150, 1..4).prop_map(|set| set.into_iter().collect());
    let failure = prop_oneof![
        Just(Failure::Unreachable { why: "no connection".into() }),
        Just(Failure::InvalidResponse { status: 502, reason: None }),
        Just(Failure::TokenInvalid),
        Just(Failure::KeyringLocked),
        Just(Failure::RateLimited { retry_after: Some(Duration::from_secs(60)) }),
    ];
    prop_oneof![
        5 => (1i64..2000, 0u64..120, 0u64..2).prop_map(|(minutes, global, region)| Step::Use { minutes, global, region }),
        1 => (500u64..3000).prop_map(|global| Step::Quota { global }),
        8 => any::<bool>().prop_map(|delivered| Step::Poll { delivered }),
        2 => failure.prop_map(Step::Fail),
        1 => any::<bool>().prop_map(|while_writing| Step::Restart { while_writing }),
        1 => thresholds.prop_map(Step::Thresholds),
        1 => any::<bool>().prop_map(Step::Mute),
    ]
}

/// The program and the world around it.
struct World {
    now: Timestamp,
    /// How long after a month's end the API still gives the old figures, in minutes.
    lag: i64,
    real: BTreeMap<PoolId, Pool>,
    /// What the API says while it lags.
    old: BTreeMap<PoolId, Pool>,
    month: MonthId,
    config: Config,
    state: State,
    disk: Kept,
    /// Each alert's key and how often it was shown.
    shown: BTreeMap<AlertKey, usize>,
    /// Keys that were shown and then not written down.
    may_repeat: BTreeSet<AlertKey>,
    /// What a second reckoning says is due.
    due: BTreeSet<AlertKey>,
    /// For that: each pool's last used bytes by month, and whether its month's figures have come.
    last: BTreeMap<PoolId, (MonthId, u64, Option<u64>, bool)>,
    /// And its samples of the month.
    series: BTreeMap<PoolId, Series>,
}

const REGION: &str = "id-cgk";

impl World {
    fn new(lag: i64) -> World {
        let now: Timestamp = "2026-11-03T12:00:00Z".parse().unwrap();
        let config =
            Config { accounts: vec![Account::new("acme".parse().unwrap(), "Acme")], ..Config::default() };
        let real = BTreeMap::from([
            (PoolId::Global, Pool::from_gb(0, 1000, 0)),
            (PoolId::Region(REGION.into()), Pool::from_gb(0, 10, 0)),
        ]);
        let mut world = World {
            now,
            lag,
            old: real.clone(),
            real,
            month: Month::at(now).id,
            config,
            state: State::new(Kept::default(), 7, now),
            disk: Kept::default(),
            shown: BTreeMap::new(),
            may_repeat: BTreeSet::new(),
            due: BTreeSet::new(),
            last: BTreeMap::new(),
            series: BTreeMap::new(),
        };
        world.happen(Event::ConfigLoaded(Box::new(world.config.clone())), true, true);
        world
    }

    /// The event and all that follows from it; a poll that was asked for is left to the steps.
    fn happen(&mut self, event: Event, delivered: bool, written: bool) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in update(&mut self.state, event, self.now) {
                match effect {
                    Effect::Notify(notification) => {
                        let keys = notification.settles;
                        if delivered {
                            for key in &keys {
                                *self.shown.entry(key.clone()).or_default() += 1;
                            }
                        }
                        if delivered && !written {
                            self.may_repeat.extend(keys.iter().cloned());
                            self.restart();
                            return;
                        }
                        let outcome =
                            if delivered { Event::Delivered(keys) } else { Event::Undelivered(keys) };
                        events.push(outcome);
                    }
                    Effect::KeepAlerts(keys) => self.disk.given.extend(keys),
                    Effect::KeepSamples(id, at, pools) => {
                        let samples = self.disk.samples.entry(id).or_default();
                        for (pool, figures) in pools {
                            samples.entry(pool).or_default().push((at, figures.used));
                        }
                    }
                    Effect::Remember(id, memory) => drop(self.disk.memories.insert(id, *memory)),
                    _ => {}
                }
            }
        }
    }

    fn restart(&mut self) {
        self.state = State::new(self.disk.clone(), 7, self.now);
        update(&mut self.state, Event::ConfigLoaded(Box::new(self.config.clone())), self.now);
    }

    fn answer(&mut self, outcome: Result<Answer, Failure>, delivered: bool, written: bool) {
        update(&mut self.state, Event::RefreshAsked, self.now);
        let token = Some(TokenId("t".into()));
        self.happen(Event::Answered { account: "acme".parse().unwrap(), token, outcome }, delivered, written);
        self.happen(Event::RoundEnded, delivered, written);
    }

    fn said(&self) -> BTreeMap<PoolId, Pool> {
        let since = self.now.duration_since(Month::at(self.now).starts_at).as_mins();
        if since < self.lag { self.old.clone() } else { self.real.clone() }
    }

    fn go_on(&mut self, minutes: i64, global: u64, region: u64) {
        self.now += jiff::SignedDuration::from_mins(minutes);
        let month = Month::at(self.now).id;
        if month != self.month {
            self.month = month;
            self.old = self.real.clone();
            self.real.values_mut().for_each(|pool| pool.used = 0);
        }
        for (pool, gb) in self.real.values_mut().zip([global, region]) {
            pool.used += gb * 1_000_000_000;
        }
    }

    /// The contract's rule, reckoned from the samples alone.
    fn reckon(&mut self, said: &BTreeMap<PoolId, Pool>) {
        let month = Month::at(self.now);
        for (id, pool) in said {
            let (_, last, before, came) = match self.last.remove(id) {
                Some((m, last, before, came)) if m == month.id => (m, last, before, came),
                Some((m, last, _, _)) => (month.id, last, (m == month.id.previous()).then_some(last), false),
                None => (month.id, 0, None, true),
            };
            let _ = last;
            let day_over = self.now.duration_since(month.starts_at).as_hours() >= 24;
            let came = came || day_over || before.is_none_or(|before| pool.used < before);
            self.last.insert(id.clone(), (month.id, pool.used, before, came));
            if !came {
                continue;
            }
            let reached: Vec<u16> =
                self.config.thresholds.iter().copied().filter(|t| pool.reaches(*t)).collect();
            let key = |percent| AlertKey::Threshold {
                account: "acme".parse().unwrap(),
                pool: id.clone(),
                month: month.id,
                percent,
            };
            let muted = self.config.accounts[0].muted;
            let new: Vec<u16> = reached.into_iter().filter(|t| !self.due.contains(&key(*t))).collect();
            if new.last().is_some_and(|highest| !muted || *highest >= 100) {
                self.due.extend(new.into_iter().map(key));
            }
            self.reckon_the_pace(id, pool, month);
        }
    }

    /// The same for "on pace to go over".
    fn reckon_the_pace(&mut self, id: &PoolId, pool: &Pool, month: Month) {
        let series = self.series.entry(id.clone()).or_insert_with(|| Series::new(month));
        if series.month() != month.id {
            *series = Series::new(month);
        }
        series.take(self.now, pool.used);
        let forecast = Forecast::of(id, pool, self.now, Some(series), &Prices::default());
        let sure = forecast.is_some_and(|forecast| forecast.low > forecast.quota);
        let was_over = self.due.iter().any(|key| match key {
            AlertKey::Threshold { pool, month: m, percent, .. } => {
                pool == id && *m == month.id && *percent >= 100
            }
            _ => false,
        });
        let over = pool.used >= pool.quota || was_over;
        if sure && !over && month.elapsed(self.now) >= 0.1 && !self.config.accounts[0].muted {
            let account = "acme".parse().unwrap();
            self.due.insert(AlertKey::Forecast { account, pool: id.clone(), month: month.id });
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Use { minutes, global, region } => self.go_on(minutes, global, region),
            Step::Quota { global } => {
                self.real.values_mut().take(1).for_each(|p| p.quota = global * 1_000_000_000)
            }
            Step::Poll { delivered } => {
                let said = self.said();
                self.reckon(&said);
                let regions = vec![(REGION.to_owned(), said[&PoolId::Region(REGION.into())])];
                let usage = Usage { pool: said[&PoolId::Global], regions };
                self.answer(Ok(Answer { usage: usage.clone(), scopes: None }), delivered, true);
                // A server that was away is there again for the next poll.
                if !delivered {
                    self.answer(Ok(Answer { usage, scopes: None }), true, true);
                }
                self.check();
            }
            Step::Fail(failure) => self.answer(Err(failure), true, true),
            Step::Restart { while_writing: false } => self.restart(),
            Step::Restart { while_writing: true } => {
                let said = self.said();
                self.reckon(&said);
                let regions = vec![(REGION.to_owned(), said[&PoolId::Region(REGION.into())])];
                let usage = Usage { pool: said[&PoolId::Global], regions };
                self.answer(Ok(Answer { usage: usage.clone(), scopes: None }), true, false);
                self.answer(Ok(Answer { usage, scopes: None }), true, true);
                self.check();
            }
            Step::Thresholds(thresholds) => {
                self.config.thresholds = thresholds;
                self.reconfigure();
            }
            Step::Mute(muted) => {
                self.config.accounts[0].muted = muted;
                self.reconfigure();
            }
        }
    }

    /// A changed configuration is judged by the figures that are there, if they are fresh: a poll settles what that is.
    fn reconfigure(&mut self) {
        update(&mut self.state, Event::RefreshAsked, self.now);
        self.happen(Event::ConfigLoaded(Box::new(self.config.clone())), true, true);
        self.take(Step::Poll { delivered: true });
    }

    fn check(&self) {
        let of_transfer =
            |key: &&AlertKey| matches!(key, AlertKey::Threshold { .. } | AlertKey::Forecast { .. });
        let given: BTreeSet<AlertKey> = self.shown.keys().filter(of_transfer).cloned().collect();
        assert_eq!(given, self.due, "what was shown is what is due");
        for (key, times) in &self.shown {
            let most = if self.may_repeat.contains(key) { 2 } else { 1 };
            assert!(*times <= most, "{key:?} was shown {times} times");
        }
        assert!(self.shown.keys().all(|key| self.disk.given.contains(key)), "what was shown is written down");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_due_alert_comes_exactly_once_and_no_other(
        lag in 0i64..1600,
        steps in proptest::collection::vec(step(), 1..160),
    ) {
        let mut world = World::new(lag);
        for step in steps {
            world.take(step);
        }
    }
}
