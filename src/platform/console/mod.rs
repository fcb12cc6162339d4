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

/// Shows an error in a message box if it would be lost otherwise: on Windows, in a program that was not started from a
/// terminal or by another program. Whether it did.
pub fn show_error(_error: &str) -> bool {
    #[cfg(windows)]
    return windows::show_error(_error);
    #[cfg(not(windows))]
    return false;
}
