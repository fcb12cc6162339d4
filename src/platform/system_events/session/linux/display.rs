//! An idle connection to the session's display. The display closes it when it goes.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;

use super::NoDisplay;
use crate::window_request::DisplayNames;

/// What names a display; the first one set counts.
pub(super) const VARIABLES: [&str; 2] = ["WAYLAND_DISPLAY", "DISPLAY"];
/// A display that has not answered by then is taken for gone.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

fn named(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether the environment names a display.
pub(super) fn is_named() -> bool {
    VARIABLES.iter().any(|name| named(name).is_some())
}

/// The display of an environment, by all of its names: Wayland's socket, and an X server without the number of a screen.
pub(super) fn names(variable: impl Fn(&str) -> Option<String>) -> DisplayNames {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    let wayland = given("WAYLAND_DISPLAY").map(|socket| {
        let folder = PathBuf::from(variable("XDG_RUNTIME_DIR").unwrap_or_default());
        folder.join(socket).to_string_lossy().into_owned()
    });
    let x11 = given("DISPLAY").map(|name| name.strip_suffix(".0").unwrap_or(&name).to_owned());
    DisplayNames::new(wayland.into_iter().chain(x11).collect())
}

/// The connection; `None` to a display that is not held on to: of another machine, which would keep `ssh -X` from ending,
/// or of a kind that this build can't talk to.
pub(super) struct Display(Option<UnixStream>);

impl Display {
    /// Connects to what the environment names. On Wayland that is never an X server: one that serves Wayland's
    /// X programs may end when the last of them does.
    pub(super) async fn connect() -> Result<Display, NoDisplay> {
        let (name, connecting) = if let Some(socket) = named("WAYLAND_DISPLAY") {
            // A whole path stays one.
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

    /// Returns when the display has closed the connection.
    pub(super) async fn disconnected(self) {
        let Some(mut stream) = self.0 else { return std::future::pending().await };
        // An X server tells everybody of a new keyboard layout, and nothing else.
        while let Ok(1..) = stream.read(&mut [0; 64]).await {}
    }
}

async fn connect_wayland(path: PathBuf) -> io::Result<Option<UnixStream>> {
    UnixStream::connect(path).await.map(Some)
}

#[cfg(feature = "window")]
use super::x11::connect as connect_x11;

/// A build without the window can't talk to an X server. Its display counts as there, and logind tells of the session's
/// end.
#[cfg(not(feature = "window"))]
async fn connect_x11(_: String) -> io::Result<Option<UnixStream>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_display_is_known_by_each_of_its_names() {
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
