//! Room for labels, which are as wide as their letters and not as what they are about.

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
