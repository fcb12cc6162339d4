//! A gauge's tick: how much of the month is gone, so that use running ahead of it is seen.

use super::canvas::Shape;
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

/// The smallest picture with a tick on a ring. In a smaller one it is a smudge.
const LEAST_RING: f32 = 22.0;

/// Draws it across a ring: a line that stands out of it, cut free on both sides, so that it reads on the filled part
/// as on the empty one.
pub(super) fn across_ring(sketch: &mut Sketch, tick: Tick) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    if grid.size < LEAST_RING {
        return;
    }
    let (line, gap) = (grid.part(0.07), grid.part(0.045));
    let (outer, inner) = (grid.radius(), grid.radius() - grid.heavy);
    let beam = |outer, inner, width| Shape::new().beam(grid.middle, outer, inner, tick.share(), width);
    sketch.fill(beam(outer + 0.5, inner - 0.5, line + 2.0 * gap), colors.ground);
    sketch.fill(beam(outer + grid.margin / 2.0, inner, line), colors.ink);
}

/// Draws it through a bar that begins at `x`, `y`, likewise.
pub(super) fn through_bar(sketch: &mut Sketch, tick: Tick, (x, y, width, height): (f32, f32, f32, f32)) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let (line, gap) = (grid.part(0.05), grid.part(0.04));
    let left = (x + width * tick.share() - line / 2.0).round().clamp(x, x + width - line);
    let (start, end) = ((left - gap).max(x), (left + line + gap).min(x + width));
    sketch.fill(Shape::new().rect(start, y, end - start, height), colors.ground);
    sketch.fill(Shape::new().rect(left, y, line, height + (grid.margin / 2.0).floor()), colors.ink);
}
