//! The connection between this user's programs and the one that owns state, keyring, history and configuration: the
//! tray, or the exporter if no tray runs. Commands make one request; the window and the icons in other sessions stay
//! connected.
//!
//! # Threat model
//! - **Who may connect.** Processes of the same user. The socket has mode 0600 and is in the user's runtime directory
//!   (or, if there is none, in the data folder). Each side asks the system for the other side's user. On Windows it is a
//!   named pipe that only the user and the system may open.
//! - **What such a process can do** it could also do without the socket: read the files, use the keyring, run the
//!   commands. It can't get a token here: tokens only go from the window to the owner, and no answer contains one.
//! - **What it can break** by sending garbage, too much, or nothing: only its own connection. Lines have at most 64
//!   KiB; the numbers of clients, subscribers and requests are limited; clients that don't read or write are dropped. The
//!   poller never waits for a client.
//! - **What remains.** Lines are wiped after use and never logged.

mod address;
mod client;
mod legacy;
mod line;
pub mod message;
#[cfg(windows)]
mod pipe_security;
#[cfg(any(windows, test))]
mod sddl;
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
pub use client::{Connection, end, notify_config_changed, quit, send_request};
pub use server::{Answering, Asking, Cancelled, Listening, Owner, Subscribers, listen};

/// Listens for this user's other programs as the owner of `data_dir`, with `subscribers` if it has any.
///
/// # Errors
/// Like [`listen`].
pub fn serve(
    data_dir: &Path,
    owner: Arc<dyn Owner>,
    subscribers: Option<Subscribers>,
) -> Result<Listening, IpcError> {
    address::remove_old(data_dir);
    listen(&address::listen_address(data_dir), owner, subscribers)
}

/// The error between programs of different versions.
pub const UPDATED: &str = "Linode Bandwidth was updated: quit it and start it again.";

/// Why a request to the owner failed.
#[derive(Debug, thiserror::Error)]
pub enum IpcError {
    /// Nobody listens.
    #[error("no tray is running: start it with `linode-bandwidth`")]
    NotRunning,
    /// The owner does not answer.
    #[error("the running tray does not answer ({0}): quit it and start it again")]
    Silent(String),
    /// The owner has another version.
    #[error("{UPDATED}")]
    Updated,
    /// The owner refused the request or failed.
    #[error("{0}")]
    Refused(String),
    /// The socket can't be used.
    #[error("{} can't be used: {source}; set LINODE_BANDWIDTH_DATA_DIR to a folder of yours", path.display())]
    Socket {
        path: PathBuf,
        /// The system's error.
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
