//! What the window takes from the desktop, light or dark, and what it has to tell it.

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

/// Elsewhere the window's own library follows the desktop.
#[cfg(not(target_os = "linux"))]
pub struct Style;

#[cfg(not(target_os = "linux"))]
impl Style {
    /// Nothing to ask.
    pub fn ask() -> Style {
        Style
    }

    /// Nothing to do but to say what dialogs there are.
    pub fn follow(self, _ctx: &eframe::egui::Context) -> FileDialogs {
        FileDialogs::system()
    }
}

/// Elsewhere a window needs no activation token.
#[cfg(not(target_os = "macos"))]
pub fn prepare(_options: &mut eframe::NativeOptions) {}

/// Elsewhere the window's own library brings it to the front.
#[cfg(not(target_os = "linux"))]
#[derive(Clone)]
pub struct Foreground;

#[cfg(not(target_os = "linux"))]
impl Foreground {
    /// Nothing to begin with.
    pub fn new() -> Foreground {
        Foreground
    }

    /// Nothing to find.
    pub fn set_window(&self, _made: &eframe::CreationContext<'_>) {}

    /// Nothing to add.
    pub fn come(&self, _activation: Option<&crate::window_request::ActivationToken>) {}

    /// Nothing to end.
    pub fn end(&self) {}
}

/// Elsewhere the window's own library has it, whichever window has the keyboard.
#[cfg(not(target_os = "linux"))]
pub fn empty_clipboard(_is_it: impl Fn(&str) -> bool + Send + 'static) -> bool {
    false
}
