//! The Secret Service (GNOME Keyring, KWallet, KeePassXC) on the session bus.
//!
//! What "locked" means differs. GNOME Keyring locks a whole collection, for everybody. KWallet counts a collection as
//! locked until a client of the Secret Service has unlocked it, also while the wallet is open. KeePassXC counts each item
//! as locked until the client that wants it has called `Unlock` and its user has allowed that. So `Unlock` is called for
//! everything that is locked: without its prompt where nobody is to be asked, with it at a user's own act.

mod cipher;
mod session;

use std::sync::Arc;

use secrecy::zeroize::Zeroizing;
use tokio::sync::Mutex;

use self::session::Session;
use super::{Condition, KEYRING_TIMEOUT, KeyringError};
use crate::domain::config::AccountId;

/// The client for reading and writing: one connection, whose runtime must run for as long as it is used. KeePassXC
/// remembers by connection what its user has allowed, so it is kept.
#[derive(Default)]
pub(super) struct Client {
    session: Mutex<Option<Arc<Session>>>,
    /// Held while tokens are read: GNOME Keyring has little memory for those that it sends.
    reading: Mutex<()>,
}

impl Client {
    /// The accounts' secrets in the order of `ids`, as far as they can be read without asking the user.
    ///
    /// # Errors
    /// `Unavailable`; for each by itself also `Locked` or `Missing`.
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

    /// Stores the account's secret: in the place of the one that is there, else in the default collection.
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub(super) async fn write(&self, id: &AccountId, secret: &str) -> Result<(), KeyringError> {
        match self.write_once(id, secret).await {
            // KWallet, seen on a busy machine while it made its first wallet.
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

    /// Sees to it that tokens can be stored: the default collection is made where there is none, and unlocked. Both ask
    /// the user.
    ///
    /// # Errors
    /// `Dismissed` or `NotCreated` when the user does not answer, `Unavailable`.
    pub(super) async fn prepare(&self) -> Result<(), KeyringError> {
        let session = self.session_for_user().await?;
        self.checked(session.prepared().await).await.map(drop)
    }

    /// Removes the account's secret; asks the user where it is locked.
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

    /// Unlocks what of these accounts' secrets is locked, and asks the user where that needs a password or a permission;
    /// for as long as the user takes.
    ///
    /// # Errors
    /// `Dismissed` when the user does not answer, `Unavailable`.
    pub(super) async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        let session = self.session_for_user().await?;
        self.checked(session.unlock(ids).await).await
    }

    /// What can be read and written without asking the user.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn condition(&self, ids: &[AccountId]) -> Result<Condition, KeyringError> {
        self.answered(async { self.session().await?.condition(ids).await }).await
    }

    /// `work` within the time that the keyring has where it asks nobody.
    async fn answered<T>(
        &self,
        work: impl Future<Output = Result<T, KeyringError>>,
    ) -> Result<T, KeyringError> {
        let silent = |_| Err(KeyringError::Unavailable("it does not answer".to_owned()));
        let done = tokio::time::timeout(KEYRING_TIMEOUT, work).await.unwrap_or_else(silent);
        self.checked(done).await
    }

    /// Drops a session that failed: the next call begins a new one.
    async fn checked<T>(&self, done: Result<T, KeyringError>) -> Result<T, KeyringError> {
        if let Err(KeyringError::Unavailable(_)) = &done {
            self.session.lock().await.take();
        }
        done
    }

    async fn session_for_user(&self) -> Result<Arc<Session>, KeyringError> {
        self.answered(self.session()).await
    }

    /// The session, or a new one: a keyring that was started again knows nothing of the old one.
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
