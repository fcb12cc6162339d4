//! Shared code of the integration tests.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod figures;
pub mod owner;
pub mod server;
pub mod tls;

/// Skips a test that can't run here, or fails it where all tests must run.
#[cfg(test)]
pub fn skip(why: &str) {
    let all = ["CI", "REQUIRE_ALL_TESTS"].into_iter().find(|name| std::env::var_os(name).is_some());
    assert!(all.is_none(), "every test has to run where {all:?} is set, but {why}");
    eprintln!("skipped: {why}");
}
