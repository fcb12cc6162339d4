//! A second implementation of which alerts are due, from the contract and from what the program could have known. It
//! shares only the calendar, the comparison of bytes with percentages and the forecast with the domain.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::{AccountId, Config};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::forecast::{Forecast, Series};
use linode_bandwidth::domain::month::{Month, MonthId};
use linode_bandwidth::domain::price::Prices;
use linode_bandwidth::domain::token::TokenId;
use linode_bandwidth::domain::usage::{Pool, PoolId};

/// What a program that runs all the time knows about an account.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The last successful response.
    reading: Option<(Timestamp, BTreeMap<PoolId, Pool>)>,
    /// Set if the requests since then failed, with the token if it was refused.
    pub failed: Option<Option<TokenId>>,
    pools: BTreeMap<PoolId, Seen>,
    token: Option<TokenId>,
    pub expires_at: Option<Timestamp>,
    pub muted_until: Option<Timestamp>,
}

/// What is known about a pool in the last month that was seen.
#[derive(Debug, Clone)]
struct Seen {
    month: MonthId,
    used: u64,
    /// The last figure of the previous month.
    before: Option<u64>,
    /// The samples since the figures are those of this month, and what is known of the days before.
    own: Option<Series>,
    /// The same until then.
    past: Option<Series>,
}

impl Known {
    pub fn good(&mut self, token: Option<TokenId>, pools: BTreeMap<PoolId, Pool>, clock: Timestamp) {
        self.use_token(token);
        for (id, pool) in &pools {
            let seen = Seen::next(self.pools.remove(id), pool, clock);
            self.pools.insert(id.clone(), seen);
        }
        (self.reading, self.failed) = (Some((clock, pools)), None);
    }

    pub fn bad(&mut self, token: Option<TokenId>, failure: &Failure) {
        self.use_token(token.clone());
        self.failed = Some(token.filter(|_| *failure == Failure::TokenInvalid));
    }

    fn use_token(&mut self, token: Option<TokenId>) {
        if token.is_some() && self.token != token {
            (self.token, self.expires_at) = (token, None);
        }
    }

    /// The earlier month that a pool's figures are still from. If nothing was used, both months look the same.
    pub fn still_of(&self, id: &PoolId, clock: Timestamp) -> Option<MonthId> {
        let (_, pools) = self.reading.as_ref()?;
        let seen = &self.pools[id];
        let of = if seen.own.is_some() || pools[id].used == 0 { seen.month } else { seen.month.previous() };
        (of < Month::containing(clock).id).then_some(of)
    }

    /// The forecast of a pool from its own samples.
    pub fn forecast(&self, id: &PoolId) -> Option<Forecast> {
        let (at, pools) = self.reading.as_ref()?;
        Forecast::compute(id, &pools[id], *at, self.pools[id].own.as_ref(), &Prices::default())
    }
}

impl Seen {
    fn next(old: Option<Seen>, pool: &Pool, clock: Timestamp) -> Seen {
        let month = Month::containing(clock);
        let (before, own, past) = match old {
            Some(old) if old.month == month.id => (old.before, old.own, old.past),
            Some(old) => {
                let before = (old.month == month.id.previous()).then_some(old.used);
                (before, None, old.own.or(old.past))
            }
            None => (None, None, None),
        };
        let day_over = clock.duration_since(month.starts_at) >= SignedDuration::from_hours(24);
        let begins = day_over || before.is_none_or(|before| pool.used < before);
        let past = past.filter(|past| past.month() <= month.id);
        let mut own = own.or_else(|| begins.then(|| past.clone().unwrap_or(Series::new(month))));
        own.iter_mut().for_each(|series| series.push(clock, pool.used));
        Seen { month: month.id, used: pool.used, before, own, past }
    }
}

/// The alerts of this month that count as sent for an account that starts with `token`: a duplicate inherits its
/// original's.
pub fn begins_with(
    entries: &BTreeMap<AccountId, Known>,
    config: &Config,
    given: &BTreeSet<AlertKey>,
    (new, token): (&AccountId, &TokenId),
    clock: Timestamp,
) -> Vec<AlertKey> {
    if entries.get(new).is_some_and(|known| known.token.is_some()) {
        return Vec::new();
    }
    let now = Month::containing(clock).id;
    let mut all = Vec::new();
    for original in config.accounts.iter().map(|account| &account.id) {
        if original == new || entries.get(original).is_none_or(|known| known.token.as_ref() != Some(token)) {
            continue;
        }
        all.extend(given.iter().filter_map(|key| match key {
            AlertKey::Threshold { account, pool, month, percent } if account == original && *month == now => {
                let (account, pool, month) = (new.clone(), pool.clone(), *month);
                Some(AlertKey::Threshold { account, pool, month, percent: *percent })
            }
            AlertKey::Forecast { account, pool, month } if account == original && *month == now => {
                Some(AlertKey::Forecast { account: new.clone(), pool: pool.clone(), month: *month })
            }
            _ => None,
        }));
    }
    all
}

/// The due alerts that are not in `given`. `all_muted` mutes all accounts; `forecast` returns the forecast of an
/// account's pool.
pub fn due(
    entries: &BTreeMap<AccountId, Known>,
    config: &Config,
    given: &BTreeSet<AlertKey>,
    all_muted: bool,
    clock: Timestamp,
    forecast: impl Fn(&AccountId, &PoolId) -> Option<Forecast>,
) -> BTreeSet<AlertKey> {
    let mut due = BTreeSet::new();
    for account in &config.accounts {
        let Some(known) = entries.get(&account.id) else { continue };
        let muted = all_muted || account.muted || known.muted_until.is_some_and(|until| clock < until);
        if !account.enabled {
            continue;
        }
        if let Some(failed) = &known.failed {
            due.extend(failed.clone().map(|token| AlertKey::TokenInvalid { token }));
            continue;
        }
        let Some((at, pools)) = &known.reading else { continue };
        if clock.duration_since(*at) > SignedDuration::try_from(config.poll_interval * 2).unwrap() {
            continue;
        }
        let month = Month::containing(clock).id;
        for (id, pool) in pools {
            let seen = &known.pools[id];
            if Month::containing(*at).id != month || seen.month != month || seen.own.is_none() {
                continue;
            }
            let (account_id, pool_id) = (|| account.id.clone(), || id.clone());
            let key =
                |percent| AlertKey::Threshold { account: account_id(), pool: pool_id(), month, percent };
            let was_over = given.range(key(100)..=key(u16::MAX)).next().is_some();
            let late = Month::containing(clock).elapsed(*at) >= 0.1;
            let may_go_over = config.forecast_alert && !muted && late && !pool.reaches(100) && !was_over;
            let two_days = 2 * 24 * 3600;
            let sure = |it: Forecast| it.low > it.quota && it.seen >= two_days;
            if may_go_over && forecast(&account.id, id).is_some_and(sure) {
                due.insert(AlertKey::Forecast { account: account_id(), pool: pool_id(), month });
            }
            // 100 % is always a threshold, and no threshold below a sent one is due.
            let mut percents: BTreeSet<u16> =
                account.thresholds.as_ref().unwrap_or(&config.thresholds).iter().copied().collect();
            percents.insert(100);
            let given_percent = |key: &AlertKey| match key {
                AlertKey::Threshold { account, pool, month: of, percent }
                    if (account, pool, *of) == (&account_id(), id, month) =>
                {
                    Some(*percent)
                }
                _ => None,
            };
            let highest_given = given.iter().filter_map(given_percent).max().unwrap_or(0);
            let new: Vec<u16> = percents
                .into_iter()
                .filter(|percent| *percent > highest_given && pool.reaches(*percent))
                .collect();
            if new.last().is_some_and(|highest| !muted || *highest >= 100) {
                due.extend(new.into_iter().map(key));
            }
        }
        if let (Some(token), Some(expires_at), false) = (&known.token, known.expires_at, muted) {
            let left = expires_at.duration_since(clock);
            let reached = |days: &&u16| left <= SignedDuration::from_hours(24 * i64::from(**days));
            let key = |days| AlertKey::TokenExpiry { token: token.clone(), days };
            let later = |days: &&u16| (0..=**days).all(|fewer| !given.contains(&key(fewer)));
            let days = config.token_expiry_alert_days.iter().filter(reached).filter(later);
            let keys = days.map(|&days| key(days));
            due.extend(keys.filter(|_| left.is_positive()));
        }
    }
    due.difference(given).cloned().collect()
}
