//! The two pictures of a pool: this month's use as it adds up, and the last twelve months. They are data here, in GB
//! and days; the window and `history --plot` draw them.

mod labels;
mod month;
#[cfg(test)]
mod tests;
mod year;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::forecast::Forecast;
use super::month::MonthId;
use super::sample::Sample;
use super::usage::{GB, PoolId};

pub use labels::{Label, LabelKind, Tick, label_margin};
pub use month::{ForecastBand, MonthPlot};
pub use year::{Bar, HALF, MARK, YearPlot};

/// How many months the picture of the months has, the one that goes on included.
pub const MONTHS: u16 = 12;

/// What the history file knows of a pool.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PoolHistory {
    /// This month's samples, oldest first.
    pub month: Vec<Sample>,
    /// The last sample of each of the months before, oldest first; months without one are left out.
    pub before: Vec<(MonthId, Sample)>,
}

/// What the plots depend on, except the samples.
#[derive(Debug, Clone, Copy)]
pub struct PlotContext<'a> {
    /// The thresholds in percent.
    pub thresholds: &'a [u16],
    /// What the month will come to.
    pub forecast: Option<&'a Forecast>,
    pub now: Timestamp,
    /// The user's time zone, for displayed times.
    pub zone: &'a TimeZone,
}

/// A point of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Days since the month began.
    pub x: f64,
    /// GB.
    pub y: f64,
}

/// Both pictures of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Plots {
    /// Whose they are: the account's name, and its pool's.
    pub title: String,
    /// This month.
    pub month: MonthPlot,
    /// The last twelve.
    pub year: YearPlot,
}

impl Plots {
    /// The pictures of what `history` knows of a pool, under `title`.
    pub fn new(title: String, history: &PoolHistory, around: PlotContext<'_>) -> Plots {
        let month = MonthPlot::new(history, around);
        let year = YearPlot::new(history, month.latest(), around.now);
        Plots { title, month, year }
    }
}

/// What a pool is called beside its account: `Global transfer pool`. `name` is the region's or the Linode's, where it is
/// known.
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
