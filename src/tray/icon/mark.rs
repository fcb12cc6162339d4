//! The marks of a level in a ring's lower right corner.

use super::draw::Sketch;

/// A warning's triangle.
pub(super) fn triangle(sketch: &mut Sketch) {
    let grid = sketch.grid;
    let (side, end) = (2.0 * (grid.size * 0.2).round(), edge(sketch));
    let corners = |grow: f32| {
        [
            (end - side / 2.0, end - side * 0.92 - grow * 2.0),
            (end + grow * 1.6, end + grow),
            (end - side - grow * 1.6, end + grow),
        ]
    };
    sketch.triangle(corners(grid.margin), sketch.colors.ground);
    sketch.triangle(corners(0.0), sketch.colors.accent);
}

/// A critical level's exclamation mark.
pub(super) fn exclamation(sketch: &mut Sketch) {
    let grid = sketch.grid;
    let (line, high, m) = (grid.part(0.13), grid.part(0.5), grid.margin);
    let end = edge(sketch);
    let x = end - line;
    let gap = grid.part(0.06);
    let (around, ground) = ((x - m, end - high - m), sketch.colors.ground);
    sketch.round_rect(around, line + 2.0 * m, high + 2.0 * m, m, ground);
    sketch.rect(x, end - high, line, high - line - gap, sketch.colors.accent);
    sketch.rect(x, end - line, line, line, sketch.colors.accent);
}

/// Where a mark ends: the ground shows around it, but in a small picture it must not come near the figure.
fn edge(sketch: &Sketch) -> f32 {
    let rim = if sketch.colors.has_ground() && sketch.grid.size >= 20.0 { sketch.grid.margin } else { 0.0 };
    sketch.grid.size - rim
}
