//! The domain in random months: each alert comes exactly once when it is due, no poll is delayed, and there are no
//! endless loops.
//!
//! A short run. `tests/simulate 100000` makes a long one.
#![cfg(test)]

mod oracle;
mod spikes;
mod steps;
mod world;

#[test]
fn each_due_alert_comes_exactly_once_and_no_other() {
    let seed = match std::env::var("SIMULATION_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => jiff::Timestamp::now().as_nanosecond() as u64,
    };
    match world::simulate(200, seed) {
        Ok(counts) => {
            let enough = [("thresholds", 100), ("kills", 20), ("forecasts", 5), ("computed forecasts", 5)];
            let more = [("tokens", 10), ("expiries", 10), ("undelivered", 10), ("inherited", 10)];
            for (what, least) in enough.into_iter().chain(more) {
                assert!(counts.of(what) > least, "{what}: {counts:?}");
            }
            assert!(counts.months() > 100.0, "{counts:?}");
        }
        Err(why) => panic!("SIMULATION_SEED={seed} brings this again. {why}"),
    }
}
