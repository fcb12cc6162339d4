//! Labels, and room for them: they are as large as their letters and not as what they are about.

use super::month::MonthPlot;

/// What stands at the month's end, beside what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// At how many GB.
    pub at: f64,
    /// What it says.
    pub text: String,
    /// What it is about.
    pub of: Of,
}

/// What a label is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The pool's line.
    Quota,
    /// The forecast.
    Ahead,
    /// A threshold.
    Threshold,
}

impl MonthPlot {
    /// The labels at the month's end that are at least `apart` GB from one another. The pool's line comes first, and of
    /// those that are close the later one is left out.
    pub fn labels(&self, apart: f64) -> Vec<Label> {
        let quota =
            self.quota.last().map(|quota| Label { at: quota.y, text: self.quota_label(), of: Of::Quota });
        let ahead = self.ahead.map(|ahead| Label { at: ahead.to.y, text: ahead.label(), of: Of::Ahead });
        let thresholds = self.thresholds.iter().rev();
        let thresholds =
            thresholds.map(|tick| Label { at: tick.at, text: tick.label.clone(), of: Of::Threshold });
        let mut labels: Vec<Label> = Vec::new();
        for label in quota.into_iter().chain(ahead).chain(thresholds) {
            if labels.iter().all(|other| (other.at - label.at).abs() >= apart) {
                labels.push(label);
            }
        }
        labels
    }
}

/// How much wider than `wide` a picture has to be that is drawn `points` wide, so that a label of `label` points has room
/// to the right of it. A label leaves at least half of the picture to what it is about.
pub fn behind(wide: f64, points: f64, label: f64) -> f64 {
    let label = label.min(points / 2.0);
    if label > 0.0 { wide * label / (points - label) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_behind_a_picture_has_its_room_whatever_the_width() {
        for (points, label) in [(300.0, 90.0), (600.0, 90.0), (600.0, 110.0)] {
            let behind = behind(31.0, points, label);
            let in_points = behind / (31.0 + behind) * points;
            assert!((in_points - label).abs() < 1e-9, "{label} of {points}: {in_points}");
        }
        assert_eq!(behind(31.0, 600.0, 0.0), 0.0);
        assert_eq!(behind(31.0, 100.0, 90.0), 31.0, "half is left");
        assert_eq!(behind(31.0, 0.0, 90.0), 0.0);
    }
}
