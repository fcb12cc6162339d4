//! The history file as a disk has it: after a kill in the midst of writing, and after two years.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's helpers fail as the test does"
)]

mod killed;
mod size;
