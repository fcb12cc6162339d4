//! A new entry and its token: both are kept, or neither.

use tokio::runtime::Runtime;

use crate::cli::{CliError, session};
use crate::domain::config::AccountId;
use crate::domain::token::Token;
use crate::store::config::{self, Draft, EditError};
use crate::store::history::History;
use crate::store::paths::Paths;

/// Keeps `token` and then the entry that `put` writes, called as `name` says, under the lock of the configuration:
/// another command at the same time must not take the same id, nor the token that goes with it.
pub fn entry(
    paths: &Paths,
    token: Option<&Token>,
    runtime: &Runtime,
    name: impl FnOnce(&Draft) -> String,
    put: impl FnOnce(&mut Draft, &AccountId, &str) -> Result<(), EditError>,
) -> Result<(AccountId, String), CliError> {
    let mut history = History::open(&paths.history_file()).map_err(CliError::failed)?;
    let keyring = session::keyring()?;
    let mut stored = None;
    let kept = config::edit(&paths.config_file, |draft| {
        let used = history.ids_used().map_err(CliError::failed)?;
        let name = name(draft);
        let id = draft.fresh_id(&name, |id| used.iter().any(|used| used == id));
        if let Some(token) = token {
            runtime.block_on(keyring.write(&id, token)).map_err(CliError::failed)?;
            stored = Some(id.clone());
        }
        put(draft, &id, &name)?;
        history.use_id(&id).map_err(CliError::failed)?;
        Ok((id, name))
    });
    if let (Err(_), Some(id)) = (&kept, stored) {
        // Nothing is kept half.
        let _ = runtime.block_on(keyring.remove(&id));
    }
    kept
}
