//! An idle connection to the session's display, which closes it when it ends.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;

use super::NoDisplay;
use crate::window_request::DisplayNames;

/// The variables with the display's name, in order of precedence.
pub(super) const VARIABLES: [&str; 2] = ["WAYLAND_DISPLAY", "DISPLAY"];
/// A display that takes longer counts as gone.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

fn named(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the environment names a display.
pub(super) fn is_named() -> bool {
    VARIABLES.iter().any(|name| named(name).is_some())
}

/// All names of an environment's display: the Wayland socket, and the X server without a screen number.
pub(super) fn names(variable: impl Fn(&str) -> Option<String>) -> DisplayNames {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    let wayland = given("WAYLAND_DISPLAY").map(|socket| {
        let folder = PathBuf::from(variable("XDG_RUNTIME_DIR").unwrap_or_default());
        folder.join(socket).to_string_lossy().into_owned()
    });
    let x11 = given("DISPLAY").map(|name| name.strip_suffix(".0").unwrap_or(&name).to_owned());
    DisplayNames::new(wayland.into_iter().chain(x11).collect())
}

/// The connection. `None` for a remote display, whose connection would keep `ssh -X` from ending, and for a
/// kind that this build does not support.
pub(super) struct Display(Option<UnixStream>);

impl Display {
    /// Connects to the display in the environment. Under Wayland it never uses the X server, because Xwayland
    /// may exit with its last client.
    pub(super) async fn connect() -> Result<Display, NoDisplay> {
        let (name, connecting) = if let Some(socket) = named("WAYLAND_DISPLAY") {
            // `join` keeps an absolute path.
            let path = PathBuf::from(named("XDG_RUNTIME_DIR").unwrap_or_default()).join(&socket);
            (socket, tokio::time::timeout(CONNECT_TIMEOUT, connect_wayland(path)).await)
        } else if let Some(name) = named("DISPLAY") {
            let connecting =
                tokio::time::timeout(CONNECT_TIMEOUT, connect_x11(name.to_string_lossy().into_owned())).await;
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

    /// Returns when the display closes the connection.
    pub(super) async fn disconnected(self) {
        let Some(mut stream) = self.0 else { return std::future::pending().await };
        // An X server only sends keyboard layout changes.
        while let Ok(1..) = stream.read(&mut [0; 64]).await {}
    }
}

async fn connect_wayland(path: PathBuf) -> io::Result<Option<UnixStream>> {
    UnixStream::connect(path).await.map(Some)
}

#[cfg(feature = "window")]
use super::x11::connect as connect_x11;

/// A build without the window has no X11 client. It assumes that the display exists; logind reports the
/// session's end.
#[cfg(not(feature = "window"))]
async fn connect_x11(_: String) -> io::Result<Option<UnixStream>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn displays_match_by_any_name() {
        let display = |variables: &'static [(&str, &str)]| {
            names(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let both = display(&[
            ("WAYLAND_DISPLAY", "wayland-0"),
            ("XDG_RUNTIME_DIR", "/run/user/1"),
            ("DISPLAY", ":0"),
        ]);
        assert!(both.is(&display(&[("WAYLAND_DISPLAY", "/run/user/1/wayland-0")])));
        assert!(both.is(&display(&[("DISPLAY", ":0.0"), ("WAYLAND_DISPLAY", "")])));
        assert!(!both.is(&display(&[("DISPLAY", ":10.0")])));
        assert!(!both.is(&display(&[("WAYLAND_DISPLAY", "wayland-1"), ("XDG_RUNTIME_DIR", "/run/user/1")])));
        assert!(both.is(&display(&[])), "it may be any");
    }
}
