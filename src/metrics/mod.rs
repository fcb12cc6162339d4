//! A [`Snapshot`] as Prometheus reads it: `status --format prometheus` prints it and `exporter` serves it.
//!
//! `families` has the metrics; this file encodes them with the `prometheus-client` crate, which knows OpenMetrics.
//! The older text format differs from that in one thing that matters here: a counter's family is named with its
//! `_total`.

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

/// What every name begins with.
const PREFIX: &str = "linode_bandwidth";

/// How metrics are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format 0.0.4, which everything reads.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The format for a client that accepts what `accept` says (the header's value). OpenMetrics only where it is asked
    /// for by name: who takes anything gets what everything reads.
    pub fn accepted(accept: Option<&str>) -> Format {
        let mut kinds = accept.unwrap_or_default().split(',');
        if kinds.any(|kind| kind.trim().starts_with("application/openmetrics-text")) {
            Format::OpenMetrics
        } else {
            Format::Text
        }
    }

    /// The `Content-Type` of it.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What a process that serves metrics knows besides the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process {
    /// Whether it polls itself; else it shows what another process, the tray, has left.
    pub polling: bool,
    /// Failed polls since start, by account and failure kind.
    pub errors: BTreeMap<(AccountId, EntryState), u64>,
}

/// `snapshot`, and what `process` knows where one serves it, in `format`.
///
/// # Errors
/// None that a string gives: it is what the encoder's signature has.
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
            // The encoder puts `_total` behind the name of a counter's samples, as OpenMetrics has it.
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
