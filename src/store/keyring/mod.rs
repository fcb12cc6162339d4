//! Tokens, in the operating system's keyring: service `linode-bandwidth`, user = the entry's id.

mod fingerprint;
#[cfg(target_os = "linux")]
mod linux;

use std::sync::{Arc, Mutex};

use keyring_core::{CredentialStore, Error};
use secrecy::zeroize::Zeroizing;

use crate::domain::config::AccountId;
use crate::domain::failure::Failure;
use crate::domain::token::{NotAToken, Token};

pub use fingerprint::Fingerprints;
#[cfg(target_os = "linux")]
use linux as system;

/// The service that the tokens are stored under.
pub const SERVICE: &str = "linode-bandwidth";

/// Why a token can't be had from the keyring, or not be put there.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// It is locked, and only the user may unlock it.
    #[error("the keyring is locked: unlock it and try again")]
    Locked,
    /// There is none, or it does not answer.
    #[error("no keyring: {0}")]
    Unavailable(String),
    /// It has no token for the entry.
    #[error("the keyring has no token for this entry: store one with `linode-bandwidth accounts token NAME`")]
    Missing,
    /// What it has for the entry is no token.
    #[error("what the keyring has for this entry is no token: {0}")]
    NotAToken(#[from] NotAToken),
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Failure {
        match error {
            KeyringError::Locked => Failure::KeyringLocked,
            KeyringError::Unavailable(why) => Failure::KeyringUnavailable { why },
            KeyringError::Missing => Failure::TokenMissing { why: None },
            KeyringError::NotAToken(_) => Failure::TokenInvalid,
        }
    }
}

/// The keyring. It is looked for anew whenever it was not there: one that starts later, or again, is found.
#[derive(Clone, Default)]
pub struct Keyring {
    store: Arc<Mutex<Option<Arc<CredentialStore>>>>,
}

impl Keyring {
    /// Reads an entry's token, without ever asking the user anything.
    ///
    /// # Errors
    /// [`KeyringError`]; `Locked` when reading would put up a password dialog.
    pub async fn read(&self, id: &AccountId) -> Result<Token, KeyringError> {
        system::readable(id).await?;
        self.blocking(id, |entry| {
            let text = Zeroizing::new(entry.get_secret()?);
            Ok(Zeroizing::new(String::from_utf8_lossy(&text).into_owned()))
        })
        .await
        .and_then(|mut text| Ok(Token::new(std::mem::take(&mut *text))?))
    }

    /// Stores an entry's token. A locked keyring asks the user to unlock it: only call it at a user's own act.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent or stays locked.
    pub async fn write(&self, id: &AccountId, token: &Token) -> Result<(), KeyringError> {
        let text = Zeroizing::new(token.expose().to_owned());
        self.blocking(id, move |entry| entry.set_password(&text)).await
    }

    /// Removes an entry's token; none is as good.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent or stays locked.
    pub async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        match self.blocking(id, |entry| entry.delete_credential()).await {
            Err(KeyringError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Does `work` on a thread that may wait, with a connection that is made anew when the last one has gone.
    async fn blocking<T: Send + 'static>(
        &self,
        id: &AccountId,
        work: impl Fn(keyring_core::Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let (store, id) = (self.store.clone(), id.clone());
        let both = move || {
            let mut store = store.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let kept = store.is_some();
            let mut done = attempt(&mut store, &id, &work);
            if kept && matches!(done, Err(Error::PlatformFailure(_))) {
                *store = None;
                done = attempt(&mut store, &id, &work);
            }
            if done.is_err() {
                *store = None;
            }
            done.map_err(|error| plain(&error))
        };
        match tokio::task::spawn_blocking(both).await {
            Ok(done) => done,
            Err(error) => Err(KeyringError::Unavailable(error.to_string())),
        }
    }
}

fn attempt<T>(
    store: &mut Option<Arc<CredentialStore>>,
    id: &AccountId,
    work: &impl Fn(keyring_core::Entry) -> keyring_core::Result<T>,
) -> keyring_core::Result<T> {
    let open = match store {
        Some(open) => open,
        None => store.insert(system::store()?),
    };
    work(open.build(SERVICE, id.as_str(), None)?)
}

fn plain(error: &Error) -> KeyringError {
    match error {
        Error::NoEntry => KeyringError::Missing,
        Error::NoStorageAccess(why) => system::no_access(&why.to_string()),
        Error::PlatformFailure(why) => KeyringError::Unavailable(system::in_words(&why.to_string())),
        Error::Ambiguous(_) => KeyringError::Unavailable(
            "it has several tokens for this entry: remove the older ones in your keyring's program"
                .to_owned(),
        ),
        // Neither of these can hold a secret; the others might.
        Error::Invalid(..) | Error::NotSupportedByStore(_) | Error::NoDefaultStore => {
            KeyringError::Unavailable(error.to_string())
        }
        _ => KeyringError::Unavailable("it gave something that can't be read".to_owned()),
    }
}
