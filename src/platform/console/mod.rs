//! The console window that Windows gives to a command-line program. One program contains the commands, which
//! need it, and the tray, which must not have one.

#[cfg(windows)]
mod windows;

/// Closes the console if no other process shares it. Later output is lost unless it was redirected. Other
/// systems have no such console.
pub fn close_own() {
    #[cfg(windows)]
    windows::close_own();
}
