//! What others change while the window is open: the configuration, and the figures that the tray writes.

use std::sync::Arc;

use crate::store::paths::Paths;
use crate::watch::config_file;

/// Calls `changed` whenever there is something new to read. Where the system can't watch, the window shows what was
/// there when it was opened, and what came of its own work.
pub fn watch(paths: &Paths, changed: impl Fn() + Send + Sync + 'static) {
    let changed = Arc::new(changed);
    // The figures are first written beside the history, in its write-ahead log.
    let log = paths.history_file().with_extension("sqlite3-wal");
    for file in [paths.config_file.clone(), log] {
        let changed = changed.clone();
        if let Err(error) = config_file::watch(&file, move || changed()) {
            tracing::warn!("{}: {error}", file.display());
        }
    }
}
