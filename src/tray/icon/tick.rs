//! A gauge's tick: how much of the month is gone, so that use running ahead of it is seen.

use std::f32::consts::TAU;

use super::arc::Arc;
use super::draw::Sketch;

/// The share of the month gone, cut to 32nds: about a day each, so that an icon changes about once a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tick(u8);

impl Tick {
    /// Into how many parts the month is cut.
    pub const PARTS: u8 = 32;

    /// The tick for `elapsed`, the share of the month gone: 0 to 1.
    pub fn at(elapsed: f64) -> Tick {
        // The cast saturates, and what is no number is 0.
        Tick(((elapsed * f64::from(Tick::PARTS)) as u8).min(Tick::PARTS - 1))
    }

    /// The middle of its part. So it never lies on an end of a gauge, where on a ring the month's first day is its
    /// last one too.
    pub(super) fn share(self) -> f32 {
        (f32::from(self.0) + 0.5) / f32::from(Tick::PARTS)
    }
}

/// A tick on a gauge, in pixels along it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mark {
    /// It is a notch in the filled part; otherwise a piece of its own in the empty one.
    notch: bool,
    start: f32,
    width: f32,
}

impl Mark {
    /// The mark on a gauge that is filled up to `used`. That the gauge has passed it, or not yet, must be seen: it keeps
    /// `gap` from where the filled part ends.
    fn on(length: f32, used: f32, tick: Tick, width: f32, gap: f32) -> Mark {
        let middle = length * tick.share();
        let start = |width: f32| (middle - width / 2.0).round();
        if middle < used && used >= 2.0 * gap {
            let width = width.min(used - gap);
            Mark { notch: true, start: start(width).min(used - gap - width).max(0.0), width }
        } else {
            let last = length - width - gap;
            Mark { notch: false, start: start(width).max(used + gap).min(last), width }
        }
    }

    /// From where to where the gauge is cut out, if it is: a notch, and what parts a piece from the filled part next to
    /// it, or from the same over a ring's top.
    fn cut(&self, length: f32, used: f32, gap: f32) -> Option<(f32, f32)> {
        let (start, end) = (self.start, self.start + self.width);
        if self.notch {
            return Some((start, end));
        }
        let beside = start - used < 2.0 * gap || length - end < 2.0 * gap;
        beside.then_some((start - gap, end + gap))
    }
}

/// The smallest picture with a tick on a ring. In a smaller one it is a smudge.
const LEAST_RING: f32 = 22.0;

/// Draws it on a ring that is filled up to the share `used`.
pub(super) fn on_ring(sketch: &mut Sketch, tick: Tick, used: f32) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    if grid.size < LEAST_RING {
        return;
    }
    let (middle, outer, inner) = (grid.middle, grid.radius(), grid.radius() - grid.heavy);
    let length = TAU * (outer + inner) / 2.0;
    // Longer along the ring than across: beside a figure it must not look like a point or a minus.
    let (width, gap) = (grid.part(0.11), grid.part(0.045));
    let used = length * used;
    let mark = Mark::on(length, used, tick, width, gap);
    if let Some((from, to)) = mark.cut(length, used, gap) {
        // A pixel more than the ring on both sides, to leave no fringe of it.
        let cut = Arc::ring(middle, middle, outer + 1.0, inner - 1.0).part(from / length, to / length);
        sketch.arc(cut, colors.ground);
    }
    if !mark.notch {
        let (from, to) = (mark.start / length, (mark.start + mark.width) / length);
        sketch.arc(Arc::ring(middle, middle, outer, inner).part(from, to), colors.accent);
    }
}

/// Draws it on a bar that begins at `x`, `y` and is filled for `used` pixels.
pub(super) fn on_bar(
    sketch: &mut Sketch,
    tick: Tick,
    used: f32,
    (x, y, length, height): (f32, f32, f32, f32),
) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let (width, gap) = (grid.part(0.07), grid.part(0.045));
    let mark = Mark::on(length, used, tick, width, gap);
    if let Some((from, to)) = mark.cut(length, used, gap) {
        sketch.rect(x + from, y, to - from, height, colors.ground);
    }
    if !mark.notch {
        sketch.rect(x + mark.start, y, mark.width, height, colors.accent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_share_is_a_part_of_the_month() {
        assert_eq!([0.0, 0.031, -1.0, f64::NAN].map(Tick::at), [Tick(0); 4]);
        assert_eq!([0.5, 0.531].map(Tick::at), [Tick(16); 2]);
        assert_eq!([0.97, 1.0, 2.0, f64::INFINITY].map(Tick::at), [Tick(31); 4]);
    }

    #[test]
    fn the_mark_is_on_its_side_of_where_the_filled_part_ends() {
        for (length, width, gap) in [(14.0, 1.0, 1.0), (20.0, 2.0, 1.0), (58.0, 4.0, 3.0), (182.0, 7.0, 3.0)]
        {
            for (used, part) in
                (0..length as u8).flat_map(|used| (0..Tick::PARTS).map(move |part| (used, part)))
            {
                let (used, tick) = (f32::from(used), Tick(part));
                let mark = Mark::on(length, used, tick, width, gap);
                let name = format!("{length} {used} {tick:?}: {mark:?}");
                assert!(
                    mark.width >= 1.0 && mark.start >= 0.0 && mark.start + mark.width <= length,
                    "{name}"
                );
                if mark.notch {
                    assert!(mark.start + mark.width + gap <= used, "{name}");
                }
                let passed = length * tick.share() < used;
                assert!(mark.notch == passed || used < 2.0 * gap, "{name}");
            }
        }
    }
}
