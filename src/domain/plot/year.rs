//! The plot of the last twelve months, one bar per month.

use jiff::Timestamp;

use super::labels::{Tick, gigabytes};
use super::{MONTHS, PoolHistory, gb};
use crate::domain::month::{Month, MonthId};
use crate::domain::text;
use crate::domain::usage::Pool;

/// The note in a year without figures.
pub const NO_MONTHS: &str = "No month to show yet";

/// The height of the plot, as a multiple of its highest value: labels stand on the bars.
const HEADROOM: f64 = 1.15;
/// Half the width of a bar, where a month is 1 wide.
pub const HALF: f64 = 0.34;
/// Half the width of a quota's mark.
pub const MARK: f64 = 0.44;

#[derive(Debug, Clone, PartialEq)]
pub struct YearPlot {
    /// A description for screen readers.
    pub words: String,
    /// The text to show if there is nothing to draw.
    pub note: Option<&'static str>,
    /// Its height in GB.
    pub top: f64,
    /// The horizontal grid lines.
    pub rows: Vec<Tick>,
    /// One tick per month, oldest first.
    pub months: Vec<Tick>,
    /// The months that have figures.
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its position: 0 is the oldest month.
    pub at: f64,
    /// GB used within the quota.
    pub within: f64,
    /// GB used over it.
    pub over: f64,
    /// The quota in GB.
    pub quota: f64,
    /// The label on top: by how much the month was over.
    pub label: Option<String>,
    /// Whether this is the current month.
    pub goes_on: bool,
    /// A description of the whole bar.
    pub words: String,
}

impl YearPlot {
    pub(super) fn new(history: &PoolHistory, this_month: Option<&Pool>, now: Timestamp) -> YearPlot {
        let current = Month::containing(now).id;
        let ids: Vec<MonthId> = (0..MONTHS).rev().map(|back| current.back(back)).collect();
        let known = |id: MonthId| match id == current {
            true => this_month.copied(),
            false => history.before.iter().find(|(month, _)| *month == id).map(|(_, sample)| sample.pool),
        };
        let places = || (0u32..).map(f64::from).zip(ids.iter().copied());
        let bars: Vec<Bar> =
            places().filter_map(|(at, id)| known(id).map(|pool| bar(at, id, &pool, id == current))).collect();
        let top =
            bars.iter().map(|bar| (bar.within + bar.over).max(bar.quota)).fold(0.0, f64::max) * HEADROOM;
        let top = if top > 0.0 { top } else { 1.0 };
        let over: Vec<&str> =
            bars.iter().filter(|bar| bar.over > 0.0).map(|bar| bar.words.as_str()).collect();
        YearPlot {
            words: match (bars.len(), over.as_slice()) {
                (0, _) => "The last 12 months: no samples yet".to_owned(),
                (1, []) => "The last 12 months: figures for 1 month, not over quota".to_owned(),
                (known, []) => format!("The last 12 months: figures for {known} months, none over quota"),
                (1, over) => {
                    format!("The last 12 months: figures for 1 month, over quota: {}", over.join("; "))
                }
                (known, over) => {
                    format!("The last 12 months: figures for {known} months, over quota: {}", over.join("; "))
                }
            },
            note: bars.is_empty().then_some(NO_MONTHS),
            top,
            rows: gigabytes(top),
            months: places().map(|(at, id)| Tick { at, label: short(id) }).collect(),
            bars,
        }
    }

    /// The labels on the bars, right to left, with their centers. A label is left out if it does not fit between both
    /// ends, beside higher bars, or beside the labels of later months. `width` is in months.
    pub fn labels(&self, width: impl Fn(&str) -> f64, [from, to]: [f64; 2]) -> Vec<(f64, &Bar, &str)> {
        let mut free = to;
        let mut labels = Vec::new();
        for bar in self.bars.iter().rev() {
            let Some(label) = bar.label.as_deref() else { continue };
            let half = width(label) / 2.0;
            let middle = bar.at.min(to - half).max(from + half);
            let top = |bar: &Bar| bar.within + bar.over;
            let hidden = |other: &Bar| {
                other.at != bar.at && (other.at - middle).abs() < half + HALF && top(other) > top(bar)
            };
            if middle + half > free || self.bars.iter().any(hidden) {
                continue;
            }
            free = middle - half;
            labels.push((middle, bar, label));
        }
        labels
    }

    /// The labels of the months. If January has no room for the year, it is left out. `width` is in places.
    pub fn month_labels(&self, width: impl Fn(&str) -> f64) -> Vec<Tick> {
        let fitting = |tick: &Tick| match tick.label.split_once(' ') {
            Some((month, _)) if width(&tick.label) >= 1.0 => Tick { at: tick.at, label: month.to_owned() },
            _ => tick.clone(),
        };
        self.months.iter().map(fitting).collect()
    }

    /// The bar at position `x`.
    pub fn bar_at(&self, x: f64) -> Option<&Bar> {
        self.bars.iter().find(|bar| (bar.at - x).abs() <= 0.5)
    }
}

/// `Nov`; with the year where one begins: `Jan 2027`.
fn short(id: MonthId) -> String {
    let title = id.title();
    let name: String = id.name().chars().take(3).collect();
    match title.split(' ').next_back() {
        Some(year) if id.name() == "January" => format!("{name} {year}"),
        _ => name,
    }
}

fn bar(at: f64, id: MonthId, pool: &Pool, goes_on: bool) -> Bar {
    let over = pool.used.saturating_sub(pool.quota);
    let so_far = if goes_on { " so far" } else { "" };
    let mut words = format!("{}{so_far}: {}", id.title(), text::usage_sentence(pool).replace(" · ", ", "));
    if over > 0 {
        words += &format!(", {} over", text::gigabytes(over));
    }
    Bar {
        at,
        within: gb(pool.used.min(pool.quota)),
        over: gb(over),
        quota: gb(pool.quota),
        label: (over > 0).then(|| format!("+{}", text::gigabytes(over))),
        goes_on,
        words,
    }
}
