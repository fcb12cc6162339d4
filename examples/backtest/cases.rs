//! What was known on some days of a month, what each method makes of it, and how it went.

use jiff::SignedDuration;
use linode_bandwidth::domain::forecast::{
    CumulativeUsage, ForecastParams, Projection, Series, TUNED, project,
};

use crate::months::Trial;

/// Days after the month's beginning on which the methods are asked.
pub const DAYS: [i64; 4] = [3, 7, 15, 25];

pub struct Case {
    pub kind: &'static str,
    pub day: i64,
    pub course: CumulativeUsage,
    /// Bytes used by then, and the quota then.
    pub used: f64,
    pub quota: f64,
    /// Bytes used in the end, and whether that was more than the quota was in the end.
    pub true_used: f64,
    pub over: bool,
}

/// A method: bytes at the month's end.
pub type Method = fn(&Case) -> f64;

pub const METHODS: [(&str, Method); 3] = [("month", even), ("7 days", last_week), ("ours", ours)];

/// As if the month went on as it did on average.
fn even(case: &Case) -> f64 {
    case.used + case.used / case.course.now() * case.course.left()
}

/// As if it went on as in the last 7 days.
fn last_week(case: &Case) -> f64 {
    let now = case.course.now();
    let from = (now - 7.0 * 86_400.0).max(0.0);
    case.used + (case.used - case.course.used_at(from)) / (now - from) * case.course.left()
}

fn ours(case: &Case) -> f64 {
    case.used + case.project(&TUNED).expected
}

impl Case {
    pub fn project(&self, params: &ForecastParams) -> Projection {
        project(&self.course, params)
    }

    /// How far `told` was off, in percent of the true figure.
    pub fn error(&self, told: f64) -> f64 {
        (told - self.true_used).abs() / self.true_used * 100.0
    }
}

/// Every trial on every day on which something was known.
pub fn of(trials: &[Trial]) -> Vec<Case> {
    trials.iter().flat_map(of_one).collect()
}

fn of_one(trial: &Trial) -> Vec<Case> {
    let mut series = Series::new(trial.month);
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
