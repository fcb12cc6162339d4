//! A token store with several backends, so that tests need no keyring.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::demo_tokens::DemoTokens;
use super::keyring::{Keyring, KeyringError};
use crate::domain::config::AccountId;
use crate::domain::token::Token;

#[derive(Clone)]
pub enum TokenStore {
    Keyring(Keyring),
    Memory(Arc<Mutex<BTreeMap<AccountId, Arc<Token>>>>),
    Demo(DemoTokens),
}

impl TokenStore {
    pub fn in_memory() -> TokenStore {
        TokenStore::Memory(Arc::default())
    }

    /// Reads an account's token.
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
            TokenStore::Demo(tokens) => tokens.read(id),
        }
    }

    /// Asks the user to unlock the tokens of these accounts.
    ///
    /// # Errors
    /// As [`Keyring::unlock`].
    pub async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.unlock(ids).await,
            TokenStore::Memory(_) | TokenStore::Demo(_) => Ok(()),
        }
    }

    /// Prepares the store for new tokens, which may ask the user.
    ///
    /// # Errors
    /// As [`Keyring::prepare`].
    pub async fn prepare(&self) -> Result<(), KeyringError> {
        match self {
            TokenStore::Keyring(keyring) => keyring.prepare().await,
            TokenStore::Memory(_) | TokenStore::Demo(_) => Ok(()),
        }
    }

    /// Stores an account's token.
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
            TokenStore::Demo(tokens) => tokens.write(id, token),
        }
    }

    /// Removes an account's token, if there is one.
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
            TokenStore::Demo(tokens) => {
                tokens.remove(id);
                Ok(())
            }
        }
    }
}
