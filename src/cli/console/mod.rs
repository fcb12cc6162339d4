//! The window that Windows gives a program which prints. The same program is the commands, which need one, and the tray,
//! which is not to have one.

#[cfg(not(windows))]
#[path = "other.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

pub use system::let_go;
