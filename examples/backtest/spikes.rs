//! How soon the spike alert comes in a burst, and how often without one.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::month::{Month, billing_day};
use linode_bandwidth::domain::spike::{EXCESS, HourlyUsage};
use linode_bandwidth::domain::usage::GB;

use crate::months::{KINDS, a_month, between, noise};

/// Hours before the month that the program has seen.
const BEFORE: usize = 28 * 24;
/// Hours from a burst's beginning within which the alert should come.
const IN_TIME: usize = 6;
/// Values of [`EXCESS`] to compare.
const TRIED: [f64; 5] = [1.5, 2.0, EXCESS, 3.0, 4.0];
const BURST: &str = "burst";
const LATE: &str = "late start";
const NEW: &str = "late start after an idle month";

/// The hours of a month and of the four weeks before it.
struct Trial {
    kind: &'static str,
    month: Month,
    /// GB per hour.
    rates: Vec<f64>,
    quota: u64,
    /// The hours of the burst.
    burst: Option<(usize, usize)>,
    /// Hours of which there are no samples.
    asleep: BTreeSet<usize>,
}

/// A month as those for the forecast, and the four weeks before it without its feature.
fn generate(kind: &'static str, random: &mut fastrand::Rng) -> Trial {
    let month = a_month(random);
    let hours = (month.seconds() / 3600.0) as usize;
    let (by_day, by_night) = (between(random, 0.0, 0.6), random.f64());
    let (hourly, daily) = (between(random, 0.1, 0.5), between(random, 0.03, 0.25));
    let weekend = match kind {
        "weekly rhythm" if random.bool() => between(random, 0.25, 0.6),
        "weekly rhythm" => between(random, 1.5, 2.5),
        _ => between(random, 0.85, 1.1),
    };
    let growth = if kind == "growth" { between(random, 1.3, 4.0) } else { 1.0 };
    let from = BEFORE + random.usize(0..hours - IN_TIME);
    let burst = (kind == BURST).then(|| (from, from + random.usize(2..48)));
    let times = between(random, 4.0, 20.0);
    let added_at = if kind == "Linode added" { BEFORE + random.usize(3 * 24..27 * 24) } else { usize::MAX };
    let added = between(random, 0.3, 2.0);
    let begins = if [LATE, NEW].contains(&kind) { BEFORE + random.usize(24..16 * 24) } else { 0 };
    let silent_from = if kind == NEW { 0 } else { BEFORE };
    let weekday = random.usize(0..7);
    let mut rates = Vec::with_capacity(BEFORE + hours);
    let mut day_apart = 1.0;
    for hour in 0..BEFORE + hours {
        if hour % 24 == 0 {
            day_apart = noise(random, daily);
        }
        let share = hour.saturating_sub(BEFORE) as f64 / hours as f64;
        let mut rate = 1.0 + by_day * (std::f64::consts::TAU * (hour as f64 / 24.0 + by_night)).sin();
        rate *= noise(random, hourly) * day_apart;
        rate *= if (weekday + hour / 24) % 7 >= 5 { weekend } else { 1.0 };
        rate *= growth.powf(share);
        rate += if burst.is_some_and(|(from, to)| (from..to).contains(&hour)) { times } else { 0.0 };
        rate *= if hour >= added_at { 1.0 + added } else { 1.0 };
        rate *= if (silent_from..begins).contains(&hour) { 0.01 } else { 1.0 };
        rates.push(rate);
    }
    let total = 10f64.powf(between(random, 2.0, 4.5));
    let sum: f64 = rates.iter().skip(BEFORE).sum();
    rates.iter_mut().for_each(|rate| *rate *= total / sum);
    let quota = (total / between(random, 0.7, 1.4)).round() as u64 * GB;
    let sleeps = if random.bool() { random.usize(1..6) } else { 0 };
    let asleep = (0..sleeps).flat_map(|_| {
        let at = random.usize(0..BEFORE + hours);
        at..at + random.usize(4..60)
    });
    let asleep = asleep.collect();
    Trial { kind, month, rates, quota, burst, asleep }
}

/// Alerts of a month, by value of [`TRIED`].
#[derive(Default, Clone, Copy)]
struct Outcome {
    false_alarms: usize,
    in_time: bool,
}

fn outcomes(trial: &Trial) -> [Outcome; TRIED.len()] {
    let mut outcomes = [Outcome::default(); TRIED.len()];
    let mut days = TRIED.map(|_| BTreeSet::new());
    let mut pool = HourlyUsage::default();
    let start = trial.month.starts_at - SignedDuration::from_hours(BEFORE as i64);
    let mut used = 0.0;
    let mut month = Month::containing(start).id;
    for (hour, rate) in trial.rates.iter().enumerate() {
        // The figure at the hour's end, in whole GB.
        let at: Timestamp = start + SignedDuration::from_secs(3600 * (hour as i64 + 1) - 1);
        if Month::containing(at).id != month {
            (month, used) = (Month::containing(at).id, 0.0);
        }
        used += rate;
        if trial.asleep.contains(&hour) {
            continue;
        }
        pool.push(at, used as u64 * GB);
        // The next hour begins with the next sample: this one is over then.
        let mut known = pool.clone();
        known.push(at + SignedDuration::from_secs(1), used as u64 * GB);
        if hour < BEFORE {
            continue;
        }
        for ((excess, outcome), days) in TRIED.into_iter().zip(&mut outcomes).zip(&mut days) {
            if days.contains(&billing_day(at)) || known.spike_beyond(trial.quota, excess).is_none() {
                continue;
            }
            days.insert(billing_day(at));
            match trial.burst {
                Some((from, to)) if (from..to + 24).contains(&hour) => {
                    outcome.in_time |= hour < from + IN_TIME;
                }
                _ => outcome.false_alarms += 1,
            }
        }
    }
    outcomes
}

pub fn table(seed: u64, count: usize) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut text = format!("\n| months ({count} each) | what |");
    for excess in TRIED {
        text += &if excess == EXCESS { format!(" **{excess} (in use)** |") } else { format!(" {excess} |") };
    }
    text += &format!("\n| --- | --- |{}\n", " ---: |".repeat(TRIED.len()));
    for kind in KINDS.into_iter().chain([NEW]) {
        let trials: Vec<Trial> = (0..count).map(|_| generate(kind, &mut random)).collect();
        let found: Vec<_> = trials.iter().map(outcomes).collect();
        debug_assert!(trials.iter().all(|trial| trial.kind == kind));
        let mut row = |what: &str, figure: &dyn Fn(&Outcome) -> f64, decimals: usize| {
            text += &format!("| {kind} | {what} |");
            for at in 0..TRIED.len() {
                let sum: f64 = found.iter().map(|outcomes| figure(&outcomes[at])).sum();
                text += &format!(" {:.decimals$} |", sum / count as f64);
            }
            text.push('\n');
        };
        if kind == BURST {
            row(
                "bursts with an alert within 6 hours, in percent",
                &|it| if it.in_time { 100.0 } else { 0.0 },
                1,
            );
        } else {
            row("false alarms per pool and year", &|it| it.false_alarms as f64 * 12.0, 2);
        }
    }
    text
}
