//! What runs for long: the tray, the exporter and the demo, the poller that they share, and how other processes reach it.

pub mod accounts;
pub mod demo;
pub mod exporter;
pub mod hook;
pub mod instance_lock;
pub mod ipc;
pub mod lifecycle;
pub mod poller;
pub mod requests;
pub mod sibling;
pub mod tray;
#[cfg(feature = "window")]
pub mod tray_launcher;
pub mod window_opener;
