//! Tables of events, with a clock that the test moves.

mod alerting;
mod breakdowns;
mod configuration;
mod forecasts;
mod lookups;
mod polling;
mod retries;
mod unlocking;

use super::*;
use crate::domain::alert::Notification;
use crate::domain::config::{AccountConfig, ApiUrl};
use crate::domain::failure::{EntryState, Failure};
use crate::domain::month::MonthId;
use crate::domain::token::{Scopes, TokenId, TokenInfo};
use crate::domain::usage::{Endpoint, GB, Usage};

const MINUTE: Duration = Duration::from_secs(60);

const INTERVAL: Duration = Duration::from_secs(5 * 60);

fn start() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn config(ids: &[&str]) -> Config {
    let account = |text: &&str| AccountConfig::new(id(text), &text.to_uppercase());
    // The forecast alert depends on the day of the month, and has its own tests.
    Config { accounts: ids.iter().map(account).collect(), forecast_alert: false, ..Config::default() }
}

fn usage(used: u64, quota: u64) -> Usage {
    Usage { pool: Pool::from_gb(used, quota, 0), regions: Vec::new() }
}

/// The program at the test's time.
struct World {
    state: State,
    now: Timestamp,
}

impl World {
    fn new(kept: PersistedState) -> World {
        World { state: State::new(kept, 1, start()), now: start() }
    }

    fn with(config: Config) -> World {
        let mut world = World::new(PersistedState::default());
        world.load(config);
        world
    }

    fn happen(&mut self, event: Event) -> Vec<Effect> {
        update(&mut self.state, event, self.now)
    }

    fn load(&mut self, config: Config) -> Vec<Effect> {
        self.happen(Event::ConfigLoaded(Box::new(config)))
    }

    fn pass(&mut self, time: Duration) -> Vec<Effect> {
        self.now += time;
        self.happen(Event::Tick)
    }

    fn answer(&mut self, of: &str, outcome: Result<Usage, Failure>) -> Vec<Effect> {
        let outcome = outcome.map(|usage| Answer { usage, scopes: None, linode_label: None });
        let poll = self.poll(of);
        self.happen(Event::PollFinished { poll, token: Some(TokenId("one".into())), outcome })
    }

    /// Handles an answer and the end of its round.
    fn round(&mut self, of: &str, outcome: Result<Usage, Failure>) -> Vec<Effect> {
        let mut effects = self.answer(of, outcome);
        effects.extend(self.happen(Event::RoundFinished));
        effects
    }

    /// The account in the current snapshot.
    fn poll(&self, of: &str) -> PollId {
        let account = self.state.accounts.iter().find(|account| account.config.id == id(of));
        PollId { account: id(of), generation: account.map_or(0, |account| account.generation) }
    }

    fn account(&self, of: &str) -> AccountSnapshot {
        let accounts = self.state.snapshot(self.now).accounts;
        accounts.into_iter().find(|account| account.id == id(of)).unwrap()
    }

    fn state_of(&self, of: &str) -> EntryState {
        self.account(of).state
    }

    fn used(&self, of: &str) -> Option<u64> {
        self.account(of).pool.map(|pool| pool.used / GB)
    }
}

fn asked(effects: &[Effect]) -> Vec<PollRequest> {
    let asks = effects.iter().filter_map(|effect| match effect {
        Effect::Poll(asks) => Some(asks.clone()),
        _ => None,
    });
    asks.flatten().collect()
}

fn asked_ids(effects: &[Effect]) -> Vec<String> {
    asked(effects).iter().map(|ask| ask.poll.account.to_string()).collect()
}

fn notified(effects: &[Effect]) -> Vec<Notification> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notify(notification) => Some(notification.clone()),
            _ => None,
        })
        .collect()
}

fn offline() -> Failure {
    Failure::Unreachable { why: "no connection".into() }
}
