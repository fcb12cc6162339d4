//! A connection to an X11 display.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::system::uname;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use x11rb_protocol::connect::Connect;
use x11rb_protocol::parse_display::{ConnectAddress, ParsedDisplay, parse_display};
use x11rb_protocol::xauth::{Family, get_auth};

/// Connects and completes the setup: the server disconnects silent clients after a minute, and refuses clients
/// of another session.
pub(super) async fn connect(name: String) -> io::Result<Option<UnixStream>> {
    let display = parse_display(Some(&name)).map_err(io::Error::other)?;
    let Some(mut stream) = socket(&display).await? else { return Ok(None) };
    let number = display.display;
    // This reads a file, which is missing if the server admits everyone.
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

async fn socket(display: &ParsedDisplay) -> io::Result<Option<UnixStream>> {
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
