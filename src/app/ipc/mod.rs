//! How this user's programs talk to the one that owns state, keyring, history and configuration: the tray, or the
//! exporter where no tray runs. The commands ask it for one thing; the window and the icon of another session stay
//! connected.
//!
//! # Threat model
//! - **Who may connect.** Processes of the same user. The socket has mode 0600 in the user's runtime directory (without
//!   one, in the data folder), and each end asks the system who the other one is. On Windows it is a named pipe of the
//!   user's.
//! - **What such a process could do** it could do without the socket too: read the files, ask the keyring, run the
//!   commands. It can't get a token here: a token crosses once, from the window to the owner, and no answer has one.
//! - **What it could break** by sending nonsense, too much, or nothing: only its own connection. Lines have at most
//!   64 KiB; the numbers of clients, subscribers and requests are limited; who does not read or does not write is
//!   dropped. The poller never waits for a client.
//! - **What stays behind.** Lines are wiped after use and never logged.

mod address;
mod client;
mod legacy;
mod line;
pub mod message;
mod server;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub use address::listen_address as socket_path;
pub use client::{Connection, notify_config_changed, quit, send_request};
pub use server::{Answering, Asking, Cancelled, Listening, Owner, Subscribers, listen};

/// Listens for this user's other programs, for the owner of `data_dir`, with `subscribers` where there are any.
///
/// # Errors
/// As [`listen`].
pub fn serve(
    data_dir: &Path,
    owner: Arc<dyn Owner>,
    subscribers: Option<Subscribers>,
) -> Result<Listening, IpcError> {
    address::remove_old(data_dir);
    listen(&address::listen_address(data_dir), owner, subscribers)
}

/// What a program says to one of another version.
pub const UPDATED: &str = "Linode Bandwidth was updated: quit it and start it again.";

/// Why the owner can't be asked, or does not do it.
#[derive(Debug, thiserror::Error)]
pub enum IpcError {
    /// Nobody listens.
    #[error("no tray is running: start it with `linode-bandwidth`")]
    NotRunning,
    /// The owner does not answer.
    #[error("the running tray does not answer ({0}): quit it and start it again")]
    Silent(String),
    /// The owner is of another version.
    #[error("{UPDATED}")]
    Updated,
    /// It understood, and does not do it.
    #[error("{0}")]
    Refused(String),
    /// The socket can't be used.
    #[error("{} can't be used: {source}; set LINODE_BANDWIDTH_DATA_DIR to a folder of yours", path.display())]
    Socket {
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl IpcError {
    fn silent(why: impl Display) -> IpcError {
        IpcError::Silent(why.to_string())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
