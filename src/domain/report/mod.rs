//! The snapshot as scripts get it: schema 1, documented in docs/bars.md. Fields are added to it, never changed.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::breakdown::Consumer;
use super::failure::EntryState;
use super::forecast::Forecast;
use super::level::Level;
use super::price::cents;
use super::snapshot::{AccountSnapshot, Snapshot};
use super::text::no_pool;
use super::token::TokenInfo;
use super::usage::{GB, Pool, PoolId, gb_to_a_tenth};

/// What `status --format json` prints. What is not known is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report<'a> {
    schema: u32,
    generated_at: Seconds,
    month: MonthReport,
    accounts: Vec<AccountReport<'a>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct MonthReport {
    ends_at: Seconds,
    /// The share of the month gone, 0 to 1, with four decimals.
    elapsed: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct AccountReport<'a> {
    id: &'a str,
    name: &'a str,
    watch: String,
    state: EntryState,
    level: Option<Level>,
    updated_at: Option<Seconds>,
    #[serde(flatten)]
    pool: PoolReport,
    remaining_gb: Option<f64>,
    percent: Option<f64>,
    forecast: Option<ForecastReport>,
    regions: Vec<RegionReport<'a>>,
    token: Option<TokenReport<'a>>,
    error: Option<ErrorReport>,
    breakdown: Option<BreakdownReport<'a>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PoolReport {
    used_gb: Option<f64>,
    quota_gb: Option<f64>,
    billable_gb: Option<f64>,
}

/// GB with one decimal, percent with two, dollars in whole cents, times to the minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ForecastReport {
    used_gb: f64,
    percent: Option<f64>,
    exhausted_at: Option<Seconds>,
    over_gb: f64,
    over_usd: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RegionReport<'a> {
    id: &'a str,
    label: &'a str,
    #[serde(flatten)]
    pool: PoolReport,
    percent: Option<f64>,
    level: Level,
    breakdown: Option<BreakdownReport<'a>>,
}

/// Who used a pool, most first.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct BreakdownReport<'a> {
    at: Seconds,
    consumers: Vec<ConsumerReport<'a>>,
    /// What no consumer accounts for.
    rest_gb: f64,
}

/// GB to the byte; `share` is percent of what the pool has used, with two decimals.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ConsumerReport<'a> {
    kind: &'static str,
    id: Option<u64>,
    label: &'a str,
    region: Option<&'a str>,
    used_gb: f64,
    share: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TokenReport<'a> {
    label: Option<&'a str>,
    scopes: &'a [String],
    expires_at: Option<Seconds>,
    read_only: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ErrorReport {
    kind: EntryState,
    message: String,
}

/// An instant in whole seconds, as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds(pub Timestamp);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = Timestamp::from_second(self.0.as_second()).unwrap_or(self.0);
        serializer.collect_str(&whole)
    }
}

impl<'a> Report<'a> {
    /// The report of `snapshot`.
    pub fn new(snapshot: &'a Snapshot) -> Report<'a> {
        Report {
            schema: 1,
            generated_at: Seconds(snapshot.generated_at),
            month: MonthReport {
                ends_at: Seconds(snapshot.month.ends_at),
                elapsed: snapshot.month.share(snapshot.generated_at),
            },
            accounts: snapshot.accounts.iter().map(account).collect(),
        }
    }
}

fn account(account: &AccountSnapshot) -> AccountReport<'_> {
    let pool = account.pool.as_ref();
    AccountReport {
        id: account.id.as_str(),
        name: &account.name,
        watch: account.watch.to_string(),
        state: account.state,
        level: account.level,
        updated_at: account.updated_at.map(Seconds),
        pool: figures(pool),
        remaining_gb: pool.filter(|pool| !pool.metered).map(|pool| gb(pool.remaining())),
        percent: account.percent().map(|percent| percent.rounded()),
        forecast: account.forecast.as_ref().map(forecast),
        regions: account
            .regions
            .iter()
            .map(|region| RegionReport {
                id: &region.id,
                label: &region.label,
                pool: figures(Some(&region.pool)),
                percent: region.pool.percent().map(|percent| percent.rounded()),
                level: region.level,
                breakdown: breakdown(account, &PoolId::Region(region.id.clone())),
            })
            .collect(),
        token: account.token.as_ref().map(token),
        error: account
            .failure
            .as_ref()
            .filter(|_| !account.disabled())
            .map(|failure| ErrorReport { kind: failure.state(), message: failure.to_string() }),
        breakdown: breakdown(account, &account.watch),
    }
}

fn breakdown<'a>(account: &'a AccountSnapshot, pool: &PoolId) -> Option<BreakdownReport<'a>> {
    let breakdown = account.breakdown.as_ref()?;
    let of_pool = breakdown.of(pool)?;
    let consumer = |consumer: &'a Consumer| ConsumerReport {
        kind: consumer.id.kind(),
        id: consumer.id.number(),
        label: &consumer.label,
        region: Some(consumer.region.as_str()).filter(|region| !region.is_empty()),
        used_gb: gb(consumer.used),
        share: of_pool.share(consumer.used).map(|share| share.rounded()),
    };
    Some(BreakdownReport {
        at: Seconds(breakdown.at),
        consumers: of_pool.consumers.iter().map(consumer).collect(),
        rest_gb: gb(of_pool.rest()),
    })
}

fn forecast(forecast: &Forecast) -> ForecastReport {
    ForecastReport {
        used_gb: gb_to_a_tenth(forecast.used),
        percent: forecast.percent().map(|percent| percent.rounded()),
        exhausted_at: forecast.exhausted_at.map(Seconds),
        over_gb: gb_to_a_tenth(forecast.over),
        over_usd: forecast.over_usd.map(|usd| cents(usd) as f64 / 100.0),
    }
}

fn token(token: &TokenInfo) -> TokenReport<'_> {
    TokenReport {
        label: token.label.as_deref(),
        scopes: token.scopes.names(),
        expires_at: token.expires_at.map(Seconds),
        read_only: token.scopes.read_only(),
    }
}

fn figures(pool: Option<&Pool>) -> PoolReport {
    PoolReport {
        used_gb: pool.map(|pool| gb(pool.used)),
        quota_gb: pool.filter(|pool| !pool.metered).map(|pool| gb(pool.quota)),
        billable_gb: pool.map(|pool| gb(pool.billable)),
    }
}

fn gb(bytes: u64) -> f64 {
    bytes as f64 / GB as f64
}

/// The sentence that stands for an account's state where there is room for it: what failed, why there is no figure, or that
/// they are those of an earlier month.
pub fn explanation(account: &AccountSnapshot) -> Option<String> {
    match &account.failure {
        _ if account.disabled() => None,
        Some(failure) => Some(failure.to_string()),
        None => account.has_no_pool().then(|| no_pool(&account.watch).to_owned()).or_else(|| {
            let (old, new) = (account.still_of?.name(), account.still_of?.next().name());
            Some(format!("These are still {old}'s figures. {new}'s are not available yet."))
        }),
    }
}

#[cfg(test)]
mod tests;
