//! Whether the desktop has a place for the icon.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::{Changes, find, host_name};
#[cfg(not(target_os = "linux"))]
pub use other::{Changes, find, place};

/// Why it has none, and what brings one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHost {
    /// There is no session bus to ask on.
    #[error("There is no session bus ({0}): start it inside a desktop session.")]
    NoBus(String),
    /// No panel shows StatusNotifierItems. The hint is for the desktop that runs.
    #[error("No panel shows its icon: {0}.")]
    NoHost(&'static str),
    /// There is one, and it does not answer.
    #[error("The tray host does not answer: restart the panel, or log out and in.")]
    Silent,
}
