//! Setup that commands share: paths, configuration, persisted state and runtime.

use tokio::runtime::{Builder, Runtime};

use super::CliError;
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::domain::state::PersistedState;
use crate::domain::text::{isolated, quoted};
use crate::storage::config::{self, ConfigError};
use crate::storage::keyring::{Fingerprints, Keyring};
use crate::storage::paths::Paths;
use crate::storage::token_store::TokenStore;

pub fn paths() -> Result<Paths, CliError> {
    Paths::from_env().map_err(CliError::runtime)
}

/// The configuration, with the override from `LINODE_BANDWIDTH_API_URL`.
pub fn load(paths: &Paths) -> Result<Config, ConfigError> {
    config::load_with_env(&paths.config_file)
}

/// The default configuration, with the override from `LINODE_BANDWIDTH_API_URL`. `None` if that is invalid, so
/// that no other address is contacted.
pub fn default_config() -> Option<Config> {
    match std::env::var(config::API_URL_VARIABLE) {
        Ok(url) if !url.is_empty() => Some(Config { api_url: url.parse().ok()?, ..Config::default() }),
        _ => Some(Config::default()),
    }
}

/// The configuration, for commands that require it.
pub fn config(paths: &Paths) -> Result<Config, CliError> {
    load(paths).map_err(CliError::usage)
}

/// Printed instead of an empty list.
pub const NO_ACCOUNT: &str = "No account yet. Add one with: linode-bandwidth accounts add NAME";

/// The maximum number of names in an error.
const MAX_NAMES: usize = 8;

/// The account whose name or id is `word`.
pub fn account<'a>(config: &'a Config, word: &str) -> Result<&'a AccountConfig, CliError> {
    config.find(word).ok_or_else(|| {
        let mut names: Vec<_> =
            config.accounts.iter().take(MAX_NAMES).map(|account| isolated(&account.name)).collect();
        let more = config.accounts.len() - names.len();
        if more > 0 {
            names.push(format!("and {more} more, see `linode-bandwidth accounts list`").into());
        }
        let word = quoted(word);
        CliError::Usage(match names.as_slice() {
            [] => {
                format!("there is no account {word}: none is configured, add one with `accounts add NAME`")
            }
            names => format!("there is no account {word}; there are: {}", names.join(", ")),
        })
    })
}

/// The tray's persisted state and the matching fingerprints.
pub fn load_persisted(paths: &Paths) -> Result<(PersistedState, Fingerprints), CliError> {
    crate::storage::load_persisted(paths).map_err(CliError::runtime)
}

/// A runtime on the current thread.
pub fn runtime() -> Result<Runtime, CliError> {
    Builder::new_current_thread().enable_all().build().map_err(CliError::runtime)
}

/// A runtime with its own thread, for blocking code on this thread that needs async work done.
pub fn runtime_with_thread() -> Result<Runtime, CliError> {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(CliError::runtime)
}

/// The ids of `accounts` with tokens in the keyring.
pub fn in_keyring<'a>(accounts: impl IntoIterator<Item = &'a AccountConfig>) -> Vec<AccountId> {
    let stored = accounts.into_iter().filter(|account| account.token_command.is_none());
    stored.map(|account| account.id.clone()).collect()
}

/// The keyring as a token store.
pub fn tokens() -> TokenStore {
    TokenStore::Keyring(Keyring::new())
}

/// Fingerprints that are not stored.
pub fn fingerprints() -> Fingerprints {
    Fingerprints::new(Fingerprints::new_salt())
}
