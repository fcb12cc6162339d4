//! A named pipe that other users can't write to and other machines can't reach.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
use tokio::sync::Mutex;

/// ERROR_PIPE_BUSY: another process is being answered.
const BUSY: i32 = 231;
/// How long to wait before a busy pipe is tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// The client's end.
pub(super) type ClientStream = NamedPipeClient;

/// A listener: the end of the pipe that the next process gets.
pub(super) struct Listener {
    name: String,
    next: Mutex<Option<NamedPipeServer>>,
}

/// Makes the pipe. By Windows' default its owner and administrators alone may write to it.
pub(super) fn listen(path: &Path) -> io::Result<Listener> {
    let name = name(path);
    // The first one: nobody else can have set up a pipe of that name to be asked in our place.
    let first = ServerOptions::new().first_pipe_instance(true).reject_remote_clients(true).create(&name)?;
    Ok(Listener { name, next: Mutex::new(Some(first)) })
}

/// The next process that wants something; never `None`, other users' processes are turned away by Windows.
pub(super) async fn accept(listener: &Listener) -> io::Result<Option<NamedPipeServer>> {
    let another = || ServerOptions::new().reject_remote_clients(true).create(&listener.name);
    let mut next = listener.next.lock().await;
    let waiting = match next.take() {
        Some(waiting) => waiting,
        None => another()?,
    };
    waiting.connect().await?;
    // Before this one is answered, so that there always is an end to connect to. Without one the next call tries again.
    *next = another().inspect_err(|error| tracing::warn!("the control pipe: {error}")).ok();
    Ok(Some(waiting))
}

/// Connects to the process that listens, and waits while it is busy with others, for as long as the caller likes.
pub(super) async fn connect(path: &Path) -> io::Result<NamedPipeClient> {
    let name = name(path);
    loop {
        match ClientOptions::new().open(&name) {
            Err(error) if error.raw_os_error() == Some(BUSY) => tokio::time::sleep(RETRY_INTERVAL).await,
            done => return done,
        }
    }
}

/// There is nothing to take away: a pipe ends with its process.
pub(super) fn remove(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Pipes are not in folders.
pub(super) fn runtime_directory() -> Option<PathBuf> {
    None
}

/// The pipe's name: one for each user and data folder.
fn name(path: &Path) -> String {
    let folder = path.parent().unwrap_or(path);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let user = std::env::var_os("USERNAME").unwrap_or_default();
    let whose = format!("{}\n{}", user.to_string_lossy(), folder.to_string_lossy()).to_lowercase();
    format!(r"\\.\pipe\linode-bandwidth-{}", super::address::hash(Path::new(&whose)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_pipe_however_it_is_spelled() {
        let dir = tempfile::tempdir().unwrap();
        let plain = dir.path().join("control.sock");
        let shouted = dir.path().to_string_lossy().to_uppercase() + "/./control.sock";
        assert_eq!(name(&plain), name(Path::new(&shouted)));
        let other = tempfile::tempdir().unwrap();
        assert_ne!(name(&plain), name(&other.path().join("control.sock")));
    }
}
