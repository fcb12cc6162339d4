//! Tokens, in the operating system's keyring: service `linode-bandwidth`, user = the entry's id.

mod fingerprint;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Error};
use secrecy::zeroize::Zeroizing;
use tokio::sync::oneshot;

use crate::domain::config::AccountId;
use crate::domain::failure::Failure;
use crate::domain::token::{NotAToken, Token};

pub use fingerprint::Fingerprints;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "linux")]
pub use linux::usable;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;

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

/// How long the keyring may take to give a token.
const PATIENCE: Duration = Duration::from_secs(15);

/// Work for the keyring's thread.
type Job = Box<dyn FnOnce(&mut Option<Arc<CredentialStore>>) + Send>;

/// The keyring. It is looked for anew whenever it was not there: one that starts later, or again, is found.
#[derive(Clone, Default)]
pub struct Keyring {
    reader: Arc<system::Reader>,
    jobs: Arc<Mutex<Option<mpsc::Sender<Job>>>>,
}

impl Keyring {
    /// The keyring; nothing is asked of it before it is used.
    pub fn new() -> Keyring {
        Keyring::default()
    }

    /// Reads an entry's token, without ever asking the user anything.
    ///
    /// # Errors
    /// [`KeyringError`]; `Locked` when reading would put up a password dialog.
    pub async fn read(&self, id: &AccountId) -> Result<Token, KeyringError> {
        let silent = |_| KeyringError::Unavailable("it does not answer".to_owned());
        let mut text =
            tokio::time::timeout(PATIENCE, self.reader.secret(self, id)).await.map_err(silent)??;
        Ok(Token::new(std::mem::take(&mut *text))?)
    }

    /// Stores an entry's token. A locked keyring asks the user to unlock it: only call it at a user's own act.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent or stays locked.
    pub async fn write(&self, id: &AccountId, token: &Token) -> Result<(), KeyringError> {
        let text = Zeroizing::new(token.expose().to_owned());
        self.on_its_thread(id, move |entry| entry.set_password(&text)).await
    }

    /// Removes an entry's token; none is as good.
    ///
    /// # Errors
    /// [`KeyringError`] when the keyring is absent or stays locked.
    pub async fn remove(&self, id: &AccountId) -> Result<(), KeyringError> {
        match self.on_its_thread(id, |entry| entry.delete_credential()).await {
            Err(KeyringError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Gives work to the thread that lives for as long as this and its copies do, and sleeps until there is some: the
    /// store's calls all wait, and their connection's end too, which a runtime must not.
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

    /// Does `work` with a connection that is made anew when the last one has gone.
    async fn on_its_thread<T: Send + 'static>(
        &self,
        id: &AccountId,
        work: impl Fn(keyring_core::Entry) -> keyring_core::Result<T> + Send + 'static,
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
    work: &impl Fn(keyring_core::Entry) -> keyring_core::Result<T>,
) -> keyring_core::Result<T> {
    let open = match store {
        Some(open) => open,
        None => store.insert(system::store()?),
    };
    work(open.build(SERVICE, id.as_str(), None)?)
}

fn ambiguous() -> KeyringError {
    let why = "it has several tokens for this entry: remove the older ones in your keyring's program";
    KeyringError::Unavailable(why.to_owned())
}

fn plain(error: &Error) -> KeyringError {
    match error {
        Error::NoEntry => KeyringError::Missing,
        Error::NoStorageAccess(why) => system::no_access(&why.to_string()),
        Error::PlatformFailure(why) => KeyringError::Unavailable(system::in_words(&why.to_string())),
        Error::Ambiguous(_) => ambiguous(),
        // Neither of these can hold a secret; the others might.
        Error::Invalid(..) | Error::NotSupportedByStore(_) | Error::NoDefaultStore => {
            KeyringError::Unavailable(error.to_string())
        }
        _ => KeyringError::Unavailable("it gave something that can't be read".to_owned()),
    }
}
