//! Accounts that come and go, with their tokens: both are kept, or neither.

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
    /// Its settings; its id is made from its name.
    pub account: &'a AccountConfig,
    /// Its token; `None` where its `token_command` gives it.
    pub token: Option<&'a Arc<Token>>,
    /// Akamai's id of the Linode account, where a verification has told.
    pub euuid: Option<&'a str>,
    /// Whether it starts a new history where an account of its name was removed.
    pub new_history: bool,
}

/// An account that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub id: AccountId,
    /// When the history begins that it goes on with.
    pub since: Option<Timestamp>,
}

/// Keeps the account and its token. One of the name of an account that was removed gets its id back, and with it its
/// history and what it was alerted of.
///
/// # Errors
/// [`AccountError`]; nothing is kept then.
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

/// Stores which Linode account an account's token is for; `None` where its verification has not told. Without it a hint is
/// missing, and nothing else.
pub fn set_linode_account(paths: &Paths, id: &AccountId, euuid: Option<&str>) {
    let stored = History::open(&paths.history_file()).and_then(|mut it| it.set_linode_account(id, euuid));
    if let Err(error) = stored {
        tracing::debug!("which Linode account {id} is of is not stored: {error}");
    }
}

/// Copies an account below itself, and its token; the copy's id and name.
///
/// # Errors
/// [`AccountError`]; nothing is copied then.
pub fn duplicate(
    paths: &Paths,
    tokens: &TokenStore,
    runtime: &Handle,
    original: &AccountConfig,
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
    let none = |_: &History, _: &ConfigEditor| Ok(None);
    entry(paths, tokens, token.as_ref(), runtime, name, none, put).map(|(id, name, _)| (id, name))
}

/// Keeps `token` and then the account that `put` writes, called as `name` says, under the lock of the configuration:
/// another command at the same time must not take the same id, nor the token that goes with it. Where `former` finds an
/// account whose history this one goes on with, it gets its id, and the time when that begins is told.
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
    // Before the lock, which others wait for: the user may have to type a password.
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
    account: &AccountConfig,
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
