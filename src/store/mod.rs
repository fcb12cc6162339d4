//! What is kept: the configuration file, the tokens, the history.

pub mod config;
pub mod history;
pub mod keyring;
pub mod paths;
pub mod plain_file;
pub mod private_file;
pub mod token_file;
pub mod token_store;

use crate::domain::state::Kept;
use history::{History, HistoryError};
use keyring::Fingerprints;
use paths::Paths;

/// What the tray kept, and the fingerprints that go with it, read beside it.
///
/// # Errors
/// [`HistoryError`] when there is a history file that can't be read.
pub fn kept(paths: &Paths) -> Result<(Kept, Fingerprints), HistoryError> {
    let Some(history) = History::open_to_read(&paths.history_file())? else {
        return Ok((Kept::default(), Fingerprints::new(Fingerprints::new_salt())));
    };
    let salt = history.salt(Fingerprints::new_salt)?;
    Ok((history.kept()?, Fingerprints::new(salt)))
}
