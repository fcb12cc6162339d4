//! An account that goes, and what goes with it.

use std::fs;

use tokio::runtime::Handle;

use super::AccountError;
use crate::domain::config::{Account, AccountId};
use crate::storage::config;
use crate::storage::history::{History, HistoryError};
use crate::storage::paths::{Paths, notification_picture};
use crate::storage::token_store::TokenStore;

/// Removes the account, then its token, and its samples where that is asked for.
///
/// # Errors
/// [`AccountError`]; `TokenLeft` and `HistoryLeft` when the account itself is gone.
pub fn remove(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    account: &Account,
    forget_history: bool,
) -> Result<(), AccountError> {
    config::edit(&paths.config_file, |draft| draft.remove(&account.id))?;
    let name = || account.name.clone();
    // The token first of what is left: it is what matters most.
    let cleared = match runtime.block_on(tokens.remove(&account.id)) {
        // Such an account is for desktops without a keyring: there is nothing to clear.
        Err(_) if account.token_command.is_some() => Ok(()),
        cleared => cleared.map_err(|why| AccountError::TokenLeft { name: name(), why }),
    };
    // It is made again with the next notification; that it can't be removed is no reason to fail.
    let _ = fs::remove_file(notification_picture(&paths.data_dir, account.id.as_str()));
    let settled = settle(paths, &account.id, forget_history)
        .map_err(|why| AccountError::HistoryLeft { name: name(), why });
    cleared.and(settled)
}

/// The id is not given to another account, whose samples would join this one's.
fn settle(paths: &Paths, id: &AccountId, forget_history: bool) -> Result<(), HistoryError> {
    let mut history = History::open(&paths.history_file())?;
    history.reserve_id(id)?;
    if forget_history { history.delete_account(id) } else { Ok(()) }
}
