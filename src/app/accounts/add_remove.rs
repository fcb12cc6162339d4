//! Accounts that come and go, with their tokens: both are kept, or neither.

use std::fs;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::AccountError;
use crate::domain::config::{Account, AccountId};
use crate::domain::token::Token;
use crate::storage::config::{self, ConfigEditor, EditError, copy_name};
use crate::storage::history::{History, HistoryError};
use crate::storage::paths::{Paths, notification_picture};
use crate::storage::token_store::TokenStore;

/// Keeps `token` and an account like `account`; its id is made from its name.
///
/// # Errors
/// [`AccountError`]; nothing is kept then.
pub fn add(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    account: &Account,
    token: &Arc<Token>,
) -> Result<AccountId, AccountError> {
    let name = |_: &ConfigEditor| account.name.clone();
    let put = |editor: &mut ConfigEditor, id: &AccountId, _: &str| {
        editor.add(&Account { id: id.clone(), ..account.clone() })
    };
    entry(paths, tokens, Some(token), runtime, name, put).map(|(id, _)| id)
}

/// Copies an account below itself, and its token; the copy's id and name.
///
/// # Errors
/// [`AccountError`]; nothing is copied then.
pub fn duplicate(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    original: &Account,
    new_name: Option<&str>,
) -> Result<(AccountId, String), AccountError> {
    // What token_command prints is the copy's too.
    let token = match &original.token_command {
        Some(_) => None,
        None => Some(runtime.block_on(async {
            tokens.unlock(std::slice::from_ref(&original.id)).await?;
            tokens.read(&original.id).await
        })?),
    };
    let name = |editor: &ConfigEditor| {
        new_name.map_or_else(|| editor.config().free_name(&copy_name(&original.name)), str::to_owned)
    };
    let put =
        |editor: &mut ConfigEditor, id: &AccountId, name: &str| editor.duplicate(&original.id, id, name);
    entry(paths, tokens, token.as_ref(), runtime, name, put)
}

/// Keeps `token` and then the account that `put` writes, called as `name` says, under the lock of the configuration:
/// another command at the same time must not take the same id, nor the token that goes with it.
fn entry(
    paths: &Paths,
    tokens: &TokenStore,
    token: Option<&Arc<Token>>,
    runtime: &Handle,
    name: impl FnOnce(&ConfigEditor) -> String,
    put: impl FnOnce(&mut ConfigEditor, &AccountId, &str) -> Result<(), EditError>,
) -> Result<(AccountId, String), AccountError> {
    config::changeable(&paths.config_file)?;
    let mut history = History::open(&paths.history_file())?;
    // Before the lock, which others wait for: the user may have to type a password.
    if token.is_some() {
        runtime.block_on(tokens.prepare())?;
    }
    let mut stored = None;
    let kept = config::edit(&paths.config_file, |editor| {
        let used = history.used_ids()?;
        let name = name(editor);
        let id = editor.fresh_id(&name, |id| used.iter().any(|used| used == id));
        if let Some(token) = token {
            runtime.block_on(tokens.write(&id, token))?;
            stored = Some(id.clone());
        }
        put(editor, &id, &name)?;
        history.reserve_id(&id)?;
        Ok::<_, AccountError>((id, name))
    });
    if let (Err(_), Some(id)) = (&kept, stored) {
        // Nothing is kept half.
        let _ = runtime.block_on(tokens.remove(&id));
    }
    kept
}

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
