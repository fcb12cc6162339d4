//! What was known on some days of a month, each method's forecast, and the result.

use jiff::SignedDuration;
use linode_bandwidth::domain::forecast::{
    CumulativeUsage, ForecastParams, Projection, Series, TUNED, project,
};

use crate::months::Trial;

/// Days after the beginning of the month for which forecasts are made.
pub const DAYS: [i64; 4] = [3, 7, 15, 25];

pub struct Case {
    pub kind: &'static str,
    pub day: i64,
    pub course: CumulativeUsage,
    /// Bytes used so far, and the quota at that time.
    pub used: f64,
    pub quota: f64,
    /// Bytes used by the end of the month, and whether that was more than the quota at that time.
    pub true_used: f64,
    pub over: bool,
}

/// A forecast method: returns bytes used by the end of the month.
pub type Method = fn(&Case) -> f64;

pub const METHODS: [(&str, Method); 3] = [("month", even), ("7 days", last_week), ("program", program)];

/// The month's average so far continues.
fn even(case: &Case) -> f64 {
    case.used + case.used / case.course.now() * case.course.left()
}

/// The average of the last 7 days continues.
fn last_week(case: &Case) -> f64 {
    let now = case.course.now();
    let from = (now - 7.0 * 86_400.0).max(0.0);
    case.used + (case.used - case.course.used_at(from)) / (now - from) * case.course.left()
}

fn program(case: &Case) -> f64 {
    case.used + case.project(&TUNED).expected
}

impl Case {
    pub fn project(&self, params: &ForecastParams) -> Projection {
        project(&self.course, params)
    }

    /// How far a forecast was off, in percent of the true figure.
    pub fn error(&self, told: f64) -> f64 {
        (told - self.true_used).abs() / self.true_used * 100.0
    }
}

/// Every trial on every day with samples, with or without the months before.
pub fn of(trials: &[Trial], with_past: bool) -> Vec<Case> {
    trials.iter().flat_map(|trial| of_one(trial, with_past)).collect()
}

fn of_one(trial: &Trial, with_past: bool) -> Vec<Case> {
    let mut series = if with_past { trial.series() } else { Series::new(trial.month) };
    let mut samples = trial.samples.iter().peekable();
    let mut last = None;
    let mut cases = Vec::new();
    for day in DAYS {
        let until = trial.month.starts_at + SignedDuration::from_hours(24 * day);
        while let Some(sample) = samples.next_if(|(at, ..)| *at <= until) {
            series.push(sample.0, sample.1);
            last = Some(sample);
        }
        let Some((at, used, quota)) = last else { continue };
        cases.push(Case {
            kind: trial.kind,
            day,
            course: series.course(*at, *used),
            used: *used as f64,
            quota: *quota as f64,
            true_used: trial.used as f64,
            over: trial.goes_over(),
        });
    }
    cases
}
