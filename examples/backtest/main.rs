//! Measures the forecast: `cargo run --example backtest` compares it with two simple methods on generated and real
//! months, and writes the tables into docs/forecast.md. With `-- spikes` it measures the spike alert instead, for
//! docs/notifications.md.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)] // It is no part of the program.

mod alerts;
mod cases;
mod months;
mod spikes;
mod tables;

use std::fs;
use std::path::Path;

use linode_bandwidth::domain::forecast::TUNED;

/// The settings were tuned on the months of this seed.
const TRAINING: u64 = 1;
/// All tables except the one of the settings are about the months of this seed.
const TEST: u64 = 2;
/// Generated months of each kind.
const COUNT: usize = 300;

const BEGIN: &str = "<!-- written by `cargo run --example backtest` from here -->\n";
const END: &str = "<!-- to here -->\n";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::args().any(|argument| argument == "spikes") {
        return write(&root.join("docs/notifications.md"), &spikes::table(TEST, COUNT));
    }
    let read = |name: &str| fs::read_to_string(root.join("tests/data").join(name)).unwrap();
    let mut trials = months::generated(TEST, COUNT);
    trials.extend(months::real(&read("page-views.csv"), TEST));
    trials.extend(months::real(&read("daily-loads.csv"), TEST));
    let training = months::generated(TRAINING, COUNT);
    let cases = cases::of(&trials, true);
    let mut text = tables::errors(&cases, &cases::of(&trials, false));
    text += &tables::overs(&cases);
    text += &tables::band(&cases, &TUNED);
    text += &alerts::table(&trials);
    text += &tables::settings(&cases::of(&training, true), &cases::of(&training, false), &TUNED);
    write(&root.join("docs/forecast.md"), &text);
}

/// Prints `text` and puts it between the marks of the page.
fn write(path: &Path, text: &str) {
    print!("{text}");
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    fs::write(path, format!("{before}{BEGIN}{text}\n{END}{after}")).unwrap();
}
