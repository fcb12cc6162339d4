//! The month marker of a gauge: how much of the month has passed, so that use ahead of it is visible.

use std::f32::consts::TAU;

use super::painter::Painter;

/// The smallest picture with a marker on a ring, in pixels. In a smaller one it would be a smudge.
const MIN_RING_SIZE: f32 = 22.0;

/// The part of the month that has passed, cut to 32nds. One is about a day, so the icon changes about once a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MonthMarker(u8);

impl MonthMarker {
    /// Number of parts in a month.
    pub const PARTS: u8 = 32;

    /// The marker for `elapsed`, the part of the month that has passed, 0 to 1.
    pub fn from_elapsed(elapsed: f64) -> MonthMarker {
        // The cast saturates and turns NaN into 0.
        MonthMarker(((elapsed * f64::from(MonthMarker::PARTS)) as u8).min(MonthMarker::PARTS - 1))
    }

    /// The middle of the marker's part, so that it is never at an end of the gauge. On a ring the month's first and
    /// last day are the same point.
    fn share(self) -> f32 {
        (f32::from(self.0) + 0.5) / f32::from(MonthMarker::PARTS)
    }

    /// Draws it on a ring that is filled up to the share `used`.
    pub(super) fn draw_on_ring(self, painter: &mut Painter, used: f32) {
        let (grid, colors) = (painter.grid, painter.colors);
        if grid.size < MIN_RING_SIZE {
            return;
        }
        let (outer, inner) = (grid.radius(), grid.radius() - grid.heavy);
        let length = TAU * (outer + inner) / 2.0;
        // Longer along the ring than across: next to a figure it must not look like a point or a minus.
        let (width, gap) = (grid.part(0.11), grid.part(0.045));
        let used = length * used;
        let mark = Mark::new(length, used, self, width, gap);
        if let Some((from, to)) = mark.knockout(length, used, gap) {
            // One pixel beyond the ring on both sides, so that no fringe of it remains.
            painter.ring_part(outer + 1.0, inner - 1.0, from / length..to / length, colors.background);
        }
        if !mark.notch {
            let (from, to) = (mark.start / length, (mark.start + mark.width) / length);
            painter.ring_part(outer, inner, from..to, colors.accent);
        }
    }

    /// Draws it on a bar that begins at `x`, `y` and is filled for `used` pixels.
    pub(super) fn draw_on_bar(
        self,
        painter: &mut Painter,
        used: f32,
        (x, y, length, height): (f32, f32, f32, f32),
    ) {
        let (grid, colors) = (painter.grid, painter.colors);
        let (width, gap) = (grid.part(0.07), grid.part(0.045));
        let mark = Mark::new(length, used, self, width, gap);
        if let Some((from, to)) = mark.knockout(length, used, gap) {
            painter.rect(x + from, y, to - from, height, colors.background);
        }
        if !mark.notch {
            painter.rect(x + mark.start, y, mark.width, height, colors.accent);
        }
    }
}

/// A marker's place on a gauge, in pixels along it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mark {
    /// Whether it is a notch in the filled part; otherwise it is a separate piece in the empty part.
    notch: bool,
    start: f32,
    width: f32,
}

impl Mark {
    /// The marker on a gauge that is filled up to `used`. It keeps `gap` from the end of the filled part, so that the
    /// order of the two is visible.
    fn new(length: f32, used: f32, marker: MonthMarker, width: f32, gap: f32) -> Mark {
        let middle = length * marker.share();
        let start = |width: f32| (middle - width / 2.0).round();
        if middle < used && used >= 2.0 * gap {
            let width = width.min(used - gap);
            Mark { notch: true, start: start(width).min(used - gap - width).max(0.0), width }
        } else {
            let last = length - width - gap;
            Mark { notch: false, start: start(width).max(used + gap).min(last), width }
        }
    }

    /// The piece of the gauge to cut out, if any: the notch itself, or the gap between a marker and the filled part
    /// next to it, also across a ring's top.
    fn knockout(&self, length: f32, used: f32, gap: f32) -> Option<(f32, f32)> {
        let (start, end) = (self.start, self.start + self.width);
        if self.notch {
            return Some((start, end));
        }
        let beside = start - used < 2.0 * gap || length - end < 2.0 * gap;
        beside.then_some((start - gap, end + gap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_share_is_a_part_of_the_month() {
        assert_eq!([0.0, 0.031, -1.0, f64::NAN].map(MonthMarker::from_elapsed), [MonthMarker(0); 4]);
        assert_eq!([0.5, 0.531].map(MonthMarker::from_elapsed), [MonthMarker(16); 2]);
        assert_eq!([0.97, 1.0, 2.0, f64::INFINITY].map(MonthMarker::from_elapsed), [MonthMarker(31); 4]);
    }

    #[test]
    fn the_mark_is_on_its_side_of_where_the_filled_part_ends() {
        for (length, width, gap) in [(14.0, 1.0, 1.0), (20.0, 2.0, 1.0), (58.0, 4.0, 3.0), (182.0, 7.0, 3.0)]
        {
            for (used, part) in
                (0..length as u8).flat_map(|used| (0..MonthMarker::PARTS).map(move |part| (used, part)))
            {
                let (used, marker) = (f32::from(used), MonthMarker(part));
                let mark = Mark::new(length, used, marker, width, gap);
                let name = format!("{length} {used} {marker:?}: {mark:?}");
                assert!(
                    mark.width >= 1.0 && mark.start >= 0.0 && mark.start + mark.width <= length,
                    "{name}"
                );
                if mark.notch {
                    assert!(mark.start + mark.width + gap <= used, "{name}");
                }
                let passed = length * marker.share() < used;
                assert!(mark.notch == passed || used < 2.0 * gap, "{name}");
            }
        }
    }
}
