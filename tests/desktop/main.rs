//! The real program on a real desktop: its icon, menu, notifications, keyring and window.
//!
//! Started by `tests/run`, which sets up the desktop (`session.sh`).
#![cfg(target_os = "linux")]
#![cfg(test)]

mod alerts;
mod api_down;
mod api_error_table;
mod appearance;
mod back_off;
mod clipboard;
mod configuration;
mod crash;
mod demo;
mod disk;
mod doctor;
mod figures;
mod foreground;
mod indicator_service;
mod keyring;
mod lifecycle;
mod login;
mod machine;
mod missing_libraries;
mod names;
mod network;
mod no_file_watching;
mod no_tray_host;
mod owner;
mod panel;
mod pictures;
mod pointer;
mod proxy;
mod quota_changes;
mod real_hosts;
mod rig;
mod secrecy;
mod servers;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod tray_hosts;
mod two_sessions;
mod window;
mod zone;
