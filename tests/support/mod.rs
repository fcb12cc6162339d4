//! What the tests from outside share.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail as the test does")]

pub mod figures;
pub mod server;
pub mod tls;
