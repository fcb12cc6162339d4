//! `accounts remove`

use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::domain::config::{Account, AccountId};
use crate::store::config;
use crate::store::history::{History, HistoryError};
use crate::store::paths::Paths;

/// Removes the entry, then its token, and its samples where that is asked for.
pub fn run(paths: &Paths, name: &str, forget_history: bool, output: &mut Output) -> Result<(), CliError> {
    let config = session::config(paths)?;
    let account = session::account(&config, name)?;
    config::edit(&paths.config_file, |draft| draft.remove(&account.id)).map_err(CliError::from)?;
    // The token first of what is left: it is what matters most.
    let cleared = clear_token(account);
    let settled = settle(paths, &account.id, forget_history).map_err(|error| {
        CliError::Failed(format!("{:?} is removed, but its history is as it was: {error}", account.name))
    });
    cleared.and(settled)?;
    output.line(&format!("Removed {:?}", account.name));
    Ok(())
}

fn clear_token(account: &Account) -> Result<(), CliError> {
    let cleared = session::runtime()?.block_on(session::keyring()?.remove(&account.id));
    match cleared {
        // Such an entry is for desktops without a keyring: there is nothing to clear.
        Err(_) if account.token_command.is_some() => Ok(()),
        cleared => cleared.map_err(|error| {
            CliError::Failed(format!(
                "{:?} is removed, but its token is still in the keyring: {error}",
                account.name
            ))
        }),
    }
}

/// The id is not given to another entry, whose samples would join this one's.
fn settle(paths: &Paths, id: &AccountId, forget_history: bool) -> Result<(), HistoryError> {
    let mut history = History::open(&paths.history_file())?;
    history.use_id(id)?;
    if forget_history { history.forget_history(id) } else { Ok(()) }
}
