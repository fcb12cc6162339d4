//! The machine's sleep, where a service of the system tells of it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::watch;
#[cfg(not(target_os = "linux"))]
pub use other::watch;
