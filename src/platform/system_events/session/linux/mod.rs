//! The end of a session whose bus stays: with lingering, or with another login of the same user.

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

/// What a window needs of the environment that a session gives to systemd.
const WINDOW_VARIABLES: [&str; 4] = ["WAYLAND_DISPLAY", "DISPLAY", "XAUTHORITY", "XDG_SESSION_TYPE"];
/// How long the bus, or systemd on it, may take to answer.
const BUS_TIMEOUT: Duration = Duration::from_secs(2);
/// One file per session.
const LOGIND_SESSIONS: &str = "/run/systemd/sessions";

/// Connects to the display that the environment names, to see whether it is there.
///
/// # Errors
/// [`NoDisplay`].
pub async fn try_display() -> Result<(), NoDisplay> {
    Display::connect().await.map(drop)
}

/// Whether no window can be shown any more, or none ever could.
pub async fn is_gone() -> bool {
    if display::is_named() { try_display().await.is_err() } else { display_variables().await.is_err() }
}

/// What has to be added to the environment for a window to find its display. A tray that a user unit started before
/// the session has none and asks systemd, to which the session gives its environment.
///
/// # Errors
/// [`NoDisplay::NotNamed`] when systemd knows none either.
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

/// The id of the session's bus, which no other has; `None` where there is none. One bus can have several addresses.
pub async fn bus_id() -> Option<String> {
    let asked = async {
        let bus = zbus::Connection::session().await?;
        Ok::<_, zbus::Error>(DBusProxy::new(&bus).await?.get_id().await?.to_string())
    };
    tokio::time::timeout(BUS_TIMEOUT, asked).await.ok()?.ok()
}

/// The display that the environment names.
pub fn named_display() -> DisplayNames {
    display::names(|variable| env::var(variable).ok())
}

/// The display that this program's windows are shown on.
pub async fn window_display() -> DisplayNames {
    let added: HashMap<_, _> = display_variables().await.unwrap_or_default().into_iter().collect();
    display::names(|variable| env::var(variable).ok().or_else(|| added.get(variable).cloned()))
}

/// The environment that systemd gives to the user's services.
async fn managers_environment() -> zbus::Result<Vec<String>> {
    let bus = zbus::Connection::session().await?;
    let properties = Some("org.freedesktop.DBus.Properties");
    let asked = ("org.freedesktop.systemd1.Manager", "Environment");
    let (name, path) = (Some("org.freedesktop.systemd1"), "/org/freedesktop/systemd1");
    let answer = bus.call_method(name, path, properties, "Get", &asked).await?;
    let value: OwnedValue = answer.body().deserialize()?;
    Ok(Vec::try_from(value)?)
}

/// Returns when the session has ended: logind says so, or its display and its tray host are both gone.
pub async fn ended() {
    tokio::select! {
        () = closed_by_logind() => tracing::info!("logind has closed the session"),
        () = display_and_host_gone() => tracing::info!("the session's display is gone, and its tray host"),
    }
}

/// A display that comes back, as after a crash of the X server, keeps the tray, and so does a host that stays.
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

/// The display, once it is there again; `None` when there is no host either.
async fn reconnect() -> Option<Display> {
    // Without a bus the tray ends by that.
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

/// Returns when logind has closed the session that the program was started in; never where there is none, or none with
/// a display of its own. The bus reports a session's end only when the last process has left it, and the tray is one:
/// the session's file says so before that (sd-login(3) reads the same).
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

/// The file of a session with a display. A tray that was started over ssh, for a display that is there, does not end with
/// the ssh session.
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
