//! What is known of one account: its last figures, what its pools did this month, what its last poll failed with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::breakdown::{Breakdown, BreakdownSample, MAX_POOL_FIGURE_AGE, push_sample};
use super::config::AccountConfig;
use super::failure::{EntryState, Failure};
use super::forecast::{Forecast, Series};
use super::month::{Month, MonthId};
use super::price::Prices;
use super::schedule::{Reason, retry_after};
use super::spike::HourlyUsage;
use super::token::{TokenId, TokenInfo};
use super::usage::{Pool, PoolId, Usage};

/// Figures younger than this are not polled again after a wake-up or a network change.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// For how long after a month's end the API's figure may still be the old month's.
const OLD_FIGURES: SignedDuration = SignedDuration::from_hours(24);

/// Whether `used` bytes at `at` may still be the figure of the month before `month`, whose last one was `before`.
pub fn may_be_last_months_figure(month: &Month, at: Timestamp, used: u64, before: Option<u64>) -> bool {
    at.duration_since(month.starts_at) < OLD_FIGURES && before.is_some_and(|before| used >= before)
}

/// Samples that rise in time, by month.
fn months(samples: &[(Timestamp, u64)]) -> impl Iterator<Item = &[(Timestamp, u64)]> {
    let mut rest = samples;
    std::iter::from_fn(move || {
        let end = Month::containing(rest.first()?.0).ends_at;
        let (month, later) = rest.split_at(rest.partition_point(|(at, _)| *at < end));
        rest = later;
        Some(month)
    })
}

/// An account: its configuration, its data and its next poll.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountState {
    /// As configured.
    pub config: AccountConfig,
    /// What is kept over a restart.
    pub record: AccountRecord,
    /// What each pool used in the course of this month and on the days before.
    pub series: BTreeMap<PoolId, Series>,
    /// What each pool used in each of the last hours.
    pub hours: BTreeMap<PoolId, HourlyUsage>,
    /// Who used its pools.
    pub breakdown: BreakdownState,
    /// When it is polled next, and why then.
    pub next: Timestamp,
    /// Why `next` is when it is.
    pub reason: Reason,
    /// A poll of it is under way.
    pub in_flight: bool,
    /// The keyring was unlocked during a poll: poll again when it ends.
    pub repoll: bool,
    /// Which answers belong to it: see [`PollId`](super::state::PollId).
    pub generation: u64,
    /// The network changed during a poll: if it fails, the old network may be the reason.
    pub network_changed_in_flight: bool,
}

/// What is known of who used an account's pools.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BreakdownState {
    /// The last one; its month may be over.
    pub last: Option<Arc<Breakdown>>,
    /// The figures of the last day's, rising in time: what the next one is compared with.
    pub samples: Vec<BreakdownSample>,
    /// When to ask again after a failure; `None` if the last request succeeded.
    pub retry_at: Option<Timestamp>,
    /// A request for it is under way.
    pub in_flight: bool,
    /// An alert waits for that request.
    pub awaited: bool,
}

impl BreakdownState {
    /// After a restart.
    pub fn recalled(last: Option<Breakdown>, samples: Vec<BreakdownSample>) -> BreakdownState {
        BreakdownState { last: last.map(Arc::new), samples, ..BreakdownState::default() }
    }

    /// Adds a new one, of pools whose figures came at `figures_at`.
    pub fn push(&mut self, breakdown: Arc<Breakdown>, figures_at: Timestamp) {
        if breakdown.at.duration_since(figures_at) <= MAX_POOL_FIGURE_AGE {
            push_sample(&mut self.samples, breakdown.as_ref().into());
        }
        self.last = Some(breakdown);
    }

    /// Forgets all of them: they are of pools that are no longer watched.
    pub fn forget(&mut self) {
        self.last = None;
        self.samples.clear();
    }
}

/// What is kept of an account over a restart.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountRecord {
    /// The account's name, for a start at which the configuration can't be read.
    pub name: String,
    /// The last good answer.
    pub reading: Option<Reading>,
    /// What every poll since then failed with.
    pub failed: Option<Failed>,
    /// What each pool did this month.
    pub pools: BTreeMap<PoolId, PoolMonth>,
    /// What is known of the token.
    pub token: Option<TokenInfo>,
    /// Which token that is.
    pub token_id: Option<TokenId>,
    /// When the token's label and expiry were last looked up.
    pub looked_up_at: Option<Timestamp>,
    /// Until when its notifications are held back.
    pub muted_until: Option<Timestamp>,
    /// The name of the Linode that it watches.
    pub linode: Option<LinodeName>,
}

/// What is known of a Linode's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinodeName {
    /// The Linode.
    pub id: u64,
    /// The label, if the API gives one.
    pub label: Option<String>,
}

/// A good answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// When it came.
    pub at: Timestamp,
    /// What was watched then.
    pub watch: PoolId,
    /// Its figures, as seen from `watch`.
    pub usage: Usage,
}

impl Reading {
    /// The pools that count for the account: the watched one and, if that is the global one, those of regions.
    pub fn pools(&self) -> impl Iterator<Item = (PoolId, Pool)> + '_ {
        let regions = self.usage.regions.iter().map(|(id, pool)| (PoolId::Region(id.clone()), *pool));
        std::iter::once((self.watch.clone(), self.usage.pool)).chain(regions)
    }
}

/// A run of failed polls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// What the last of them failed with.
    pub failure: Failure,
    /// When the API, or what lies before it, was last asked.
    pub asked_at: Timestamp,
    /// How many there were.
    pub count: u32,
    /// The token that was used, if one was.
    pub token: Option<TokenId>,
}

impl Failed {
    /// The end of the wait that the API asked for, if it is in the future. The wait belongs to the token, whatever is
    /// requested.
    pub fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.asked_at.checked_add(retry_after(&self.failure)?).ok()?;
        (self.asked_at <= now && now < until).then_some(until)
    }
}

/// What one pool did in the month that was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolMonth {
    pub month: MonthId,
    /// Its quota when the month began, in bytes.
    pub quota_at_start: u64,
    /// Bytes used by the last sample.
    pub last_used: u64,
    /// Bytes used by the last sample of the month before, if there was one.
    pub before: Option<u64>,
    /// Whether the figures are known to be this month's, not yet the last one's.
    pub settled: bool,
    /// The last change of its quota this month, if that made it smaller.
    #[serde(default)]
    pub quota_fall: Option<QuotaFall>,
}

/// A pool whose quota became smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaFall {
    /// The quota before, in bytes.
    pub from: u64,
    /// The quota since then, in bytes.
    pub to: u64,
    /// Bytes used by the first sample with the new quota.
    pub used: u64,
    /// When that sample came.
    pub at: Timestamp,
}

impl QuotaFall {
    /// Whether the pool reached this percentage only because its quota fell.
    pub fn caused(&self, percent: u16) -> bool {
        let pool = |quota| Pool { used: self.used, quota, ..Pool::default() };
        pool(self.to).reaches(percent) && !pool(self.from).reaches(percent)
    }
}

impl PoolMonth {
    /// This memory after one more sample, or a new one.
    fn after(old: Option<&PoolMonth>, pool: &Pool, at: Timestamp) -> PoolMonth {
        let month = Month::containing(at);
        let late = at.duration_since(month.starts_at) >= OLD_FIGURES;
        let settled = |before: Option<u64>| late || before.is_none_or(|before| pool.used < before);
        match old {
            Some(old) if old.month == month.id => PoolMonth {
                last_used: pool.used,
                quota_at_start: if old.settled { old.quota_at_start } else { pool.quota },
                settled: old.settled || settled(old.before),
                ..old.clone()
            },
            // Also if the clock was set back: the later month can't be distinguished from a real one.
            _ => {
                let before = old.filter(|old| old.month == month.id.previous()).map(|old| old.last_used);
                PoolMonth {
                    month: month.id,
                    quota_at_start: pool.quota,
                    last_used: pool.used,
                    before,
                    settled: settled(before),
                    quota_fall: None,
                }
            }
        }
    }
}

impl AccountRecord {
    /// Records a good answer.
    pub fn take_reading(&mut self, reading: Reading) {
        for (id, pool) in reading.pools() {
            let old = self.pools.get(&id);
            let mut after = PoolMonth::after(old, &pool, reading.at);
            let known = old.is_some_and(|old| old.month == after.month && old.settled);
            let mut last = self.reading.iter().filter(|_| known).flat_map(Reading::pools);
            let before = last.find(|(last, _)| *last == id).map_or(pool.quota, |(_, last)| last.quota);
            if before != pool.quota {
                let fall = QuotaFall { from: before, to: pool.quota, used: pool.used, at: reading.at };
                after.quota_fall = (fall.to < fall.from).then_some(fall);
            }
            self.pools.insert(id, after);
        }
        self.reading = Some(reading);
        self.failed = None;
    }

    /// Records a failed poll.
    pub fn take_failure(&mut self, failure: Failure, token: Option<TokenId>, at: Timestamp) {
        let count = self.failed.as_ref().map_or(0, |failed| failed.count).saturating_add(1);
        self.failed = Some(Failed { failure, asked_at: at, count, token });
    }

    /// Forgets the figures of another pool than the one watched now; what each pool did this month stays.
    pub fn set_watch(&mut self, watch: &PoolId) {
        if self.reading.as_ref().is_some_and(|reading| reading.watch != *watch) {
            self.reading = None;
            self.forget_failure();
        }
    }

    /// Forgets what a pool that is no longer watched failed with. What the API said to wait holds for the next one too.
    pub fn forget_failure(&mut self) {
        self.failed.take_if(|failed| retry_after(&failed.failure).is_none());
    }

    /// What `pool` did in `month`, when its figures are known to be that month's.
    pub fn settled_month(&self, pool: &PoolId, month: MonthId) -> Option<&PoolMonth> {
        self.pools.get(pool).filter(|known| known.month == month && known.settled)
    }
}

impl AccountState {
    /// An account that is due at once.
    pub fn new(account: AccountConfig, mut record: AccountRecord, now: Timestamp) -> AccountState {
        record.set_watch(&account.watch);
        record.name.clone_from(&account.name);
        let (series, reason) = (BTreeMap::new(), Reason::Interval);
        AccountState {
            config: account,
            record,
            series,
            hours: BTreeMap::new(),
            breakdown: BreakdownState::default(),
            next: now,
            reason,
            in_flight: false,
            generation: 0,
            repoll: false,
            network_changed_in_flight: false,
        }
    }

    /// The machine woke, its clock was set, or it has another network: what may be old, or may work now, is due at once.
    /// What the API said to wait for is not, nor a token that it refused.
    pub fn on_system_change(&mut self, now: Timestamp) {
        self.network_changed_in_flight = self.in_flight;
        let due = match &mut self.record.failed {
            Some(failed) => match failed.failure {
                Failure::Unreachable { .. } | Failure::InvalidResponse { .. } => {
                    // Restart the back-off: a new network needs a moment before it works.
                    failed.count = 0;
                    true
                }
                _ => self.reason == Reason::KeyringCheck,
            },
            None => {
                let age = self.record.reading.as_ref().map(|reading| now.duration_since(reading.at));
                age.is_none_or(|age| age.is_negative() || age >= FRESH)
            }
        };
        if due {
            self.next = self.next.min(now);
        }
    }

    /// The end of the wait that the API asked for, if it is in the future.
    pub fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.record.failed.as_ref()?.waits_until(now)
    }

    /// What is polled has changed: drop answers that are still on their way.
    pub fn drop_answers(&mut self, generation: u64) {
        self.generation = generation;
        (self.breakdown.in_flight, self.breakdown.awaited, self.breakdown.retry_at) = (false, false, None);
        (self.in_flight, self.repoll, self.network_changed_in_flight) = (false, false, false);
    }

    /// Whether to poll again at once, because something changed during the poll.
    pub fn take_repoll(&mut self) -> bool {
        let network_changed_in_flight = std::mem::take(&mut self.network_changed_in_flight);
        let failure = self.record.failed.as_ref().map(|failed| &failed.failure);
        let by_the_network =
            matches!(failure, Some(Failure::Unreachable { .. } | Failure::InvalidResponse { .. }));
        std::mem::take(&mut self.repoll) || (network_changed_in_flight && by_the_network)
    }

    /// Adds the samples of the last reading to those for forecasts and spikes, except those that may still be the last month's.
    pub fn note_samples(&mut self) {
        let Some(reading) = &self.record.reading else { return };
        let month = Month::containing(reading.at);
        // Those of a later month are from before the clock was set back; what is older says nothing.
        self.series.retain(|_, series| (month.id.back(3)..=month.id).contains(&series.month()));
        for (id, pool) in reading.pools() {
            if self.record.settled_month(&id, month.id).is_some() {
                self.hours.entry(id.clone()).or_default().push(reading.at, pool.used);
                self.series.entry(id).or_insert_with(|| Series::new(month)).push(reading.at, pool.used);
            }
        }
    }

    /// Adds samples that were kept over a restart: bytes used, by pool and time.
    pub fn recall_samples(&mut self, kept: BTreeMap<PoolId, Vec<(Timestamp, u64)>>) {
        let Some(reading) = &self.record.reading else { return };
        let now = Month::containing(reading.at);
        for (id, samples) in kept {
            let settled = self.record.settled_month(&id, now.id);
            let mut series: Option<Series> = None;
            let mut last: Option<(MonthId, u64)> = None;
            for samples in months(&samples) {
                let Some(month) = samples.first().map(|(at, _)| Month::containing(*at)) else { continue };
                let before = match settled.filter(|_| month.id == now.id) {
                    Some(settled) => settled.before,
                    None => last.filter(|(of, _)| *of == month.id.previous()).map(|(_, used)| used),
                };
                last = samples.last().map(|(_, used)| (month.id, *used));
                if month.id > now.id || (month.id == now.id && settled.is_none()) {
                    break;
                }
                let unsettled =
                    |(at, used): &&(Timestamp, u64)| may_be_last_months_figure(&month, *at, *used, before);
                let series = series.get_or_insert_with(|| Series::new(month));
                samples.iter().skip_while(unsettled).for_each(|(at, used)| series.push(*at, *used));
            }
            self.series.extend(series.map(|series| (id, series)));
        }
    }

    /// Adds what was kept of the last hours over a restart: bytes used, by pool and time.
    pub fn recall_hours(&mut self, kept: BTreeMap<PoolId, Vec<(Timestamp, u64)>>) {
        for (id, samples) in kept {
            let hours = self.hours.entry(id).or_default();
            samples.into_iter().for_each(|(at, used)| hours.push(at, used));
        }
    }

    /// The month whose figures those of `pool`, one of those of its last reading, still are at `now`, where that is not the
    /// month of `now`: no answer has come since the month changed, or it may still be the old month's. A figure of nothing
    /// used is as good for the new one.
    pub fn earlier_month(&self, id: &PoolId, pool: &Pool, now: Timestamp) -> Option<MonthId> {
        let reading = self.record.reading.as_ref()?;
        let read_in = Month::containing(reading.at).id;
        let settled = pool.used == 0 || self.record.settled_month(id, read_in).is_some();
        let month = if settled { read_in } else { read_in.previous() };
        (month < Month::containing(now).id).then_some(month)
    }

    /// What the month of `pool`, one of those of its last reading, will come to. That of another month's figures, or of
    /// those that may still be the last month's, is not known.
    pub fn forecast(&self, id: &PoolId, pool: &Pool, prices: &Prices, now: Timestamp) -> Option<Forecast> {
        let reading = self.record.reading.as_ref()?;
        let month = Month::containing(now).id;
        self.record.settled_month(id, month).filter(|_| Month::containing(reading.at).id == month)?;
        Forecast::compute(id, pool, reading.at, self.series.get(id), prices)
    }

    /// Its state at `now`. An error goes before `stale`.
    pub fn state(&self, now: Timestamp, interval: Duration) -> EntryState {
        if !self.config.enabled {
            return EntryState::Disabled;
        }
        if let Some(failed) = &self.record.failed {
            return failed.failure.state();
        }
        match self.stale_at(interval) {
            None => EntryState::Pending,
            Some(at) if now > at => EntryState::Stale,
            Some(_) => EntryState::Ok,
        }
    }

    /// The instant after which the last good answer is stale: two poll intervals old.
    pub fn stale_at(&self, interval: Duration) -> Option<Timestamp> {
        let reading = self.record.reading.as_ref()?;
        reading.at.checked_add(interval.saturating_mul(2)).ok()
    }

    /// Whether its notifications are held back at `now`.
    pub fn muted(&self, now: Timestamp) -> bool {
        self.config.muted || self.record.muted_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::GB;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn sample(old: Option<&PoolMonth>, used: u64, when: &str) -> PoolMonth {
        PoolMonth::after(old, &Pool::from_gb(used, 1000, 0), at(when))
    }

    #[test]
    fn the_old_months_figure_is_held_until_it_falls() {
        let october = sample(None, 900, "2026-11-01T03:59:00Z");
        let just_after = sample(Some(&october), 910, "2026-11-01T04:05:00Z");
        assert!(!just_after.settled);
        assert!(sample(Some(&just_after), 3, "2026-11-01T06:00:00Z").settled);
    }

    #[test]
    fn the_old_months_figure_is_held_for_a_day_at_most() {
        let october = sample(None, 5, "2026-11-01T03:59:00Z");
        let held = sample(Some(&october), 20, "2026-11-02T03:59:59Z");
        assert!(!held.settled);
        assert!(sample(Some(&held), 20, "2026-11-02T04:00:00Z").settled);
    }

    #[test]
    fn a_gap_of_a_month_leaves_nothing_to_compare_with() {
        let september = sample(None, 900, "2026-09-15T00:00:00Z");
        assert!(sample(Some(&september), 950, "2026-11-01T04:05:00Z").settled);
    }

    #[test]
    fn clock_years_ahead_for_a_while_leaves_no_trace() {
        let ahead = sample(None, 10, "2036-02-10T00:00:00Z");
        let right_again = sample(Some(&ahead), 11, "2026-11-10T00:00:00Z");
        assert_eq!((right_again.month.to_string().as_str(), right_again.settled), ("2026-11", true));
    }

    #[test]
    fn clock_set_back_over_month_end_restores_the_old_figure() {
        let november = sample(None, 900, "2026-12-01T04:59:00Z");
        let december = sample(Some(&november), 910, "2026-12-01T05:00:10Z");
        let back = sample(Some(&december), 910, "2026-12-01T04:59:50Z");
        assert!(back.settled, "its alerts of November were given or are due");
        let again = sample(Some(&back), 911, "2026-12-01T05:00:01Z");
        assert!(!again.settled);
        assert!(sample(Some(&again), 2, "2026-12-01T05:10:00Z").settled);
    }

    #[test]
    fn month_continues_after_a_wrong_clock_is_corrected() {
        let ahead = sample(None, 10, "2026-12-10T00:00:00Z");
        let right = sample(Some(&ahead), 11, "2026-11-10T00:00:00Z");
        assert_eq!(right.month, Month::containing(at("2026-11-10T00:00:00Z")).id);
        assert!(right.settled, "its alerts come");
    }

    #[test]
    fn a_quota_that_fell_is_known_until_it_changes_again_or_the_month_ends() {
        let mut record = AccountRecord::default();
        let mut fall = |used, quota, when: &str| {
            let usage = Usage { pool: Pool::from_gb(used, quota, 0), regions: Vec::new() };
            record.take_reading(Reading { at: at(when), watch: PoolId::Global, usage });
            let kept = serde_json::to_string(&record).unwrap();
            record = serde_json::from_str(&kept).unwrap();
            record.pools[&PoolId::Global]
                .quota_fall
                .map(|fall| (fall.from / GB, fall.to / GB, fall.used / GB))
        };
        assert_eq!(fall(700, 1000, "2026-11-10T00:00:00Z"), None);
        assert_eq!(fall(701, 800, "2026-11-10T01:00:00Z"), Some((1000, 800, 701)));
        assert_eq!(fall(750, 800, "2026-11-10T02:00:00Z"), Some((1000, 800, 701)));
        assert_eq!(fall(750, 900, "2026-11-10T03:00:00Z"), None);
        assert_eq!(fall(750, 800, "2026-11-10T04:00:00Z"), Some((900, 800, 750)));
        assert_eq!(fall(3, 700, "2026-12-01T06:00:00Z"), None, "a new month has a new quota");
        let fall = QuotaFall { from: 1000, to: 800, used: 701, at: at("2026-11-10T01:00:00Z") };
        assert!(fall.caused(80) && !fall.caused(70) && !fall.caused(90));
    }

    #[test]
    fn quota_at_start_is_from_the_months_own_first_sample() {
        let october = sample(None, 900, "2026-11-01T03:59:00Z");
        let held = sample(Some(&october), 900, "2026-11-01T04:05:00Z");
        let settled = PoolMonth::after(Some(&held), &Pool::from_gb(1, 2000, 0), at("2026-11-01T05:00:00Z"));
        let later = PoolMonth::after(Some(&settled), &Pool::from_gb(2, 2500, 0), at("2026-11-09T05:00:00Z"));
        assert_eq!(later.quota_at_start, 2000 * super::super::usage::GB);
    }
}
