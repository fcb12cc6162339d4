//! A Unix socket, mode 0600, that answers its own user alone.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tokio::net::{UnixListener, UnixStream};

/// A listener that knows whose processes it answers.
pub(super) struct Listener {
    socket: UnixListener,
    owner: u32,
}

/// Makes the socket. One that was left behind by a killed process is replaced: the caller holds the lock.
pub(super) fn listen(path: &Path) -> io::Result<Listener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(Listener { socket, owner: fs::metadata(path)?.uid() })
}

/// The next process that wants something; `None` for another user's.
pub(super) async fn accept(listener: &Listener) -> io::Result<Option<UnixStream>> {
    let (stream, _) = listener.socket.accept().await?;
    let same = stream.peer_cred().is_ok_and(|peer| peer.uid() == listener.owner);
    Ok(same.then_some(stream))
}

/// Connects to the process that listens.
pub(super) async fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(path).await
}
