//! The plots of a pool: this month's cumulative use, its days, and the last twelve months. They are data, in GB and days; the
//! window and `history --plot` draw them.

mod daily;
mod labels;
mod month;
#[cfg(test)]
mod tests;
mod year;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::daily_usage::DailyUsage;
use super::forecast::Forecast;
use super::month::MonthId;
use super::sample::Sample;
use super::usage::{GB, PoolId};

pub use daily::{DailyPlot, DayBar};
pub use labels::{Label, LabelKind, Tick, label_margin};
pub use month::{ForecastBand, MonthPlot, NO_SAMPLES, month_samples};
pub use year::{Bar, HALF, MARK, NO_MONTHS, YearPlot};

/// How many months the year's plot has, including the current one.
pub const MONTHS: u16 = 12;

/// What the history file knows about a pool.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PoolHistory {
    /// This month's samples, oldest first.
    pub month: Vec<Sample>,
    /// The last sample of each earlier month, oldest first; months without samples are left out.
    pub before: Vec<(MonthId, Sample)>,
}

/// What the window's plots of a pool show.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PoolCharts {
    #[serde(flatten)]
    pub history: PoolHistory,
    /// Who used it on each day of this month; `None` if that is not recorded.
    #[serde(default)]
    pub daily: Option<DailyUsage>,
}

/// What the plots depend on besides the samples.
#[derive(Debug, Clone, Copy)]
pub struct PlotContext<'a> {
    /// The thresholds in percent.
    pub thresholds: &'a [u16],
    /// The forecast for the end of the month.
    pub forecast: Option<&'a Forecast>,
    pub now: Timestamp,
    /// The user's time zone, for displayed times.
    pub zone: &'a TimeZone,
}

/// A point of a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Days since the month began.
    pub x: f64,
    /// GB.
    pub y: f64,
}

/// Both plots of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Plots {
    /// The account's name and the pool's.
    pub title: String,
    /// This month.
    pub month: MonthPlot,
    /// The last twelve months.
    pub year: YearPlot,
}

impl Plots {
    /// The plots of `history`, under `title`.
    pub fn new(title: String, history: &PoolHistory, around: PlotContext<'_>) -> Plots {
        let month = MonthPlot::new(history, around);
        let year = YearPlot::new(history, month.latest(), around.now);
        Plots { title, month, year }
    }
}

/// The pool's name next to its account's: `Global transfer pool`. `name` is the region's or the Linode's, if known.
pub fn pool_name(pool: &PoolId, name: Option<String>) -> String {
    match pool {
        PoolId::Global => "Global transfer pool".to_owned(),
        PoolId::Region(id) => format!("Transfer pool of {}", name.unwrap_or_else(|| id.clone())),
        PoolId::Linode(id) => format!("Transfer of Linode {}", name.unwrap_or_else(|| id.to_string())),
    }
}

fn gb(bytes: u64) -> f64 {
    bytes as f64 / GB as f64
}
