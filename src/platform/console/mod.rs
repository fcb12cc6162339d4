//! The console window that Windows gives a program which prints. One program is both the commands, which need it, and the
//! tray, which must not have one.

#[cfg(windows)]
mod windows;

/// Closes the console if no other process shares it. What is printed from here on goes nowhere, unless it went somewhere
/// else already. Other systems give a program no console of its own.
pub fn close_own() {
    #[cfg(windows)]
    windows::close_own();
}
