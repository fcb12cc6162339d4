//! Months to test the forecast with: generated ones of several kinds, and real ones.

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::forecast::Series;
use linode_bandwidth::domain::month::{Month, billing_day};
use linode_bandwidth::domain::usage::GB;

/// A month: what really happened, and the samples that the program had.
pub struct Trial {
    pub kind: &'static str,
    pub month: Month,
    /// The last sample of each day of the two months before, as the history file keeps them: bytes used.
    pub before: Vec<(Timestamp, u64)>,
    /// The API's answers with their time: bytes used, quota.
    pub samples: Vec<(Timestamp, u64, u64)>,
    /// Bytes used by the end of the month.
    pub used: u64,
    /// The quota at the end of the month.
    pub quota: u64,
}

impl Trial {
    /// What is known at the beginning of the month.
    pub fn series(&self) -> Series {
        let first = self.before.first().map_or(self.month, |(at, _)| Month::containing(*at));
        let mut series = Series::new(first);
        self.before.iter().for_each(|(at, used)| series.push(*at, *used));
        series
    }

    pub fn goes_over(&self) -> bool {
        self.used > self.quota
    }
}

pub const KINDS: [&str; 6] = ["steady", "weekly rhythm", "growth", "burst", "Linode added", "late start"];
pub const REAL: &str = "Wikipedia pages";
/// Further real series. No value was fitted to them, and "overall" leaves them out.
pub const OTHERS: [&str; 4] = ["road traffic", "electricity", "bicycle rides", "flights"];
/// How many months before each month are known.
const MONTHS_BEFORE: i32 = 2;

/// `count` months of each kind, always the same ones for the same seed.
pub fn generated(seed: u64, count: usize) -> Vec<Trial> {
    let mut random = fastrand::Rng::with_seed(seed);
    // Of its own, so that the months are the same with and without those before them.
    let mut past = fastrand::Rng::with_seed(seed + 1000);
    KINDS
        .iter()
        .flat_map(|kind| std::iter::repeat_n(*kind, count))
        .map(|kind| generate(kind, &mut random, &mut past))
        .collect()
}

/// Noise around 1, never negative.
pub fn noise(random: &mut fastrand::Rng, deviation: f64) -> f64 {
    // Box and Muller's normal distribution.
    let (u, v) = (1.0 - random.f64(), random.f64());
    ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos() * deviation - deviation * deviation / 2.0)
        .exp()
}

pub fn between(random: &mut fastrand::Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.f64()
}

pub fn a_month(random: &mut fastrand::Rng) -> Month {
    let first: Timestamp = "2023-01-15T00:00:00Z".parse().unwrap();
    Month::containing(first + SignedDuration::from_hours(24 * random.i64(0..4 * 365)))
}

fn generate(kind: &'static str, random: &mut fastrand::Rng, past: &mut fastrand::Rng) -> Trial {
    let month = a_month(random);
    let hours = (month.seconds() / 3600.0) as usize;
    let (by_day, by_night) = (between(random, 0.0, 0.6), random.f64());
    let (hourly, daily) = (between(random, 0.1, 0.5), between(random, 0.03, 0.25));
    let days_apart: Vec<f64> = (0..40).map(|_| noise(random, daily)).collect();
    // All pools have some weekly rhythm; in this kind it dominates.
    let weekend = match kind {
        "weekly rhythm" if random.bool() => between(random, 0.25, 0.6),
        "weekly rhythm" => between(random, 1.5, 2.5),
        _ => between(random, 0.85, 1.1),
    };
    let growth = if kind == "growth" { between(random, 1.3, 4.0) } else { 1.0 };
    let burst_at = random.usize(0..hours);
    let burst_for = random.usize(2..48);
    let burst = if kind == "burst" { between(random, 4.0, 20.0) } else { 0.0 };
    let added_at = if kind == "Linode added" { random.usize(3 * 24..27 * 24) } else { usize::MAX };
    let added = between(random, 0.3, 2.0);
    let begins = if kind == "late start" { random.usize(24..16 * 24) } else { 0 };
    let first_weekday = weekday(&month);
    let mut rates = Vec::with_capacity(hours);
    for hour in 0..hours {
        let (day, share) = (hour / 24, hour as f64 / hours as f64);
        let mut rate = 1.0 + by_day * (std::f64::consts::TAU * (hour as f64 / 24.0 + by_night)).sin();
        rate *= noise(random, hourly) * days_apart[day];
        rate *= if (first_weekday + day) % 7 >= 5 { weekend } else { 1.0 };
        rate *= growth.powf(share);
        rate += if (burst_at..burst_at + burst_for).contains(&hour) { burst } else { 0.0 };
        rate *= if hour >= added_at { 1.0 + added } else { 1.0 };
        rate *= if hour < begins { 0.01 } else { 1.0 };
        rates.push(rate);
    }
    let total = 10f64.powf(between(random, 2.0, 4.5));
    let scale = total / rates.iter().sum::<f64>();
    rates.iter_mut().for_each(|rate| *rate *= scale);
    let quota = (total / between(random, 0.7, 1.4)).round();
    // A Linode created during the month adds a share of its quota, for the rest of the month.
    let late = added_at.min(hours);
    let grown = quota * (1.0 - late as f64 / hours as f64) * between(random, 0.0, 0.5);
    let (before, after) = if late < hours { (quota - grown, quota) } else { (quota, quota) };
    let mut trial = sampled(kind, month, &rates, |hour| if hour < late { before } else { after }, random);
    // Half of what grows grew before, and half of what starts late was in use before.
    let (grew, in_use) = (past.bool(), past.bool());
    for back in (1..=MONTHS_BEFORE).rev() {
        let month = before_it(&month, back);
        let hours = (month.seconds() / 3600.0) as usize;
        let first_weekday = weekday(&month);
        // Months differ by more than their days do.
        let level = noise(past, 0.1);
        let days_apart: Vec<f64> = (0..40).map(|_| noise(past, daily)).collect();
        let burst_at = past.usize(0..hours);
        let bursts = burst > 0.0 && past.bool();
        let mut rates = Vec::with_capacity(hours);
        for hour in 0..hours {
            let (day, share) = (hour / 24, hour as f64 / hours as f64);
            let mut rate = 1.0 + by_day * (std::f64::consts::TAU * (hour as f64 / 24.0 + by_night)).sin();
            rate *= level * noise(past, hourly) * days_apart[day];
            rate *= if (first_weekday + day) % 7 >= 5 { weekend } else { 1.0 };
            rate *= if grew { growth.powf(share - f64::from(back)) } else { 1.0 };
            rate += if bursts && (burst_at..burst_at + burst_for).contains(&hour) { burst } else { 0.0 };
            rate *= if begins > 0 && !in_use { 0.01 } else { 1.0 };
            rates.push(rate * scale);
        }
        trial.before.extend(last_of_days(&sampled(kind, month, &rates, |_| quota, past)));
    }
    trial
}

/// The weekday that the month begins with; Monday is 0.
fn weekday(month: &Month) -> usize {
    month.starts_at.to_zoned(jiff::tz::TimeZone::UTC).weekday().to_monday_zero_offset() as usize
}

/// The month that is `back` months before `month`.
fn before_it(month: &Month, back: i32) -> Month {
    (0..back).fold(*month, |month, _| Month::containing(month.starts_at - SignedDuration::from_secs(1)))
}

/// The last sample of each day.
fn last_of_days(trial: &Trial) -> Vec<(Timestamp, u64)> {
    let mut days: Vec<(Timestamp, u64)> = Vec::new();
    for (at, used, _) in trial.samples.iter().filter(|(at, ..)| *at < trial.month.ends_at) {
        match days.last_mut().filter(|last| billing_day(last.0) == billing_day(*at)) {
            Some(last) => *last = (*at, *used),
            None => days.push((*at, *used)),
        }
    }
    days
}

/// The month as the program sees it: polled every 5 minutes or every hour, with gaps while the machine sleeps, in whole
/// GB.
fn sampled(
    kind: &'static str,
    month: Month,
    rates: &[f64],
    quota: impl Fn(usize) -> f64,
    random: &mut fastrand::Rng,
) -> Trial {
    let every = if random.bool() { 300 } else { 3600 };
    let asleep: Vec<(i64, i64)> = (0..if random.bool() { random.usize(1..6) } else { 0 })
        .map(|_| {
            let at = random.i64(0..month.seconds() as i64);
            (at, at + random.i64(4 * 3600..60 * 3600))
        })
        .collect();
    // Some users install the program in the middle of a month.
    let installed = if random.u8(0..10) == 0 { random.i64(0..2 * 86_400) } else { 0 };
    let bytes = |gb: f64| gb.floor() as u64 * GB;
    let mut samples = Vec::new();
    let (mut before, mut hour) = (0.0, 0);
    let mut second = every;
    while second <= month.seconds() as i64 {
        while (hour + 1) * 3600 <= second as usize && hour < rates.len() {
            before += rates[hour];
            hour += 1;
        }
        let part = (second as usize - hour * 3600) as f64 / 3600.0;
        let used = before + rates.get(hour).map_or(0.0, |rate| rate * part);
        if second >= installed && !asleep.iter().any(|(from, to)| (*from..*to).contains(&second)) {
            let at = month.starts_at + SignedDuration::from_secs(second);
            samples.push((at, bytes(used), bytes(quota(hour))));
        }
        second += every;
    }
    let total: f64 = rates.iter().sum();
    Trial { kind, month, before: Vec::new(), samples, used: bytes(total), quota: bytes(quota(rates.len())) }
}

/// The complete months of each series in `csv`, which has one line per day and a column per series. A column's name is
/// the kind of its months and a number. 100 of what it counts are 1 GB, spread evenly over the day.
pub fn real(csv: &str, seed: u64) -> Vec<Trial> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut past = fastrand::Rng::with_seed(seed + 1000);
    let mut lines = csv.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&'static str> = lines.next().unwrap().split(',').skip(1).map(kind_of).collect();
    let mut lines = lines
        .map(|line| {
            let mut cells = line.split(',');
            let day: jiff::civil::Date = cells.next().unwrap().parse().unwrap();
            (day, cells.map(|cell| cell.parse::<f64>().ok()).collect::<Vec<_>>())
        })
        .peekable();
    let mut trials = Vec::new();
    // By series: each month that was read, and its rates.
    let mut known: Vec<Vec<(Month, Vec<f64>)>> = vec![Vec::new(); names.len()];
    while let Some((first, _)) = lines.peek() {
        let (year, number) = (first.year(), first.month());
        let mut days = Vec::new();
        while let Some((_, counts)) = lines.next_if(|(day, _)| (day.year(), day.month()) == (year, number)) {
            days.push(counts);
        }
        let middle: Timestamp = format!("{year:04}-{number:02}-15T00:00:00Z").parse().unwrap();
        let month = Month::containing(middle);
        let hours = (month.seconds() / 3600.0) as usize;
        for (kind, (series, known)) in names.iter().zip(known.iter_mut().enumerate()) {
            let counts: Option<Vec<f64>> = days.iter().map(|day| day[series]).collect();
            let Some(counts) = counts else { continue };
            let rate = |hour: usize| counts[(hour / 24).min(counts.len() - 1)] / 24.0 / 100.0;
            let rates: Vec<f64> = (0..hours).map(rate).collect();
            let total: f64 = rates.iter().sum();
            let quota = (total / between(&mut random, 0.7, 1.4)).round();
            let mut trial = sampled(kind, month, &rates, |_| quota, &mut random);
            for back in (1..=MONTHS_BEFORE).rev() {
                let month = before_it(&month, back);
                if let Some((_, rates)) = known.iter().find(|(known, _)| known.id == month.id) {
                    trial.before.extend(last_of_days(&sampled(kind, month, rates, |_| quota, &mut past)));
                }
            }
            known.push((month, rates));
            trials.push(trial);
        }
    }
    trials
}

/// The kind that a column's name begins with.
fn kind_of(column: &str) -> &'static str {
    OTHERS.into_iter().chain([REAL]).find(|kind| column.starts_with(kind)).unwrap()
}
