//! An alert's facts for the program that `on_alert` names: environment variables, by name and value.

use super::{Alert, AlertKind, ForecastAlert, SpikeAlert, ThresholdAlert};
use crate::domain::breakdown::Breakdown;
use crate::domain::price::cents;
use crate::domain::usage::{GB, Pool, gb_to_a_tenth};

/// The names of all facts. Those that an alert does not have are not set.
pub const NAMES: [&str; 20] = [
    "LINODE_BANDWIDTH_KIND",
    "LINODE_BANDWIDTH_ACCOUNT",
    "LINODE_BANDWIDTH_ACCOUNT_NAME",
    "LINODE_BANDWIDTH_SUMMARY",
    "LINODE_BANDWIDTH_BODY",
    "LINODE_BANDWIDTH_POOL",
    "LINODE_BANDWIDTH_MONTH",
    "LINODE_BANDWIDTH_LEVEL",
    "LINODE_BANDWIDTH_USED_GB",
    "LINODE_BANDWIDTH_QUOTA_GB",
    "LINODE_BANDWIDTH_PERCENT",
    "LINODE_BANDWIDTH_THRESHOLD",
    "LINODE_BANDWIDTH_FORECAST_GB",
    "LINODE_BANDWIDTH_OVER_GB",
    "LINODE_BANDWIDTH_OVER_USD",
    "LINODE_BANDWIDTH_EXHAUSTED_AT",
    "LINODE_BANDWIDTH_EXPIRES_AT",
    "LINODE_BANDWIDTH_TOP_LABEL",
    "LINODE_BANDWIDTH_TOP_GB",
    "LINODE_BANDWIDTH_TOP_SHARE",
];

/// A variable's name and value.
pub type Fact = (&'static str, String);

impl Alert {
    /// What is known of the alert, for a program. GB are 10^9 bytes; times are UTC. Never a token.
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![
            ("LINODE_BANDWIDTH_KIND", self.kind.as_str().to_owned()),
            ("LINODE_BANDWIDTH_ACCOUNT", self.account.to_string()),
            ("LINODE_BANDWIDTH_ACCOUNT_NAME", self.name.clone()),
            ("LINODE_BANDWIDTH_SUMMARY", self.summary.clone()),
            ("LINODE_BANDWIDTH_BODY", self.body.clone()),
        ];
        match &self.kind {
            AlertKind::Threshold(ThresholdAlert { pool, month, level, figures, threshold }) => {
                facts.push(("LINODE_BANDWIDTH_POOL", pool.to_string()));
                facts.push(("LINODE_BANDWIDTH_MONTH", month.to_string()));
                facts.push(("LINODE_BANDWIDTH_LEVEL", level.as_str().to_owned()));
                facts.push(("LINODE_BANDWIDTH_THRESHOLD", threshold.to_string()));
                facts.extend(usage(figures));
            }
            AlertKind::Forecast(it) => facts.extend(pace(it)),
            AlertKind::Spike(SpikeAlert { pool, month, level, figures, spike: _ }) => {
                facts.push(("LINODE_BANDWIDTH_POOL", pool.to_string()));
                facts.push(("LINODE_BANDWIDTH_MONTH", month.to_string()));
                facts.push(("LINODE_BANDWIDTH_LEVEL", level.as_str().to_owned()));
                facts.extend(usage(figures));
            }
            AlertKind::TokenInvalid => {}
            AlertKind::TokenExpiry { expires_at } => {
                facts.push(("LINODE_BANDWIDTH_EXPIRES_AT", expires_at.to_string()))
            }
        }
        facts
    }

    /// Who used most of the alert's pool this month, where that is known.
    pub fn top_facts(&self, breakdown: Option<&Breakdown>) -> Vec<Fact> {
        let pool = match &self.kind {
            AlertKind::Threshold(it) => &it.pool,
            AlertKind::Forecast(it) => &it.pool,
            AlertKind::Spike(it) => &it.pool,
            AlertKind::TokenInvalid | AlertKind::TokenExpiry { .. } => return Vec::new(),
        };
        let Some(pool) = breakdown.and_then(|breakdown| breakdown.of(pool)) else { return Vec::new() };
        let Some(top) = pool.largest() else { return Vec::new() };
        let share =
            pool.share(top.used).map(|share| ("LINODE_BANDWIDTH_TOP_SHARE", share.rounded().to_string()));
        let mut facts = vec![
            ("LINODE_BANDWIDTH_TOP_LABEL", top.label.clone()),
            ("LINODE_BANDWIDTH_TOP_GB", gb(top.used)),
        ];
        facts.extend(share);
        facts
    }
}

fn pace(it: &ForecastAlert) -> Vec<Fact> {
    let forecast = &it.forecast;
    let mut facts = vec![
        ("LINODE_BANDWIDTH_POOL", it.pool.to_string()),
        ("LINODE_BANDWIDTH_MONTH", it.month.to_string()),
        ("LINODE_BANDWIDTH_LEVEL", it.level.as_str().to_owned()),
        ("LINODE_BANDWIDTH_FORECAST_GB", tenths(forecast.used)),
        ("LINODE_BANDWIDTH_OVER_GB", tenths(forecast.over)),
    ];
    let cents = forecast.over_usd.map(cents);
    let dollars = cents.map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
    facts.extend(dollars.map(|dollars| ("LINODE_BANDWIDTH_OVER_USD", dollars)));
    facts.extend(forecast.exhausted_at.map(|at| ("LINODE_BANDWIDTH_EXHAUSTED_AT", at.to_string())));
    facts.extend(usage(&it.figures));
    facts
}

fn tenths(bytes: u64) -> String {
    format!("{:.1}", gb_to_a_tenth(bytes))
}

fn usage(pool: &Pool) -> Vec<Fact> {
    let mut facts =
        vec![("LINODE_BANDWIDTH_USED_GB", gb(pool.used)), ("LINODE_BANDWIDTH_QUOTA_GB", gb(pool.quota))];
    // Without a quota there is no percentage.
    let percent = pool.percent().map(|percent| percent.rounded().to_string());
    facts.extend(percent.map(|percent| ("LINODE_BANDWIDTH_PERCENT", percent)));
    facts
}

/// As short as it can be said exactly: `830`, `0.53`.
fn gb(bytes: u64) -> String {
    (bytes as f64 / GB as f64).to_string()
}
