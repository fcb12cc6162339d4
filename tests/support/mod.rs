//! What the tests from outside share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod figures;
pub mod server;
pub mod tls;
