//! One tray a user: a lock on the data folder says who runs, and a local socket carries wishes to it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::AbortHandle;

use crate::domain::config::{AccountId, Word};
use crate::domain::page::{ActivationToken, Page, View, WindowRequest};
use crate::domain::state::Event;
use crate::poller::{Inbox, Input};
use crate::store::private_file;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// How long a peer may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);
/// No wish is longer than this.
const LONGEST: u64 = 512;
/// Between a wish and its activation token.
const WITH: &str = " with ";
/// So many peers are listened to at a time; more wait at the door, and cost nothing there.
const PEERS: usize = 32;

/// Why the running program can't be told anything, or this one can't be the running one.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// Nobody listens.
    #[error("no tray is running: start it with `linode-bandwidth`")]
    NotRunning,
    /// The one that runs does not answer.
    #[error("the running tray does not answer ({0}): quit it and start it again")]
    Silent(String),
    /// It understood, and does not do it.
    #[error("the running program goes on as it is")]
    Refused,
    /// The folder or a file in it can't be used.
    #[error("{} can't be used: {source}; set LINODE_BANDWIDTH_DATA_DIR to a folder of yours", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

/// Something to ask of the running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Poll now, and say when that has ended.
    Refresh,
    /// Come to the front, with the desktop's activation token.
    Open(Option<ActivationToken>),
    /// Give the right to run up, and say when it is free: a tray's wish to an exporter.
    MakeWay,
    /// Give the right to run up, if the session is gone: a tray's wish to another tray.
    TakeOver,
    /// A token was stored for this entry.
    TokenStored(AccountId),
    /// The configuration file was changed: read it, and say when that is done.
    ReadConfig,
    /// Show this, in front: of the window.
    Show(WindowRequest),
}

impl Wish {
    fn line(&self) -> String {
        let words = match self {
            Wish::Refresh => "refresh".to_owned(),
            Wish::Open(_) => "open".to_owned(),
            Wish::MakeWay => "make-way".to_owned(),
            Wish::TakeOver => "take-over".to_owned(),
            Wish::ReadConfig => "read-config".to_owned(),
            Wish::TokenStored(id) => format!("token-stored {id}"),
            Wish::Show(WindowRequest { view: View::Page(page), .. }) => format!("show {}", page.word()),
            Wish::Show(WindowRequest { view: View::Edit(id), .. }) => format!("edit {id}"),
            Wish::Show(WindowRequest { view: View::ReplaceToken(id), .. }) => format!("replace-token {id}"),
            Wish::Show(WindowRequest { view: View::About, .. }) => "about".to_owned(),
        };
        match self {
            Wish::Open(Some(activation)) | Wish::Show(WindowRequest { activation: Some(activation), .. }) => {
                format!("{words}{WITH}{}\n", activation.as_str())
            }
            _ => words + "\n",
        }
    }

    /// A line that was cut short, or is longer than any wish, is none.
    fn read(line: &str) -> Option<Wish> {
        let line = line.strip_suffix('\n')?.trim_end();
        let show = |view, activation| Some(Wish::Show(WindowRequest { view, activation }));
        if let Some((words, activation)) = line.split_once(WITH) {
            let activation = Some(ActivationToken::new(activation)?);
            return match Wish::read(&format!("{words}\n"))? {
                Wish::Open(None) => Some(Wish::Open(activation)),
                Wish::Show(WindowRequest { view, activation: None }) => show(view, activation),
                _ => None,
            };
        }
        match line.split_once(' ') {
            None if line == "refresh" => Some(Wish::Refresh),
            None if line == "open" => Some(Wish::Open(None)),
            None if line == "make-way" => Some(Wish::MakeWay),
            None if line == "read-config" => Some(Wish::ReadConfig),
            None if line == "take-over" => Some(Wish::TakeOver),
            None if line == "about" => show(View::About, None),
            Some(("token-stored", id)) => id.parse().ok().map(Wish::TokenStored),
            Some(("show", page)) => show(Page::from_word(page)?.into(), None),
            Some(("edit", id)) => show(View::Edit(id.parse().ok()?), None),
            Some(("replace-token", id)) => show(View::ReplaceToken(id.parse().ok()?), None),
            _ => None,
        }
    }
}

/// The right to be the one that runs, until it is dropped.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Claims the data folder; `None` when another process has it.
///
/// # Errors
/// [`InstanceError::Folder`] when the folder or its lock file can't be made.
pub fn claim(lock_file: &Path) -> Result<Option<Claim>, InstanceError> {
    let at = |source| InstanceError::Folder { path: lock_file.to_owned(), source };
    private_file::create_file(lock_file).map_err(at)?;
    let lock = OpenOptions::new().read(true).write(true).open(lock_file).map_err(at)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(Claim { _lock: lock })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(at(source)),
    }
}

/// Different in every process: the seed of what is to be random.
pub fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Tells the program that runs over `socket`, and waits until it has done it.
///
/// # Errors
/// [`InstanceError`] when none runs or it does not answer.
pub async fn tell(socket: &Path, wish: &Wish, patience: Duration) -> Result<(), InstanceError> {
    let silent = |why: &dyn std::fmt::Display| InstanceError::Silent(why.to_string());
    let talk = async {
        let stream = system::connect(socket).await.map_err(|error| not_connected(socket, error))?;
        let (reader, mut writer) = tokio::io::split(stream);
        writer.write_all(wish.line().as_bytes()).await.map_err(|error| silent(&error))?;
        let mut answer = String::new();
        let mut reader = BufReader::new(reader.take(LONGEST));
        reader.read_line(&mut answer).await.map_err(|error| silent(&error))?;
        match answer.as_str() {
            "ok\n" => Ok(()),
            "no\n" => Err(InstanceError::Refused),
            other => Err(silent(&format!("it said {:?}", other.trim_end()))),
        }
    };
    tokio::time::timeout(patience, talk).await.unwrap_or_else(|_| Err(silent(&"it took too long")))
}

/// Nobody listens where there is no socket, nor on one that was left behind. Whatever else it is must not be told as that.
fn not_connected(socket: &Path, source: io::Error) -> InstanceError {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => InstanceError::NotRunning,
        _ => InstanceError::Folder { path: socket.to_owned(), source },
    }
}

/// How long the running program may take to hear that the configuration was changed.
const TELL_OF_CHANGE: Duration = Duration::from_secs(3);

/// Tells the running tray or exporter that the configuration was changed: it may have no watcher that does. Where none
/// runs there is nobody to tell, and one that does not hear of it looks for itself at its next poll.
pub async fn tell_of_change(socket: &Path) {
    if let Err(error) = tell(socket, &Wish::ReadConfig, TELL_OF_CHANGE).await {
        tracing::debug!("nobody heard of the change: {error}");
    }
}

/// Listens on `socket` for wishes of the same user's other processes, until it is aborted or the runtime ends.
///
/// # Errors
/// [`InstanceError::Folder`] when the socket can't be made. Whoever calls it has the [`Claim`].
pub fn listen(socket: &Path, inbox: Inbox) -> Result<AbortHandle, InstanceError> {
    listen_with(socket, move |wish| {
        let inbox = inbox.clone();
        async move { grant(wish, &inbox).await }
    })
}

/// As [`listen`], for a program that grants wishes in its own way, or says `false` to them.
///
/// # Errors
/// As [`listen`].
pub fn listen_with<G, F>(socket: &Path, grant: G) -> Result<AbortHandle, InstanceError>
where
    G: Fn(Wish) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = bool> + Send + 'static,
{
    let at = |source| InstanceError::Folder { path: socket.to_owned(), source };
    let listener = system::listen(socket).map_err(at)?;
    let room = Arc::new(Semaphore::new(PEERS));
    let accepting = tokio::spawn(async move {
        while let Ok(place) = room.clone().acquire_owned().await {
            match system::accept(&listener).await {
                Ok(Some(stream)) => {
                    let serving = serve(stream, grant.clone());
                    tokio::spawn(async move {
                        serving.await;
                        drop(place);
                    });
                }
                Ok(None) => tracing::warn!("another user's process tried the control socket"),
                // Out of file descriptors, say: whoever wanted something tries again.
                Err(error) => {
                    tracing::warn!("the control socket: {error}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    });
    Ok(accepting.abort_handle())
}

async fn serve<F: Future<Output = bool>>(stream: impl AsyncRead + AsyncWrite, grant: impl Fn(Wish) -> F) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(LONGEST));
    let read = tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await;
    let answer = match (read, Wish::read(&line)) {
        (Ok(Ok(_)), Some(wish)) => {
            if grant(wish).await {
                "ok\n"
            } else {
                "no\n"
            }
        }
        _ => "what?\n",
    };
    let _ = writer.write_all(answer.as_bytes()).await;
}

/// Does what `wish` says in the way of a program that polls, and says whether it has.
pub async fn grant(wish: Wish, inbox: &Inbox) -> bool {
    match wish {
        Wish::TokenStored(id) => inbox.send(Event::TokenReplaced(id).into()).is_ok(),
        Wish::Open(activation) => {
            inbox.send(Input::Open(WindowRequest { activation, ..WindowRequest::default() })).is_ok()
        }
        // A tray has no pages, and stays.
        Wish::Show(_) | Wish::MakeWay | Wish::TakeOver => false,
        Wish::Refresh => {
            let (done, ended) = oneshot::channel();
            if inbox.send(Input::Refresh(done)).is_ok() {
                let _ = ended.await;
            }
            true
        }
        Wish::ReadConfig => {
            let (done, ended) = oneshot::channel();
            if inbox.send(Input::ReadConfig(Some(done))).is_ok() {
                let _ = ended.await;
            }
            true
        }
    }
}

#[cfg(test)]
mod tests;
