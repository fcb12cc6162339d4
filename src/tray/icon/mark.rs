//! The marks of a level in a ring's lower right corner.

use super::canvas::Shape;
use super::draw::Sketch;

/// What a corner thing leaves to others, in pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    /// A circle that nothing else may touch: x, y and radius.
    pub(super) circle: Option<(f32, f32, f32)>,
    /// Rows at the top.
    pub(super) top: f32,
    /// Rows at the bottom.
    pub(super) bottom: f32,
}

impl Taken {
    /// Whether the point lies in it.
    pub(super) fn reaches(&self, x: f32, y: f32) -> bool {
        self.circle.is_some_and(|(cx, cy, radius)| (x - cx).hypot(y - cy) < radius)
    }
}

/// A warning's triangle.
pub(super) fn triangle(sketch: &mut Sketch) -> Taken {
    let grid = sketch.grid;
    let (side, end) = (2.0 * (grid.size * 0.2).round(), grid.size);
    let shape = |grow: f32| {
        let corner = if grow > 0.0 { 0.0 } else { grid.part(0.02) - 1.0 };
        Shape::new().closed(&[
            (end - side - grow * 1.6, end + grow, corner),
            (end + grow * 1.6, end + grow, corner),
            (end - side / 2.0, end - side * 0.92 - grow * 2.0, corner),
        ])
    };
    sketch.fill(shape(grid.margin), sketch.colors.ground);
    sketch.fill(shape(0.0), sketch.colors.accent);
    Taken { circle: Some((end - side / 2.0, end - side * 0.4, side * 0.5)), ..Taken::default() }
}

/// A critical level's exclamation mark.
pub(super) fn exclamation(sketch: &mut Sketch) -> Taken {
    let grid = sketch.grid;
    let (line, high, m) = (grid.part(0.13), grid.part(0.5), grid.margin);
    let (x, end) = (grid.size - line, grid.size);
    let gap = grid.part(0.06);
    sketch.fill(Shape::new().rect(x - m, end - high - m, line + m, high + m), sketch.colors.ground);
    let body = Shape::new().rect(x, end - high, line, high - line - gap).rect(x, end - line, line, line);
    sketch.fill(body, sketch.colors.accent);
    Taken::default()
}
