//! What a pool's month will come to.

mod method;
mod series;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::month::Month;
use super::price::Prices;
use super::usage::{Percent, Pool, PoolId};

pub use method::{ForecastParams, Projection, TUNED, project};
pub use series::{CumulativeUsage, PAST_DAYS, SLOT_SECONDS, Series};

/// The share of the month that has to be gone before anything is said.
const TOO_EARLY: f64 = 0.03;
/// The share of the month that has to be gone, and the seconds that the samples have to span, before it is more than a
/// rough guess.
const EARLY: f64 = 0.1;
const FEW_SAMPLES: u64 = 2 * 24 * 3600;

/// A pool's expected use at the end of the month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Bytes used by then.
    pub used: u64,
    /// The band that the true figure is in most of the time, in bytes: its lower end.
    pub low: u64,
    /// Its upper end.
    pub high: u64,
    /// The pool's quota now, in bytes: above 0.
    pub quota: u64,
    /// When the quota is used up, to the minute. It lies in the past when it is already, if the samples know when.
    pub exhausted_at: Option<Timestamp>,
    /// Bytes over the quota by then.
    pub over: u64,
    /// What those cost, in dollars; `None` for a Linode, which is not billed separately.
    pub over_usd: Option<f64>,
    /// Seconds from the first sample that it was made from to the last one; 0 for a single one.
    pub seen: u64,
    /// Whether it was made from so little that it is a rough guess: less than two days of samples, or in the first tenth
    /// of the month.
    pub rough: bool,
}

impl Forecast {
    /// Whether the pool is so surely going to be over that it is worth an alert: its band's lower end is, and it is no
    /// rough guess.
    pub fn is_sure_to_go_over(&self) -> bool {
        self.low > self.quota && !self.rough
    }

    /// What will be used, in percent of the quota.
    pub fn percent(&self) -> Option<Percent> {
        Pool { used: self.used, quota: self.quota, ..Pool::default() }.percent()
    }

    /// The forecast for the pool `id` whose figures at `at` are `pool`, by what `series` knows of its month and those before.
    ///
    /// `None` where it can't be known: in the first 3 % of the month, and without a quota.
    pub fn compute(
        id: &PoolId,
        pool: &Pool,
        at: Timestamp,
        series: Option<&Series>,
        prices: &Prices,
    ) -> Option<Forecast> {
        let month = Month::containing(at);
        if month.elapsed(at) < TOO_EARLY || pool.quota == 0 {
            return None;
        }
        let none = Series::new(month);
        let series = series.filter(|series| series.month() == month.id).unwrap_or(&none);
        let course = series.course(at, pool.used);
        let projection = project(&course, &TUNED);
        let used = pool.used.saturating_add(bytes(projection.expected));
        let over = used.saturating_sub(pool.quota);
        let seen = series.seconds_before(at);
        Some(Forecast {
            used,
            low: pool.used.saturating_add(bytes(projection.low)),
            high: pool.used.saturating_add(bytes(projection.high)),
            quota: pool.quota,
            exhausted_at: if pool.used >= pool.quota {
                series.crossed_at(pool.quota, at, pool.used).map(round_to_minute)
            } else if over > 0 {
                let share = (pool.quota - pool.used) as f64 / projection.expected;
                let until = course.left() * share;
                SignedDuration::try_from_secs_f64(until)
                    .ok()
                    .and_then(|d| at.checked_add(d).ok())
                    .map(round_to_minute)
            } else {
                None
            },
            over,
            over_usd: prices.cost(id, over),
            seen,
            rough: month.elapsed(at) < EARLY || seen < FEW_SAMPLES,
        })
    }
}

fn bytes(amount: f64) -> u64 {
    // What is too large becomes the largest u64, and what is no number 0.
    amount.round() as u64
}

fn round_to_minute(at: Timestamp) -> Timestamp {
    let minute = jiff::TimestampRound::new().smallest(jiff::Unit::Minute);
    at.round(minute).unwrap_or(at)
}

#[cfg(test)]
mod tests;
