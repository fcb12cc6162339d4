//! Detects the end of a session whose bus stays, with lingering or another login of the same user.

mod display;
#[cfg(feature = "window")]
mod x11;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use zbus::fdo::DBusProxy;
use zbus::zvariant::OwnedValue;

use super::NoDisplay;
use crate::platform::system_events::linux::FolderWatch;
use crate::platform::tray_host::{self, NoHost};
use crate::window_request::DisplayNames;
use display::Display;

/// The variables that a window needs from the session, which hands them to systemd.
const WINDOW_VARIABLES: [&str; 4] = ["WAYLAND_DISPLAY", "DISPLAY", "XAUTHORITY", "XDG_SESSION_TYPE"];
/// Timeout for the bus and for systemd.
const BUS_TIMEOUT: Duration = Duration::from_secs(2);
/// logind's folder, with one file per session.
const LOGIND_SESSIONS: &str = "/run/systemd/sessions";

/// Connects to the display in the environment as a test.
///
/// # Errors
/// [`NoDisplay`].
pub async fn try_display() -> Result<(), NoDisplay> {
    Display::connect().await.map(drop)
}

/// Whether no window can be shown.
pub async fn is_gone() -> bool {
    if display::is_named() { try_display().await.is_err() } else { display_variables().await.is_err() }
}

/// The variables that a window needs in addition to the environment. A tray started by a user unit before the
/// session has no display, so it asks systemd for the session's environment.
///
/// # Errors
/// [`NoDisplay::NotNamed`] if systemd knows no display either.
pub async fn display_variables() -> Result<Vec<(String, String)>, NoDisplay> {
    if display::is_named() {
        return Ok(Vec::new());
    }
    let asked = tokio::time::timeout(BUS_TIMEOUT, managers_environment()).await;
    let lines = asked.ok().and_then(Result::ok).unwrap_or_default();
    let all = lines.iter().filter_map(|line| line.split_once('='));
    let found: Vec<_> =
        all.filter(|(name, value)| WINDOW_VARIABLES.contains(name) && !value.is_empty()).collect();
    if !found.iter().any(|(name, _)| display::VARIABLES.contains(name)) {
        return Err(NoDisplay::NotNamed);
    }
    Ok(found.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The unique ID of the session's bus; `None` without a bus. One bus can have several addresses.
pub async fn bus_id() -> Option<String> {
    let asked = async {
        let bus = zbus::Connection::session().await?;
        Ok::<_, zbus::Error>(DBusProxy::new(&bus).await?.get_id().await?.to_string())
    };
    tokio::time::timeout(BUS_TIMEOUT, asked).await.ok()?.ok()
}

/// The display in the environment.
pub fn named_display() -> DisplayNames {
    display::names(|variable| env::var(variable).ok())
}

/// The display of this program's windows.
pub async fn window_display() -> DisplayNames {
    let added: HashMap<_, _> = display_variables().await.unwrap_or_default().into_iter().collect();
    display::names(|variable| env::var(variable).ok().or_else(|| added.get(variable).cloned()))
}

/// The environment that systemd gives to user services.
async fn managers_environment() -> zbus::Result<Vec<String>> {
    let bus = zbus::Connection::session().await?;
    let properties = Some("org.freedesktop.DBus.Properties");
    let asked = ("org.freedesktop.systemd1.Manager", "Environment");
    let (name, path) = (Some("org.freedesktop.systemd1"), "/org/freedesktop/systemd1");
    let answer = bus.call_method(name, path, properties, "Get", &asked).await?;
    let value: OwnedValue = answer.body().deserialize()?;
    Ok(Vec::try_from(value)?)
}

/// Returns when the session has ended: logind closed it, or its display and its tray host are both gone.
pub async fn ended() {
    tokio::select! {
        () = closed_by_logind() => tracing::info!("logind has closed the session"),
        () = display_and_host_gone() => tracing::info!("the session's display is gone, and its tray host"),
    }
}

/// The tray stays if the display returns, as after a crash of the X server, or if the host stays.
async fn display_and_host_gone() {
    let Ok(mut display) = Display::connect().await else { return std::future::pending().await };
    loop {
        display.disconnected().await;
        match reconnect().await {
            Some(back) => display = back,
            None => return,
        }
    }
}

/// Waits for the display; `None` if the host disappears too.
async fn reconnect() -> Option<Display> {
    // Without a bus, the tray ends anyway.
    let mut hosts = tray_host::Changes::watch().await.ok()?;
    loop {
        if let Ok(display) = Display::connect().await {
            return Some(display);
        }
        if let Err(NoHost::NoHost(_) | NoHost::NoBus(_)) = tray_host::find().await {
            return None;
        }
        hosts.next().await?;
    }
}

/// Returns when logind has closed the program's session. Never returns without a session, or for a session
/// without a display. The bus reports the end only after the last process has left, and the tray is one; the
/// session's file says so earlier (sd-login(3) reads it too).
async fn closed_by_logind() {
    if let Some(file) = logind_file()
        && let Ok(mut sessions) = FolderWatch::start(Path::new(LOGIND_SESSIONS))
    {
        loop {
            if !is_open(&file) {
                return;
            }
            if let Err(error) = sessions.changed().await {
                tracing::info!("logind's session files can't be watched: {error}");
                break;
            }
        }
    }
    std::future::pending().await
}

/// The file of a graphical session. A tray started over ssh for an existing display must not end with the ssh
/// session.
fn logind_file() -> Option<PathBuf> {
    let id = env::var("XDG_SESSION_ID").ok().filter(|id| !id.is_empty() && !id.contains(['/', '.']))?;
    let file = Path::new(LOGIND_SESSIONS).join(id);
    let graphical =
        matches!(value(&fs::read_to_string(&file).ok()?, "TYPE"), Some("x11" | "wayland" | "mir"));
    graphical.then_some(file)
}

fn is_open(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| value(&text, "STATE") != Some("closing"))
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}
