//! The tables, in Markdown.

use linode_bandwidth::domain::forecast::ForecastParams;

use crate::cases::{Case, DAYS, METHODS};
use crate::months::{KINDS, OTHERS, REAL};

const OVERALL: &str = "**overall**";

pub fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    sum / count
}

/// The kinds of months; those that are no part of "overall" come after it.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().chain([REAL, OVERALL]).chain(OTHERS)
}

/// Whether a month of `kind` belongs to `row`.
pub fn is_of(kind: &str, row: &str) -> bool {
    row == kind || (row == OVERALL && !OTHERS.contains(&kind))
}

/// The row's name, with its number of months.
pub fn named(row: &str, count: usize) -> String {
    format!("| {row} ({count}) ")
}

fn on<'a>(cases: &'a [Case], row: &'a str, day: i64) -> impl Iterator<Item = &'a Case> {
    cases.iter().filter(move |case| case.day == day && is_of(case.kind, row))
}

/// One row per kind, three columns per day.
fn by_method(cases: &[Case], figure: impl Fn(&Case, f64) -> f64, decimals: usize) -> String {
    let mut text = "| months (count) ".to_owned();
    for day in DAYS {
        text += &METHODS.map(|(name, _)| format!("| day {day}: {name} ")).concat();
    }
    text += &format!("|\n| --- {}|\n", "| ---: ".repeat(DAYS.len() * METHODS.len()));
    for row in kinds() {
        text += &named(row, on(cases, row, DAYS[3]).count());
        for day in DAYS {
            for (_, method) in METHODS {
                let figure = mean(on(cases, row, day).map(|case| figure(case, method(case))));
                text += &format!("| {figure:.decimals$} ");
            }
        }
        text += "|\n";
    }
    text
}

pub fn errors(cases: &[Case], without: &[Case]) -> String {
    let error = |case: &Case, told: f64| case.error(told);
    let (table, alone) = (by_method(cases, error, 1), by_method(without, error, 1));
    format!(
        "\n### Error\n\nThe mean absolute error, in percent of the true figure, with the two months before.\n\n{table}\
         \n### Error without the months before\n\nThe same, as in the month in which the program is installed.\n\n{alone}"
    )
}

pub fn overs(cases: &[Case]) -> String {
    let right = |case: &Case, told: f64| if (told > case.quota) == case.over { 100.0 } else { 0.0 };
    let table = by_method(cases, right, 0);
    format!(
        "\n### Over the quota or not\n\nHow often, in percent, the method was right about whether the pool goes over its quota.\n\n{table}"
    )
}

pub fn band(cases: &[Case], params: &ForecastParams) -> String {
    let mut text = "\n### Range\n\nHow often, in percent, the true figure was in the range, and in parentheses how often \
                    it was above the low end; then the width of the range, in percent of the true figure.\n\n| months \
                    (count) "
        .to_owned();
    text += &DAYS.map(|day| format!("| day {day}: in range | width ")).concat();
    text += &format!("|\n| --- {}|\n", "| ---: ".repeat(DAYS.len() * 2));
    let percent = |is: bool| if is { 100.0 } else { 0.0 };
    for row in kinds() {
        text += &named(row, on(cases, row, DAYS[3]).count());
        for day in DAYS {
            // The API's figures are whole GB.
            let rest = |case: &Case| case.true_used - case.used;
            let above = |case: &Case| case.project(params).low <= rest(case) + 1e9;
            let below = |case: &Case| case.project(params).high >= rest(case) - 1e9;
            let inside = mean(on(cases, row, day).map(|case| percent(above(case) && below(case))));
            let above = mean(on(cases, row, day).map(|case| percent(above(case))));
            let wide = |case: &Case| {
                let projection = case.project(params);
                (projection.high - projection.low) / case.true_used * 100.0
            };
            text += &format!("| {inside:.0} ({above:.0}) | {:.0} ", mean(on(cases, row, day).map(wide)));
        }
        text += "|\n";
    }
    text
}

/// A setting of the forecast.
type Setting = fn(&mut ForecastParams) -> &mut f64;

const SETTINGS: [(&str, Setting, [f64; 6]); 8] = [
    ("memory_days", |params| &mut params.memory_days, [1.0, 2.0, 3.0, 5.0, 10.0, 30.0]),
    ("last_week", |params| &mut params.last_week, [0.0, 0.4, 0.7, 1.0, 1.6, 100.0]),
    ("outlier", |params| &mut params.outlier, [1.25, 1.5, 1.75, 2.0, 3.0, f64::INFINITY]),
    ("silence", |params| &mut params.silence, [0.0, 0.02, 0.03, 0.05, 0.07, 0.1]),
    ("long_memory_days", |params| &mut params.long_memory_days, [7.0, 15.0, 20.0, 30.0, 45.0, 1e9]),
    ("change", |params| &mut params.change, [0.0, 1.0, 1.5, 2.0, 3.0, 1e9]),
    ("weekday_doubt", |params| &mut params.weekday_doubt, [0.0, 1.0, 2.0, 4.0, 8.0, 1e9]),
    ("trend_doubt", |params| &mut params.trend_doubt, [0.0, 0.5, 1.0, 2.0, 4.0, 1e9]),
];

/// The effect of changing one setting at a time, on the training months: `with` and `without` those before them.
pub fn settings(with: &[Case], without: &[Case], tuned: &ForecastParams) -> String {
    let mut text = "\n### Settings\n\nThe mean absolute error over all kinds of months and all days, if one setting is \
                    changed, on the training months: with the months before, and without. The value in use is bold.\n\n\
                    | setting | value: error with / without |\n| --- | --- |\n"
        .to_owned();
    let error = |cases: &[Case], params: &ForecastParams| {
        mean(cases.iter().map(|case| case.error(case.used + case.project(params).expected)))
    };
    for (name, setting, values) in SETTINGS {
        let mut tried = Vec::new();
        for value in values {
            let mut params = *tuned;
            let in_use = *setting(&mut params) == value;
            *setting(&mut params) = value;
            let error = format!("{:.2} / {:.2}", error(with, &params), error(without, &params));
            let word = match value {
                1e9.. => "∞".to_owned(),
                value => value.to_string(),
            };
            tried.push(if in_use { format!("**{word}: {error}**") } else { format!("{word}: {error}") });
        }
        text += &format!("| `{name}` | {} |\n", tried.join(" · "));
    }
    let [month, week, _] = METHODS.map(|(_, method)| mean(with.iter().map(|case| case.error(method(case)))));
    text += &format!("| the simple methods | month: {month:.2} · 7 days: {week:.2} |\n");
    text
}
