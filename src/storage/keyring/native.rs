//! The keyrings of macOS and Windows: blocking calls on a dedicated thread.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::zeroize::Zeroizing;
use tokio::sync::oneshot;

use super::{Condition, KEYRING_TIMEOUT, KeyringError, SERVICE, ambiguous, system};
use crate::domain::config::AccountId;

/// A call for the keyring's thread.
type Job = Box<dyn FnOnce(&mut Option<Arc<CredentialStore>>) + Send>;

/// A client that opens the store again after a failure.
#[derive(Default)]
pub(super) struct Client {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
}

impl Client {
    /// Reads the accounts' secrets without asking the user, in the order of `ids`.
    ///
    /// # Errors
    /// [`KeyringError`] per account.
    pub(super) async fn read(
        &self,
        ids: &[AccountId],
    ) -> Result<Vec<Result<Zeroizing<String>, KeyringError>>, KeyringError> {
        let mut read = Vec::with_capacity(ids.len());
        for id in ids {
            read.push(self.read_alone(id).await);
        }
        Ok(read)
    }

    async fn read_alone(&self, id: &AccountId) -> Result<Zeroizing<String>, KeyringError> {
        let silent = |_| Err(KeyringError::Unavailable("it does not answer".to_owned()));
        let reading = self.on_its_thread(id, |entry| system::secret(&entry));
        tokio::time::timeout(KEYRING_TIMEOUT, reading).await.unwrap_or_else(silent)
    }

    /// Stores the account's secret.
    ///
    /// # Errors
    /// [`KeyringError`] if the store can't be written.
    pub(super) async fn write(&self, id: &AccountId, secret: &str) -> Result<(), KeyringError> {
        let secret = Zeroizing::new(secret.to_owned());
        self.on_its_thread(id, move |entry| system::store_secret(&entry, &secret)).await
    }

    /// Does nothing: writing asks the user itself.
    ///
    /// # Errors
    /// None.
    pub(super) async fn prepare(&self) -> Result<(), KeyringError> {
        Ok(())
    }

    /// Removes the account's secret.
    ///
    /// # Errors
    /// [`KeyringError`]; `Missing` if there is none.
    pub(super) async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        self.on_its_thread(id, |entry| entry.delete_credential()).await
    }

    /// Lets the system ask the user for access to these accounts' secrets.
    ///
    /// # Errors
    /// [`KeyringError`] if access fails.
    pub(super) async fn unlock(&self, ids: &[AccountId]) -> Result<(), KeyringError> {
        for id in ids {
            match self.on_its_thread(id, |entry| system::unlock(&entry)).await {
                Ok(()) | Err(KeyringError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Checks which secrets can be read without asking the user.
    ///
    /// # Errors
    /// [`KeyringError`] if the store is unavailable.
    pub(super) async fn condition(&self, ids: &[AccountId]) -> Result<Condition, KeyringError> {
        let mut condition = Condition::default();
        for id in ids {
            match self.read_alone(id).await {
                Ok(_) | Err(KeyringError::Missing | KeyringError::OtherProgram) => {}
                Err(KeyringError::Locked) => condition.locked.push(id.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(condition)
    }

    /// Sends a job to the thread, which starts on first use and ends with this client.
    fn give(&self, job: Job) -> io::Result<()> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = match &*jobs {
            Some(jobs) => jobs,
            None => {
                let (sender, work) = mpsc::channel::<Job>();
                thread::Builder::new().name("keyring".into()).spawn(move || {
                    let mut store = None;
                    work.into_iter().for_each(|job| job(&mut store));
                })?;
                jobs.insert(sender)
            }
        };
        jobs.send(job).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Runs `work` on the thread; retries once with a new store if a cached one fails.
    async fn on_its_thread<T: Send + 'static>(
        &self,
        id: &AccountId,
        work: impl Fn(Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let (answer, answered) = oneshot::channel();
        let id = id.clone();
        let job = move |store: &mut Option<Arc<CredentialStore>>| {
            let kept = store.is_some();
            let mut done = attempt(store, &id, &work);
            if kept && matches!(done, Err(Error::PlatformFailure(_))) {
                *store = None;
                done = attempt(store, &id, &work);
            }
            if done.is_err() {
                *store = None;
            }
            let _ = answer.send(done.map_err(|error| plain(&error)));
        };
        let gone = || KeyringError::Unavailable("its thread has ended; start the program again".to_owned());
        self.give(Box::new(job)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn attempt<T>(
    store: &mut Option<Arc<CredentialStore>>,
    id: &AccountId,
    work: &impl Fn(Entry) -> keyring_core::Result<T>,
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
        Error::Ambiguous(_) => ambiguous(),
        // These can't contain a secret; other variants might.
        Error::Invalid(..) | Error::NotSupportedByStore(_) | Error::NoDefaultStore => {
            KeyringError::Unavailable(error.to_string())
        }
        _ => KeyringError::Unavailable("it returned something that can't be read".to_owned()),
    }
}

/// Stores an entry of its own, reads it and removes it.
///
/// # Errors
/// [`KeyringError`] if one of the three fails.
pub async fn try_out() -> Result<(), KeyringError> {
    let attempt = || {
        let entry = system::store()?.build("linode-bandwidth doctor", "test", None)?;
        system::store_secret(&entry, "test")?;
        let read = system::secret(&entry);
        entry.delete_credential()?;
        read
    };
    let tried = tokio::task::spawn_blocking(move || attempt().map_err(|error| plain(&error)));
    match tried.await {
        Ok(Ok(read)) if *read == "test" => Ok(()),
        Ok(Err(error)) => Err(error),
        _ => Err(KeyringError::Unavailable("it does not return what was stored".to_owned())),
    }
}
