//! What the window takes from the desktop, light or dark, and what it has to tell it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use linux::Style;
#[cfg(target_os = "macos")]
pub use macos::prepare;

/// Elsewhere the window's own library follows the desktop.
#[cfg(not(target_os = "linux"))]
pub struct Style;

#[cfg(not(target_os = "linux"))]
impl Style {
    /// Nothing to ask.
    pub fn ask() -> Style {
        Style
    }

    /// Nothing to do.
    pub fn follow(self, _ctx: &eframe::egui::Context) {}
}

/// Elsewhere a window needs no leave.
#[cfg(not(target_os = "macos"))]
pub fn prepare(_options: &mut eframe::NativeOptions) {}
