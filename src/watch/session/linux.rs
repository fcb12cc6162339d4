//! The end of a session whose bus stays: with lingering, or with another login of the same user.

mod display;
mod logind;

use super::NoDisplay;
use crate::tray::host::{self, NoHost};
use display::Display;

/// Whether the display that the environment names is there.
///
/// # Errors
/// [`NoDisplay`].
pub async fn display() -> Result<(), NoDisplay> {
    Display::connect().await.map(drop)
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
