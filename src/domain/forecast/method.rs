//! Forecasts the rest of a month from its course so far and from the two months before it.
//!
//! The time so far is divided into days of 24 hours, counted back from now. Days of hardly any use at the beginning are
//! left out, the weekday's share is divided out of each day, and a day that stands out counts as one that hardly does.
//! The pace is that of the last days if it clearly differs from the long average, and the long average otherwise. A
//! trend that eight weeks show continues.

use super::series::{CumulativeUsage, DAY, Day};

/// The days of each of the four averages that show a trend.
const FORTNIGHT: usize = 14;
/// How many days of each fortnight must be known.
const FORTNIGHT_KNOWN: usize = 10;
/// The middle of the week that sets the pace, in days before now.
const MIDDLE: f64 = 3.5;
/// The median difference between two values of a normal distribution, in standard deviations.
const MEDIAN_DIFFERENCE: f64 = 0.954;
/// The least share of an average day that a weekday has.
const LEAST_SHARE: f64 = 0.05;

/// The method's settings. Those in use were chosen by the back-test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastParams {
    /// How fast the weights of days decay in the recent pace, in days.
    pub memory_days: f64,
    /// The minimum weight of each of the last seven days in it.
    pub last_week: f64,
    /// How fast they decay in the long average, in days.
    pub long_memory_days: f64,
    /// By how many standard errors the two must differ to count half each.
    pub change: f64,
    /// Caps a day at this multiple of the week's median.
    pub outlier: f64,
    /// Days at the beginning with less than this part of the greatest day are a silence.
    pub silence: f64,
    /// How many times its noise is subtracted from the variance between weekdays.
    pub weekday_doubt: f64,
    /// How many standard errors are subtracted from a trend.
    pub trend_doubt: f64,
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
    long_memory_days: 30.0,
    change: 1.5,
    outlier: 1.75,
    silence: 0.05,
    weekday_doubt: 2.0,
    trend_doubt: 1.0,
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

impl ForecastParams {
    /// How much a day of this age counts in the recent pace.
    fn weight(&self, age: usize) -> f64 {
        (-(age as f64) / self.memory_days).exp() + if age < 7 { self.last_week } else { 0.0 }
    }
}

/// Forecasts the rest of the month after `course`.
pub fn project(course: &CumulativeUsage, params: &ForecastParams) -> Projection {
    let left = course.left() / DAY;
    let mut days = course.days();
    leave_out_silence(&mut days, course.days_of_month(), params);
    let profile = WeekdayProfile::from_days(&days, params);
    for day in &mut days {
        day.amount /= profile.share(6 - day.age % 7);
    }
    cap_outliers(&mut days, params);
    let noise = noise(&days);
    let level = level(&days, noise, params);
    if !level.is_finite() || level <= 0.0 {
        return Projection { expected: 0.0, low: 0.0, high: 0.0 };
    }
    let slope = slope(&days, noise, params);
    let mut expected = 0.0;
    for ahead in 0..left.ceil() as usize {
        let length = (left - ahead as f64).min(1.0);
        let pace = level + slope * (MIDDLE + ahead as f64 + 0.5);
        expected += profile.share(ahead % 7) * length * pace.max(0.0);
    }
    let spread = spread(&days, level, course.seen() / DAY, left, params);
    let wide = 1.0 + params.band_deviations * spread;
    Projection {
        expected,
        low: expected / (wide + params.band_down),
        high: expected * (wide + params.band_up),
    }
}

/// Leaves out the days of hardly any use at the beginning, and those at the beginning of the month, whose last
/// `month` days are whole.
fn leave_out_silence(days: &mut Vec<Day>, month: usize, params: &ForecastParams) {
    let greatest = |days: &[Day]| days.iter().map(|day| day.amount).fold(0.0, f64::max);
    let least = params.silence * greatest(days);
    while days.len() > 1 && days.last().is_some_and(|first| first.amount < least) {
        days.pop();
    }
    let in_month = days.partition_point(|day| day.age < month);
    let (of_month, _) = days.split_at(in_month);
    let least = params.silence * greatest(of_month);
    let silent = of_month.iter().rev().take_while(|day| day.amount < least).count();
    if silent > 0 {
        // With the day that began before the month.
        let until = in_month + usize::from(days.get(in_month).is_some_and(|day| day.age == month));
        days.drain(in_month - silent..until);
    }
}

/// How much each of seven days in a row is of an average one. The first is a day like the one to come.
struct WeekdayProfile([f64; 7]);

impl WeekdayProfile {
    fn share(&self, place: usize) -> f64 {
        self.0.get(place).copied().unwrap_or(1.0)
    }

    /// From each whole week its days' shares; the less these differ than chance explains, the flatter.
    fn from_days(days: &[Day], params: &ForecastParams) -> WeekdayProfile {
        let weeks: Vec<Vec<f64>> = days
            .chunk_by(|a, b| a.age / 7 == b.age / 7)
            .filter(|week| week.len() == 7 && week.iter().all(|day| day.length >= 1.0))
            .filter_map(|week| shares(week, params))
            .collect();
        let count = weeks.len() as f64;
        let mut means = [0.0; 7];
        let mut within = 0.0;
        // The last day of a week is like the one six days ahead.
        for (place, mean) in means.iter_mut().rev().enumerate() {
            let shares = || weeks.iter().filter_map(|week| week.get(place));
            *mean = shares().sum::<f64>() / count;
            within += shares().map(|share| (share - *mean).powi(2)).sum::<f64>();
        }
        let by_chance = within / (7.0 * (count - 1.0)) / count;
        let between = means.iter().map(|mean| (mean - 1.0).powi(2)).sum::<f64>() / 6.0;
        if count < 2.0 || between <= 0.0 {
            return WeekdayProfile([1.0; 7]);
        }
        let trust = (1.0 - params.weekday_doubt * by_chance / between).max(0.0);
        WeekdayProfile(means.map(|mean| (1.0 + (mean - 1.0) * trust).max(LEAST_SHARE)))
    }
}

/// What each day is of the week's average, the last day first.
fn shares(week: &[Day], params: &ForecastParams) -> Option<Vec<f64>> {
    let most = params.outlier * median(week.iter().map(|day| day.amount))?;
    let amounts = || week.iter().map(|day| day.amount.min(most));
    let average = amounts().sum::<f64>() / 7.0;
    (average > 0.0).then(|| amounts().map(|amount| amount / average).collect())
}

/// A burst does not set the pace.
fn cap_outliers(days: &mut [Day], params: &ForecastParams) {
    let week = days.iter().take_while(|day| day.age < 7).map(|day| day.amount);
    if let Some(median) = median(week).filter(|_| days.len() > 2) {
        for day in days {
            day.amount = day.amount.min(params.outlier * median);
        }
    }
}

/// One standard deviation of a day from the day before it. A pace that changed once does not add to it.
fn noise(days: &[Day]) -> f64 {
    let differences =
        days.iter().zip(days.iter().skip(1)).map(|(day, before)| (day.amount - before.amount).abs());
    // No day is known to the byte.
    (median(differences).unwrap_or(0.0) / MEDIAN_DIFFERENCE).max(1.0)
}

/// Bytes per day at present.
fn level(days: &[Day], noise: f64, params: &ForecastParams) -> f64 {
    let recent = average(days, |day| params.weight(day.age) * day.length);
    if days.len() <= 7 {
        return recent;
    }
    let long = average(days, |day| (-(day.age as f64) / params.long_memory_days).exp() * day.length);
    let errors = (recent - long).abs() / (noise / effective_count(days, params).sqrt());
    let surprise = (errors / params.change).powi(4);
    long + (recent - long) * (surprise / (1.0 + surprise)).min(1.0)
}

/// By how many bytes each day differs from the one before, if the last four fortnights all rise or all fall: the least of
/// their differences, less what chance may explain. A change that came once is in two of the three.
fn slope(days: &[Day], noise: f64, params: &ForecastParams) -> f64 {
    let fortnight = |number: usize| {
        let amounts = || days.iter().filter(move |day| day.age / FORTNIGHT == number).map(|day| day.amount);
        let count = amounts().count();
        (count >= FORTNIGHT_KNOWN).then(|| amounts().sum::<f64>() / count as f64)
    };
    let Some(averages) = (0..4).map(fortnight).collect::<Option<Vec<f64>>>() else { return 0.0 };
    let rises = || averages.iter().zip(averages.iter().skip(1)).map(|(late, early)| late - early);
    let direction = if rises().all(|rise| rise > 0.0) {
        1.0
    } else if rises().all(|rise| rise < 0.0) {
        -1.0
    } else {
        return 0.0;
    };
    let by_chance = params.trend_doubt * noise * (2.0 / FORTNIGHT as f64).sqrt();
    let least = rises().map(f64::abs).fold(f64::INFINITY, f64::min);
    direction * (least - by_chance).max(0.0) / FORTNIGHT as f64
}

/// One standard deviation of the expected rest, as a part of it, from how much the days differed from the level.
fn spread(days: &[Day], level: f64, seen: f64, left: f64, params: &ForecastParams) -> f64 {
    let off = |day: &Day| (day.amount / level - 1.0).powi(2);
    let weights: f64 = days.iter().map(|day| params.weight(day.age) * day.length).sum();
    let found = days.iter().map(|day| params.weight(day.age) * day.length * off(day)).sum::<f64>() / weights;
    let variance = (found * seen + params.unseen_deviation.powi(2)) / (seen + 1.0);
    (variance * (1.0 / effective_count(days, params) + 1.0 / left.max(1.0))).sqrt()
}

/// As many days of equal weight would be as sure.
fn effective_count(days: &[Day], params: &ForecastParams) -> f64 {
    let weights = || days.iter().map(|day| params.weight(day.age) * day.length);
    weights().sum::<f64>().powi(2) / weights().map(|weight| weight * weight).sum::<f64>()
}

fn average(days: &[Day], weight: impl Fn(&Day) -> f64) -> f64 {
    let weights: f64 = days.iter().map(&weight).sum();
    days.iter().map(|day| weight(day) * day.amount).sum::<f64>() / weights
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

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

    /// The projection for the rest of November after `days` of it, with these GB on each day of September and October.
    fn after_months(before: impl Fn(usize) -> u64, days: &[u64]) -> f64 {
        let begin: Timestamp = "2026-09-01T04:00:00Z".parse().unwrap();
        let mut series = Series::new(Month::containing(begin));
        let (mut at, mut used, mut month) = (begin, 0, series.month());
        for day in (0..61).map(before).chain(days.iter().copied()) {
            for _ in 0..8 {
                at += jiff::SignedDuration::from_hours(3);
                let last = at - jiff::SignedDuration::from_secs(1);
                if Month::containing(last).id != month {
                    (month, used) = (Month::containing(last).id, 0);
                }
                used += day * GB / 8;
                series.push(last, used);
            }
        }
        project(&series.course(at, used), &TUNED).expected / GB as f64
    }

    #[test]
    fn the_months_before_tell_the_pace_and_the_weekdays() {
        // November has 30 days and an hour.
        near(after_months(|_| 100, &[100, 100, 100]), 2704.0);
        assert!(after_months(|_| 100, &[100, 100, 300]) < 2704.0 * 1.2);
        // September 2026 begins with a Tuesday, November with a Sunday.
        let weekday = |day: usize| if matches!(day % 7, 4 | 5) { 40 } else { 100 };
        let november: Vec<u64> = (61..64).map(weekday).collect();
        let left: u64 = (64..91).map(weekday).sum();
        near(after_months(weekday, &november), left as f64);
    }

    #[test]
    fn a_pace_that_changed_with_the_month_counts_at_once_by_the_days_since() {
        let soon = after_months(|_| 100, &[200; 4]);
        assert!(soon > 2604.0 * 1.2 && soon < 2604.0 * 1.8, "{soon}");
        near(after_months(|_| 100, &[200; 10]), 2004.0 * 2.0);
    }

    #[test]
    fn a_trend_of_eight_weeks_continues_and_a_change_that_came_once_is_none() {
        let growing: Vec<u64> = (61..71).map(|day| 100 + day * 5).collect();
        let left: u64 = (71..91).map(|day| 100 + day * 5).sum();
        near(after_months(|day| 100 + day as u64 * 5, &growing), left as f64);
        near(after_months(|day| if day < 50 { 100 } else { 200 }, &[200; 10]), 2004.0 * 2.0);
    }

    #[test]
    fn a_pause_at_the_months_beginning_is_left_out() {
        near(after_months(|_| 100, &[0, 0, 0, 0, 0, 100, 100, 100]), 2204.0);
    }
}
