//! Polling without a tray, and serving what is known over HTTP for Prometheus.
//!
//! One process decides: where a tray runs, that is the tray, and the exporter serves what the tray leaves in the
//! store, without asking the API, without alerts and without samples of its own. It takes over when the tray ends, and
//! makes way when one starts.

mod context;
mod http;
mod metrics_state;
mod polling;

use std::net::SocketAddr;

use crate::app::instance_lock::LockError;
use crate::app::poller::PollerError;

pub use context::ExporterContext;
pub use http::{Hosts, bind, serve};
pub use metrics_state::MetricsState;
pub use polling::run;

/// Why the exporter can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ExporterError {
    /// It can't listen there.
    #[error("can't listen on {address}: {why}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What to do about it.
        why: String,
    },
    /// The lock on the store can't be had nor missed.
    #[error(transparent)]
    Instance(#[from] LockError),
    /// There is no poller.
    #[error(transparent)]
    Poller(#[from] PollerError),
    /// The system does not give what every program gets.
    #[error("can't start a thread: {0}")]
    System(#[from] std::io::Error),
}
