//! Finds hours in which a pool was used far beyond its usual pace.
//!
//! The back-test compares rules: `cargo run --example backtest` writes the table into docs/notifications.md.

use jiff::Timestamp;

use super::account::may_be_last_months_figure;
use super::month::Month;
use super::usage::GB;

/// Seconds.
const HOUR: i64 = 3600;
/// How many days of hours are kept: the same weekday four weeks ago, and the hours before it.
pub const DAYS_KEPT: i64 = 29;
const HOURS_KEPT: usize = 29 * 24;
/// A pool of which fewer hours were measured has no usual pace.
const HOURS_NEEDED: usize = 7 * 24;
/// Hours between two samples up to which each of them counts as measured.
const LONGEST_GAP: i64 = 2;
/// Of the week before, on how many days the same hours must have been measured: a machine that is off at night does not
/// know what is usual then.
const DAYS_NEEDED: usize = 4;
/// The stretches that are looked at, in hours.
const STRETCHES: [usize; 2] = [3, 6];
/// The days before on which the same hours count as usual: a week, and the same weekday in the weeks before.
const USUAL_DAYS: [usize; 10] = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28];
/// How far a stretch has to exceed the highest usual one, in multiples of the average pace.
pub const EXCESS: f64 = 2.5;
/// Bytes that may be rounding: the API's figures are whole GB.
const ROUNDING: u64 = GB;
/// The smallest excess that is worth an alert, as a share of the quota.
const MIN_SHARE: f64 = 0.003;
/// A pool that uses less than this share of its quota per day is idle: it may start to be used.
const IDLE_SHARE: f64 = 0.005;
/// The smallest excess of an idle pool.
const MIN_SHARE_IDLE: f64 = 0.05;
const MB: u64 = 1_000_000;

/// What one pool used in each of the last hours. Across a gap, usage is taken to be even.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HourlyUsage {
    /// The hour of the first amount, in hours since 1970.
    first_hour: i64,
    /// MB, rounded, which keeps hundreds of pools small. The last hour is not over yet.
    amounts: Vec<u32>,
    /// Whether each was measured, or lies in a gap between two samples.
    measured: Vec<bool>,
    last: Option<LastSample>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LastSample {
    at: Timestamp,
    used: u64,
    /// The highest figure of its month, in bytes: one that falls and rises again is no traffic.
    highest: u64,
}

/// Hours in which a pool was used far beyond its usual pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spike {
    /// When they began.
    pub since: Timestamp,
    /// How many hours they are.
    pub hours: usize,
    /// Bytes used in them.
    pub used: u64,
    /// The most that was used in comparable hours before, in bytes.
    pub usual: u64,
}

fn hour(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR)
}

impl HourlyUsage {
    /// Adds a sample: bytes used since the month of `at` began. Samples rise in time.
    pub fn push(&mut self, at: Timestamp, used: u64) {
        let Some(last) = self.last else { return self.restart(at, used) };
        // The clock was set back, or nothing is known of the time between.
        if hour(at) < hour(last.at) || hour(at) - hour(last.at) > HOURS_KEPT as i64 {
            return self.restart(at, used);
        }
        let month = Month::containing(at);
        let (from, before) = if Month::containing(last.at).id == month.id {
            (last.at, last.highest)
        } else if may_be_last_months_figure(&month, at, used, Some(last.used)) {
            return;
        } else {
            (last.at.max(month.starts_at), 0)
        };
        self.spread(from, at, used.saturating_sub(before));
        self.last = Some(LastSample { at, used, highest: before.max(used) });
    }

    fn restart(&mut self, at: Timestamp, used: u64) {
        *self = HourlyUsage {
            first_hour: hour(at),
            amounts: vec![0],
            measured: vec![true],
            last: Some(LastSample { at, used, highest: used }),
        };
    }

    /// Adds `bytes`, used evenly between the two instants, to the hours that they lie in.
    fn spread(&mut self, from: Timestamp, to: Timestamp, bytes: u64) {
        let count = usize::try_from(hour(to) - self.first_hour + 1).unwrap_or(0);
        if count > self.amounts.len() {
            self.amounts.resize(count, 0);
            self.measured.resize(count, true);
        }
        // What was before the month's start is not known either.
        let since = self.last.map_or(from, |last| last.at);
        let is_gap = hour(to) - hour(since) > LONGEST_GAP;
        for number in (hour(since)..=hour(to)).filter(|_| is_gap) {
            let at = usize::try_from(number - self.first_hour).ok();
            if let Some(measured) = at.and_then(|at| self.measured.get_mut(at)) {
                *measured = false;
            }
        }
        let seconds = (to.as_second() - from.as_second()).max(1) as f64;
        for number in hour(from)..=hour(to) {
            let begins = (number * HOUR).max(from.as_second());
            let ends = ((number + 1) * HOUR).min(to.as_second());
            let share = (ends - begins).max(0) as f64 / seconds;
            let at = usize::try_from(number - self.first_hour).ok();
            if let Some(amount) = at.and_then(|at| self.amounts.get_mut(at)) {
                *amount = amount.saturating_add((bytes as f64 * share / MB as f64).round() as u32);
            }
        }
        let excess = self.amounts.len().saturating_sub(HOURS_KEPT + 1);
        self.amounts.drain(..excess);
        self.measured.drain(..excess);
        self.first_hour += excess as i64;
    }

    /// The last whole hours, if they are far beyond what the pool with this quota in bytes usually uses.
    pub fn spike(&self, quota: u64) -> Option<Spike> {
        self.spike_beyond(quota, EXCESS)
    }

    /// The same with another value for [`EXCESS`].
    pub fn spike_beyond(&self, quota: u64, excess: f64) -> Option<Spike> {
        STRETCHES.into_iter().find_map(|hours| self.stretch(quota, excess, hours))
    }

    fn stretch(&self, quota: u64, excess: f64, hours: usize) -> Option<Spike> {
        // The hour that is not over does not count.
        let end = self.amounts.len().checked_sub(1).filter(|end| *end >= HOURS_NEEDED + hours)?;
        let sum = |from: usize, to: usize| -> Option<u64> {
            Some(self.amounts.get(from..to)?.iter().map(|mb| u64::from(*mb)).sum::<u64>() * MB)
        };
        let start = end - hours;
        let used = sum(start, end)?;
        let back = |by: usize| sum(start.checked_sub(by)?, end - by);
        // The same hours of the days before, and all of the day before: a pace that has begun is no news.
        // The clock may have gone forward or back since then.
        let around = |days: &usize| (days * 24 - 1)..=(days * 24 + 1);
        let same_hours = USUAL_DAYS.iter().flat_map(around).filter_map(back);
        let usual = same_hours.chain((hours..=24).filter_map(back)).max()?;
        let beyond = used.checked_sub(usual)?;
        let pace = [7 * 24, 28 * 24].into_iter().filter_map(|most: usize| {
            let count = most.min(start);
            Some(sum(start - count, start)? as f64 / count as f64)
        });
        let pace = pace.fold(0.0, f64::max);
        let idle = pace * 24.0 < IDLE_SHARE * quota as f64;
        let least = if idle { MIN_SHARE_IDLE } else { MIN_SHARE } * quota as f64;
        let is_far = beyond as f64 > excess * pace * hours as f64 + ROUNDING as f64 && beyond as f64 > least;
        let since = Timestamp::from_second((self.first_hour + start as i64) * HOUR).ok()?;
        (is_far && self.is_known(start, end)).then_some(Spike { since, hours, used, usual })
    }

    /// Whether these hours, and enough of those before, were measured.
    fn is_known(&self, start: usize, end: usize) -> bool {
        let is_measured =
            |start: usize, end: usize| self.measured.get(start..end).is_some_and(|all| !all.contains(&false));
        let same_hours = |days: &usize| {
            let back = days * 24;
            start.checked_sub(back).is_some_and(|start| is_measured(start, end - back))
        };
        let before = self.measured.iter().take(start).filter(|measured| **measured).count();
        is_measured(start, end)
            && before >= HOURS_NEEDED
            && USUAL_DAYS.iter().take(7).filter(|days| same_hours(days)).count() >= DAYS_NEEDED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    const QUOTA: u64 = 10_000 * GB;

    fn start() -> Timestamp {
        "2026-11-03T00:00:00Z".parse().unwrap()
    }

    /// A pool with these GB in each hour, and how much it had used in the end.
    fn pool(amounts: impl IntoIterator<Item = u64>) -> (HourlyUsage, Timestamp, u64) {
        let (mut hours, mut at, mut used) = (HourlyUsage::default(), start(), 50 * GB);
        hours.push(at, used);
        for gb in amounts {
            (at, used) = (at + SignedDuration::from_hours(1), used + gb * GB);
            hours.push(at, used);
        }
        (hours, at, used)
    }

    fn found(amounts: impl IntoIterator<Item = u64>) -> Option<(usize, u64, u64)> {
        pool(amounts).0.spike(QUOTA).map(|it| (it.hours, it.used / GB, it.usual / GB))
    }

    /// Ten days with 20 GB in each hour by day and 5 by night.
    fn days(count: usize) -> impl Iterator<Item = u64> {
        (0..count * 24).map(|hour| if hour % 24 >= 12 { 20 } else { 5 })
    }

    #[test]
    fn hours_far_beyond_the_usual_pace_are_a_spike() {
        assert_eq!(found(days(10)), None);
        assert_eq!(found(days(10).chain([5, 5, 5, 5, 60, 60, 60])), Some((3, 180, 60)));
        assert_eq!(found(days(10).chain([5, 5, 5, 5, 60, 60])), None, "not yet: 125 GB of 60 at most");
        assert_eq!(found(days(10).chain([30; 6])), None, "by day it is no more than usual");
        let (hours, at, _) = pool(days(10).chain([5, 5, 90, 90, 90]));
        assert_eq!(hours.spike(QUOTA).unwrap().since, at - SignedDuration::from_hours(3));
    }

    #[test]
    fn what_has_gone_on_for_hours_is_no_news_and_a_week_is_needed() {
        assert_eq!(found(days(10).chain([90; 12])), None);
        assert_eq!(found(days(6).chain([90; 3])), None);
        assert!(found(days(8).chain([90; 3])).is_some());
    }

    #[test]
    fn little_of_a_quota_is_no_spike_nor_is_an_idle_pool_that_begins() {
        assert!(found((0..240).map(|_| 1).chain([90; 3])).is_none(), "2.7 % of the quota, of an idle pool");
        assert!(found((0..240).map(|_| 1).chain([200; 3])).is_some());
        let busy = pool(days(10).chain([90; 3])).0;
        assert!(busy.spike(1_000_000 * GB).is_none());
    }

    #[test]
    fn a_figure_that_falls_and_rises_and_a_new_month_are_no_traffic() {
        let (mut hours, mut at, used) = pool(days(10));
        for wrong in [0, used, used] {
            at += SignedDuration::from_hours(1);
            hours.push(at, wrong);
        }
        assert_eq!(hours.spike(QUOTA), None);
        let (mut hours, _, used) = pool(days(27));
        // Old figures after the month's end, then its own.
        for (time, used) in [("2026-12-01T06:00:00Z", used), ("2026-12-01T09:00:00Z", 30 * GB)] {
            hours.push(time.parse().unwrap(), used);
        }
        assert_eq!(hours.spike(QUOTA), None);
    }

    /// A pool with these GB in each hour; `None` where the machine was off.
    fn with_gaps(amounts: impl IntoIterator<Item = (u64, bool)>) -> Option<Spike> {
        let (mut hours, mut at, mut used) = (HourlyUsage::default(), start(), 50 * GB);
        hours.push(at, used);
        for (gb, is_on) in amounts {
            (at, used) = (at + SignedDuration::from_hours(1), used + gb * GB);
            if is_on {
                hours.push(at, used);
            }
        }
        hours.spike(QUOTA)
    }

    #[test]
    fn hours_in_which_the_machine_was_off_before_have_no_usual_pace() {
        // A backup at night, of which only the sum was known in the morning.
        let day = |is_on_at_night: bool| {
            (0..24).map(move |hour| {
                (if (2..5).contains(&hour) { 100 } else { 5 }, is_on_at_night || (8..18).contains(&hour))
            })
        };
        let nights = |on: bool| (0..20).flat_map(move |_| day(on)).chain(day(true).take(6));
        assert_eq!(with_gaps(nights(false)), None);
        assert_eq!(with_gaps(nights(true)), None, "it is usual");
        let burst = (0..20).flat_map(|_| day(true)).chain((0..3).map(|_| (200, true)));
        assert!(with_gaps(burst).is_some());
    }

    #[test]
    fn a_gap_over_the_end_of_the_month_is_not_a_week_of_samples() {
        let gap = (0..8 * 24).map(|_| (14, false));
        let mut hours = HourlyUsage::default();
        let (mut at, mut used) = ("2026-11-25T00:00:00Z".parse::<Timestamp>().unwrap(), 300 * GB);
        for (gb, is_on) in (0..72).map(|_| (14, true)).chain(gap).chain((0..9).map(|_| (14, true))) {
            let month = Month::containing(at).id;
            at += SignedDuration::from_hours(1);
            used = if Month::containing(at).id == month { used } else { 0 } + gb * GB;
            if is_on {
                hours.push(at, used);
            }
        }
        assert_eq!(hours.spike(QUOTA), None);
    }

    #[test]
    fn a_weekly_job_is_usual_when_the_clock_goes_forward() {
        let week =
            |at: usize| (0..7 * 24).map(move |hour| if (at..at + 3).contains(&hour) { 200 } else { 5 });
        let weeks = (0..3).flat_map(|_| week(100)).chain(week(99).take(102));
        assert_eq!(found(weeks), None);
    }

    #[test]
    fn memory_is_bounded_and_a_clock_that_jumps_starts_again() {
        let (mut hours, at, used) = pool(days(27).chain(days(27)));
        assert_eq!(hours.amounts.len(), HOURS_KEPT + 1);
        hours.push(at + SignedDuration::from_hours(24 * 400), used);
        assert_eq!(hours.amounts.len(), 1);
        hours.push(at, used);
        assert_eq!((hours.amounts.len(), hours.first_hour), (1, hour(at)));
    }
}
