//! The metrics with their names and units. An unknown figure has no series, because absent is not 0.

use jiff::Timestamp;

use super::Process;
use crate::domain::breakdown::{Consumer, OTHERS, REST};
use crate::domain::failure::EntryState;
use crate::domain::forecast::Forecast;
use crate::domain::level::Level;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::usage::{Pool, PoolId};

/// The metrics of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// Without the prefix, the unit and a counter's `_total`.
    pub name: &'static str,
    pub help: &'static str,
    pub unit: Option<&'static str>,
    pub kind: Kind,
    pub series: Vec<(Labels, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gauge,
    Counter,
}

pub(super) type Labels = Vec<(&'static str, String)>;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Whole(u64),
    /// The value of a counter.
    Count(u64),
    /// In seconds since 1970.
    Time(Timestamp),
    Fraction(f64),
}

impl Value {
    fn from_bool(is: bool) -> Value {
        Value::Whole(u64::from(is))
    }
}

impl Family {
    fn gauge(
        name: &'static str,
        unit: Option<&'static str>,
        help: &'static str,
        series: Vec<(Labels, Value)>,
    ) -> Family {
        Family { name, help, unit, kind: Kind::Gauge, series }
    }

    /// The name of the samples.
    #[cfg(test)]
    pub fn sample_name(&self) -> String {
        let unit = self.unit.map(|unit| format!("_{unit}")).unwrap_or_default();
        let total = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{}_{}{unit}{total}", super::PREFIX, self.name)
    }
}

/// All metrics, in output order.
pub(super) fn families(snapshot: &Snapshot, process: Option<&Process>) -> Vec<Family> {
    let mut families = pool_families(snapshot);
    families.extend(forecast_families(snapshot));
    families.push(consumer_family(snapshot));
    families.extend(account_families(snapshot));
    families.extend([
        Family::gauge(
            "month_start_timestamp",
            SECONDS,
            "When the billing month began.",
            vec![(Vec::new(), Value::Time(snapshot.month.starts_at))],
        ),
        Family::gauge(
            "month_end_timestamp",
            SECONDS,
            "When the billing month ends and the pools reset.",
            vec![(Vec::new(), Value::Time(snapshot.month.ends_at))],
        ),
        Family::gauge(
            "build_info",
            None,
            "The program's version; always 1.",
            vec![(vec![("version", env!("CARGO_PKG_VERSION").to_owned())], Value::Whole(1))],
        ),
    ]);
    families.extend(process_families(snapshot, process));
    families
}

const BYTES: Option<&str> = Some("bytes");
const SECONDS: Option<&str> = Some("seconds");

/// A pool of an account that is polled.
struct Known<'a> {
    account: &'a AccountSnapshot,
    id: PoolId,
    pool: Pool,
    level: Option<Level>,
    forecast: Option<Forecast>,
}

impl Known<'_> {
    fn labels(&self) -> Labels {
        vec![("account", self.account.id.as_str().to_owned()), ("pool", self.id.to_string())]
    }
}

/// Skips disabled accounts: their frozen figures would look like those of an idle account.
fn known(snapshot: &Snapshot) -> Vec<Known<'_>> {
    let enabled = snapshot.accounts.iter().filter(|account| !account.disabled());
    let pools = enabled.flat_map(|account| {
        let watched =
            account.pool.map(|pool| (account.watch.clone(), pool, account.pool_level, account.forecast));
        let regions = account.regions.iter().map(|region| {
            (PoolId::Region(region.id.clone()), region.pool, Some(region.level), region.forecast)
        });
        watched.into_iter().chain(regions).map(|(id, pool, level, forecast)| Known {
            account,
            id,
            pool,
            level,
            forecast,
        })
    });
    pools.collect()
}

fn pool_families(snapshot: &Snapshot) -> Vec<Family> {
    let pools = known(snapshot);
    let bytes = |figure: fn(&Pool) -> u64| {
        pools.iter().map(|known| (known.labels(), Value::Whole(figure(&known.pool)))).collect()
    };
    let levels = pools.iter().flat_map(|known| {
        let of = |level: Level| {
            let labels = [known.labels(), vec![("level", level.as_str().to_owned())]].concat();
            (labels, Value::from_bool(known.level == Some(level)))
        };
        known.level.into_iter().flat_map(move |_| Level::ALL.map(of))
    });
    vec![
        Family::gauge(
            "transfer_used",
            BYTES,
            "Transfer used from the pool since the start of the billing month.",
            bytes(|pool| pool.used),
        ),
        Family::gauge(
            "transfer_quota",
            BYTES,
            "The pool's quota this month, as prorated by Linode.",
            bytes(|pool| pool.quota),
        ),
        Family::gauge(
            "transfer_billable",
            BYTES,
            "Transfer over quota that Linode bills.",
            bytes(|pool| pool.billable),
        ),
        Family::gauge(
            "transfer_level",
            None,
            "Whether the pool is at this level (1) or not (0), by the account's thresholds.",
            levels.collect(),
        ),
    ]
}

fn forecast_families(snapshot: &Snapshot) -> Vec<Family> {
    let pools = known(snapshot);
    let gauges = |figure: fn(&Forecast) -> Option<Value>| {
        let known = pools.iter().filter_map(|known| Some((known.labels(), figure(&known.forecast?)?)));
        known.collect()
    };
    vec![
        Family::gauge(
            "forecast_used",
            BYTES,
            "Forecast of the transfer used at the end of the billing month.",
            gauges(|forecast| Some(Value::Whole(forecast.used))),
        ),
        Family::gauge(
            "forecast_low",
            BYTES,
            "Lower end of the forecast's range.",
            gauges(|forecast| Some(Value::Whole(forecast.low))),
        ),
        Family::gauge(
            "forecast_high",
            BYTES,
            "Upper end of the forecast's range.",
            gauges(|forecast| Some(Value::Whole(forecast.high))),
        ),
        Family::gauge(
            "forecast_over",
            BYTES,
            "Forecast of the transfer over quota at the end of the billing month.",
            gauges(|forecast| Some(Value::Whole(forecast.over))),
        ),
        Family::gauge(
            "forecast_over",
            Some("dollars"),
            "Forecast of the cost of the transfer over quota.",
            gauges(|forecast| forecast.over_usd.map(Value::Fraction)),
        ),
        Family::gauge(
            "forecast_exhausted_timestamp",
            SECONDS,
            "Forecast of when the pool runs out; absent if it lasts the month.",
            gauges(|forecast| forecast.exhausted_at.map(Value::Time)),
        ),
    ]
}

/// The most consumers of a pool with a series each.
const MAX_CONSUMERS: usize = 50;

fn consumer_family(snapshot: &Snapshot) -> Family {
    let pools = known(snapshot);
    let series = pools.iter().flat_map(|known| {
        let breakdown = known.account.breakdown.as_ref().and_then(|breakdown| breakdown.of(&known.id));
        breakdown.into_iter().flat_map(|breakdown| {
            let (largest, others, used_by_others) = breakdown.largest_and_others(MAX_CONSUMERS);
            let labels = |kind: &str, id: String, label: &str| {
                let consumer = [("kind", kind.to_owned()), ("id", id), ("label", label.to_owned())];
                [known.labels(), consumer.to_vec()].concat()
            };
            let consumer = |consumer: &Consumer| {
                let id = consumer.id.number().map(|id| id.to_string()).unwrap_or_default();
                (labels(consumer.id.kind(), id, &consumer.label), Value::Whole(consumer.used))
            };
            let mut series: Vec<_> = largest.iter().map(consumer).collect();
            if others > 0 {
                series.push((labels("others", String::new(), OTHERS), Value::Whole(used_by_others)));
            }
            series.push((labels("rest", String::new(), REST), Value::Whole(breakdown.rest())));
            series
        })
    });
    Family::gauge(
        "consumer_used",
        BYTES,
        "Transfer that a consumer used from the pool since the start of the billing month: the 50 largest, the others, and \
         the rest.",
        series.collect(),
    )
}

fn account_families(snapshot: &Snapshot) -> Vec<Family> {
    let accounts = &snapshot.accounts;
    let one = |account: &AccountSnapshot| vec![("account", account.id.as_str().to_owned())];
    let at = |time: fn(&AccountSnapshot) -> Option<Timestamp>| {
        let known = accounts.iter().filter_map(|account| Some((one(account), Value::Time(time(account)?))));
        known.collect()
    };
    let info = accounts.iter().map(|account| {
        let more = vec![("name", account.name.clone()), ("watch", account.watch.to_string())];
        ([one(account), more].concat(), Value::Whole(1))
    });
    let states = accounts.iter().flat_map(|account| {
        EntryState::ALL.map(|state| {
            let labels = [one(account), vec![("state", state.as_str().to_owned())]].concat();
            (labels, Value::from_bool(account.state == state))
        })
    });
    vec![
        Family::gauge(
            "account_info",
            None,
            "The account's name and the pool that it watches; always 1.",
            info.collect(),
        ),
        Family::gauge(
            "account_state",
            None,
            "Whether the account is in this state (1) or not (0).",
            states.collect(),
        ),
        Family::gauge(
            "last_success_timestamp",
            SECONDS,
            "When the account's last good answer came.",
            at(|account| account.updated_at),
        ),
        Family::gauge(
            "token_expiry_timestamp",
            SECONDS,
            "When the account's token expires; absent if it never does or that is unknown.",
            at(|account| account.token.as_ref()?.expires_at),
        ),
    ]
}

fn process_families(snapshot: &Snapshot, process: Option<&Process>) -> Vec<Family> {
    let flag = |is: fn(&Process, &Snapshot) -> bool| {
        process.map(|process| (Vec::new(), Value::from_bool(is(process, snapshot)))).into_iter().collect()
    };
    let errors = process.into_iter().flat_map(|process| errors(snapshot, process));
    vec![
        Family {
            name: "poll_errors",
            help: "Failed polls since start, by failure kind.",
            unit: None,
            kind: Kind::Counter,
            series: errors.collect(),
        },
        Family::gauge(
            "exporter_polling",
            None,
            "Whether this process polls (1) or serves the running tray's figures (0).",
            flag(|process, _| process.polling),
        ),
        Family::gauge(
            "config_last_reload_successful",
            None,
            "Whether the configuration file was valid when last read (1) or not (0).",
            flag(|_, snapshot| snapshot.config_problem.is_none()),
        ),
    ]
}

/// Failed polls. Prometheus computes no increase for a counter whose first sample is 1, so each counter starts
/// at 0. A process that does not poll has no counters.
fn errors<'a>(
    snapshot: &'a Snapshot,
    process: &'a Process,
) -> impl Iterator<Item = (Labels, Value)> + use<'a> {
    let kinds = || EntryState::ALL.into_iter().filter(|state| state.is_a_failure());
    snapshot.accounts.iter().flat_map(move |account| {
        let polled = process.polling && !account.disabled();
        kinds().filter_map(move |kind| {
            let count = process.errors.get(&(account.id.clone(), kind)).copied();
            let labels =
                vec![("account", account.id.as_str().to_owned()), ("kind", kind.as_str().to_owned())];
            Some((labels, Value::Count(count.or(polled.then_some(0))?)))
        })
    })
}
