//! Many lives, of about a month each.

use std::cell::RefCell;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::steps::{Step, step};
use crate::world::{Figures, World};

/// A life: the day on which it begins, the poll interval in hours, the API's lag at a month's end in minutes, and what
/// happens in it.
fn life() -> impl Strategy<Value = (u32, u32, i64, Vec<Step>)> {
    (0u32..360, 12u32..=24, 0i64..1800, proptest::collection::vec(step(), 20..120))
}

/// Lives so many lives by the random numbers that follow from `seed`.
///
/// # Errors
/// The shortest life that was found in which something is wrong, and what.
pub fn lives(count: u32, seed: u64) -> Result<Figures, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let runs = Runs {
        cases: count,
        failure_persistence: None,
        max_shrink_iters: std::env::var("SHRINK").map_or(3000, |n| n.parse().unwrap()),
        ..Runs::default()
    };
    let total = RefCell::new(Figures::default());
    let run = |(day, hours, lag, steps): (u32, u32, i64, Vec<Step>)| {
        let mut world = World::new(day, hours, lag);
        for step in steps {
            world.take(step);
        }
        total.borrow_mut().add(&world.end());
        Ok(())
    };
    match TestRunner::new_with_rng(runs, rng).run(&life(), run) {
        Ok(()) => Ok(total.into_inner()),
        Err(TestError::Fail(why, life)) => Err(format!("seed {seed}: {why}\nin the life {life:#?}")),
        Err(TestError::Abort(why)) => Err(format!("seed {seed}: {why}")),
    }
}

impl Figures {
    pub fn add(&mut self, other: &Figures) {
        self.time += other.time;
        self.polls += other.polls;
        self.kills += other.kills;
        self.clock_jumps += other.clock_jumps;
        self.thresholds += other.thresholds;
        self.forecasts += other.forecasts;
        self.tokens += other.tokens;
        self.expiries += other.expiries;
        self.repeated += other.repeated;
        self.undelivered += other.undelivered;
    }

    /// The time lived through, in months of a twelfth of a year.
    pub fn months(&self) -> f64 {
        self.time.as_secs_f64() / Duration::from_secs(365 * 24 * 3600 / 12).as_secs_f64()
    }
}
