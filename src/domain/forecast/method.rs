//! Forecasts the rest of a month from its course so far.
//!
//! The time so far is cut into days of 24 hours, counted back from now. A silence at the month's beginning is left out,
//! and a day that stands out above the days around it counts as a day that doesn't quite. What is left is averaged, the
//! last days more than those before; and once there is a week of days, each day of the week to come counts as its like
//! did.

use super::series::CumulativeUsage;

/// A day, in seconds.
const DAY: f64 = 86_400.0;

/// The method's settings. Those in use were chosen by the back-test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastParams {
    /// How fast the weights of days decay, in days.
    pub memory_days: f64,
    /// The minimum weight of each of the last seven days.
    pub last_week: f64,
    /// Caps a day at this multiple of the last week's median.
    pub outlier: f64,
    /// Days at the beginning with less than this part of the greatest day are a silence.
    pub silence: f64,
    /// How many average days each weekday's factor is smoothed with.
    pub rhythm_doubt: f64,
    /// The band's half-width for the spread of the days, in standard deviations.
    pub band_deviations: f64,
    /// What is taken for the deviation of days of which nothing was seen but their sum. It stays in as one day besides
    /// those that were seen.
    pub unseen_deviation: f64,
    /// How far the band also extends down, as a fraction of the remaining use.
    pub band_down: f64,
    /// How far it also extends up: months that change mostly gain traffic.
    pub band_up: f64,
}

/// Chosen on the training months of the back-test.
pub const TUNED: ForecastParams = ForecastParams {
    memory_days: 3.0,
    last_week: 1.0,
    outlier: 1.75,
    silence: 0.05,
    rhythm_doubt: 1.0,
    band_deviations: 1.3,
    unseen_deviation: 0.5,
    band_down: 0.2,
    band_up: 0.5,
};

/// The remaining use of a month, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// The best guess.
    pub expected: f64,
    /// The band's lower end.
    pub low: f64,
    /// The band's upper end.
    pub high: f64,
}

/// One day so far.
#[derive(Debug, Clone, Copy)]
struct Day {
    /// Bytes in 24 hours.
    amount: f64,
    /// The part of a day that it is: 1, but for the first of the month.
    length: f64,
    /// How much it counts.
    weight: f64,
    /// Its place in the week, counted back from now: 0 is a day like the one to come.
    place: usize,
}

/// Forecasts the rest of the month after `course`.
pub fn project(course: &CumulativeUsage, params: &ForecastParams) -> Projection {
    let left = course.left() / DAY;
    let days = days(course, params);
    let profile = weekday_profile(&days, params);
    let weight: f64 = days.iter().map(|day| day.weight * profile.of(day.place)).sum();
    let level = days.iter().map(|day| day.weight * day.amount).sum::<f64>() / weight;
    if !level.is_finite() || level <= 0.0 {
        return Projection { expected: 0.0, low: 0.0, high: 0.0 };
    }
    let expected = level * profile.ahead(left);
    let spread = spread(&days, &profile, level, params.unseen_deviation, course.seen() / DAY, left);
    let wide = 1.0 + params.band_deviations * spread;
    Projection {
        expected,
        low: expected / (wide + params.band_down),
        high: expected * (wide + params.band_up),
    }
}

/// The days so far, the last one first.
fn days(course: &CumulativeUsage, params: &ForecastParams) -> Vec<Day> {
    let mut days = Vec::with_capacity(32);
    let mut end = course.now();
    while end > 0.0 {
        let start = (end - DAY).max(0.0);
        let length = (end - start) / DAY;
        let age = days.len();
        let weight =
            (-(age as f64) / params.memory_days).exp() + if age < 7 { params.last_week } else { 0.0 };
        let amount = (course.used_at(end) - course.used_at(start)) / length;
        // The day before now is like the one six days ahead.
        days.push(Day { amount, length, weight: weight * length, place: 6 - age % 7 });
        end = start;
    }
    // A few hours do not count as a day.
    if days.len() > 1 && days.last().is_some_and(|first| first.length < 0.25) {
        days.pop();
    }
    let greatest = days.iter().map(|day| day.amount).fold(0.0, f64::max);
    while days.len() > 1 && days.last().is_some_and(|first| first.amount < params.silence * greatest) {
        days.pop();
    }
    let mut week: Vec<f64> = days.iter().take(7).map(|day| day.amount).collect();
    week.sort_by(f64::total_cmp);
    if let Some(median) = week.get(week.len() / 2).filter(|_| week.len() > 2) {
        for day in &mut days {
            day.amount = day.amount.min(params.outlier * median);
        }
    }
    days
}

/// How much each of seven days in a row is of an average one.
struct WeekdayProfile([f64; 7]);

impl WeekdayProfile {
    fn of(&self, place: usize) -> f64 {
        self.0.get(place).copied().unwrap_or(1.0)
    }

    /// How many average days the next `days` days are.
    fn ahead(&self, days: f64) -> f64 {
        let mut sum = 0.0;
        let mut day = 0;
        let mut left = days;
        while left > 0.0 {
            sum += self.of(day % 7) * left.min(1.0);
            left -= 1.0;
            day += 1;
        }
        sum
    }
}

fn weekday_profile(days: &[Day], params: &ForecastParams) -> WeekdayProfile {
    let whole = days.iter().filter(|day| day.length >= 1.0);
    let average = whole.clone().map(|day| day.amount).sum::<f64>() / whole.clone().count() as f64;
    if whole.clone().count() < 7 || average <= 0.0 {
        return WeekdayProfile([1.0; 7]);
    }
    let mut factors = [1.0; 7];
    for (place, factor) in factors.iter_mut().enumerate() {
        let alike = whole.clone().filter(|day| day.place == place);
        let count = alike.clone().count() as f64;
        let amount: f64 = alike.map(|day| day.amount / average).sum();
        *factor = (amount + params.rhythm_doubt) / (count + params.rhythm_doubt);
    }
    WeekdayProfile(factors)
}

/// One standard deviation of the expected rest, as a part of it, from how much the days differed from their
/// predictions.
fn spread(days: &[Day], profile: &WeekdayProfile, level: f64, unseen: f64, seen: f64, left: f64) -> f64 {
    let weights: f64 = days.iter().map(|day| day.weight).sum();
    let squares = |day: &Day| {
        let off = day.amount / (level * profile.of(day.place)) - 1.0;
        day.weight * off * off
    };
    let found = days.iter().map(squares).sum::<f64>() / weights;
    let variance = (found * seen + unseen * unseen) / (seen + 1.0);
    let count = weights * weights / days.iter().map(|day| day.weight * day.weight).sum::<f64>();
    (variance * (1.0 / count + 1.0 / left.max(1.0))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::forecast::Series;
    use crate::domain::month::Month;
    use crate::domain::usage::GB;

    /// The projection for the rest of November 2026 (30 days and an hour) after days with these GB each.
    fn after(days: &[u64]) -> Projection {
        let month = Month::containing("2026-11-15T00:00:00Z".parse().unwrap());
        let mut series = Series::new(month);
        let (mut at, mut used) = (month.starts_at, 0);
        for day in days {
            for _ in 0..8 {
                at += jiff::SignedDuration::from_hours(3);
                used += day * GB / 8;
                series.push(at, used);
            }
        }
        let Projection { expected, low, high } = project(&series.course(at, used), &TUNED);
        let gb = |bytes: f64| bytes / GB as f64;
        Projection { expected: gb(expected), low: gb(low), high: gb(high) }
    }

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 0.01, "{found}, not {expected}");
    }

    #[test]
    fn an_even_month_goes_on_evenly_and_its_band_is_narrow() {
        let projection = after(&[100; 10]);
        near(projection.expected, 2004.0);
        assert!(projection.low > 2004.0 / 1.4 && projection.low < 2004.0 / 1.2, "{projection:?}");
        assert!(projection.high < 2004.0 * 1.7 && projection.high > 2004.0 * 1.5, "{projection:?}");
    }

    #[test]
    fn of_a_month_that_was_not_seen_the_band_is_wide() {
        let month = Month::containing("2026-11-15T00:00:00Z".parse().unwrap());
        let at = month.starts_at + jiff::SignedDuration::from_hours(240);
        let unseen = project(&Series::new(month).course(at, 1000 * GB), &TUNED);
        near(unseen.expected / GB as f64, 2004.0);
        let seen = after(&[100; 10]);
        assert!(unseen.high / unseen.low > 1.2 * seen.high / seen.low);
    }

    #[test]
    fn a_burst_of_a_day_is_no_pace() {
        let expected = after(&[100, 100, 100, 2000, 100, 100, 100, 100]).expected;
        assert!(expected > 2200.0 && expected < 2500.0, "{expected}");
    }

    #[test]
    fn a_silence_at_the_beginning_is_left_out_and_one_later_is_not() {
        near(after(&[0, 0, 0, 0, 0, 0, 0, 0, 100, 100]).expected, 2004.0);
        let later = after(&[100, 100, 100, 100, 100, 100, 100, 0, 0, 0]).expected;
        assert!(later < 1200.0, "{later}");
    }

    #[test]
    fn a_pace_that_changed_for_good_is_the_pace_after_a_week() {
        let soon = after(&[100, 100, 100, 100, 100, 100, 100, 100, 200, 200]).expected;
        assert!(soon > 2004.0 * 1.2 && soon < 2004.0 * 1.7, "{soon}");
        let late =
            after(&[100, 100, 100, 100, 100, 100, 100, 100, 200, 200, 200, 200, 200, 200, 200, 200]).expected;
        assert!(late > 1404.0 * 1.8, "{late}");
    }

    #[test]
    fn the_days_left_are_counted_as_their_likes_were() {
        // Two days of rest in seven; three weeks and four days are over: of those left, two are days of rest.
        let week = [100, 100, 100, 100, 100, 30, 30];
        let month: Vec<u64> = week.iter().cycle().take(25).copied().collect();
        let expected = after(&month).expected;
        // 100, then 30, 30, 100, 100, and an hour.
        assert!((expected - 360.0).abs() < 25.0, "{expected}");
    }

    #[test]
    fn uneven_days_make_a_wide_band() {
        let (even, uneven) = (after(&[100; 6]), after(&[60, 140, 60, 140, 60, 140]));
        assert!(uneven.high / uneven.low > 1.15 * even.high / even.low);
    }

    #[test]
    fn nothing_used_is_nothing_to_come() {
        assert_eq!(after(&[0; 5]), Projection { expected: 0.0, low: 0.0, high: 0.0 });
        assert_eq!(after(&[]), Projection { expected: 0.0, low: 0.0, high: 0.0 });
    }
}
