//! What each consumer of a pool used on each day of a month, from counters that start at 0 with the month.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Serialize};

use super::breakdown::LARGEST;
use super::month::Month;
use super::plot::{PoolHistory, month_samples};

/// How many consumers a day lists one by one, besides the month's [`LARGEST`].
const LISTED: usize = 15;
/// How long after the month's start a counter may still have the old month's figure.
const OLD_FIGURES: SignedDuration = SignedDuration::from_hours(24);
/// How far from a day its nearest breakdown may be without making its figures an estimate.
const NEAR: SignedDuration = SignedDuration::from_hours(2);

/// A counter at an instant: bytes.
type Point = (Timestamp, u64);

/// What used a pool on each day of a month so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyUsage {
    /// The labels of the consumers, the month's largest first. Leaves out those that no day lists.
    pub consumers: Vec<String>,
    /// Every day since the month began. The first and the last are incomplete.
    pub days: Vec<DayUsage>,
    /// The month's last day, which the user may have in the next month.
    pub ends_on: civil::Date,
}

/// What used a pool on one day: bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayUsage {
    pub date: civil::Date,
    /// The largest consumers of the day and those of the month, by their index in [`DailyUsage::consumers`]. Most first.
    pub used: Vec<(usize, u64)>,
    /// The number of other consumers, and what they used.
    pub others: (usize, u64),
    /// What no consumer accounts for.
    pub rest: u64,
    /// What was used before the first breakdown and after the last one.
    pub unknown: u64,
    /// Whether the figures come from samples of other days.
    pub estimated: bool,
}

impl DayUsage {
    /// All of it.
    pub fn total(&self) -> u64 {
        let used = self.used.iter().map(|(_, used)| *used);
        used.chain([self.others.1, self.rest, self.unknown]).fold(0, u64::saturating_add)
    }
}

/// Computes a [`DailyUsage`] from one consumer after the other.
#[derive(Debug)]
pub struct DailyUsageBuilder<'a> {
    month: Month,
    ends_on: civil::Date,
    dates: Vec<civil::Date>,
    /// Where the days begin, and where the last one ends.
    edges: Vec<Timestamp>,
    pool: Vec<Point>,
    /// When consumers were asked for, rising.
    breakdowns: &'a [Timestamp],
    /// Whether there were breakdowns before the month.
    recorded_before: bool,
    /// The time for which consumers are known.
    known: (Timestamp, Timestamp),
    consumers: Vec<Consumer>,
    /// What all consumers had used by each edge, as far as they are known.
    consumed: Vec<u64>,
}

#[derive(Debug)]
struct Consumer {
    label: String,
    /// Bytes per day.
    used: Vec<u64>,
    /// Bytes in the month.
    total: u64,
}

impl<'a> DailyUsageBuilder<'a> {
    /// For the month of `now` and days in `zone`, with the pool's `history` and the times of its `breakdowns` in that
    /// month. `recorded_from` is when its first breakdown was ever made. `None` without a breakdown in the month.
    pub fn new(
        history: &PoolHistory,
        breakdowns: &'a [Timestamp],
        recorded_from: Option<Timestamp>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<DailyUsageBuilder<'a>> {
        let month = Month::containing(now);
        let recorded_before = recorded_from.is_some_and(|from| from < month.starts_at);
        let (first, last) = (*breakdowns.first()?, *breakdowns.last()?);
        let from = if recorded_before { month.starts_at } else { first };
        let (dates, edges) = days(&month, now, zone);
        let samples = month_samples(history, &month);
        let samples: Vec<Point> = samples.iter().map(|sample| (sample.at, sample.pool.used)).collect();
        let watched = recorded_before
            || !history.before.is_empty()
            || samples.first().is_some_and(|(at, _)| at.duration_since(month.starts_at) < OLD_FIGURES);
        let origin = watched.then_some((month.starts_at, 0));
        Some(DailyUsageBuilder {
            ends_on: (month.ends_at - SignedDuration::from_secs(1)).to_zoned(zone.clone()).date(),
            consumed: vec![0; edges.len()],
            dates,
            edges,
            pool: rising(origin.into_iter().chain(samples)),
            breakdowns,
            recorded_before,
            known: (from, last),
            consumers: Vec::new(),
            month,
        })
    }

    /// Adds a consumer with its `samples` of the month, which rise in time. One that is not in the breakdown before its
    /// first sample did not exist then; one that is deleted uses nothing after its last sample.
    pub fn add(&mut self, label: String, samples: &[Point]) {
        let settled = settled(samples, &self.month);
        let Some((first, _)) = settled.first() else { return };
        let before = self.breakdowns.iter().rev().find(|at| *at < first).copied();
        let origin = before.or(self.recorded_before.then_some(self.month.starts_at)).map(|at| (at, 0));
        let points = rising(origin.into_iter().chain(settled));
        let at_edges: Vec<u64> =
            self.edges.iter().map(|edge| value_at(&points, within(*edge, self.known))).collect();
        for (sum, value) in self.consumed.iter_mut().zip(&at_edges) {
            *sum = sum.saturating_add(*value);
        }
        let used: Vec<u64> =
            at_edges.iter().zip(at_edges.iter().skip(1)).map(|(a, b)| b.saturating_sub(*a)).collect();
        let total = used.iter().copied().fold(0, u64::saturating_add);
        if total > 0 {
            self.consumers.push(Consumer { label, used, total });
        }
    }

    /// The days.
    pub fn finish(mut self) -> DailyUsage {
        self.consumers.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.label.cmp(&b.label)));
        // A pool's figure is whole GB and older or newer than its consumers': what they do not account for goes up and down.
        // Only what exceeds all that was so far is new.
        let unaccounted = |(edge, consumed): (&Timestamp, &u64)| {
            i128::from(value_at(&self.pool, within(*edge, self.known))) - i128::from(*consumed)
        };
        let unaccounted: Vec<i128> = self.edges.iter().zip(&self.consumed).map(unaccounted).collect();
        let mut most = unaccounted.first().copied().unwrap_or(0);
        let ends = self.edges.iter().zip(self.edges.iter().skip(1)).zip(unaccounted.iter().skip(1));
        let mut days = Vec::new();
        for (at, (date, ((from, to), unaccounted))) in self.dates.iter().zip(ends).enumerate() {
            let rest = u64::try_from(unaccounted - most).unwrap_or(0);
            most = most.max(*unaccounted);
            let (known_from, known_to) = (within(*from, self.known), within(*to, self.known));
            let (all, known) = (self.pool_used(*from, *to), self.pool_used(known_from, known_to));
            let (used, others) = self.largest_of_day(at);
            let near =
                |time: &Timestamp| time.duration_since(*from) >= -NEAR && time.duration_since(*to) <= NEAR;
            let sampled = self.pool.iter().any(|(time, _)| near(time));
            let asked = known_from == known_to || self.breakdowns.iter().any(near);
            days.push(DayUsage {
                date: *date,
                used,
                others,
                rest,
                unknown: all.saturating_sub(known),
                estimated: !sampled || !asked,
            });
        }
        self.with_listed_only(days)
    }

    fn pool_used(&self, from: Timestamp, to: Timestamp) -> u64 {
        value_at(&self.pool, to).saturating_sub(value_at(&self.pool, from))
    }

    /// The consumers to list for the day at `day`, and the others added up.
    fn largest_of_day(&self, day: usize) -> (Vec<(usize, u64)>, (usize, u64)) {
        let used = |(at, consumer): (usize, &Consumer)| (at, consumer.used.get(day).copied().unwrap_or(0));
        let mut all: Vec<(usize, u64)> =
            self.consumers.iter().enumerate().map(used).filter(|(_, used)| *used > 0).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (mut listed, mut others) = (Vec::new(), (0, 0_u64));
        for (place, (at, used)) in all.into_iter().enumerate() {
            if place < LISTED || at < LARGEST {
                listed.push((at, used));
            } else {
                others = (others.0 + 1, others.1.saturating_add(used));
            }
        }
        (listed, others)
    }

    /// `days`, with the labels of the consumers that any of them lists.
    fn with_listed_only(self, mut days: Vec<DayUsage>) -> DailyUsage {
        let listed: BTreeSet<usize> =
            days.iter().flat_map(|day| day.used.iter().map(|(at, _)| *at)).collect();
        let listed: Vec<usize> = listed.into_iter().collect();
        for (at, _) in days.iter_mut().flat_map(|day| day.used.iter_mut()) {
            *at = listed.binary_search(at).unwrap_or_default();
        }
        let mut consumers = Vec::new();
        for (at, consumer) in self.consumers.into_iter().enumerate() {
            if listed.binary_search(&at).is_ok() {
                consumers.push(consumer.label);
            }
        }
        DailyUsage { consumers, days, ends_on: self.ends_on }
    }
}

/// The days in `zone` from the month's start to `now`, and their edges.
fn days(month: &Month, now: Timestamp, zone: &TimeZone) -> (Vec<civil::Date>, Vec<Timestamp>) {
    let end = now.min(month.ends_at);
    let mut date = month.starts_at.to_zoned(zone.clone()).date();
    let (mut dates, mut edges) = (vec![date], vec![month.starts_at]);
    while let Ok(next) = date.tomorrow() {
        let Ok(starts_at) = next.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()) else { break };
        if starts_at >= end {
            break;
        }
        date = next;
        dates.push(date);
        edges.push(starts_at);
    }
    edges.push(end.max(month.starts_at));
    (dates, edges)
}

fn within(at: Timestamp, (from, to): (Timestamp, Timestamp)) -> Timestamp {
    at.max(from).min(to)
}

/// The samples without those right after the month's start that are still the old month's.
fn settled(samples: &[Point], month: &Month) -> Vec<Point> {
    let mut least = u64::MAX;
    let mut kept: Vec<Point> = Vec::with_capacity(samples.len() + 1);
    for (at, used) in samples.iter().rev().filter(|(at, _)| *at >= month.starts_at && *at < month.ends_at) {
        if at.duration_since(month.starts_at) >= OLD_FIGURES || *used <= least {
            kept.push((*at, *used));
        }
        least = least.min(*used);
    }
    kept.reverse();
    kept
}

/// A counter that never falls.
fn rising(points: impl IntoIterator<Item = Point>) -> Vec<Point> {
    let mut most = 0;
    let raised = points.into_iter().map(|(at, used)| {
        most = most.max(used);
        (at, most)
    });
    raised.collect()
}

/// The counter at `at`: on the line between the samples around it, and level before the first and after the last.
fn value_at(points: &[Point], at: Timestamp) -> u64 {
    let after = points.partition_point(|(time, _)| *time <= at);
    let before = after.checked_sub(1).and_then(|before| points.get(before));
    match (before, points.get(after)) {
        (Some((from, low)), Some((to, high))) => {
            let (gone, whole) = (at.duration_since(*from).as_secs(), to.duration_since(*from).as_secs());
            let rise = i128::from(high.saturating_sub(*low)) * i128::from(gone) / i128::from(whole.max(1));
            low.saturating_add(u64::try_from(rise).unwrap_or(0))
        }
        (Some((_, used)), None) | (None, Some((_, used))) => *used,
        (None, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::month::MonthId;
    use crate::domain::sample::Sample;
    use crate::domain::usage::{GB, Pool};

    /// November begins at 04:00 in UTC.
    const START: &str = "2026-11-01T04:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// `hours` after the month's start.
    fn hour(hours: i64) -> Timestamp {
        at(START) + SignedDuration::from_hours(hours)
    }

    /// A pool that had used `gb` by these hours, known since October.
    fn pool(figures: &[(i64, u64)]) -> PoolHistory {
        let sample =
            |(hours, gb): &(i64, u64)| Sample { at: hour(*hours), pool: Pool::from_gb(*gb, 1000, 0) };
        let october: MonthId = "2026-10".parse().unwrap();
        let last = Sample { at: hour(-1), pool: Pool::from_gb(700, 1000, 0) };
        PoolHistory { month: figures.iter().map(sample).collect(), before: vec![(october, last)] }
    }

    /// Samples of a consumer: GB by hour.
    fn gb(figures: &[(i64, u64)]) -> Vec<Point> {
        figures.iter().map(|(hours, gb)| (hour(*hours), gb * GB)).collect()
    }

    /// In UTC, at the last breakdown, with breakdowns since October unless `from` says otherwise.
    fn daily(
        history: &PoolHistory,
        breakdowns: &[i64],
        from: Option<i64>,
        consumers: &[(&str, Vec<Point>)],
    ) -> DailyUsage {
        let breakdowns: Vec<Timestamp> = breakdowns.iter().map(|hours| hour(*hours)).collect();
        let now = *breakdowns.last().unwrap();
        let recorded_from = Some(from.map_or(at("2026-10-01T00:00:00Z"), hour));
        let mut builder =
            DailyUsageBuilder::new(history, &breakdowns, recorded_from, now, &TimeZone::UTC).unwrap();
        for (label, samples) in consumers {
            builder.add((*label).to_owned(), samples);
        }
        builder.finish()
    }

    /// Each day as `1: web 20, rest 4`, in GB.
    fn said(usage: &DailyUsage) -> Vec<String> {
        let day = |day: &DayUsage| {
            let listed = day.used.iter().map(|(at, used)| (usage.consumers[*at].clone(), *used));
            let added = [("others", day.others.1), ("rest", day.rest), ("unknown", day.unknown)];
            let added = added.into_iter().map(|(name, used)| (name.to_owned(), used));
            let parts = listed.chain(added).filter(|(_, used)| *used > 0);
            let parts: Vec<String> = parts.map(|(name, used)| format!("{name} {}", used / GB)).collect();
            let about = if day.estimated { " about" } else { "" };
            format!("{}:{about} {}", day.date.day(), parts.join(", "))
        };
        usage.days.iter().map(day).collect()
    }

    #[test]
    fn days_are_the_users_and_counters_begin_at_0_with_the_month() {
        // Midnight in UTC is 20 hours after the month's start.
        let history = pool(&[(0, 0), (20, 30), (44, 60), (50, 70)]);
        let web = gb(&[(0, 0), (20, 20), (44, 40), (50, 50)]);
        let db = gb(&[(0, 0), (20, 5), (44, 15), (50, 15)]);
        let usage = daily(&history, &[0, 20, 44, 50], None, &[("db", db), ("web", web)]);
        assert_eq!(said(&usage), ["1: web 20, db 5, rest 5", "2: web 20, db 10", "3: web 10"]);
        assert_eq!(usage.consumers, ["web", "db"], "the largest first");
        let total: u64 = usage.days.iter().map(DayUsage::total).sum();
        assert_eq!(total, 70 * GB);
    }

    #[test]
    fn a_day_between_samples_gets_its_share_and_is_an_estimate() {
        let history = pool(&[(0, 0), (20, 20), (92, 92)]);
        let web = gb(&[(0, 0), (20, 20), (92, 92)]);
        let usage = daily(&history, &[0, 20, 92], None, &[("web", web)]);
        // The samples around 3 November are those of two midnights.
        assert_eq!(said(&usage), ["1: web 20", "2: web 24", "3: about web 24", "4: web 24"]);
    }

    #[test]
    fn a_month_that_began_without_samples_begins_at_0() {
        let history = pool(&[(68, 68)]);
        let usage = daily(&history, &[68], None, &[("web", gb(&[(68, 34)]))]);
        assert_eq!(
            said(&usage),
            ["1: about web 10, rest 10", "2: about web 12, rest 12", "3: web 12, rest 12"]
        );
    }

    #[test]
    fn what_was_used_before_the_first_breakdown_is_not_known() {
        let history = pool(&[(0, 0), (20, 20), (44, 50), (68, 90)]);
        let web = gb(&[(44, 30), (68, 60)]);
        let usage = daily(&history, &[44, 68], Some(44), &[("web", web)]);
        assert_eq!(said(&usage), ["1: unknown 20", "2: unknown 30", "3: web 30, rest 10"]);
        // Before the program ran, nothing is known.
        let history = PoolHistory { before: Vec::new(), ..pool(&[(44, 50), (68, 90)]) };
        let usage = daily(&history, &[44, 68], Some(44), &[("web", gb(&[(44, 30), (68, 60)]))]);
        assert_eq!(said(&usage)[1..], ["2: ", "3: web 30, rest 10"]);
    }

    #[test]
    fn what_was_used_after_the_last_breakdown_is_not_known() {
        let breakdowns = [hour(0), hour(20)];
        let history = pool(&[(0, 0), (20, 20), (30, 50)]);
        let from = Some(hour(-100));
        let mut builder =
            DailyUsageBuilder::new(&history, &breakdowns, from, hour(30), &TimeZone::UTC).unwrap();
        builder.add("web".to_owned(), &gb(&[(0, 0), (20, 20)]));
        assert_eq!(said(&builder.finish()), ["1: web 20", "2: unknown 30"]);
        assert!(DailyUsageBuilder::new(&history, &[], from, hour(30), &TimeZone::UTC).is_none());
    }

    #[test]
    fn a_deleted_linode_falls_into_the_rest_and_a_new_one_starts_at_0() {
        let history = pool(&[(0, 0), (20, 20), (44, 50), (68, 90)]);
        let gone = gb(&[(0, 0), (20, 20), (32, 30)]);
        let new = gb(&[(68, 33)]);
        let usage = daily(&history, &[0, 20, 32, 44, 68], None, &[("gone", gone), ("new", new)]);
        // It used 20 GB more before it was deleted; what it used before stays its own.
        assert_eq!(said(&usage), ["1: gone 20", "2: gone 10, rest 20", "3: new 33, rest 7"]);
    }

    #[test]
    fn figures_that_are_newer_than_the_pools_make_no_rest_of_their_own() {
        // The pool's figure is one GB behind at one midnight and ahead at the next.
        let history = pool(&[(0, 0), (20, 19), (44, 41), (68, 59), (92, 81)]);
        let web = gb(&[(0, 0), (20, 20), (44, 40), (68, 60), (92, 80)]);
        let usage = daily(&history, &[0, 20, 44, 68, 92], None, &[("web", web)]);
        let rest: u64 = usage.days.iter().map(|day| day.rest).sum();
        assert_eq!(rest, GB, "{:?}", said(&usage));
    }

    #[test]
    fn a_counter_that_is_reset_late_still_begins_at_0() {
        let history = pool(&[(0, 0), (20, 20), (44, 40)]);
        let web = gb(&[(0, 500), (1, 501), (2, 2), (20, 20), (44, 40)]);
        let usage = daily(&history, &[0, 1, 2, 20, 44], None, &[("web", web)]);
        assert_eq!(said(&usage), ["1: web 20", "2: web 20"]);
    }

    #[test]
    fn a_day_lists_its_largest_and_the_months_and_adds_up_the_others() {
        let history = pool(&[(0, 0), (20, 400), (44, 900)]);
        let mut consumers: Vec<(String, Vec<Point>)> =
            (1..=30u64).map(|n| (format!("web-{n}"), gb(&[(0, 0), (20, n), (44, n + 1)]))).collect();
        consumers.push(("wild".to_owned(), gb(&[(0, 0), (20, 1), (44, 101)])));
        let consumers: Vec<(&str, Vec<Point>)> =
            consumers.iter().map(|(label, samples)| (label.as_str(), samples.clone())).collect();
        let usage = daily(&history, &[0, 20, 44], None, &consumers);
        assert_eq!(usage.consumers[..3], ["wild", "web-30", "web-29"]);
        let first = &usage.days[0];
        assert_eq!(first.used[0], (1, 30 * GB));
        assert_eq!(first.used.len(), 16, "the largest of the month is there, too");
        assert_eq!(first.used[15], (0, GB));
        assert_eq!(first.others, (15, (1..=15).sum::<u64>() * GB));
        assert_eq!(first.total(), 466 * GB);
    }

    #[test]
    fn days_follow_the_zone_over_its_changes() {
        let now = at("2026-11-03T12:00:00Z");
        let month = Month::containing(now);
        let new_york = jiff::tz::get!("America/New_York");
        let (dates, edges) = days(&month, now, &new_york);
        assert_eq!(dates.iter().map(|date| date.day()).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(edges[1], at("2026-11-02T05:00:00Z"), "a day of 25 hours");
        // In Chicago the month begins in the evening before.
        let chicago = jiff::tz::get!("America/Chicago");
        assert_eq!(days(&month, now, &chicago).0[0].to_string(), "2026-10-31");
        let (dates, edges) = days(&month, month.ends_at, &TimeZone::UTC);
        assert_eq!((dates.len(), edges.len()), (31, 32));
        assert_eq!(edges[31], month.ends_at);
    }
}
