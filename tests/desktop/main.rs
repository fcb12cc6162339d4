//! The real program on a real desktop: its icon, menu and notifications, the keyring, and what a user does with them.
//!
//! Started by `tests/run`, which makes the desktop (`session.sh`).
#![cfg(target_os = "linux")]
#![cfg(test)]

mod alerts;
mod api_down;
mod appearance;
mod back_off;
mod clipboard;
mod configuration;
mod crash;
mod demo;
mod disk;
mod doctor;
mod figures;
mod first;
mod foreground;
mod hosts;
mod indicator_service;
mod keyring;
mod lacking;
mod life;
mod login;
mod machine;
mod names;
mod network;
mod owner;
mod panel;
mod pictures;
mod pointer;
mod proxy;
mod quotas;
mod real_hosts;
mod rig;
mod rows;
mod secrecy;
mod servers;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod two_sessions;
mod unwatched;
mod window;
mod zone;
