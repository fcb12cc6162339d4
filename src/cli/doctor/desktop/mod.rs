//! What the desktop has to offer: a tray, notifications, a keyring.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::look;
#[cfg(not(target_os = "linux"))]
pub use other::look;
