//! Persistent data: the configuration file, the tokens and the history.

pub mod atomic_write;
pub mod config;
pub mod demo_tokens;
pub mod history;
pub mod keyring;
pub mod paths;
pub mod token_file;
pub mod token_store;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::domain::state::PersistedState;
use history::{History, HistoryError};
use keyring::Fingerprints;
use paths::Paths;

/// Reads the persisted state and the matching fingerprints.
///
/// # Errors
/// [`HistoryError`] if a history file exists and can't be read.
pub fn load_persisted(paths: &Paths) -> Result<(PersistedState, Fingerprints), HistoryError> {
    let Some(history) = History::open_to_read(&paths.history_file())? else {
        return Ok((PersistedState::default(), Fingerprints::new(Fingerprints::new_salt())));
    };
    let salt = history.salt(Fingerprints::new_salt)?;
    Ok((history.load()?, Fingerprints::new(salt)))
}

/// Opens the history for the polling process, with the persisted state and the matching fingerprints. On a full
/// or read-only disk, it reads as much as it can and returns the path instead of the history: a
/// [`HistoryWriter`](history::HistoryWriter) retries opening it.
///
/// # Errors
/// [`HistoryError`] if retrying does not help.
pub fn open_for_writing(
    paths: &Paths,
) -> Result<(Result<History, PathBuf>, PersistedState, Fingerprints), HistoryError> {
    let file = paths.history_file();
    match History::open(&file) {
        Ok(history) => {
            let salt = history.salt(Fingerprints::new_salt)?;
            let breakdown_samples = history.breakdown_samples()?;
            let hourly_samples = history.hourly_samples(Timestamp::now())?;
            let kept = PersistedState { breakdown_samples, hourly_samples, ..history.load()? };
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
