//! A Unix socket, mode 0600, that answers its own user alone.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

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
    let (_folder, short) = short(path)?;
    let socket = UnixListener::bind(short)?;
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
    let (_folder, short) = short(path)?;
    UnixStream::connect(short).await
}

/// A path that fits into a socket's address, which has room for about a hundred bytes: where the folder's own is too
/// long, by way of an open handle of the folder (Linux).
fn short(path: &Path) -> io::Result<(Option<File>, PathBuf)> {
    const ROOM: usize = 100;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok((None, path.to_owned()));
    };
    if path.as_os_str().len() <= ROOM {
        return Ok((None, path.to_owned()));
    }
    let handle = File::open(folder)?;
    let short = PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd())).join(name);
    Ok((Some(handle), short))
}
