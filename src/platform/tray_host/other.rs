//! Systems that always have a tray.

use super::NoHost;

/// Always finds the system's tray.
///
/// # Errors
/// None.
pub async fn find() -> Result<(), NoHost> {
    Ok(())
}

/// The tray's name for a sentence.
pub fn host_name() -> String {
    if cfg!(target_os = "macos") { "the menu bar".to_owned() } else { "the system tray".to_owned() }
}

/// A subscription without events: the tray never disappears.
pub struct Changes;

impl Changes {
    /// Subscribes.
    ///
    /// # Errors
    /// None.
    pub async fn watch() -> std::io::Result<Changes> {
        Ok(Changes)
    }

    /// Never returns.
    pub async fn next(&mut self) -> Option<()> {
        std::future::pending().await
    }
}
