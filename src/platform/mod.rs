//! What differs between operating systems, one name for all of them: a folder per concern, with one file per system in it.

pub mod autostart;
pub mod console;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;
pub mod hardening;
pub mod subprocess;
pub mod system_events;
