//! The Secret Service (GNOME Keyring, KWallet, KeePassXC) on the session bus.
//!
//! "Locked" means different things. GNOME Keyring locks a whole collection for all clients. KWallet reports a
//! collection as locked until a client of the Secret Service unlocks it, even if the wallet is open. KeePassXC
//! reports each item as locked until the client calls `Unlock` and its user allows it. So `Unlock` is called
//! for every locked object: without its prompt if the user must not be asked, with the prompt on a user action.

mod cipher;
mod session;

use std::sync::Arc;

use secrecy::zeroize::Zeroizing;
use tokio::sync::Mutex;

use self::session::Session;
use super::{Condition, KEYRING_TIMEOUT, KeyringError};
use crate::domain::config::AccountId;

/// The client: one connection, whose runtime must outlive it. KeePassXC stores the user's permission per
/// connection, so the connection is kept.
#[derive(Default)]
pub(super) struct Client {
    session: Mutex<Option<Arc<Session>>>,
    /// Held while reading: GNOME Keyring has little memory for the secrets that it sends.
    reading: Mutex<()>,
}

impl Client {
    /// Reads the accounts' secrets without asking the user, in the order of `ids`.
    ///
    /// # Errors
    /// `Unavailable`; per account also `Locked` or `Missing`.
    pub(super) async fn read(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Result<Zeroizing<String>, KeyringError>>, KeyringError> {
        let _turn = self.reading.lock().await;
        let read = self.answered(async { self.session().await?.read(ids).await }).await?;
        if read.iter().any(|read| matches!(read, Err(KeyringError::Unavailable(_)))) {
            self.session.lock().await.take();
        }
        Ok(read)
    }

    /// Stores the account's secret: replaces the existing one, else adds it to the default collection.
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub(super) async fn write(&self, id: &AccountId, secret: &str) -> Result<(), KeyringError> {
        match self.write_once(id, secret).await {
            // KWallet does this on a busy machine while it creates its first wallet.
            Err(KeyringError::Unavailable(why)) if why.contains("Can't find session") => {
                self.write_once(id, secret).await
            }
            done => done,
        }
    }

    async fn write_once(&self, id: &AccountId, secret: &str) -> Result<(), KeyringError> {
        let session = self.session_for_user().await?;
        let written = async {
            let default = session.prepared().await?;
            session.write(id, secret, &default).await
        };
        self.checked(written.await).await
    }

    /// Prepares the default collection: creates it if there is none, and unlocks it. Both ask the user.
    ///
    /// # Errors
    /// `Dismissed` or `NotCreated` if the user closes the dialog, `Unavailable`.
    pub(super) async fn prepare(&self) -> Result<(), KeyringError> {
        let session = self.session_for_user().await?;
        self.checked(session.prepared().await).await.map(drop)
    }

    /// Removes the account's secret; asks the user if it is locked.
    ///
    /// # Errors
    /// `Missing`, and as [`Client::unlock`].
    pub(super) async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        let session = self.session_for_user().await?;
        let removed = async {
            session.unlock(std::slice::from_ref(id)).await?;
            session.remove(id).await
        };
        self.checked(removed.await).await
    }

    /// Unlocks these accounts' secrets. Asks the user for a password or a permission if needed, without a
    /// timeout.
    ///
    /// # Errors
    /// `Dismissed` if the user closes the dialog, `Unavailable`.
    pub(super) async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        let session = self.session_for_user().await?;
        self.checked(session.unlock(ids).await).await
    }

    /// Checks what can be read and written without asking the user.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn condition(&self, ids: &[AccountId]) -> Result<Condition, KeyringError> {
        self.answered(async { self.session().await?.condition(ids).await }).await
    }

    /// Runs `work` with the timeout for calls without a dialog.
    async fn answered<T>(
        &self,
        work: impl Future<Output = Result<T, KeyringError>>,
    ) -> Result<T, KeyringError> {
        let silent = |_| Err(KeyringError::Unavailable("it does not answer".to_owned()));
        let done = tokio::time::timeout(KEYRING_TIMEOUT, work).await.unwrap_or_else(silent);
        self.checked(done).await
    }

    /// Drops a failed session, so that the next call opens a new one.
    async fn checked<T>(&self, done: Result<T, KeyringError>) -> Result<T, KeyringError> {
        if let Err(KeyringError::Unavailable(_)) = &done {
            self.session.lock().await.take();
        }
        done
    }

    async fn session_for_user(&self) -> Result<Arc<Session>, KeyringError> {
        self.answered(self.session()).await
    }

    /// The current session, or a new one: a restarted keyring does not know the old session.
    async fn session(&self) -> Result<Arc<Session>, KeyringError> {
        let mut kept = self.session.lock().await;
        if let Some(session) = &*kept
            && session.is_current().await
        {
            return Ok(session.clone());
        }
        *kept = None;
        Ok(kept.insert(Arc::new(Session::open().await?)).clone())
    }
}
