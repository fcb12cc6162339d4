//! What others change while the window is open: the configuration, and the figures that the tray writes.

use std::sync::Arc;
use std::time::Duration;

use crate::store::paths::Paths;
use crate::watch::{config_file, zone};

/// How often to look where the system can't watch: while a window is open somebody waits for it.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Calls `changed` whenever there is something new to read.
pub fn watch(paths: &Paths, changed: impl Fn() + Send + Sync + 'static) {
    let changed = Arc::new(move || {
        // Times are shown anew then, as the tray does at each poll.
        zone::forget();
        changed();
    });
    // The figures are first written beside the history, in its write-ahead log.
    let log = paths.history_file().with_extension("sqlite3-wal");
    for file in [paths.config_file.clone(), log] {
        if let Err(error) = config_file::watch_or_look(&file, LOOK_EVERY, changed.clone()) {
            tracing::warn!("{}: {error}", file.display());
        }
    }
}
