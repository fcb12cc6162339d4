//! Systems whose tray is always there.

use super::NoHost;

/// The system's own tray is there.
///
/// # Errors
/// None.
pub async fn find() -> Result<(), NoHost> {
    Ok(())
}

/// Where icons are, in words.
pub fn host_name() -> String {
    if cfg!(target_os = "macos") { "the menu bar".to_owned() } else { "the system tray".to_owned() }
}

/// What tells of hosts that come and go: here none does.
pub struct Changes;

impl Changes {
    /// Hears of them from now on.
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
