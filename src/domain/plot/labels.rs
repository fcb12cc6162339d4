//! Ticks and labels. A label's size depends on its letters, not on the plot, so labels need their own space.

use crate::domain::text;
use crate::domain::usage::GB;

/// A label at the end of the month, next to what it describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its height in GB.
    pub at: f64,
    /// What it says.
    pub text: String,
    /// What it describes.
    pub of: LabelKind,
}

/// What a label describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelKind {
    /// The line of the quota.
    Quota,
    Forecast,
    Threshold,
}

/// How much wider than `wide` a plot of `points` points must be so that a label of `label` points fits on the right.
/// The label gets at most half of the plot.
pub fn label_margin(wide: f64, points: f64, label: f64) -> f64 {
    let label = label.min(points / 2.0);
    if label > 0.0 { wide * label / (points - label) } else { 0.0 }
}

/// A grid line with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Its position on the axis.
    pub at: f64,
    pub label: String,
}

/// About how many parts the height is divided into.
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

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`.
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

    #[test]
    fn a_label_behind_a_picture_has_its_room_whatever_the_width() {
        for (points, label) in [(300.0, 90.0), (600.0, 90.0), (600.0, 110.0)] {
            let behind = label_margin(31.0, points, label);
            let in_points = behind / (31.0 + behind) * points;
            assert!((in_points - label).abs() < 1e-9, "{label} of {points}: {in_points}");
        }
        assert_eq!(label_margin(31.0, 600.0, 0.0), 0.0);
        assert_eq!(label_margin(31.0, 100.0, 90.0), 31.0, "half is left");
        assert_eq!(label_margin(31.0, 0.0, 90.0), 0.0);
    }

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
