//! The deciding part of the program lives through random months: each alert that is due comes, once, and no other; no
//! poll is put off, and it never turns in a circle.
//!
//! A short run. The long one: `tests/simulate 100000`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail as the test does"
)]

mod life;
mod reckoning;
mod service;
mod steps;
mod world;

#[test]
fn each_due_alert_comes_exactly_once_and_no_other() {
    let seed = match std::env::var("SIMULATION_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => jiff::Timestamp::now().as_nanosecond() as u64,
    };
    match life::lives(std::env::var("LIVES").map_or(300, |n| n.parse().unwrap()), seed) {
        Ok(figures) => {
            assert!(
                figures.months() > 100.0 && figures.thresholds > 100 && figures.kills > 20,
                "{figures:?}"
            );
            assert!(figures.forecasts > 10, "{figures:?}");
            assert!(figures.tokens > 10 && figures.expiries > 10 && figures.undelivered > 10, "{figures:?}");
        }
        Err(why) => panic!("SIMULATION_SEED={seed} brings this again. {why}"),
    }
}
