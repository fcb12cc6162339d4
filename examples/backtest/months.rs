//! Months to test the forecast with: generated ones of several kinds, and real ones.

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::usage::GB;

/// A month: what really happened, and the samples that the program had.
pub struct Trial {
    pub kind: &'static str,
    pub month: Month,
    /// The API's answers with their time: bytes used, quota.
    pub samples: Vec<(Timestamp, u64, u64)>,
    /// Bytes used by the end of the month.
    pub used: u64,
    /// The quota at the end of the month.
    pub quota: u64,
}

impl Trial {
    pub fn goes_over(&self) -> bool {
        self.used > self.quota
    }
}

pub const KINDS: [&str; 6] = ["steady", "weekly rhythm", "growth", "burst", "Linode added", "late start"];
pub const REAL: &str = "Wikipedia pages";

/// `count` months of each kind, always the same ones for the same seed.
pub fn generated(seed: u64, count: usize) -> Vec<Trial> {
    let mut random = fastrand::Rng::with_seed(seed);
    KINDS
        .iter()
        .flat_map(|kind| std::iter::repeat_n(*kind, count))
        .map(|kind| generate(kind, &mut random))
        .collect()
}

/// Noise around 1, never negative.
fn noise(random: &mut fastrand::Rng, deviation: f64) -> f64 {
    // Box and Muller's normal distribution.
    let (u, v) = (1.0 - random.f64(), random.f64());
    ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos() * deviation - deviation * deviation / 2.0)
        .exp()
}

fn between(random: &mut fastrand::Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.f64()
}

fn a_month(random: &mut fastrand::Rng) -> Month {
    let first: Timestamp = "2023-01-15T00:00:00Z".parse().unwrap();
    Month::containing(first + SignedDuration::from_hours(24 * random.i64(0..4 * 365)))
}

fn generate(kind: &'static str, random: &mut fastrand::Rng) -> Trial {
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
    let first_weekday =
        month.starts_at.to_zoned(jiff::tz::TimeZone::UTC).weekday().to_monday_zero_offset() as usize;
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
    let sum: f64 = rates.iter().sum();
    rates.iter_mut().for_each(|rate| *rate *= total / sum);
    let quota = (total / between(random, 0.7, 1.4)).round();
    // A Linode created during the month adds a share of its quota, for the rest of the month.
    let late = added_at.min(hours);
    let grown = quota * (1.0 - late as f64 / hours as f64) * between(random, 0.0, 0.5);
    let (before, after) = if late < hours { (quota - grown, quota) } else { (quota, quota) };
    sampled(kind, month, &rates, |hour| if hour < late { before } else { after }, random)
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
    Trial { kind, month, samples, used: bytes(total), quota: bytes(quota(rates.len())) }
}

/// The complete months of each series in `csv`, which has one line per day with the views of ten pages. 100 views count
/// as 1 GB, spread evenly over the day.
pub fn real(csv: &str, seed: u64) -> Vec<Trial> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut lines = csv
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',');
            let day: jiff::civil::Date = cells.next().unwrap().parse().unwrap();
            (day, cells.map(|cell| cell.parse::<f64>().ok()).collect::<Vec<_>>())
        })
        .peekable();
    let mut trials = Vec::new();
    while let Some((first, _)) = lines.peek() {
        let (year, number) = (first.year(), first.month());
        let mut days = Vec::new();
        while let Some((_, views)) = lines.next_if(|(day, _)| (day.year(), day.month()) == (year, number)) {
            days.push(views);
        }
        let middle: Timestamp = format!("{year:04}-{number:02}-15T00:00:00Z").parse().unwrap();
        let month = Month::containing(middle);
        let hours = (month.seconds() / 3600.0) as usize;
        for series in 0..days[0].len() {
            let views: Option<Vec<f64>> = days.iter().map(|day| day[series]).collect();
            let Some(views) = views else { continue };
            let rate = |hour: usize| views[(hour / 24).min(views.len() - 1)] / 24.0 / 100.0;
            let rates: Vec<f64> = (0..hours).map(rate).collect();
            let total: f64 = rates.iter().sum();
            let quota = (total / between(&mut random, 0.7, 1.4)).round();
            trials.push(sampled(REAL, month, &rates, |_| quota, &mut random));
        }
    }
    trials
}
