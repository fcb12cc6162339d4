//! Renders a [`Snapshot`] for Prometheus: `status --format prometheus` prints it, `exporter` serves it.
//!
//! `families` defines the metrics; this file encodes them with the `prometheus-client` crate, which writes
//! OpenMetrics. The older text format has one relevant difference: a counter family's name includes `_total`.

mod families;

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::{encode, encode_registry};
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric, GaugeValueEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::config::AccountId;
use crate::domain::failure::EntryState;
use crate::domain::snapshot::Snapshot;
use families::{Family, Kind, Value, families};

/// Prefix of all metric names.
const PREFIX: &str = "linode_bandwidth";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format 0.0.4, which all clients read.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The format for a client with this `Accept` header. OpenMetrics only if the header names it: other
    /// clients get the format that all clients read.
    pub fn accepted(accept: Option<&str>) -> Format {
        let mut kinds = accept.unwrap_or_default().split(',');
        if kinds.any(|kind| kind.trim().starts_with("application/openmetrics-text")) {
            Format::OpenMetrics
        } else {
            Format::Text
        }
    }

    /// Its `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The state of the serving process, in addition to the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process {
    /// Whether this process polls; otherwise it shows the persisted data of another one, the tray.
    pub polling: bool,
    /// Failed polls since start, by account and failure kind.
    pub errors: BTreeMap<(AccountId, EntryState), u64>,
}

/// Renders `snapshot` in `format`, with `process` if it is served.
///
/// # Errors
/// None in practice: writing to a string does not fail.
pub fn render(snapshot: &Snapshot, process: Option<&Process>, format: Format) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Exposition { families: families(snapshot, process), format }));
    let mut text = String::new();
    match format {
        Format::Text => encode_registry(&mut text, &registry)?,
        Format::OpenMetrics => encode(&mut text, &registry)?,
    }
    Ok(text)
}

#[derive(Debug)]
struct Exposition {
    families: Vec<Family>,
    format: Format,
}

impl Collector for Exposition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for family in self.families.iter().filter(|family| !family.series.is_empty()) {
            // The encoder appends `_total` to the names of a counter's samples, as in OpenMetrics.
            let in_name = family.kind == Kind::Counter && self.format == Format::Text;
            let name = format!("{}{}", family.name, if in_name { "_total" } else { "" });
            let kind = match family.kind {
                Kind::Gauge => MetricType::Gauge,
                Kind::Counter => MetricType::Counter,
            };
            let unit = family.unit.map(|unit| Unit::Other(unit.to_owned()));
            let mut metric = encoder.encode_descriptor(&name, family.help, unit.as_ref(), kind)?;
            for (labels, value) in &family.series {
                let labels = labels.as_slice();
                match (value, in_name) {
                    (Value::Count(count), false) => {
                        ConstCounter::new(*count).encode(metric.encode_family(&labels)?)?;
                    }
                    // The encoder would write empty braces.
                    _ if labels.is_empty() => metric.encode_gauge(value)?,
                    _ => metric.encode_family(&labels)?.encode_gauge(value)?,
                }
            }
        }
        Ok(())
    }
}

impl EncodeGaugeValue for Value {
    fn encode(&self, encoder: &mut GaugeValueEncoder<'_>) -> fmt::Result {
        match self {
            Value::Whole(whole) | Value::Count(whole) => EncodeGaugeValue::encode(whole, encoder),
            Value::Time(at) => EncodeGaugeValue::encode(&at.as_second(), encoder),
            Value::Fraction(fraction) => EncodeGaugeValue::encode(fraction, encoder),
        }
    }
}

#[cfg(test)]
mod tests;
