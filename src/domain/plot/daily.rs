//! The plot of this month's days, each stacked by who used the pool.

use jiff::civil;

use super::gb;
use super::labels::{Tick, gigabytes};
use crate::domain::breakdown::{LARGEST, PartKind, REST, UsagePart, others_label};
use crate::domain::daily_usage::{DailyUsage, DayUsage};
use crate::domain::month::Month;
use crate::domain::text;
use crate::domain::usage::Pool;

/// The height of the plot, as a multiple of its highest bar.
const HEADROOM: f64 = 1.08;
/// The label of what was used while no breakdown was made.
const UNKNOWN: &str = "Not known";

#[derive(Debug, Clone, PartialEq)]
pub struct DailyPlot {
    /// A description for screen readers.
    pub words: String,
    /// Its width in days.
    pub days: f64,
    /// Its height in GB.
    pub top: f64,
    /// The horizontal grid lines.
    pub rows: Vec<Tick>,
    /// The days on the horizontal axis.
    pub columns: Vec<Tick>,
    /// One per day so far.
    pub bars: Vec<DayBar>,
    /// What the parts of the bars stand for, in their order.
    pub legend: Vec<(PartKind, String)>,
}

/// A day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayBar {
    pub date: civil::Date,
    /// Its position: 0 is the month's first day.
    pub at: f64,
    /// GB of each part, from the bottom up.
    pub stack: Vec<(PartKind, f64)>,
    /// Whether its figures come from samples of other days.
    pub estimated: bool,
    /// `24 Nov: 36 GB`
    pub title: String,
    /// The same with the largest consumer.
    pub words: String,
    /// Who used how much.
    pub list: Vec<UsagePart>,
}

impl DailyPlot {
    /// The plot of `usage` in `month`.
    pub fn new(usage: &DailyUsage, month: &Month) -> DailyPlot {
        let bars: Vec<DayBar> = (0u32..)
            .map(f64::from)
            .zip(&usage.days)
            .map(|(at, day)| bar(at, day, &usage.consumers))
            .collect();
        let height = |bar: &DayBar| bar.stack.iter().map(|(_, gb)| gb).sum::<f64>();
        let top = bars.iter().map(height).fold(0.0, f64::max) * HEADROOM;
        let top = if top > 0.0 { top } else { 1.0 };
        let highest = usage.days.iter().zip(&bars).max_by_key(|(day, _)| day.total());
        let highest = highest.map(|(_, bar)| format!(", most on {}", bar.words)).unwrap_or_default();
        let has = |kind: PartKind| bars.iter().any(|bar| bar.stack.iter().any(|(part, _)| *part == kind));
        let largest = usage.consumers.iter().take(LARGEST).enumerate();
        let largest = largest.map(|(at, label)| (PartKind::Consumer(at), label.clone()));
        let added = [(PartKind::Others, "Others"), (PartKind::Rest, REST), (PartKind::Unknown, UNKNOWN)];
        let added = added.into_iter().map(|(kind, label)| (kind, label.to_owned()));
        let first = usage.days.first().map_or(usage.ends_on, |day| day.date);
        let days = f64::from(usage.ends_on.since(first).map_or(0, |span| span.get_days()) + 1);
        DailyPlot {
            words: format!("{} by day{highest}", month.id.title()),
            days,
            top,
            rows: gigabytes(top),
            columns: columns(usage, days),
            legend: largest.chain(added).filter(|(kind, _)| has(*kind)).collect(),
            bars,
        }
    }
}

/// One day per week, starting with the first of the month.
fn columns(usage: &DailyUsage, days: f64) -> Vec<Tick> {
    let Some(first) = usage.days.first().map(|day| day.date) else { return Vec::new() };
    let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    let places = (0u32..).map(f64::from).zip(dates).take_while(|(at, _)| *at < days);
    // A month may begin and end within a day of its neighbors.
    let weekly = places.filter(|(at, date)| date.day() % 7 == 1 && (date.day() != 1 || *at < 2.0));
    weekly.map(|(at, date)| Tick { at, label: label(date) }).collect()
}

/// `24 Nov`
fn label(date: civil::Date) -> String {
    date.strftime("%-d %b").to_string()
}

fn bar(at: f64, day: &DayUsage, labels: &[String]) -> DayBar {
    let total = day.total();
    let name = |at: usize| labels.get(at).cloned().unwrap_or_default();
    let kind = |at: usize| if at < LARGEST { PartKind::Consumer(at) } else { PartKind::Others };
    let share = |used| Pool { used, quota: total, ..Pool::default() }.percent();
    let listed = day.used.iter().map(|(at, used)| (kind(*at), name(*at), *used));
    let (count, others) = day.others;
    let added = [
        (PartKind::Others, others_label(count), others),
        (PartKind::Rest, REST.to_owned(), day.rest),
        (PartKind::Unknown, UNKNOWN.to_owned(), day.unknown),
    ];
    let list: Vec<UsagePart> = listed
        .chain(added)
        .filter(|(_, _, used)| *used > 0)
        .map(|(kind, label, used)| UsagePart { kind, label, used, share: share(used) })
        .collect();
    let mut stack: Vec<(PartKind, u64)> = Vec::new();
    for part in &list {
        match stack.iter_mut().find(|(kind, _)| *kind == part.kind) {
            Some((_, used)) => *used = used.saturating_add(part.used),
            None => stack.push((part.kind, part.used)),
        }
    }
    // The same order on every day.
    stack.sort_by_key(|(kind, _)| *kind);
    let about = if day.estimated { "about " } else { "" };
    let title = format!("{}: {about}{}", label(day.date), text::gigabytes(total));
    let largest = day
        .used
        .first()
        .map(|(at, used)| format!(", most by {} ({})", text::isolated(&name(*at)), text::gigabytes(*used)));
    DayBar {
        date: day.date,
        at,
        stack: stack.into_iter().map(|(kind, used)| (kind, gb(used))).collect(),
        estimated: day.estimated,
        words: format!("{title}{}", largest.unwrap_or_default()),
        title,
        list,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::GB;

    fn day(date: &str, used: &[(usize, u64)], others: (usize, u64), rest: u64, unknown: u64) -> DayUsage {
        DayUsage {
            date: date.parse().unwrap(),
            used: used.iter().map(|(at, gb)| (*at, gb * GB)).collect(),
            others: (others.0, others.1 * GB),
            rest: rest * GB,
            unknown: unknown * GB,
            estimated: false,
        }
    }

    fn plot() -> DailyPlot {
        let usage = DailyUsage {
            consumers: ["web-1", "web-2", "web-3", "web-4", "web-5", "batch"].map(str::to_owned).into(),
            days: vec![
                day("2026-11-01", &[], (0, 0), 0, 20),
                day("2026-11-02", &[(5, 10), (1, 5)], (3, 4), 1, 0),
                DayUsage { estimated: true, ..day("2026-11-03", &[(0, 30), (1, 6)], (0, 0), 4, 0) },
            ],
            ends_on: "2026-12-01".parse().unwrap(),
        };
        DailyPlot::new(&usage, &Month::containing("2026-11-03T12:00:00Z".parse().unwrap()))
    }

    #[test]
    fn a_day_is_stacked_in_the_order_of_the_legend() {
        let plot = plot();
        let legend: Vec<&str> = plot.legend.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(legend, ["web-1", "web-2", "Others", REST, "Not known"]);
        let (web, others, rest) = (PartKind::Consumer(1), PartKind::Others, PartKind::Rest);
        assert_eq!(plot.bars[1].stack, [(web, 5.0), (others, 14.0), (rest, 1.0)]);
        assert_eq!(plot.bars[0].stack, [(PartKind::Unknown, 20.0)]);
        assert!((plot.top - 40.0 * HEADROOM).abs() < 1e-9);
    }

    #[test]
    fn a_day_lists_who_used_it_and_says_the_largest() {
        let plot = plot();
        let list = |at: usize| -> Vec<String> {
            let part = |part: &UsagePart| format!("{} {}", part.label, part.share.unwrap());
            plot.bars[at].list.iter().map(part).collect()
        };
        assert_eq!(list(1), ["batch 50%", "web-2 25%", "Others (3) 20%", &format!("{REST} 5%")]);
        assert_eq!(plot.bars[1].words, "2 Nov: 20 GB, most by batch (10 GB)");
        assert_eq!(plot.bars[2].words, "3 Nov: about 40 GB, most by web-1 (30 GB)");
        assert_eq!(plot.bars[0].words, "1 Nov: 20 GB");
        assert_eq!(plot.words, "November 2026 by day, most on 3 Nov: about 40 GB, most by web-1 (30 GB)");
    }

    #[test]
    fn the_axis_has_every_day_of_the_month() {
        let plot = plot();
        let ticks: Vec<&str> = plot.columns.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!((plot.days, ticks), (31.0, vec!["1 Nov", "8 Nov", "15 Nov", "22 Nov", "29 Nov"]));
    }
}
