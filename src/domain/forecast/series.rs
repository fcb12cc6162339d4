//! What one pool used in the course of this month, in few enough points that hundreds of accounts weigh little.

use jiff::{SignedDuration, Timestamp};

use crate::domain::month::{Month, MonthId};

/// Length of a slot in seconds, counted from the start of the month. The last sample in each slot is kept: with 3
/// hours, a month has at most 249 points of 16 bytes.
pub const SLOT_SECONDS: i64 = 3 * 3600;

/// The samples of one pool in one month, thinned, rising in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    month: Month,
    points: Vec<Point>,
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
        Series { month, points: Vec::new() }
    }

    /// The month it is about.
    pub fn month(&self) -> MonthId {
        self.month.id
    }

    /// Takes a sample up; one of another month, or from before the last one, is passed over.
    pub fn push(&mut self, at: Timestamp, used: u64) {
        let since = at.duration_since(self.month.starts_at).as_secs();
        let Ok(second) = u32::try_from(since) else { return };
        if at >= self.month.ends_at {
            return;
        }
        let slot = |second: u32| i64::from(second) / SLOT_SECONDS;
        match self.points.last_mut() {
            Some(last) if second < last.second => {}
            Some(last) if slot(second) == slot(last.second) => *last = Point { second, used },
            _ => self.points.push(Point { second, used }),
        }
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
        let mut course =
            CumulativeUsage { month: self.month, points: Vec::with_capacity(self.points.len() + 2) };
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

/// The bytes used by each instant of a month so far.
#[derive(Debug, Clone, PartialEq)]
pub struct CumulativeUsage {
    month: Month,
    /// Seconds since the month began and bytes used by then; both never fall, and the first is 0 of 0.
    points: Vec<(f64, f64)>,
}

impl CumulativeUsage {
    /// Seconds from the month's beginning to the last figure.
    pub fn now(&self) -> f64 {
        self.points.last().map_or(0.0, |point| point.0)
    }

    /// Seconds from the first figure to the last: what was before the first is not seen, only its sum.
    pub fn seen(&self) -> f64 {
        self.points.get(1).map_or(0.0, |first| self.now() - first.0)
    }

    /// Seconds from the last figure to the month's end.
    pub fn left(&self) -> f64 {
        (self.month.seconds() - self.now()).max(0.0)
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
        for time in ["2026-11-01T03:59:59Z", "2026-12-01T05:00:00Z", "2026-11-09T00:00:00Z"] {
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
}
