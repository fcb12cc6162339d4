//! What one pool used in the course of this month and on each day of the two months before, in few enough points that
//! hundreds of accounts weigh little.

use jiff::{SignedDuration, Timestamp};

use crate::domain::month::{Month, MonthId};

/// Length of a slot in seconds, counted from the start of the month. The last sample in each slot is kept: with 3
/// hours, a month has at most 249 points of 16 bytes.
pub const SLOT_SECONDS: i64 = 3 * 3600;

/// A day, in seconds.
pub(super) const DAY: f64 = 86_400.0;
/// How many days before the month are kept: two months.
pub const PAST_DAYS: usize = 62;
/// The share of a month's last day that must be known for the day to count.
const KNOWN_SHARE: f64 = 0.75;

/// The samples of one pool in one month, thinned, rising in time, and what it used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    month: Month,
    points: Vec<Point>,
    /// Bytes used on each day before the month, the last day first; `None` where no sample tells.
    past: Vec<Option<u64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    /// Seconds since the month began.
    second: u32,
    /// Bytes used since then.
    used: u64,
}

impl Series {
    /// A month of which nothing is known yet.
    pub fn new(month: Month) -> Series {
        Series { month, points: Vec::new(), past: Vec::new() }
    }

    /// The month it is about.
    pub fn month(&self) -> MonthId {
        self.month.id
    }

    /// Adds a sample. One of a later month begins that month; one from before the last sample is ignored.
    pub fn push(&mut self, at: Timestamp, used: u64) {
        if at >= self.month.ends_at {
            self.begin(Month::containing(at));
        }
        let since = at.duration_since(self.month.starts_at).as_secs();
        let Ok(second) = u32::try_from(since) else { return };
        let slot = |second: u32| i64::from(second) / SLOT_SECONDS;
        match self.points.last_mut() {
            Some(last) if second < last.second => {}
            Some(last) if slot(second) == slot(last.second) => *last = Point { second, used },
            _ => self.points.push(Point { second, used }),
        }
    }

    /// Ends the month, of which only its days are kept, and begins `month`.
    fn begin(&mut self, month: Month) {
        let (until, used) = self.points.last().map_or((0.0, 0), |last| (f64::from(last.second), last.used));
        let course = self.course(self.month.ends_at, used);
        let used_on = |day: usize| {
            let (start, end) = (day as f64 * DAY, (day + 1) as f64 * DAY);
            let known = (until.min(end) - start) / DAY;
            (known >= KNOWN_SHARE)
                .then(|| ((course.used_at(until.min(end)) - course.used_at(start)) / known) as u64)
        };
        let days = (self.month.seconds() / DAY).round() as usize;
        self.past.splice(0..0, (0..days).rev().map(used_on));
        // Months without a sample in between.
        let gap = month.starts_at.duration_since(self.month.ends_at).as_secs_f64() / DAY;
        let gap = (gap.round() as usize).min(PAST_DAYS);
        self.past.splice(0..0, std::iter::repeat_n(None, gap));
        self.past.truncate(PAST_DAYS);
        while self.past.last().is_some_and(Option::is_none) {
            self.past.pop();
        }
        self.points.clear();
        self.month = month;
    }

    /// Seconds from the first sample to `at`; 0 where there is none before it.
    pub fn seconds_before(&self, at: Timestamp) -> u64 {
        let since = |first: &Point| {
            at.duration_since(self.month.starts_at).as_secs().saturating_sub(first.second.into())
        };
        self.points.first().map_or(0, since).try_into().unwrap_or_default()
    }

    /// The bytes used by each instant, never falling and ending with `used` at `at`.
    ///
    /// The API's figure can fall: it is corrected now and then. What is said now goes before what was said then.
    pub fn course(&self, at: Timestamp, used: u64) -> CumulativeUsage {
        // Uses the rounded share that is displayed, so that a reader can recompute the forecast of a single sample.
        self.up_to(at, self.month.share(at) * self.month.seconds(), used)
    }

    /// The same, with `at` counted as `now` seconds after the month began.
    fn up_to(&self, at: Timestamp, now: f64, used: u64) -> CumulativeUsage {
        let before = now.min(at.duration_since(self.month.starts_at).as_secs() as f64);
        let mut course = CumulativeUsage {
            month: self.month,
            points: Vec::with_capacity(self.points.len() + 2),
            past: self.past.clone(),
        };
        course.points.push((0.0, 0.0));
        let mut highest = 0;
        for point in self.points.iter().filter(|point| f64::from(point.second) < before) {
            highest = point.used.min(used).max(highest);
            course.points.push((f64::from(point.second), highest as f64));
        }
        course.points.push((now, used as f64));
        course
    }

    /// The instant from which on `quota` bytes were used, as the samples know it; `None` where they begin above it.
    pub fn crossed_at(&self, quota: u64, at: Timestamp, used: u64) -> Option<Timestamp> {
        let now = at.duration_since(self.month.starts_at).as_secs_f64();
        let course = self.up_to(at, now, used);
        let quota = quota as f64;
        let known = course.points.get(1..)?;
        let (before, after) =
            known.iter().zip(known.get(1..)?).find(|(before, after)| before.1 < quota && after.1 >= quota)?;
        let share = (quota - before.1) / (after.1 - before.1);
        self.month.after(before.0 + share * (after.0 - before.0))
    }
}

/// A day of 24 hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// How many days later the last one is.
    pub age: usize,
    /// Bytes used in it, or what that would be if it is not whole.
    pub amount: f64,
    /// The part of a day that it is: 1, but for the first of all.
    pub length: f64,
}

/// The bytes used by each instant of a month so far, and on the days before it.
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeUsage {
    month: Month,
    /// Seconds since the month began and bytes used by then; both never fall, and the first is 0 of 0.
    points: Vec<(f64, f64)>,
    /// As in [`Series`].
    past: Vec<Option<u64>>,
}

impl CumulativeUsage {
    /// Seconds from the month's beginning to the last figure.
    pub fn now(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.0)
    }

    /// Seconds of which more than their sum is known: from the month's first figure to the last, and the days before.
    pub fn seen(&self) -> f64 {
        let past = self.past.iter().flatten().count() as f64 * DAY;
        past + self.points.get(1).map_or(0.0, |first| self.now() - first.0)
    }

    /// Seconds from the last figure to the month's end.
    pub fn left(&self) -> f64 {
        (self.month.seconds() - self.now()).max(0.0)
    }

    /// The number of whole days of 24 hours since the month began. The last figure's time is rounded.
    pub fn days_of_month(&self) -> usize {
        (self.now() / DAY + 0.01) as usize
    }

    /// The known days of 24 hours, counted back from the last figure. If nothing is known of the time before the month, the first
    /// one is what is left of it, unless that is only a few hours.
    pub fn days(&self) -> Vec<Day> {
        let past = |day: usize| self.past.get(day).copied().flatten().map(|used| used as f64);
        let mut days = Vec::with_capacity(self.past.len() + 32);
        let mut end = self.now();
        let mut age = 0;
        while end >= DAY {
            days.push(Day { age, amount: self.used_at(end) - self.used_at(end - DAY), length: 1.0 });
            end -= DAY;
            age += 1;
        }
        let (amount, length) = (self.used_at(end), end / DAY);
        if self.past.is_empty() {
            if length >= 0.25 || (days.is_empty() && length > 0.0) {
                days.push(Day { age, amount: amount / length, length });
            }
            return days;
        }
        // A day that began before the month, and then those of which each has its parts in two.
        let first = past(0).map(|used| amount + used * (1.0 - length));
        let earlier = (1..self.past.len()).map(|day| {
            let (after, before) = (past(day - 1)?, past(day)?);
            Some(after * length + before * (1.0 - length))
        });
        let all = std::iter::once(first).chain(earlier).zip(age..);
        days.extend(all.filter_map(|(amount, age)| Some(Day { age, amount: amount?, length: 1.0 })));
        days
    }

    /// Bytes used by `second`: between two points as if it went evenly.
    pub fn used_at(&self, second: f64) -> f64 {
        let next = self.points.partition_point(|point| point.0 < second);
        let after = self.points.get(next);
        let before = next.checked_sub(1).and_then(|at| self.points.get(at));
        match (before, after) {
            (Some(before), Some(after)) => {
                let share = (second - before.0) / (after.0 - before.0);
                before.1 + share * (after.1 - before.1)
            }
            (Some(point), None) | (None, Some(point)) => point.1,
            (None, None) => 0.0,
        }
    }
}

impl Month {
    /// The instant this many seconds after the month began.
    fn after(&self, seconds: f64) -> Option<Timestamp> {
        self.starts_at.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::GB;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn november() -> Series {
        Series::new(Month::containing(at("2026-11-10T00:00:00Z")))
    }

    #[test]
    fn of_a_slot_the_last_sample_stays() {
        let mut series = november();
        for minute in 0..30 * 24 * 60 {
            series.push(at("2026-11-01T04:00:00Z") + SignedDuration::from_mins(minute), minute as u64);
        }
        assert_eq!(series.points.len(), 30 * 8);
        assert_eq!(series.points[0], Point { second: 179 * 60, used: 179 });
    }

    #[test]
    fn what_is_no_sample_of_the_month_in_its_order_is_passed_over() {
        let mut series = november();
        series.push(at("2026-11-10T00:00:00Z"), 5);
        let before = series.clone();
        for time in ["2026-11-01T03:59:59Z", "2026-11-09T00:00:00Z"] {
            series.push(at(time), 9);
        }
        assert_eq!(series, before);
    }

    #[test]
    fn correction_adjusts_earlier_samples_and_a_zero_is_skipped() {
        let mut series = november();
        for (day, used) in [(2, 10), (3, 90), (4, 0), (5, 40)] {
            series.push(at(&format!("2026-11-0{day}T04:00:00Z")), used);
        }
        let course = series.course(at("2026-11-06T04:00:00Z"), 60);
        let used: Vec<f64> = (0..6).map(|day| course.used_at(f64::from(day) * 86_400.0)).collect();
        assert_eq!(used, [0.0, 10.0, 60.0, 60.0, 60.0, 60.0]);
        assert_eq!(course.used_at(43_200.0), 5.0);
    }

    #[test]
    fn when_the_pool_was_used_up_is_known_between_two_samples_only() {
        let mut series = november();
        series.push(at("2026-11-10T04:00:00Z"), 900);
        let used_up = |quota| series.crossed_at(quota, at("2026-11-11T04:00:00Z"), 1100);
        assert_eq!(used_up(1000), Some(at("2026-11-10T16:00:00Z")));
        assert_eq!(used_up(800), None, "it began above it");
        assert_eq!(used_up(1200), None);
    }

    /// The age of each day before `time` and the GB used on it, with `used` GB since the month began.
    fn days(series: &Series, time: &str, used: u64) -> Vec<(usize, f64)> {
        let course = series.course(at(time), used * GB);
        course.days().into_iter().map(|day| (day.age, day.amount / GB as f64)).collect()
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 0.15
    }

    #[test]
    fn of_a_month_that_is_over_the_days_stay() {
        let mut series = november();
        let mut used = 0;
        for day in 0..30 {
            used += day * GB;
            series.push(at("2026-11-02T03:59:00Z") + SignedDuration::from_hours(24 * day as i64), used);
        }
        series.push(at("2026-12-02T05:00:00Z"), 50 * GB);
        assert_eq!(series.month().name(), "December");
        let known = days(&series, "2026-12-02T05:00:00Z", 50);
        assert_eq!(known.len(), 31);
        assert!(near(known[0].1, 50.0), "{known:?}");
        // Its last day ends an hour after its days of 24 hours do.
        for ((age, amount), day) in known[1..].iter().zip((0..30).rev()) {
            assert!(near(*amount, f64::from(day)), "{age}: {amount}, not {day}");
        }
        // At noon a day is half of one and half of the other.
        let known = days(&series, "2026-12-02T17:00:00Z", 150);
        assert!(near(known[1].1, (50.0 + 29.0) / 2.0), "{known:?}");
        assert!(near(known[2].1, 28.5), "{known:?}");
    }

    #[test]
    fn days_without_samples_are_unknown() {
        let mut series = november();
        series.push(at("2026-11-21T04:00:00Z"), 200 * GB);
        series.push(at("2026-12-02T05:00:00Z"), 10 * GB);
        let known = days(&series, "2026-12-02T05:00:00Z", 10);
        assert!(known[0].0 == 0 && near(known[0].1, 10.0), "{known:?}");
        assert!(
            known[1].0 == 12 && near(known[1].1, 10.0),
            "what is after its last sample is not known: {known:?}"
        );
        assert_eq!(known.len(), 20);
        series.push(at("2027-03-15T05:00:00Z"), 10 * GB);
        assert!(series.past.is_empty(), "too long ago");
    }
}
