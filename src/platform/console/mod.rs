//! The window that Windows gives a program which prints. The same program is the commands, which need one, and the tray,
//! which is not to have one.

#[cfg(not(windows))]
mod other;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
use other as system;
#[cfg(windows)]
use windows as system;

pub use system::let_go;
