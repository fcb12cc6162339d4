//! The API, its pools and its tokens.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::month::{Month, MonthId};
use linode_bandwidth::domain::state::{Answer, Ask, Event};
use linode_bandwidth::domain::token::{Scopes, TokenId, TokenInfo};
use linode_bandwidth::domain::usage::{Pool, Usage};

use crate::steps::Api;

/// The region that has a pool of its own.
pub const REGION: &str = "id-cgk";

/// What answers, and what it knows. Its months go by the true time.
pub struct Service {
    /// When this life began.
    born: Timestamp,
    /// For how long after a month's end the old figures are given.
    lag: SignedDuration,
    pub pools: [Pool; 2],
    old: [Pool; 2],
    month: MonthId,
    pub api: Api,
    revoked: BTreeSet<u32>,
    tokens: [u32; 2],
    last_token: u32,
}

impl Service {
    pub fn new(born: Timestamp, lag: SignedDuration) -> Service {
        let pools = [Pool::from_gb(0, 1000, 0), Pool::from_gb(0, 20, 0)];
        Service {
            born,
            lag,
            pools,
            old: pools,
            month: Month::at(born).id,
            api: Api::Good,
            revoked: BTreeSet::new(),
            tokens: [0, 0],
            last_token: 0,
        }
    }

    /// So many GB more are used of each pool.
    pub fn transfer(&mut self, gb: [u64; 2]) {
        for (pool, gb) in self.pools.iter_mut().zip(gb) {
            pool.used += gb * 1_000_000_000;
        }
    }

    /// The pools are full again when another month begins.
    pub fn month_is(&mut self, month: MonthId) {
        if month != self.month {
            self.month = month;
            self.old = self.pools;
            self.pools.iter_mut().for_each(|pool| pool.used = 0);
        }
    }

    pub fn revoke(&mut self, entry: usize) {
        self.revoked.insert(self.tokens[entry]);
    }

    /// The entry has another token.
    pub fn replace(&mut self, entry: usize) {
        self.last_token += 1;
        self.tokens[entry] = self.last_token;
    }

    /// What `ask`, about the entry of that number, comes to at `real`; `failure`, if there is one.
    pub fn answer(&self, entry: usize, ask: Ask, real: Timestamp, failure: Option<Failure>) -> Vec<Event> {
        let number = self.tokens[entry];
        let id = TokenId(format!("t{number}"));
        let failure = failure.or(match self.api {
            Api::Good | Api::Hangs => None,
            Api::Unreachable => Some(Failure::Unreachable { why: "no connection".into() }),
            Api::Broken => Some(Failure::InvalidResponse { status: 502, reason: None }),
            Api::Limited => Some(Failure::RateLimited { retry_after: Some(Duration::from_secs(60 * 200)) }),
            Api::Locked => Some(Failure::KeyringLocked),
        });
        if failure == Some(Failure::KeyringLocked) {
            let outcome = Err(Failure::KeyringLocked);
            return vec![Event::Answered { account: ask.account, token: None, outcome }];
        }
        if ask.unless_token.as_ref() == Some(&id) {
            return vec![Event::TokenUnchanged(ask.account)];
        }
        let refused = self.revoked.contains(&number).then_some(Failure::TokenInvalid);
        let outcome = match failure.or(refused) {
            Some(failure) => Err(failure),
            None => Ok(Answer { usage: self.said(real), scopes: None }),
        };
        let unknown = outcome.is_ok() && ask.look_up_unless.as_ref() != Some(&id);
        let mut events = vec![Event::Answered { account: ask.account.clone(), token: Some(id), outcome }];
        if unknown {
            events.push(Event::TokenLookedUp(ask.account, Some(self.info(number))));
        }
        events
    }

    /// Every third token never expires; the others do within this life or soon after it.
    fn info(&self, number: u32) -> TokenInfo {
        let days = 4 + (number * 11) % 40;
        let expires_at =
            (number % 3 != 2).then(|| self.born + SignedDuration::from_hours(24 * i64::from(days)));
        TokenInfo { label: None, scopes: Scopes::default(), expires_at }
    }

    fn said(&self, real: Timestamp) -> Usage {
        let late = real.duration_since(Month::at(real).starts_at) < self.lag;
        let [pool, region] = if late { self.old } else { self.pools };
        Usage { pool, regions: vec![(REGION.to_owned(), region)] }
    }
}
