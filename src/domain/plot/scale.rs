//! Where the lines behind a picture are.

use crate::domain::text;
use crate::domain::usage::GB;

/// A line behind a picture, with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where, on its axis.
    pub at: f64,
    /// What stands beside it.
    pub label: String,
}

/// About how many parts a height is cut into.
const PARTS: f64 = 4.0;

/// Round figures from 0 to `top` GB.
pub fn gigabytes(top: f64) -> Vec<Tick> {
    let step = step(top / PARTS);
    let count = (top / step).floor().max(0.0) as u32;
    (0..=count).map(f64::from).map(|n| Tick { at: n * step, label: label(n * step) }).collect()
}

fn label(gb: f64) -> String {
    text::gigabytes((gb * GB as f64).round() as u64)
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is not below `least`.
fn step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 2.5, 5.0];
    factors
        .iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * 0.999_999)
        .unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(top: f64) -> Vec<String> {
        gigabytes(top).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn lines_are_at_round_figures() {
        assert_eq!(labels(1060.0), ["0 GB", "500 GB", "1,000 GB"]);
        assert_eq!(labels(4900.0), ["0 GB", "2,000 GB", "4,000 GB"]);
        assert_eq!(labels(800.0), ["0 GB", "200 GB", "400 GB", "600 GB", "800 GB"]);
        assert_eq!(labels(1.0), ["0 GB", "0.25 GB", "0.50 GB", "0.75 GB", "1 GB"]);
    }
}
