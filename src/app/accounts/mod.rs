//! Changes of accounts and their tokens, for commands and the window: keyring, configuration and history, in an order
//! that leaves nothing half done.

mod add_remove;
pub mod linode_cli;
pub mod token_command;
pub mod token_guide;
mod verify;

use crate::api::ClientError;
use crate::domain::failure::Failure;
use crate::domain::text::quoted;
use crate::storage::config::EditError;
use crate::storage::history::HistoryError;
use crate::storage::keyring::KeyringError;

pub use add_remove::{Added, NewAccount, add, duplicate, remove, set_linode_account};
pub use verify::{
    Verified, check_region, linode_account, other_account_warning, same_account, same_account_warning,
    unneeded_scopes, verify, warning,
};

fn in_words(with_pool: &[String]) -> String {
    match with_pool {
        [] => "this account has no region with a transfer pool of its own".to_owned(),
        ids => format!("regions with a transfer pool of their own: {}", ids.join(", ")),
    }
}

/// Why a change failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The configuration could not be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The keyring failed.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The history file failed.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// No HTTP client could be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The API refused the token or did not respond.
    #[error(transparent)]
    Api(#[from] Failure),
    /// The region does not exist.
    #[error("Linode has no region {id:?}; {}", in_words(with_pool))]
    NoRegion {
        /// The region's id.
        id: String,
        /// The regions in which the account has pools.
        with_pool: Vec<String>,
    },
    /// The account was removed, but not its token.
    #[error("{} was removed, but its token is still in the keyring: {why}", quoted(name))]
    TokenLeft { name: String, why: KeyringError },
    /// The account was removed, but not its history.
    #[error("{} was removed, but its history is still there: {why}", quoted(name))]
    HistoryLeft { name: String, why: HistoryError },
}
