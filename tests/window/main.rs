//! The window's pages as assistive technology meets them: by the names in the accessibility tree, without a display,
//! against a server that stands in for the API.
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
