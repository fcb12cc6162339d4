//! What is served at this moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::config::AccountId;
use crate::domain::failure::EntryState;
use crate::domain::snapshot::Snapshot;
use crate::metrics::{self, Format, Process};

/// Reads what another process has left.
type ReadPersisted = dyn Fn() -> Result<Snapshot, String> + Send + Sync;

/// What the polling side puts up and the serving side reads.
pub struct MetricsState {
    now: Mutex<Now>,
    persisted: Box<ReadPersisted>,
}

#[derive(Default)]
struct Now {
    /// The poller's last; `None` while another process polls.
    shown: Option<Arc<Snapshot>>,
    process: Process,
}

impl MetricsState {
    /// Serves what `persisted` reads until the poller's first snapshot is there.
    pub fn new(persisted: impl Fn() -> Result<Snapshot, String> + Send + Sync + 'static) -> MetricsState {
        MetricsState { now: Mutex::default(), persisted: Box::new(persisted) }
    }

    /// Puts up the poller's state.
    pub fn set_snapshot(&self, snapshot: Snapshot) {
        let mut now = self.now();
        now.process.polling = true;
        now.shown = Some(Arc::new(snapshot));
    }

    /// Another process polls from now on.
    pub fn follow(&self) {
        let mut now = self.now();
        now.process.polling = false;
        now.shown = None;
    }

    /// Counts a poll of `account` that failed.
    pub fn failed(&self, account: &AccountId, with: EntryState) {
        *self.now().process.errors.entry((account.clone(), with)).or_default() += 1;
    }

    /// Everything, in `format`.
    ///
    /// # Errors
    /// Why what another process has left can't be read.
    pub async fn exposition(self: Arc<Self>, format: Format) -> Result<String, String> {
        let (shown, process) = {
            let now = self.now();
            (now.shown.clone(), now.process.clone())
        };
        let snapshot = match shown {
            Some(snapshot) => snapshot,
            // A file is read: not on the thread that polls and answers.
            None => {
                let read = tokio::task::spawn_blocking(move || (self.persisted)()).await;
                Arc::new(read.map_err(|error| error.to_string())??)
            }
        };
        metrics::render(&snapshot, Some(&process), format).map_err(|error| error.to_string())
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
