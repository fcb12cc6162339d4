//! Where tokens are put and taken from, so that what does it can be tried without a keyring.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::keyring::{Keyring, KeyringError};
use super::sample_tokens::SampleTokens;
use crate::domain::config::AccountId;
use crate::domain::token::Token;

/// A place for the tokens of entries.
#[derive(Clone)]
pub enum TokenStore {
    /// The operating system's keyring.
    Keyring(Keyring),
    /// This process's memory: gone with it.
    Memory(Arc<Mutex<BTreeMap<AccountId, Arc<Token>>>>),
    /// The demo's.
    Samples(SampleTokens),
}

impl TokenStore {
    /// An empty one in memory.
    pub fn in_memory() -> TokenStore {
        TokenStore::Memory(Arc::default())
    }

    /// An entry's token.
    ///
    /// # Errors
    /// As [`Keyring::read`].
    pub async fn read(&self, id: &AccountId) -> Result<Arc<Token>, KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.read(id).await.map(Arc::new),
            TokenStore::Memory(tokens) => {
                let tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
                tokens.get(id).cloned().ok_or(KeyringError::Missing)
            }
            TokenStore::Samples(samples) => samples.read(id),
        }
    }

    /// Asks the user to unlock the tokens of these accounts.
    ///
    /// # Errors
    /// As [`Keyring::unlock`].
    pub async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.unlock(ids).await,
            TokenStore::Memory(_) | TokenStore::Samples(_) => Ok(()),
        }
    }

    /// Makes it ready to store tokens in, which may ask the user.
    ///
    /// # Errors
    /// As [`Keyring::prepare`].
    pub async fn prepare(&self) -> Result<(), KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.prepare().await,
            TokenStore::Memory(_) | TokenStore::Samples(_) => Ok(()),
        }
    }

    /// Stores an entry's token.
    ///
    /// # Errors
    /// As [`Keyring::write`].
    pub async fn write(&self, id: &AccountId, token: &Arc<Token>) -> Result<(), KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.write(id, token).await,
            TokenStore::Memory(tokens) => {
                let mut tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
                tokens.insert(id.clone(), token.clone());
                Ok(())
            }
            TokenStore::Samples(samples) => samples.write(id, token),
        }
    }

    /// Removes an entry's token; none is as good.
    ///
    /// # Errors
    /// As [`Keyring::remove`].
    pub async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.remove(id).await,
            TokenStore::Memory(tokens) => {
                tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
                Ok(())
            }
            TokenStore::Samples(samples) => {
                samples.remove(id);
                Ok(())
            }
        }
    }
}
