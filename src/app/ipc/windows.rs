//! A named pipe that other users can't open and other machines can't reach. Each end asks Windows whose process the
//! other one is.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
use tokio::sync::Mutex;

use super::pipe_security::{self, PipeSecurity};

/// ERROR_PIPE_BUSY: another process is being answered.
const BUSY: i32 = 231;
/// How long to wait before trying a busy pipe again.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// The client's end.
pub(super) type ClientStream = NamedPipeClient;

/// The server's end of the pipe for the next client.
pub(super) struct Listener {
    name: String,
    security: PipeSecurity,
    next: Mutex<Option<NamedPipeServer>>,
}

/// Creates the pipe for this user and the system only.
pub(super) fn listen(path: &Path) -> io::Result<Listener> {
    let (name, security) = (name(path), PipeSecurity::of_this_user()?);
    // Must be the first instance, so that nobody else can have created a pipe of that name to get our clients.
    let first = security.create(ServerOptions::new().first_pipe_instance(true), &name)?;
    Ok(Listener { name, security, next: Mutex::new(Some(first)) })
}

/// Waits for the next client; `None` if it is another user's.
pub(super) async fn accept(listener: &Listener) -> io::Result<Option<NamedPipeServer>> {
    let another = || listener.security.create(&mut ServerOptions::new(), &listener.name);
    let mut next = listener.next.lock().await;
    let waiting = match next.take() {
        Some(waiting) => waiting,
        None => another()?,
    };
    waiting.connect().await?;
    // Before this client is served, so that there is always an instance to connect to. If it fails, the next call tries
    // again.
    *next = another().inspect_err(|error| tracing::warn!("the control pipe: {error}")).ok();
    // For a client that has already gone, there is no process to check.
    let same = pipe_security::client_is_this_user(&waiting).unwrap_or(false);
    Ok(same.then_some(waiting))
}

/// Connects to the listening process, but only to this user's, because a token may be sent there. Waits while it is
/// busy; the caller sets the timeout.
pub(super) async fn connect(path: &Path) -> io::Result<NamedPipeClient> {
    let name = name(path);
    let stream = loop {
        match ClientOptions::new().open(&name) {
            Err(error) if error.raw_os_error() == Some(BUSY) => tokio::time::sleep(RETRY_INTERVAL).await,
            done => break done?,
        }
    };
    if pipe_security::server_is_this_user(&stream)? {
        Ok(stream)
    } else {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "another user's process listens on it"))
    }
}

/// Does nothing: a pipe ends with its process.
pub(super) fn remove(_: &Path) -> io::Result<()> {
    Ok(())
}

/// `None`: pipes are not in folders.
pub(super) fn runtime_directory() -> Option<PathBuf> {
    None
}

/// The pipe's name, unique per user and data folder.
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

    #[tokio::test]
    async fn both_ends_know_that_the_other_one_is_of_this_user() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        let listener = listen(&path).unwrap();
        let (server, client) = tokio::join!(accept(&listener), connect(&path));
        assert!(server.unwrap().is_some());
        client.unwrap();
    }
}
