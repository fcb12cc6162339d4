//! What one poll found of one pool, and which of them are kept for how long.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::month::{self, Month};
use super::spike;
use super::usage::Pool;

/// A pool's figures at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When the answer came, to the second.
    pub at: Timestamp,
    /// What it said.
    pub pool: Pool,
}

/// For how long every sample is kept.
const WHOLE: SignedDuration = SignedDuration::from_hours(3 * 24);
/// For how long, beside the month, one an hour is kept: what is usual in each hour of the week.
const HOURLY: SignedDuration = SignedDuration::from_hours(24 * spike::DAYS_KEPT);
/// Seconds in an hour.
const HOUR: i64 = 3600;

/// A stretch of time of which one sample is kept: the newest, because what a pool used adds up over its month.
#[derive(PartialEq)]
enum Slot {
    Hour(i64),
    Day(jiff::civil::Date),
}

/// Those of `times`, the rising times of one pool's samples, that go at `now`: all are kept for three days, one an hour
/// in the rest of the month and of 29 days, one a day before that, and none that is older than `months`, of which the month
/// of `now` is one. Hours and days are the billing month's, so that the last sample of each month is one that stays.
pub fn expired_samples(times: &[Timestamp], months: u16, now: Timestamp) -> Vec<Timestamp> {
    let whole_from = now.checked_sub(WHOLE).unwrap_or(Timestamp::MIN);
    let month = Month::containing(now);
    let kept_from = month.id.back(months.saturating_sub(1)).starts_at();
    let hourly_from = now.checked_sub(HOURLY).unwrap_or(Timestamp::MIN).min(month.starts_at);
    let slot = |at: Timestamp| {
        if at >= hourly_from {
            Slot::Hour(at.as_second().div_euclid(HOUR))
        } else {
            Slot::Day(month::billing_day(at))
        }
    };
    let next = times.iter().skip(1).map(Some).chain([None]);
    let goes = |at: Timestamp, next: Option<&Timestamp>| {
        at < whole_from && (at < kept_from || next.is_some_and(|next| slot(*next) == slot(at)))
    };
    times.iter().zip(next).filter(|(at, next)| goes(**at, *next)).map(|(at, _)| *at).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::domain::month::MonthId;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// One sample every `minutes` in between, including the end.
    fn every(minutes: i64, from: &str, to: &str) -> Vec<Timestamp> {
        let step = SignedDuration::from_mins(minutes);
        std::iter::successors(Some(at(from)), |time| Some(*time + step))
            .take_while(|t| *t <= at(to))
            .collect()
    }

    fn kept(times: &[Timestamp], months: u16, now: Timestamp) -> Vec<Timestamp> {
        let gone: BTreeSet<Timestamp> = expired_samples(times, months, now).into_iter().collect();
        times.iter().filter(|time| !gone.contains(time)).copied().collect()
    }

    #[test]
    fn downsampling_keeps_all_then_hourly_then_daily_samples() {
        let now = "2026-11-10T12:00:00Z";
        let times = every(5, "2026-10-10T00:00:00Z", now);
        let kept = kept(&times, 25, at(now));
        let between = |from, to| kept.iter().filter(|time| (at(from)..at(to)).contains(time)).count();
        assert_eq!(between("2026-11-07T12:00:00Z", "2026-11-10T12:00:01Z"), 3 * 24 * 12 + 1);
        // The month began at 04:00 in UTC.
        assert_eq!(between("2026-11-01T04:00:00Z", "2026-11-07T12:00:00Z"), 6 * 24 + 8);
        assert_eq!(
            between("2026-10-12T12:00:00Z", "2026-11-01T04:00:00Z"),
            19 * 24 + 16,
            "29 days are hourly"
        );
        assert_eq!(
            kept.iter().filter(|time| **time < at("2026-10-12T11:00:00Z")).collect::<Vec<_>>(),
            [&at("2026-10-10T03:55:00Z"), &at("2026-10-11T03:55:00Z"), &at("2026-10-12T03:55:00Z")]
        );
    }

    #[test]
    fn the_months_before_those_that_are_kept_go_whole() {
        let times = every(24 * 60, "2026-08-01T12:00:00Z", "2026-11-10T12:00:00Z");
        let first = |months| kept(&times, months, at("2026-11-10T12:00:00Z"))[0];
        assert_eq!(first(3), at("2026-09-01T12:00:00Z"));
        assert_eq!(first(1), at("2026-11-01T12:00:00Z"));
        assert_eq!(
            kept(&times, 1, at("2026-11-01T12:00:00Z"))[0],
            at("2026-10-29T12:00:00Z"),
            "three days stay"
        );
    }

    #[test]
    fn nothing_of_nothing_goes() {
        assert!(expired_samples(&[], 25, at("2026-11-10T12:00:00Z")).is_empty());
        assert!(
            expired_samples(&[at("2020-01-01T00:00:00Z")], u16::MAX, at("2026-11-10T12:00:00Z")).is_empty()
        );
    }

    fn last_of_each_month(times: &[Timestamp]) -> BTreeMap<MonthId, Timestamp> {
        times.iter().map(|time| (Month::containing(*time).id, *time)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_has_to_stay_stays(
            mut minutes in proptest::collection::vec(0i64..400 * 24 * 60, 0..600),
            after in 0i64..60 * 24,
            months in 1u16..6,
        ) {
            minutes.sort_unstable();
            minutes.dedup();
            let begin = at("2026-09-30T00:00:00Z");
            let times: Vec<Timestamp> =
                minutes.iter().map(|minutes| begin + SignedDuration::from_mins(*minutes)).collect();
            let now = times.last().copied().unwrap_or(begin) + SignedDuration::from_hours(after);
            let once = kept(&times, months, now);
            prop_assert_eq!(&kept(&once, months, now), &once, "twice is once");
            let young: Vec<_> = times.iter().filter(|time| **time >= now - WHOLE).collect();
            prop_assert!(young.iter().all(|time| once.contains(time)), "nothing younger than three days goes");
            let first = Month::containing(now).id.back(months - 1);
            for (month, last) in last_of_each_month(&times) {
                prop_assert!(month < first || once.contains(&last), "the last of {} goes", month);
            }
            // What was thinned each day is no more than what is thinned once.
            let mut daily = Vec::new();
            let mut today = begin;
            for time in &times {
                while today + SignedDuration::from_hours(24) <= *time {
                    today += SignedDuration::from_hours(24);
                    daily = kept(&daily, months, today);
                }
                daily.push(*time);
            }
            prop_assert_eq!(kept(&daily, months, now), once);
        }
    }
}
