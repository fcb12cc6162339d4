//! What the window takes from the desktop: light or dark.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::follow;

/// Elsewhere the window's own library follows the desktop.
#[cfg(not(target_os = "linux"))]
pub fn follow(_ctx: &eframe::egui::Context) {}
