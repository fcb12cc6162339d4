//! What the sample accounts did before the demo began: the month so far and the eleven before it, so that forecast and
//! plots have something to go by.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::simulated::{SimulatedAccount, SimulatedData, SimulatedLinode};
use crate::domain::account::{AccountRecord, Reading};
use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId, OBJECT_STORAGE};
use crate::domain::config::{AccountConfig, AccountId};
use crate::domain::month::Month;
use crate::domain::sample::Sample;
use crate::domain::state::PersistedState;
use crate::domain::token::Scopes;
use crate::domain::usage::{GB, LINODES_SCOPE, Pool, PoolId, Usage};
use crate::storage::history::{History, HistoryError};

/// What each of the eleven months came to, as a share of the quota, the last one first.
const BEFORE: [f64; 11] = [0.71, 0.64, 0.86, 0.58, 1.06, 0.75, 0.69, 0.52, 0.81, 0.61, 0.47];
/// The transfer of the quarters of a day in New York, as shares of it: by night less.
const QUARTERS: [f64; 4] = [0.13, 0.24, 0.35, 0.28];
/// A quarter of a day.
const QUARTER: SignedDuration = SignedDuration::from_hours(6);

/// When in the month so far the deleted Linodes were deleted, as a share of it.
const DELETED_AT: f64 = 0.6;

/// One pool's past, and what it is made from.
#[derive(Debug, Clone)]
pub struct Series {
    account: AccountId,
    pool: PoolId,
    /// Up to the demo's start, oldest first.
    samples: Vec<Sample>,
    simulated: SimulatedAccount,
}

/// The demo's start, and how fast its figures grow.
#[derive(Debug, Clone, Copy)]
pub struct DemoClock {
    pub begun: Timestamp,
    /// Simulated seconds per second.
    pub speed: f64,
}

impl DemoClock {
    fn elapsed(self, at: Timestamp) -> Duration {
        let real = Duration::try_from(at.duration_since(self.begun)).unwrap_or_default();
        real.mul_f64(self.speed.max(0.0))
    }
}

/// The pasts of the accounts of `world`, whose accounts are `accounts`, up to `now`. The refused one has none.
pub fn simulate_history(world: &SimulatedData, entries: &[AccountConfig], now: Timestamp) -> Vec<Series> {
    let mut all = Vec::new();
    for (account, entry) in world.accounts.iter().zip(entries).filter(|(account, _)| account.known) {
        for (pool, used, quota) in pools(account) {
            let mut samples = months_before(used, quota, now);
            samples.extend(this_month(used, quota, now));
            all.push(Series { account: entry.id.clone(), pool, samples, simulated: account.clone() });
        }
    }
    all
}

/// Puts them into `history`.
pub fn keep(past: &[Series], history: &mut History, clock: DemoClock) -> Result<(), HistoryError> {
    for series in past {
        history.save_series(&series.account, &series.pool, &series.samples)?;
        let starts_at = Month::containing(clock.begun).starts_at;
        for sample in series.samples.iter().filter(|sample| sample.at >= starts_at) {
            let breakdown = series.breakdown(*sample, clock);
            breakdown.map_or(Ok(()), |breakdown| history.save_breakdown(&series.account, &breakdown))?;
        }
    }
    Ok(())
}

/// Spreads what was used since the demo began over the whole month, but for what a Linode sent that ran away. The demo's
/// usage grows by an hour a second, but the clock does not run faster: otherwise the plot of the month would end in a wall.
pub fn smooth(
    past: &[Series],
    history: &mut History,
    clock: DemoClock,
    now: Timestamp,
) -> Result<(), HistoryError> {
    let starts_at = Month::containing(now).starts_at;
    for series in past {
        let Series { account, pool, .. } = series;
        let mut samples = history.samples(account, pool, starts_at)?;
        let Some(last) = samples.last().filter(|last| last.at >= clock.begun).copied() else { continue };
        let usual = last.pool.used.saturating_sub(series.bursts(clock.elapsed(last.at)));
        for known in &mut samples {
            let share = if known.at < clock.begun { share_of(gone(known.at), gone(last.at)) } else { 1.0 };
            let used = usual as f64 * share + series.bursts(clock.elapsed(known.at)) as f64;
            *known = sample(known.at, used / GB as f64, last.pool.quota / GB);
        }
        history.save_series(account, pool, &samples)?;
    }
    Ok(())
}

/// Lets the consumers' samples follow those of the pools after [`smooth`].
pub fn smooth_consumers(
    past: &[Series],
    history: &mut History,
    clock: DemoClock,
    now: Timestamp,
) -> Result<(), HistoryError> {
    let starts_at = Month::containing(now).starts_at;
    for series in past {
        let Series { account, pool, .. } = series;
        let samples = history.samples(account, pool, starts_at)?;
        let consumers = history.consumer_series(account, pool, starts_at)?;
        let rest = consumers.into_iter().find(|series| series.consumer.is_none());
        let times: Vec<Timestamp> =
            rest.into_iter().flat_map(|rest| rest.samples).map(|(at, _)| at).collect();
        for at in times {
            let before = samples.iter().rev().find(|sample| sample.at <= at);
            let breakdown = before.and_then(|sample| series.breakdown(Sample { at, ..*sample }, clock));
            breakdown.map_or(Ok(()), |breakdown| history.save_breakdown(account, &breakdown))?;
        }
    }
    Ok(())
}

impl Series {
    fn linodes(&self) -> impl Iterator<Item = &SimulatedLinode> {
        let region = match &self.pool {
            PoolId::Region(id) => Some(id.as_str()),
            _ => None,
        };
        self.simulated.linodes.iter().filter(move |linode| self.simulated.region_of(linode) == region)
    }

    /// Bytes of its Linodes' bursts, `elapsed` after the demo's start.
    fn bursts(&self, elapsed: Duration) -> u64 {
        let used: f64 = self.linodes().map(|linode| linode.burst_used(elapsed)).sum();
        (used * GB as f64) as u64
    }

    /// Who used what the pool's `sample` says; `None` where the API says nothing about it.
    fn breakdown(&self, sample: Sample, clock: DemoClock) -> Option<Breakdown> {
        let Sample { at, pool: Pool { used, .. } } = sample;
        if !Scopes::from(self.simulated.scopes.as_str()).allow(LINODES_SCOPE) {
            return None;
        }
        let usual = used.saturating_sub(self.bursts(clock.elapsed(at))) as f64;
        let lived = gone(clock.begun) * DELETED_AT;
        let linodes = self.linodes().filter_map(|linode| {
            let used = match linode.deleted_after {
                None => usual * linode.part + linode.burst_used(clock.elapsed(at)) * GB as f64,
                Some(_) if gone(at) > lived => return None,
                Some(_) => self.simulated.used * GB as f64 * linode.part * share_of(gone(at), lived),
            };
            let (label, region) = (linode.label.clone(), linode.region.clone());
            Some(Consumer { id: ConsumerId::Linode(linode.id), label, region, used: used as u64 })
        });
        let storage =
            (self.simulated.object_storage > 0.0 && self.pool == PoolId::Global).then(|| Consumer {
                id: ConsumerId::ObjectStorage,
                label: OBJECT_STORAGE.to_owned(),
                region: String::new(),
                used: (usual * self.simulated.object_storage) as u64,
            });
        let consumers: Vec<Consumer> = linodes.chain(storage).collect();
        let usage = Usage { pool: sample.pool, regions: Vec::new() };
        Some(Breakdown::new(at, &self.pool, &usage, &consumers))
    }
}

/// What a program that has seen all of it would know.
pub fn persisted_state(past: &[Series], entries: &[AccountConfig], now: Timestamp) -> PersistedState {
    let mut state = PersistedState::default();
    for entry in entries {
        let (mut usage, mut samples) = (Usage::default(), BTreeMap::new());
        for Series { pool, samples: known, .. } in past.iter().filter(|series| series.account == entry.id) {
            let Some(last) = known.last() else { continue };
            match pool {
                PoolId::Region(id) => usage.regions.push((id.clone(), last.pool)),
                _ => usage.pool = last.pool,
            }
            let figures = known.iter().map(|sample| (sample.at, sample.pool.used));
            samples.insert(pool.clone(), figures.collect());
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
fn pools(account: &SimulatedAccount) -> Vec<(PoolId, f64, u64)> {
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
    let mut times = vec![Month::containing(now).starts_at];
    while let Some(next) =
        times.last().and_then(|last| last.checked_add(QUARTER).ok()).filter(|next| *next < now)
    {
        times.push(next);
    }
    times.push(now);
    times.into_iter().map(|at| sample(at, used * share_of(gone(at), gone(now)), quota)).collect()
}

/// The transfer since the month began, in days.
fn gone(at: Timestamp) -> f64 {
    let quarters = at.duration_since(Month::containing(at).starts_at).as_secs_f64() / QUARTER.as_secs_f64();
    let (days, quarter) = (quarters as usize / QUARTERS.len(), quarters as usize % QUARTERS.len());
    let (whole, rest) = QUARTERS.split_at(quarter);
    days as f64 + whole.iter().sum::<f64>() + rest.first().unwrap_or(&0.0) * quarters.fract()
}

/// 0 at the month's first moment, where nothing has gone yet.
fn share_of(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T05:10:00Z";

    /// Acme's global pool.
    fn series(samples: Vec<Sample>) -> Series {
        let simulated = SimulatedData::samples(3600.0).accounts.remove(0);
        Series { account: "acme".parse().unwrap(), pool: PoolId::Global, samples, simulated }
    }

    #[test]
    fn the_month_so_far_rises_to_the_figure_of_now() {
        let samples = this_month(830.0, 1000, NOW.parse().unwrap());
        assert!(samples.is_sorted_by(|a, b| a.at < b.at && a.pool.used <= b.pool.used));
        assert_eq!((samples[0].pool.used, samples.last().unwrap().pool.used), (0, 830 * GB));
    }

    #[test]
    fn growth_of_the_running_demo_is_spread_over_the_month() {
        let (now, acme): (Timestamp, AccountId) = (NOW.parse().unwrap(), "acme".parse().unwrap());
        let mut past = [series(this_month(500.0, 1000, now))];
        // Without the Linode that runs away.
        past[0].simulated.linodes.clear();
        let mut history = History::in_memory().unwrap();
        let clock = DemoClock { begun: now, speed: 3600.0 };
        keep(&past, &mut history, clock).unwrap();
        for second in 2..60 {
            let at = now + SignedDuration::from_secs(second);
            let pool = Pool::from_gb(500 + 6 * second as u64, 1000, 0);
            history.save_samples(&acme, at, &[(PoolId::Global, pool)]).unwrap();
            smooth(&past, &mut history, clock, at).unwrap();
        }
        let samples = history.samples(&acme, &PoolId::Global, Month::containing(now).starts_at).unwrap();
        let steps = samples.windows(2).map(|pair| pair[1].pool.used as i64 - pair[0].pool.used as i64);
        assert!(steps.clone().all(|step| (0..25 * GB as i64).contains(&step)), "{:?}", steps.max());
        assert_eq!(samples.last().unwrap().pool.used, 854 * GB);
    }

    #[test]
    fn consumers_and_rest_are_the_pools_figures_and_the_runaway_stands_out() {
        let (begun, acme): (Timestamp, AccountId) = (NOW.parse().unwrap(), "acme".parse().unwrap());
        let clock = DemoClock { begun, speed: 3600.0 };
        let past = [series(this_month(830.0, 1000, begun))];
        let mut history = History::in_memory().unwrap();
        keep(&past, &mut history, clock).unwrap();
        let world = SimulatedData::samples(clock.speed);
        let starts_at = Month::containing(begun).starts_at;
        for second in 1..30 {
            let at = begun + SignedDuration::from_secs(second);
            let used = world.accounts[0].used(None, clock.elapsed(at));
            let pool = sample(at, used, 1000).pool;
            history.save_samples(&acme, at, &[(PoolId::Global, pool)]).unwrap();
            if second % 10 == 0 {
                let breakdown = past[0].breakdown(Sample { at, pool }, clock).unwrap();
                history.save_breakdown(&acme, &breakdown).unwrap();
            }
            smooth(&past, &mut history, clock, at).unwrap();
        }
        smooth_consumers(&past, &mut history, clock, begun + SignedDuration::from_secs(30)).unwrap();
        let pool: BTreeMap<_, _> = history
            .samples(&acme, &PoolId::Global, starts_at)
            .unwrap()
            .into_iter()
            .map(|s| (s.at, s.pool.used))
            .collect();
        let all = history.consumer_series(&acme, &PoolId::Global, starts_at).unwrap();
        let at = |label: &str| all.iter().find(|series| series.label == label).unwrap();
        let rest = at("");
        for (time, rest) in &rest.samples {
            let sum: u64 = all
                .iter()
                .flat_map(|series| &series.samples)
                .filter(|(at, _)| at == time)
                .map(|(_, used)| used)
                .sum();
            assert_eq!(sum, pool[time], "{time}");
            assert!(*rest > 0 || pool[time] == 0, "{time}");
        }
        let runaway = &at("db-1").samples;
        let steps: Vec<u64> = runaway.windows(2).map(|pair| (pair[1].1 - pair[0].1) / GB).collect();
        assert_eq!(steps.iter().max().copied(), Some(360), "{steps:?}");
        assert!(at("web-1").samples.is_sorted_by(|a, b| a.1 <= b.1));
        let deleted = &at("old-web").samples;
        assert!(deleted.len() > 40 && deleted.len() < rest.samples.len() - 30, "{}", deleted.len());
        assert!(deleted.last().unwrap().1 / GB >= 24, "{deleted:?}");
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
