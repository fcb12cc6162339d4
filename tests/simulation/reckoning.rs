//! A second reckoning of which alerts are due: from the contract, and from what the program could have seen. It shares no
//! decision with the domain, only the calendar and the comparison of bytes with percents.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::{AccountId, Config};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::month::{Month, MonthId};
use linode_bandwidth::domain::token::TokenId;
use linode_bandwidth::domain::usage::{Pool, PoolId};

/// What a program that was running would know of an entry.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The last good answer.
    reading: Option<(Timestamp, Vec<(PoolId, Pool)>)>,
    /// What the answers since then failed with: the token, if it was refused.
    failed: Option<Option<TokenId>>,
    months: BTreeMap<PoolId, Seen>,
    token: Option<TokenId>,
    expires_at: Option<Timestamp>,
    muted_until: Option<Timestamp>,
}

/// What was seen of a pool in the month that was seen last.
#[derive(Debug, Clone)]
struct Seen {
    month: MonthId,
    used: u64,
    /// Last month's last figure.
    before: Option<u64>,
    /// Whether the figures are the month's own, and no longer the last one's.
    own: bool,
}

/// All of it, in memory and on the disk.
#[derive(Debug, Default)]
pub struct Reckoning {
    pub known: [Known; 2],
    pub muted_until: Option<Timestamp>,
    pub given: BTreeSet<AlertKey>,
    disk: ([Known; 2], Option<Timestamp>, BTreeSet<AlertKey>),
}

impl Reckoning {
    pub fn good(&mut self, entry: usize, token: TokenId, pools: Vec<(PoolId, Pool)>, clock: Timestamp) {
        let known = &mut self.known[entry];
        known.use_token(token);
        for (id, pool) in &pools {
            let seen = Seen::next(known.months.get(id), pool, clock);
            known.months.insert(id.clone(), seen);
        }
        known.reading = Some((clock, pools));
        known.failed = None;
    }

    pub fn bad(&mut self, entry: usize, token: Option<TokenId>, failure: &Failure) {
        let known = &mut self.known[entry];
        if let Some(token) = &token {
            known.use_token(token.clone());
        }
        known.failed = Some(token.filter(|_| *failure == Failure::TokenInvalid));
    }

    pub fn looked_up(&mut self, entry: usize, expires_at: Option<Timestamp>) {
        self.known[entry].expires_at = expires_at;
    }

    /// A token that was stored is tried: the refusal of the one before it says nothing about it.
    pub fn replaced(&mut self, entry: usize) {
        if let Some(failed) = &mut self.known[entry].failed {
            *failed = None;
        }
    }

    pub fn mute(&mut self, entry: Option<usize>, until: Option<Timestamp>) {
        match entry {
            None => self.muted_until = until,
            Some(entry) => self.known[entry].muted_until = until,
        }
    }

    /// What is known of the entry is on the disk as it is now.
    pub fn saved(&mut self, known: Known, entry: usize) {
        self.disk.0[entry] = known;
    }

    pub fn saved_mute(&mut self, until: Option<Timestamp>) {
        self.disk.1 = until;
    }

    pub fn saved_alerts(&mut self, keys: &[AlertKey]) {
        self.disk.2.extend(keys.iter().cloned());
    }

    /// What is not on the disk is forgotten.
    pub fn restarted(&mut self) {
        let (known, muted_until, given) = self.disk.clone();
        (self.known, self.muted_until, self.given) = (known, muted_until, given);
    }

    /// The alerts that are due and were not given. `sure` says whether the forecast of an entry's pool is one that it is
    /// going to be over.
    pub fn due(
        &self,
        config: &Config,
        clock: Timestamp,
        sure: impl Fn(&AccountId, &PoolId) -> bool,
    ) -> BTreeSet<AlertKey> {
        let all_muted = self.muted_until.is_some_and(|until| clock < until);
        let mut due = BTreeSet::new();
        for (account, known) in config.accounts.iter().zip(&self.known) {
            if !account.enabled {
                continue;
            }
            let muted = all_muted || account.muted || known.muted_until.is_some_and(|until| clock < until);
            if let Some(failed) = &known.failed {
                due.extend(failed.clone().map(|token| AlertKey::TokenInvalid { token }));
                continue;
            }
            let Some((at, pools)) = &known.reading else { continue };
            if clock.duration_since(*at) > SignedDuration::try_from(config.poll_interval * 2).unwrap() {
                continue;
            }
            let thresholds = account.thresholds.as_ref().unwrap_or(&config.thresholds);
            let month = Month::at(clock).id;
            for (id, pool) in pools {
                let own = known.months.get(id).is_some_and(|seen| seen.month == month && seen.own);
                if Month::at(*at).id != month || !own {
                    continue;
                }
                let key = |percent| AlertKey::Threshold {
                    account: account.id.clone(),
                    pool: id.clone(),
                    month,
                    percent,
                };
                let was_over = self.given.range(key(100)..=key(u16::MAX)).next().is_some();
                let late = Month::at(clock).elapsed(*at) >= 0.1;
                if config.forecast_alert && !muted && late && !pool.reaches(100) && !was_over {
                    let key = AlertKey::Forecast { account: account.id.clone(), pool: id.clone(), month };
                    if !self.given.contains(&key) && sure(&account.id, id) {
                        due.insert(key);
                    }
                }
                let new = thresholds.iter().filter(|&&percent| pool.reaches(percent)).copied();
                let new: Vec<u16> = new.filter(|&percent| !self.given.contains(&key(percent))).collect();
                if new.last().is_some_and(|highest| !muted || *highest >= 100) {
                    due.extend(new.into_iter().map(key));
                }
            }
            if let (Some(token), Some(expires_at), false) = (&known.token, known.expires_at, muted) {
                let left = expires_at.duration_since(clock);
                let reached = |days: &&u16| left <= SignedDuration::from_hours(24 * i64::from(**days));
                let days = config.token_expiry_alert_days.iter().filter(reached).copied();
                let keys = days.map(|days| AlertKey::TokenExpiry { token: token.clone(), days });
                due.extend(keys.filter(|_| left.is_positive()));
            }
        }
        due.difference(&self.given).cloned().collect()
    }

    /// The longest that a poll of a running program may be away: its interval, or what the API may make it wait.
    pub fn longest_wait(config: &Config) -> Duration {
        config.poll_interval.max(Duration::from_secs(3600))
    }
}

impl Known {
    fn use_token(&mut self, token: TokenId) {
        if self.token.as_ref() != Some(&token) {
            self.token = Some(token);
            self.expires_at = None;
        }
    }
}

impl Seen {
    fn next(old: Option<&Seen>, pool: &Pool, clock: Timestamp) -> Seen {
        let month = Month::at(clock);
        let day_over = clock.duration_since(month.starts_at) >= SignedDuration::from_hours(24);
        let same = old.filter(|old| old.month == month.id);
        let before = match same {
            Some(same) => same.before,
            None => old.filter(|old| old.month == month.id.previous()).map(|old| old.used),
        };
        let fallen = before.is_none_or(|before| pool.used < before);
        let own = same.is_some_and(|same| same.own) || fallen || day_over;
        Seen { month: month.id, used: pool.used, before, own }
    }
}
