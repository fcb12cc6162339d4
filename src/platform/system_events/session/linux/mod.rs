//! The end of a session whose bus stays: with lingering, or with another login of the same user.

mod display;
mod logind;

use std::collections::HashMap;
use std::time::Duration;

use zbus::fdo::DBusProxy;
use zbus::zvariant::OwnedValue;

use super::NoDisplay;
use crate::domain::page::DisplayNames;
use crate::tray::host::{self, NoHost};
use display::Display;

/// Of what a session tells systemd, what a window needs.
const VARIABLES: [&str; 4] = ["WAYLAND_DISPLAY", "DISPLAY", "XAUTHORITY", "XDG_SESSION_TYPE"];
/// How long the bus, or systemd on it, may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the display that the environment names is there.
///
/// # Errors
/// [`NoDisplay`].
pub async fn display() -> Result<(), NoDisplay> {
    Display::connect().await.map(drop)
}

/// Whether no window can be shown any more, or none ever could.
pub async fn is_gone() -> bool {
    if display::is_named() { display().await.is_err() } else { variables().await.is_err() }
}

/// What has to be added to the environment for a window to find its display. A tray that a user unit has started before
/// the session, without one, is told of it by systemd, which learns it from the session.
///
/// # Errors
/// [`NoDisplay::NotNamed`] when systemd knows none either.
pub async fn variables() -> Result<Vec<(String, String)>, NoDisplay> {
    if display::is_named() {
        return Ok(Vec::new());
    }
    let asked = tokio::time::timeout(PATIENCE, managers_environment()).await;
    let lines = asked.ok().and_then(Result::ok).unwrap_or_default();
    let all = lines.iter().filter_map(|line| line.split_once('='));
    let found: Vec<_> = all.filter(|(name, value)| VARIABLES.contains(name) && !value.is_empty()).collect();
    if !found.iter().any(|(name, _)| display::VARIABLES.contains(name)) {
        return Err(NoDisplay::NotNamed);
    }
    Ok(found.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The id of the session's bus, which no other has; `None` where there is none. One bus can have several addresses.
pub async fn bus() -> Option<String> {
    let asked = async {
        let bus = zbus::Connection::session().await?;
        Ok::<_, zbus::Error>(DBusProxy::new(&bus).await?.get_id().await?.to_string())
    };
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()
}

/// The display that the environment names.
pub fn named_display() -> DisplayNames {
    display::names(|variable| std::env::var(variable).ok())
}

/// The display that this program's windows are shown on.
pub async fn windows_display() -> DisplayNames {
    let added: HashMap<_, _> = variables().await.unwrap_or_default().into_iter().collect();
    display::names(|variable| std::env::var(variable).ok().or_else(|| added.get(variable).cloned()))
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
        () = logind::closing() => tracing::info!("logind has closed the session"),
        () = nothing_shows() => tracing::info!("the session's display is gone, and its tray host"),
    }
}

/// A display that comes back, as after a crash of the X server, and a host that stays keep the tray.
async fn nothing_shows() {
    let Ok(mut display) = Display::connect().await else { return std::future::pending().await };
    loop {
        display.until_gone().await;
        match again().await {
            Some(back) => display = back,
            None => return,
        }
    }
}

/// The display, once it is there again; `None` when there is no host either.
async fn again() -> Option<Display> {
    // Without a bus the tray ends by that.
    let mut hosts = host::Changes::watch().await.ok()?;
    loop {
        if let Ok(display) = Display::connect().await {
            return Some(display);
        }
        if let Err(NoHost::NoHost(_) | NoHost::NoBus(_)) = host::find().await {
            return None;
        }
        hosts.next().await?;
    }
}
