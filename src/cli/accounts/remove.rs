//! `accounts remove`

use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::store::config;
use crate::store::history::History;
use crate::store::paths::Paths;

/// Removes the entry, then its token, and its samples where that is asked for.
pub fn run(paths: &Paths, name: &str, forget_history: bool, output: &mut Output) -> Result<(), CliError> {
    let config = session::config(paths)?;
    let account = session::account(&config, name)?;
    config::edit(&paths.config_file, |draft| draft.remove(&account.id)).map_err(CliError::failed)?;
    if forget_history {
        let mut history = History::open(&paths.history_file()).map_err(CliError::failed)?;
        history.forget_history(&account.id).map_err(CliError::failed)?;
    }
    let cleared = session::runtime()?.block_on(session::keyring()?.remove(&account.id));
    cleared.map_err(|error| {
        CliError::Failed(format!(
            "{:?} is removed, but its token is still in the keyring: {error}",
            account.name
        ))
    })?;
    output.line(&format!("Removed {:?}", account.name));
    Ok(())
}
