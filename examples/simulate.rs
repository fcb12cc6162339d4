//! Simulates as many random months as the first argument says, and writes the figures into `docs/reliability.md`.
//!
//! Started by `tests/simulate`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "it is a test"
)]
#![allow(dead_code, reason = "it shares its parts with tests")]

#[path = "../tests/support/figures.rs"]
mod figures;
#[path = "../tests/simulation/oracle.rs"]
mod oracle;
#[path = "../tests/simulation/steps.rs"]
mod steps;
#[path = "../tests/simulation/world.rs"]
mod world;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use world::Counts;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|word| word.parse::<u64>().expect("a number"));
    let wanted = arguments.next().unwrap_or(1000) as f64;
    let first = arguments.next().unwrap_or_else(|| jiff::Timestamp::now().as_nanosecond() as u64);
    println!("seed {first}");
    std::panic::set_hook(Box::new(|_| {}));
    // Each thread takes the next seed; the first error ends all threads.
    let (seeds, total, wrong) = (AtomicU64::new(first), Mutex::new(Counts::default()), Mutex::new(None));
    let live = || {
        while total.lock().unwrap().months() < wanted && wrong.lock().unwrap().is_none() {
            match world::simulate(500, seeds.fetch_add(1, Ordering::Relaxed)) {
                Ok(counts) => {
                    let mut total = total.lock().unwrap();
                    total.add_all(&counts);
                    // An interrupted run keeps its figures.
                    tell(&total);
                }
                Err(why) => *wrong.lock().unwrap() = Some(why),
            }
            eprint!("\r{:.0} months", total.lock().unwrap().months());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(live);
        }
    });
    let total = total.into_inner().unwrap();
    if let Some(why) = wrong.into_inner().unwrap() {
        eprintln!("after {:.0} months, {why}", total.months());
        return ExitCode::FAILURE;
    }
    println!("\n{}", tell(&total));
    ExitCode::SUCCESS
}

/// Writes the figures to the page and returns them.
fn tell(total: &Counts) -> String {
    let grouped = linode_bandwidth::domain::text::grouped;
    let number = |what| grouped(total.of(what));
    let text = format!(
        "{} months, {} polls, {} kills, {} clocks that were set, {} notifications that could not be shown. The program \
         showed {} threshold alerts, {} forecast alerts, {} alerts about a refused token and {} about an expiring one: \
         every alert that was due and no other, {} of them twice, because the program was killed before it had \
         recorded them.\n",
        grouped(total.months() as u64),
        number("polls"),
        number("kills"),
        number("clock jumps"),
        number("undelivered"),
        number("thresholds"),
        grouped(total.of("forecasts") + total.of("computed forecasts")),
        number("tokens"),
        number("expiries"),
        number("repeated"),
    );
    figures::put("reliability.md", "simulation", &text);
    text
}
