//! A Unix socket, mode 0600, between processes of one user.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use tokio::net::{UnixListener, UnixStream};

/// The client's end.
pub(super) type ClientStream = UnixStream;

/// A listener that checks the user of each client. Dropping it removes its file.
pub(super) struct Listener {
    socket: UnixListener,
    owner: u32,
}

/// Makes the socket. Replaces one that a killed process left behind, because the caller holds the lock.
pub(super) fn listen(path: &Path) -> io::Result<Listener> {
    remove(path)?;
    let (_folder, short) = short(path)?;
    let socket = UnixListener::bind(short)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(Listener { socket, owner: fs::metadata(path)?.uid() })
}

/// Removes the socket.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The next client; `None` if it is another user's process.
pub(super) async fn accept(listener: &Listener) -> io::Result<Option<UnixStream>> {
    let (stream, _) = listener.socket.accept().await?;
    let same = stream.peer_cred().is_ok_and(|peer| peer.uid() == listener.owner);
    Ok(same.then_some(stream))
}

/// Connects to the listening process if it belongs to this user, because a token may be sent there.
pub(super) async fn connect(path: &Path) -> io::Result<UnixStream> {
    let (_folder, short) = short(path)?;
    let stream = UnixStream::connect(short).await?;
    if stream.peer_cred()?.uid() == geteuid().as_raw() {
        Ok(stream)
    } else {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "another user's process listens on it"))
    }
}

/// The user's directory for sockets, if there is one that only the user can access.
pub(super) fn runtime_directory() -> Option<PathBuf> {
    let user = geteuid().as_raw();
    let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    // For programs that are started without the session's environment: by cron, ssh or a hook.
    let usual = PathBuf::from(format!("/run/user/{user}"));
    let own = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|is| is.is_dir() && is.uid() == user && is.mode() & 0o077 == 0)
    };
    named.into_iter().chain([usual]).find(own)
}

/// A path that fits into a socket's address, which has room for about 100 bytes. A longer path goes through an open
/// handle of the folder (Linux).
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
