//! What the window gets from the desktop, such as its light or dark style, and what it sends to the desktop.

#[cfg(target_os = "linux")]
mod clipboard;
mod file_dialogs;
#[cfg(target_os = "linux")]
mod foreground;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use clipboard::empty as empty_clipboard;
pub use file_dialogs::FileDialogs;
#[cfg(target_os = "linux")]
pub use foreground::Foreground;
#[cfg(target_os = "linux")]
pub use linux::Style;
#[cfg(target_os = "macos")]
pub use macos::prepare;

/// On other systems egui follows the desktop.
#[cfg(not(target_os = "linux"))]
pub struct Style;

#[cfg(not(target_os = "linux"))]
impl Style {
    pub fn ask() -> Style {
        Style
    }

    /// Only returns the dialogs.
    pub fn follow(self, _ctx: &eframe::egui::Context) -> FileDialogs {
        FileDialogs::system()
    }
}

/// On other systems a window needs no activation token.
#[cfg(not(target_os = "macos"))]
pub fn prepare(_options: &mut eframe::NativeOptions) {}

/// On other systems egui brings the window to the front.
#[cfg(not(target_os = "linux"))]
#[derive(Clone)]
pub struct Foreground;

#[cfg(not(target_os = "linux"))]
impl Foreground {
    pub fn new() -> Foreground {
        Foreground
    }

    pub fn set_window(&self, _made: &eframe::CreationContext<'_>) {}

    /// There are no portals.
    pub fn portal_handle(&self, _made: &eframe::CreationContext<'_>) -> String {
        String::new()
    }

    pub fn come(&self, _activation: Option<&crate::window_request::ActivationToken>) {}

    pub fn end(&self) {}
}

/// On other systems egui can always access the clipboard.
#[cfg(not(target_os = "linux"))]
pub fn empty_clipboard(_is_it: impl Fn(&str) -> bool + Send + 'static) -> bool {
    false
}
