//! What is kept: the configuration file, the tokens, the history.

pub mod atomic_write;
pub mod config;
pub mod demo_tokens;
pub mod history;
pub mod keyring;
pub mod paths;
pub mod token_file;
pub mod token_store;

use std::path::PathBuf;

use crate::domain::state::PersistedState;
use history::{History, HistoryError};
use keyring::Fingerprints;
use paths::Paths;

/// What the tray kept, and the fingerprints that go with it, read beside it.
///
/// # Errors
/// [`HistoryError`] when there is a history file that can't be read.
pub fn load_persisted(paths: &Paths) -> Result<(PersistedState, Fingerprints), HistoryError> {
    let Some(history) = History::open_to_read(&paths.history_file())? else {
        return Ok((PersistedState::default(), Fingerprints::new(Fingerprints::new_salt())));
    };
    let salt = history.salt(Fingerprints::new_salt)?;
    Ok((history.load()?, Fingerprints::new(salt)))
}

/// The history to write, what it has kept, and the fingerprints that go with it, for who polls. On a disk that is full
/// or read-only it is read as far as that goes; in place of the history is its path then, for a
/// [`HistoryWriter`](history::HistoryWriter) that writes it when it can be.
///
/// # Errors
/// [`HistoryError`] when waiting does not help.
pub fn open_for_writing(
    paths: &Paths,
) -> Result<(Result<History, PathBuf>, PersistedState, Fingerprints), HistoryError> {
    let file = paths.history_file();
    match History::open(&file) {
        Ok(history) => {
            let salt = history.salt(Fingerprints::new_salt)?;
            let kept = history.load()?;
            Ok((Ok(history), kept, Fingerprints::new(salt)))
        }
        Err(error) if error.is_transient() => {
            tracing::error!("{error}");
            let none = |_| (PersistedState::default(), Fingerprints::new(Fingerprints::new_salt()));
            let (kept, fingerprints) = load_persisted(paths).unwrap_or_else(none);
            Ok((Err(file), kept, fingerprints))
        }
        Err(error) => Err(error),
    }
}
