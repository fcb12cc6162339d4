//! Tokens, in the operating system's keyring: service `linode-bandwidth`, user = the account's id.

mod fingerprint;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(windows)]
mod windows;

use std::sync::Arc;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;

use crate::domain::config::AccountId;
use crate::domain::failure::Failure;
use crate::domain::token::{InvalidToken, Token};

pub use fingerprint::Fingerprints;
#[cfg(target_os = "linux")]
use linux::Client;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(not(target_os = "linux"))]
use native::Client;
#[cfg(windows)]
use windows as system;

/// The service that the tokens are stored under.
pub const SERVICE: &str = "linode-bandwidth";

/// Ends the advice about a keyring that can't be reached.
pub const OR_TOKEN_COMMAND: &str = ", or give the account a token_command";

/// How long the keyring may take where it asks nobody.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a token can't be had from the keyring, or not be put there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyringError {
    /// It is locked, and nobody was asked.
    #[error("the keyring is locked: unlock it and try again")]
    Locked,
    /// It is still locked: the user closed its dialog.
    #[error("the keyring is still locked, because its dialog was closed: try again and answer it")]
    Dismissed,
    /// There is still nothing to store a token in: the user closed the dialog that makes it.
    #[error("no keyring was set up, because its dialog was closed: try again and answer it")]
    NotCreated,
    /// There is none, or it does not answer.
    #[error("no keyring: {0}")]
    Unavailable(String),
    /// It has no token for the account.
    #[error(
        "the keyring has no token for this account: store one with `linode-bandwidth accounts token NAME`"
    )]
    Missing,
    /// What it has for the account is no token.
    #[error("the keyring's entry for this account is not a token: {0}")]
    InvalidToken(#[from] InvalidToken),
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Failure {
        match error {
            KeyringError::Locked | KeyringError::Dismissed | KeyringError::NotCreated => {
                Failure::KeyringLocked
            }
            KeyringError::Unavailable(why) => Failure::KeyringUnavailable { why },
            KeyringError::Missing => Failure::TokenMissing { why: None },
            KeyringError::InvalidToken(_) => Failure::TokenInvalid,
        }
    }
}

/// What the keyring lets this program do without asking the user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// There is no collection yet for new tokens.
    pub default_missing: bool,
    /// The collection for new tokens is locked.
    pub default_locked: bool,
    /// The accounts whose tokens are locked.
    pub locked: Vec<AccountId>,
}

/// The keyring. A missing keyring is looked up again on every use, so one that starts later is found.
#[derive(Clone, Default)]
pub struct Keyring {
    client: Arc<Client>,
}

impl Keyring {
    /// The keyring; nothing is asked of it before it is used. On Linux its connection lives on the runtime of the first
    /// call: one that runs, by whatever thread, for as long as this is used.
    pub fn new() -> Keyring {
        Keyring::default()
    }

    /// Reads an account's token, without ever asking the user anything.
    ///
    /// # Errors
    /// [`KeyringError`]; `Locked` when the user would have to be asked.
    pub async fn read(&self, id: &AccountId) -> Result<Token, KeyringError> {
        self.read_all(std::slice::from_ref(id)).await.pop().unwrap_or(Err(KeyringError::Missing))
    }

    /// Reads these accounts' tokens as [`Keyring::read`] does, in as few turns as the keyring allows; in the order of `ids`.
    pub async fn read_all(&self, ids: &[AccountId]) -> Vec<Result<Token, KeyringError>> {
        match self.client.read(ids).await {
            Ok(secrets) => secrets.into_iter().map(|secret| token(secret?)).collect(),
            Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// Asks the user to unlock the tokens of these accounts, and waits for the answer: only call it at a user's own act,
    /// or where it is known that it was not called before in this session. Where they are unlocked it asks nothing.
    ///
    /// # Errors
    /// [`KeyringError`]; `Dismissed` when the user closes the dialog.
    pub async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        if ids.is_empty() { Ok(()) } else { self.client.unlock(ids).await }
    }

    /// Makes a keyring that is locked or not set up yet ready to store tokens in, which asks the user. Done before
    /// anything is locked that others wait for.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent, stays locked or is not set up.
    pub async fn prepare(&self) -> Result<(), KeyringError> {
        self.client.prepare().await
    }

    /// Stores an account's token. May ask the user as [`Keyring::prepare`] does: only call it at a user's own act.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent, stays locked or is not set up.
    pub async fn write(&self, id: &AccountId, token: &Token) -> Result<(), KeyringError> {
        self.client.write(id, token.expose()).await
    }

    /// Removes an account's token; none is as good. A locked keyring asks the user: only call it at a user's own act.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent or stays locked.
    pub async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        match self.client.remove(id).await {
            Err(KeyringError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Looks, without asking the user, at what it would take to read the tokens of these accounts and to store new ones.
    ///
    /// # Errors
    /// [`KeyringError::Unavailable`].
    pub async fn condition(&self, ids: &[AccountId]) -> Result<Condition, KeyringError> {
        self.client.condition(ids).await
    }
}

fn token(mut text: Zeroizing<String>) -> Result<Token, KeyringError> {
    // KWallet keeps the item and loses its secret when it is ended within some seconds.
    if text.is_empty() {
        return Err(KeyringError::Missing);
    }
    Ok(Token::new(std::mem::take(&mut *text))?)
}

fn ambiguous() -> KeyringError {
    let why = "it has several tokens for this account: remove the older ones in your keyring's program";
    KeyringError::Unavailable(why.to_owned())
}
