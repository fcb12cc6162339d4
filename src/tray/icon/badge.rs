//! The small things in an icon's corners.

use super::canvas::Shape;
use super::draw::Sketch;
use super::face;

/// A clock in the lower right corner: the figures are old.
pub(super) fn clock(sketch: &mut Sketch) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let radius = ((grid.size * 0.44 / 2.0).floor() + 0.5).max(2.5);
    let (x, y) = (grid.size - radius, grid.size - radius);
    sketch.fill(Shape::new().circle(x, y, radius + grid.margin), colors.ground);
    sketch.fill(Shape::new().circle(x, y, radius), colors.badge);
    let line = ((radius * 0.28 - 0.5).round() * 2.0 / 2.0).max(0.0) * 2.0 + 1.0;
    let (half, hand) = (line / 2.0, (radius * 0.68).round());
    let hands = Shape::new().rect(x - half, y - half - hand + 1.0, line, hand + line - 1.0).rect(
        x + half,
        y - half,
        (hand - 1.0).max(1.0),
        line,
    );
    sketch.fill(hands, colors.ground);
}

/// A key in the upper right corner: a token needs the user.
pub(super) fn key(sketch: &mut Sketch) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let width = grid.part(0.56);
    let bow = grid.part(0.3);
    let line = grid.part(0.07);
    let x = grid.size - width;
    let m = grid.margin;
    sketch.fill(Shape::new().rect(x - m, 0.0, width + m, bow + m), colors.ground);
    face::key(sketch, x, 0.0, width, bow, line, true);
}
