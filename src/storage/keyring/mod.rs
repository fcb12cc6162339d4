//! Tokens in the operating system's keyring: service `linode-bandwidth`, user = the account's id.

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
#[cfg(not(target_os = "linux"))]
pub use native::try_out;
#[cfg(windows)]
use windows as system;

/// The service name of the stored tokens.
pub const SERVICE: &str = "linode-bandwidth";

/// Ends the advice about an unavailable keyring.
pub const OR_TOKEN_COMMAND: &str = ", or give the account a token_command";

/// The message of an account whose token macOS keeps for an earlier version of the program.
const OTHER_PROGRAM: &str = "macOS does not let this version of the program read the token. Store it again.";

/// The timeout for calls without a dialog.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a token can't be read or stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyringError {
    /// It is locked, and the user was not asked.
    #[error("the keyring is locked: unlock it and try again")]
    Locked,
    /// It is still locked: the user closed the dialog.
    #[error("the keyring is still locked, because its dialog was closed: try again and answer it")]
    Dismissed,
    /// There is still no collection for new tokens: the user closed the dialog that creates it.
    #[error("no keyring was set up, because its dialog was closed: try again and answer it")]
    NotCreated,
    /// There is no keyring, or it does not respond.
    #[error("no keyring: {0}")]
    Unavailable(String),
    #[error(
        "the keyring has no token for this account: store one with `linode-bandwidth accounts token NAME`"
    )]
    Missing,
    /// macOS keeps it for the program that stored it, and takes an updated one without a Developer ID for another.
    #[error(
        "macOS does not let this version of the program read the token: store it again with `linode-bandwidth accounts token NAME`"
    )]
    OtherProgram,
    /// The stored secret is not a token.
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
            KeyringError::OtherProgram => Failure::TokenMissing { why: Some(OTHER_PROGRAM.to_owned()) },
            KeyringError::InvalidToken(_) => Failure::TokenInvalid,
        }
    }
}

/// What this program may do without asking the user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// There is no collection for new tokens yet.
    pub default_missing: bool,
    pub default_locked: bool,
    /// The accounts with locked tokens.
    pub locked: Vec<AccountId>,
}

/// The keyring client. It looks for a missing keyring on each use, so it finds one that starts later.
#[derive(Clone, Default)]
pub struct Keyring {
    client: Arc<Client>,
}

impl Keyring {
    /// A client that connects on first use. On Linux, the connection lives on the runtime of the first call,
    /// which must outlive this client.
    pub fn new() -> Keyring {
        Keyring::default()
    }

    /// Reads an account's token without asking the user.
    ///
    /// # Errors
    /// [`KeyringError`]; `Locked` if the user would have to be asked.
    pub async fn read(&self, id: &AccountId) -> Result<Token, KeyringError> {
        self.read_all(std::slice::from_ref(id)).await.pop().unwrap_or(Err(KeyringError::Missing))
    }

    /// Reads these accounts' tokens as [`Keyring::read`] does, in as few calls as the keyring allows. The
    /// results are in the order of `ids`.
    pub async fn read_all(&self, ids: &[AccountId]) -> Vec<Result<Token, KeyringError>> {
        match self.client.read(ids).await {
            Ok(secrets) => secrets.into_iter().map(|secret| token(secret?)).collect(),
            Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    /// Asks the user to unlock these accounts' tokens and waits for the answer. Call it only on a user action,
    /// or at most once per session. Does not ask if they are unlocked.
    ///
    /// # Errors
    /// [`KeyringError`]; `Dismissed` if the user closes the dialog.
    pub async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        if ids.is_empty() { Ok(()) } else { self.client.unlock(ids).await }
    }

    /// Unlocks or creates the keyring for new tokens, which asks the user. Call it before taking a lock that
    /// others wait for.
    ///
    /// # Errors
    /// [`KeyringError`] if the keyring is absent, stays locked or is not set up.
    pub async fn prepare(&self) -> Result<(), KeyringError> {
        self.client.prepare().await
    }

    /// Stores an account's token. May ask the user as [`Keyring::prepare`] does: call it only on a user action.
    ///
    /// # Errors
    /// [`KeyringError`] if the keyring is absent, stays locked or is not set up.
    pub async fn write(&self, id: &AccountId, token: &Token) -> Result<(), KeyringError> {
        self.client.write(id, token.expose()).await
    }

    /// Removes an account's token, if there is one. A locked keyring asks the user: call it only on a user
    /// action.
    ///
    /// # Errors
    /// [`KeyringError`] if the keyring is absent or stays locked.
    pub async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        match self.client.remove(id).await {
            Err(KeyringError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Checks, without asking the user, which of these accounts' tokens can be read and whether new ones can be
    /// stored.
    ///
    /// # Errors
    /// [`KeyringError::Unavailable`].
    pub async fn condition(&self, ids: &[AccountId]) -> Result<Condition, KeyringError> {
        self.client.condition(ids).await
    }
}

fn token(mut text: Zeroizing<String>) -> Result<Token, KeyringError> {
    // KWallet keeps the item but loses its secret if it exits within a few seconds.
    if text.is_empty() {
        return Err(KeyringError::Missing);
    }
    Ok(Token::new(std::mem::take(&mut *text))?)
}

fn ambiguous() -> KeyringError {
    let why = "it has several tokens for this account: remove the older ones in your keyring's program";
    KeyringError::Unavailable(why.to_owned())
}
