//! The window's pages through the accessibility tree, without a display, with a fake API.
#![cfg(test)]
#![cfg(unix)]

mod accessibility;
mod accounts;
mod connection;
mod guide;
mod owner;
mod rig;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod usage;
