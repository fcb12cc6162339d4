//! The window's pages as assistive technology meets them: by the names in the accessibility tree, without a display,
//! against a server that stands in for the API.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail as the test does"
)]

mod accounts;
mod guide;
mod rig;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod usage;
