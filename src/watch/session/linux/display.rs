//! An idle connection to the session's display. The display closes it when it goes.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::system::uname;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use x11rb_protocol::connect::Connect;
use x11rb_protocol::parse_display::{ConnectAddress, ParsedDisplay, parse_display};
use x11rb_protocol::xauth::{Family, get_auth};

use super::NoDisplay;

/// What names a display, the one that is taken first.
pub(super) const VARIABLES: [&str; 2] = ["WAYLAND_DISPLAY", "DISPLAY"];
/// A display that has not answered by then is taken for gone.
const PATIENCE: Duration = Duration::from_secs(10);

fn named(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the environment names a display.
pub(super) fn is_named() -> bool {
    VARIABLES.iter().any(|name| named(name).is_some())
}

/// The connection; `None` to a display of another machine: holding it would keep `ssh -X` from ending.
pub(super) struct Display(Option<UnixStream>);

impl Display {
    /// Connects to what the environment names. On Wayland that is never an X server: one that serves Wayland's
    /// X programs may end when the last of them does.
    pub(super) async fn connect() -> Result<Display, NoDisplay> {
        let (name, connecting) = if let Some(socket) = named("WAYLAND_DISPLAY") {
            // A whole path stays one.
            let path = PathBuf::from(named("XDG_RUNTIME_DIR").unwrap_or_default()).join(&socket);
            (socket, tokio::time::timeout(PATIENCE, wayland(path)).await)
        } else if let Some(name) = named("DISPLAY") {
            let connecting = tokio::time::timeout(PATIENCE, x11(name.to_string_lossy().into_owned())).await;
            (name, connecting)
        } else {
            return Err(NoDisplay::NotNamed);
        };
        let connected = connecting.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        connected.map(Display).map_err(|error| {
            let name = name.to_string_lossy().into_owned();
            tracing::debug!("the display {name} can't be reached: {error}");
            NoDisplay::Gone(name)
        })
    }

    /// Returns when the display has closed the connection.
    pub(super) async fn until_gone(self) {
        let Some(mut stream) = self.0 else { return std::future::pending().await };
        // An X server tells everybody of a new keyboard layout, and nothing else.
        while let Ok(1..) = stream.read(&mut [0; 64]).await {}
    }
}

async fn wayland(path: PathBuf) -> io::Result<Option<UnixStream>> {
    UnixStream::connect(path).await.map(Some)
}

/// With all that the protocol has a client say at first: who says nothing is turned out after a minute, and a server
/// of another session is told by its refusal.
async fn x11(name: String) -> io::Result<Option<UnixStream>> {
    let display = parse_display(Some(&name)).map_err(io::Error::other)?;
    let Some(mut stream) = x11_socket(&display).await? else { return Ok(None) };
    let number = display.display;
    // It reads a file, which is not there where a server lets everybody in.
    let cookie = move || get_auth(Family::LOCAL, uname().nodename().to_bytes(), number).ok().flatten();
    let cookie = tokio::task::spawn_blocking(cookie).await.map_err(io::Error::other)?;
    let (name, data) = cookie.unwrap_or_default();
    let (mut connect, request) = Connect::with_authorization(name, data);
    stream.write_all(&request).await?;
    loop {
        let read = stream.read(connect.buffer()).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if connect.advance(read) {
            break;
        }
    }
    connect.into_setup().map_err(io::Error::other)?;
    Ok(Some(stream))
}

async fn x11_socket(display: &ParsedDisplay) -> io::Result<Option<UnixStream>> {
    for address in display.connect_instruction() {
        let ConnectAddress::Socket(path) = address else { continue };
        let hidden = [b"\0", path.as_bytes()].concat();
        return match UnixStream::connect(OsStr::from_bytes(&hidden)).await {
            Ok(stream) => Ok(Some(stream)),
            Err(_) => UnixStream::connect(path).await.map(Some),
        };
    }
    Ok(None)
}
