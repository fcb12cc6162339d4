//! Operating system differences: one module per concern, one leaf per system.

pub mod app_identity;
pub mod autostart;
pub mod console;
#[cfg(target_os = "linux")]
pub mod dbus;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;
pub mod hardening;
pub mod memory;
pub mod private_file;
pub mod subprocess;
pub mod system_events;
pub mod task;
pub mod tray_host;
