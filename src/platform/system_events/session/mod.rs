//! The session that the program was started in, and its display.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::{bus_id, display_variables, ended, is_gone, named_display, try_display, window_display};
#[cfg(not(target_os = "linux"))]
pub use other::{bus_id, display_variables, ended, is_gone, named_display, try_display, window_display};

/// Why the session can't show windows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDisplay {
    #[error("The tray was started without a display: start it again from the desktop")]
    NotNamed,
    /// The display is gone, or now belongs to another session.
    #[error("The display {0} can't be reached: start the tray again from the desktop")]
    Gone(String),
}
