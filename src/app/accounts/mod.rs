//! What is done with accounts and their tokens, by a command or in the window: keyring, configuration and
//! history in the order that leaves nothing half done.

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

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The configuration was not changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The keyring did not do it.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The history file can't be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// No request can be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The API did not take the token, or did not answer.
    #[error(transparent)]
    Api(#[from] Failure),
    /// There is no such region.
    #[error("Linode has no region {id:?}; {}", in_words(with_pool))]
    NoRegion {
        /// The id that was to be watched.
        id: String,
        /// The regions with pools of the account's.
        with_pool: Vec<String>,
    },
    /// The account is gone, its token is not.
    #[error("{} is removed, but its token is still in the keyring: {why}", quoted(name))]
    TokenLeft {
        /// The account's name.
        name: String,
        /// Why.
        why: KeyringError,
    },
    /// The account is gone, its history is not.
    #[error("{} is removed, but its history is still there: {why}", quoted(name))]
    HistoryLeft {
        /// The account's name.
        name: String,
        /// Why.
        why: HistoryError,
    },
}
