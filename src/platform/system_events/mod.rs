//! Changes of the world that are told of, not asked for.

#[cfg(target_os = "linux")]
pub mod bus;
pub mod clock;
pub mod config_file;
#[cfg(target_os = "linux")]
mod descriptor;
#[cfg(target_os = "linux")]
mod folder;
pub mod machine;
pub mod network;
pub mod session;
pub mod signals;
pub mod sleep;
pub mod zone;
