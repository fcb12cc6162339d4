//! Adds and removes accounts with their tokens: both or neither.

use std::fs;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Handle;

use super::AccountError;
use crate::domain::config::{AccountConfig, AccountId};
use crate::domain::token::Token;
use crate::storage::config::{self, ConfigEditor, EditError, copy_name};
use crate::storage::history::{History, HistoryError};
use crate::storage::paths::{Paths, notification_picture};
use crate::storage::token_store::TokenStore;

/// An account to add.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// Its settings; the id is made from the name.
    pub account: &'a AccountConfig,
    /// Its token; `None` if it has a `token_command`.
    pub token: Option<&'a Arc<Token>>,
    /// Akamai's id of the Linode account, if a verification returned it.
    pub euuid: Option<&'a str>,
    /// Whether to start a new history if an account with this name was removed.
    pub new_history: bool,
}

/// An account that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub id: AccountId,
    /// When the history begins that it continues.
    pub since: Option<Timestamp>,
}

/// Stores the account and its token. A removed account's name gets its id back, and with it its history and sent
/// alerts.
///
/// # Errors
/// [`AccountError`]; then nothing is stored.
pub fn add(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    new: &NewAccount<'_>,
) -> Result<Added, AccountError> {
    let name = |_: &ConfigEditor| new.account.name.clone();
    let former = |history: &History, editor: &ConfigEditor| match new.new_history {
        true => Ok(None),
        false => {
            history.former_account(&new.account.name, new.euuid, |id| editor.config().account(id).is_some())
        }
    };
    let put = |editor: &mut ConfigEditor, id: &AccountId, _: &str| {
        editor.add(&AccountConfig { id: id.clone(), ..new.account.clone() })
    };
    let (id, _, since) = entry(paths, tokens, new.token, runtime, name, former, put)?;
    if new.euuid.is_some() {
        set_linode_account(paths, &id, new.euuid);
    }
    Ok(Added { id, since })
}

/// Stores the Linode account of an account's token; `None` if its verification did not return it. A failure only means
/// that a hint is missing.
pub fn set_linode_account(paths: &Paths, id: &AccountId, euuid: Option<&str>) {
    let stored = History::open(&paths.history_file()).and_then(|mut it| it.set_linode_account(id, euuid));
    if let Err(error) = stored {
        tracing::debug!("which Linode account {id} is of is not stored: {error}");
    }
}

/// Copies an account, with its token, directly below the original. Returns the copy's id and name.
///
/// # Errors
/// [`AccountError`]; then nothing is copied.
pub fn duplicate(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    original: &AccountConfig,
    new_name: Option<&str>,
) -> Result<(AccountId, String), AccountError> {
    // The copy has the same token_command.
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
    let none = |_: &History, _: &ConfigEditor| Ok(None);
    entry(paths, tokens, token.as_ref(), runtime, name, none, put).map(|(id, name, _)| (id, name))
}

/// Stores `token`, then the account written by `put` with the name `name`, under the lock of the configuration, so that
/// a concurrent command can't take the same id or token. If `former` finds an account whose history this one continues,
/// it gets that id; returns when that history begins.
fn entry(
    paths: &Paths,
    tokens: &TokenStore,
    token: Option<&Arc<Token>>,
    runtime: &Handle,
    name: impl FnOnce(&ConfigEditor) -> String,
    former: impl FnOnce(&History, &ConfigEditor) -> Result<Option<(AccountId, Timestamp)>, HistoryError>,
    put: impl FnOnce(&mut ConfigEditor, &AccountId, &str) -> Result<(), EditError>,
) -> Result<(AccountId, String, Option<Timestamp>), AccountError> {
    config::changeable(&paths.config_file)?;
    let mut history = History::open(&paths.history_file())?;
    // Before taking the lock, because the user may have to type a password.
    if token.is_some() {
        runtime.block_on(tokens.prepare())?;
    }
    let mut stored = None;
    let kept = config::edit(&paths.config_file, |editor| {
        let used = history.used_ids()?;
        let name = name(editor);
        let (id, since) = match former(&history, editor)? {
            Some((id, since)) => (id, Some(since)),
            None => (editor.unused_id(&name, |id| used.iter().any(|used| used == id)), None),
        };
        if let Some(token) = token {
            runtime.block_on(tokens.write(&id, token))?;
            stored = Some(id.clone());
        }
        put(editor, &id, &name)?;
        history.reserve_id(&id)?;
        Ok::<_, AccountError>((id, name, since))
    });
    if let (Err(_), Some(id)) = (&kept, stored) {
        // Leave nothing half stored.
        let _ = runtime.block_on(tokens.remove(&id));
    }
    kept
}

/// Removes the account, then its token, then its samples if requested.
///
/// # Errors
/// [`AccountError`]; with `TokenLeft` and `HistoryLeft` the account itself is gone.
pub fn remove(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    account: &AccountConfig,
    forget_history: bool,
) -> Result<(), AccountError> {
    config::edit(&paths.config_file, |draft| draft.remove(&account.id))?;
    let name = || account.name.clone();
    // The token comes first, because it matters most.
    let cleared = match runtime.block_on(tokens.remove(&account.id)) {
        // Such an account may be on a desktop without a keyring: there is nothing to remove.
        Err(_) if account.token_command.is_some() => Ok(()),
        cleared => cleared.map_err(|why| AccountError::TokenLeft { name: name(), why }),
    };
    // The next notification makes it again, so a failure does not matter.
    let _ = fs::remove_file(notification_picture(&paths.data_dir, account.id.as_str()));
    let settled = settle(paths, &account.id, forget_history)
        .map_err(|why| AccountError::HistoryLeft { name: name(), why });
    cleared.and(settled)
}

/// Retires the id: another account with it would inherit the samples.
fn settle(paths: &Paths, id: &AccountId, forget_history: bool) -> Result<(), HistoryError> {
    let mut history = History::open(&paths.history_file())?;
    history.reserve_id(id)?;
    if forget_history { history.delete_account(id) } else { Ok(()) }
}
