//! Detects whether the desktop can show the icon.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::{Changes, find, host_name};
#[cfg(not(target_os = "linux"))]
pub use other::{Changes, find, host_name};

/// Why there is no tray host, with advice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHost {
    #[error("There is no session bus ({0}): start it inside a desktop session.")]
    NoBus(String),
    /// No panel shows StatusNotifierItems. The hint depends on the desktop.
    #[error("No panel shows its icon: {0}.")]
    NoHost(&'static str),
    /// The watcher does not respond.
    #[error("The tray host does not answer: restart the panel, or log out and in.")]
    Silent,
}

/// Whether the tray puts a new icon where only a click shows it, as Windows 11's does.
pub fn hides_new_icons() -> bool {
    cfg!(windows)
}
