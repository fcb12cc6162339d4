//! What the exporter uses: files, configuration with the environment's token, and tokens.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::app::poller::{TokenOverride, TokenSource};
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::domain::snapshot::Snapshot;
use crate::domain::state::{Event, State};
use crate::storage::config::{self, ConfigError};
use crate::storage::keyring::Keyring;
use crate::storage::paths::Paths;

/// Where everything comes from.
#[derive(Clone)]
pub struct ExporterContext {
    pub paths: Paths,
    /// The account to use while none is configured.
    pub fallback_account: Option<AccountConfig>,
    /// Token overrides by account; all other tokens are in the keyring.
    pub given: BTreeMap<AccountId, TokenOverride>,
    pub keyring: Keyring,
}

impl ExporterContext {
    /// The configuration in force.
    ///
    /// # Errors
    /// Where and why the file can't be read.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let mut config = config::load_with_env(&self.paths.config_file)?;
        if config.accounts.is_empty() {
            config.accounts.extend(self.fallback_account.clone());
        }
        Ok(config)
    }

    /// The configuration as an event for the state. An invalid file is also logged, because there is no menu.
    pub(super) fn read_config(&self) -> Event {
        match self.config() {
            Ok(config) => Event::ConfigLoaded(Box::new(config)),
            Err(error) => {
                tracing::warn!("the last good configuration stays in force: {error}");
                Event::ConfigRefused(error.to_string())
            }
        }
    }

    pub(super) fn tokens(&self) -> TokenSource {
        TokenSource::WithOverrides { given: self.given.clone(), keyring: self.keyring.clone() }
    }

    /// What another process has stored.
    ///
    /// # Errors
    /// Why the history file can't be read.
    pub fn persisted_snapshot(&self) -> Result<Snapshot, String> {
        let (kept, _) = crate::storage::load_persisted(&self.paths).map_err(|error| error.to_string())?;
        let config = self.config().map_err(|error| error.to_string());
        Ok(State::snapshot_of_persisted(kept, config, Timestamp::now()))
    }
}
