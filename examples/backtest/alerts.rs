//! When the forecast alert would have been sent, and whether it was right.

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::forecast::Forecast;
use linode_bandwidth::domain::price::Prices;
use linode_bandwidth::domain::usage::{Pool, PoolId};

use crate::months::Trial;
use crate::tables::{is_of, kinds, mean, named};

/// The share of the month that must have passed.
const NOT_BEFORE: f64 = 0.1;
/// Time between forecasts, short enough to see when the alert would be sent.
const EVERY: SignedDuration = SignedDuration::from_hours(6);

/// When to send the alert.
type Rule = fn(&Forecast) -> bool;

const RULES: [(&str, Rule); 3] = [
    ("forecast over the quota", |forecast| forecast.over > 0),
    ("forecast over by 10 %", |forecast| forecast.over * 10 > forecast.quota),
    ("low end over (in use)", Forecast::is_sure_to_go_over),
];

/// The result of one month.
enum Outcome {
    /// No alert, and the pool lasted.
    Quiet,
    /// An alert, but the pool lasted.
    False,
    /// An alert, this many hours before the pool was used up.
    Right(f64),
    /// The pool was used up without an alert.
    Missed,
}

fn outcome(trial: &Trial, rule: Rule) -> Outcome {
    let mut series = trial.series();
    let mut next = trial.month.starts_at;
    let mut said: Option<Timestamp> = None;
    for (at, used, quota) in &trial.samples {
        if used >= quota {
            break;
        }
        series.push(*at, *used);
        if *at < next || trial.month.elapsed(*at) < NOT_BEFORE {
            continue;
        }
        next = *at + EVERY;
        let pool = Pool { used: *used, quota: *quota, ..Pool::default() };
        let forecast = Forecast::compute(&PoolId::Global, &pool, *at, Some(&series), &Prices::default());
        if forecast.is_some_and(|forecast| rule(&forecast)) {
            said = Some(*at);
            break;
        }
    }
    let used_up = trial.samples.iter().find(|(_, used, quota)| used >= quota).map(|(at, ..)| *at);
    match (said, trial.goes_over()) {
        (None, false) => Outcome::Quiet,
        (None, true) => Outcome::Missed,
        (Some(_), false) => Outcome::False,
        (Some(said), true) => {
            Outcome::Right(used_up.unwrap_or(trial.month.ends_at).duration_since(said).as_secs_f64() / 3600.0)
        }
    }
}

pub fn table(trials: &[Trial]) -> String {
    let mut text = "\n### Alert\n\nFalse alarms: how many of the alerts, in percent, were for months that did not go over. \
                    Warned: how many of the months that went over, in percent, had an alert before. Days: the median \
                    time from that alert until the pool ran out.\n\n| months (count) "
        .to_owned();
    text += &RULES.map(|(name, _)| format!("| {name}: false alarms | warned | days ")).concat();
    text += &format!("|\n| --- {}|\n", "| ---: ".repeat(RULES.len() * 3));
    let outcomes = RULES.map(|(_, rule)| trials.iter().map(|trial| outcome(trial, rule)).collect::<Vec<_>>());
    for row in kinds() {
        text += &named(row, trials.iter().filter(|trial| is_of(trial.kind, row)).count());
        for outcomes in &outcomes {
            let these =
                || trials.iter().zip(outcomes).filter(|(trial, _)| is_of(trial.kind, row)).map(|(_, it)| it);
            let percent = |is: bool| if is { 100.0 } else { 0.0 };
            let said = these().filter(|it| matches!(it, Outcome::False | Outcome::Right(_)));
            let false_ones = mean(said.map(|it| percent(matches!(it, Outcome::False))));
            let went_over = these().filter(|it| matches!(it, Outcome::Missed | Outcome::Right(_)));
            let warned = mean(went_over.map(|it| percent(matches!(it, Outcome::Right(_)))));
            let mut before: Vec<f64> = these()
                .filter_map(|it| match it {
                    Outcome::Right(hours) => Some(hours / 24.0),
                    _ => None,
                })
                .collect();
            before.sort_by(f64::total_cmp);
            let median = before.get(before.len() / 2).copied().unwrap_or_default();
            text += &format!("| {false_ones:.1} | {warned:.0} | {median:.1} ");
        }
        text += "|\n";
    }
    text
}
