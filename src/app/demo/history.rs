//! What the sample accounts did before the demo began: the month so far and the eleven before it, so that forecast and
//! plots have something to go by.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::api::simulated::{self, SimulatedData};
use crate::domain::account::{AccountRecord, Reading};
use crate::domain::config::{AccountConfig, AccountId};
use crate::domain::month::Month;
use crate::domain::sample::Sample;
use crate::domain::state::PersistedState;
use crate::domain::usage::{GB, Pool, PoolId, Usage};
use crate::storage::history::{History, HistoryError};

/// What each of the eleven months came to, as a share of the quota, the last one first.
const BEFORE: [f64; 11] = [0.71, 0.64, 0.86, 0.58, 1.06, 0.75, 0.69, 0.52, 0.81, 0.61, 0.47];
/// The transfer of the quarters of a day in New York, as shares of it: by night less.
const QUARTERS: [f64; 4] = [0.13, 0.24, 0.35, 0.28];
/// A quarter of a day.
const QUARTER: SignedDuration = SignedDuration::from_hours(6);

/// The samples of one pool, oldest first.
#[derive(Debug, Clone)]
pub struct Series {
    account: AccountId,
    pool: PoolId,
    samples: Vec<Sample>,
}

/// The pasts of the accounts of `world`, whose accounts are `accounts`, up to `now`. The refused one has none.
pub fn simulate_history(world: &SimulatedData, entries: &[AccountConfig], now: Timestamp) -> Vec<Series> {
    let mut all = Vec::new();
    for (account, entry) in world.accounts.iter().zip(entries).filter(|(account, _)| account.known) {
        for (pool, used, quota) in pools(account) {
            let mut samples = months_before(used, quota, now);
            samples.extend(this_month(used, quota, now));
            all.push(Series { account: entry.id.clone(), pool, samples });
        }
    }
    all
}

/// Puts them into `history`.
pub fn keep(past: &[Series], history: &mut History) -> Result<(), HistoryError> {
    past.iter().try_for_each(|series| history.save_series(&series.account, &series.pool, &series.samples))
}

/// Spreads what was used since `begun` over the whole month. The demo's usage grows by an hour a second, but the clock does
/// not run faster: otherwise the plot of the month would end in a wall.
pub fn smooth(
    past: &[Series],
    history: &mut History,
    begun: Timestamp,
    now: Timestamp,
) -> Result<(), HistoryError> {
    for Series { account, pool, .. } in past {
        let recent = history.samples(account, pool, begun)?;
        let Some(last) = recent.last().map(|sample| sample.pool) else { continue };
        let used = last.used as f64 / GB as f64;
        let mut samples = this_month(used, last.quota / GB, now);
        // The sample of now may not be in the history.
        samples.retain(|sample| sample.at < begun);
        samples.extend(recent.iter().map(|sample| Sample { pool: last, ..*sample }));
        history.save_series(account, pool, &samples)?;
    }
    Ok(())
}

/// What a program that has seen all of it would know.
pub fn persisted_state(past: &[Series], entries: &[AccountConfig], now: Timestamp) -> PersistedState {
    let starts_at = Month::containing(now).starts_at;
    let mut state = PersistedState::default();
    for entry in entries {
        let (mut usage, mut samples) = (Usage::default(), BTreeMap::new());
        for Series { pool, samples: known, .. } in past.iter().filter(|series| series.account == entry.id) {
            let Some(last) = known.last() else { continue };
            match pool {
                PoolId::Region(id) => usage.regions.push((id.clone(), last.pool)),
                _ => usage.pool = last.pool,
            }
            let month = known.iter().filter(|sample| sample.at >= starts_at);
            samples.insert(pool.clone(), month.map(|sample| (sample.at, sample.pool.used)).collect());
        }
        if !samples.is_empty() {
            let mut record = AccountRecord { name: entry.name.clone(), ..AccountRecord::default() };
            record.take_reading(Reading { at: now, watch: entry.watch.clone(), usage });
            state.records.insert(entry.id.clone(), record);
            state.samples.insert(entry.id.clone(), samples);
        }
    }
    state
}

/// The global pool and those of regions, with the GB used of each and its quota.
fn pools(account: &simulated::SimulatedAccount) -> Vec<(PoolId, f64, u64)> {
    let regions = account.regions.iter();
    let regions = regions.map(|(id, used, quota)| (PoolId::Region(id.clone()), *used as f64, *quota));
    std::iter::once((PoolId::Global, account.used, account.quota)).chain(regions).collect()
}

fn sample(at: Timestamp, used: f64, quota: u64) -> Sample {
    Sample { at, pool: Pool::from_gb(used as u64, quota, (used as u64).saturating_sub(quota)) }
}

/// The last figure of each month before, the oldest first. A pool that is nearly idle was so all along.
fn months_before(used: f64, quota: u64, now: Timestamp) -> Vec<Sample> {
    let size = (quota as f64).min(used * 1.2);
    let mut starts_at = Month::containing(now).starts_at;
    let mut samples = Vec::new();
    for share in BEFORE {
        let Ok(at) = starts_at.checked_sub(SignedDuration::from_mins(1)) else { break };
        samples.push(sample(at, share * size, quota));
        starts_at = Month::containing(at).starts_at;
    }
    samples.reverse();
    samples
}

/// Every quarter of a day since the month began, up to the figure of now.
fn this_month(used: f64, quota: u64, now: Timestamp) -> Vec<Sample> {
    let mut at = Month::containing(now).starts_at;
    let (mut sum, mut points) = (0.0, Vec::new());
    for share in QUARTERS.iter().cycle() {
        points.push((at, sum));
        let Some(next) = at.checked_add(QUARTER).ok().filter(|next| *next < now) else { break };
        (at, sum) = (next, sum + share);
    }
    // What has gone of the quarter that is under way counts as what it is of it.
    let begun = QUARTERS.get((points.len() - 1) % QUARTERS.len()).copied().unwrap_or_default();
    sum += begun * (now.duration_since(at).as_secs_f64() / QUARTER.as_secs_f64()).min(1.0);
    points.push((now, sum));
    let whole = if sum > 0.0 { sum } else { 1.0 };
    points.into_iter().map(|(at, sum)| sample(at, used * sum / whole, quota)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T05:10:00Z";

    #[test]
    fn the_month_so_far_rises_to_the_figure_of_now() {
        let samples = this_month(830.0, 1000, NOW.parse().unwrap());
        assert!(samples.is_sorted_by(|a, b| a.at < b.at && a.pool.used <= b.pool.used));
        assert_eq!((samples[0].pool.used, samples.last().unwrap().pool.used), (0, 830 * GB));
    }

    #[test]
    fn growth_of_the_running_demo_is_spread_over_the_month() {
        let (now, acme): (Timestamp, AccountId) = (NOW.parse().unwrap(), "acme".parse().unwrap());
        let past =
            [Series { account: acme.clone(), pool: PoolId::Global, samples: this_month(500.0, 1000, now) }];
        let mut history = History::in_memory().unwrap();
        keep(&past, &mut history).unwrap();
        for second in 2..60 {
            let at = now + SignedDuration::from_secs(second);
            let pool = Pool::from_gb(500 + 6 * second as u64, 1000, 0);
            history.save_samples(&acme, at, &[(PoolId::Global, pool)]).unwrap();
            smooth(&past, &mut history, now, at).unwrap();
        }
        let samples = history.samples(&acme, &PoolId::Global, Month::containing(now).starts_at).unwrap();
        let steps = samples.windows(2).map(|pair| pair[1].pool.used as i64 - pair[0].pool.used as i64);
        assert!(steps.clone().all(|step| (0..25 * GB as i64).contains(&step)), "{:?}", steps.max());
        assert_eq!(samples.last().unwrap().pool.used, 854 * GB);
    }

    #[test]
    fn each_month_before_has_its_last_figure() {
        let samples = months_before(830.0, 1000, NOW.parse().unwrap());
        let months: Vec<String> =
            samples.iter().map(|sample| Month::containing(sample.at).id.to_string()).collect();
        assert_eq!((months.len(), months[0].as_str(), months[10].as_str()), (11, "2025-12", "2026-10"));
    }

    #[test]
    fn at_the_months_first_moment_nothing_is_divided_by_nothing() {
        let starts_at = Month::containing(NOW.parse().unwrap()).starts_at;
        let samples = this_month(830.0, 1000, starts_at);
        assert!(samples.iter().all(|sample| sample.pool.used <= 830 * GB), "{samples:?}");
    }
}
