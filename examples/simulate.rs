//! Lives through random months until there are as many as the first argument says, and writes the figures into
//! `docs/reliability.md`.
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
#[path = "../tests/simulation/life.rs"]
mod life;
#[path = "../tests/simulation/reckoning.rs"]
mod reckoning;
#[path = "../tests/simulation/steps.rs"]
mod steps;
#[path = "../tests/simulation/world.rs"]
mod world;

use std::process::ExitCode;

use world::Figures;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|word| word.parse::<u64>().expect("a number"));
    let wanted = arguments.next().unwrap_or(1000) as f64;
    let first = arguments.next().unwrap_or_else(|| jiff::Timestamp::now().as_nanosecond() as u64);
    println!("seed {first}");
    let (mut total, mut seed) = (Figures::default(), first);
    std::panic::set_hook(Box::new(|_| {}));
    while total.months() < wanted {
        match life::lives(1000, seed) {
            Ok(figures) => total.add(&figures),
            Err(why) => {
                eprintln!("after {:.0} months, {why}", total.months());
                return ExitCode::FAILURE;
            }
        }
        seed = seed.wrapping_add(1);
        eprint!("\r{:.0} months", total.months());
    }
    let number = |count: u64| linode_bandwidth::domain::text::grouped(count);
    let Figures { polls, kills, clock_jumps, thresholds, tokens, expiries, repeated, undelivered, .. } =
        total;
    let text = format!(
        "{} months, {} polls, {} kills, {} clocks that were set, {} notifications that could not be shown. Shown were \
         {} alerts of a threshold, {} of a refused token and {} of one that expires: each that was due and no other, {} of \
         them a second time because the program was killed before it had written them down.\n",
        number(total.months() as u64),
        number(polls),
        number(kills),
        number(clock_jumps),
        number(undelivered),
        number(thresholds),
        number(tokens),
        number(expiries),
        number(repeated),
    );
    println!("\n{text}");
    figures::put("reliability.md", "simulation", &text);
    ExitCode::SUCCESS
}
