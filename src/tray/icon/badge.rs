//! The small things in an icon's corners.

use super::Badge;
use super::canvas::Shape;
use super::draw::Sketch;
use super::mark::Taken;

/// Draws `badge` and says what room it takes.
pub(super) fn draw(sketch: &mut Sketch, badge: Badge) -> Taken {
    match badge {
        Badge::Old => clock(sketch),
        Badge::Attention => dot(sketch),
    }
}

/// The whole odd number next to `length`: what has a pixel for its middle.
fn odd(length: f32) -> f32 {
    ((length - 1.0) / 2.0).round() * 2.0 + 1.0
}

/// A clock in the lower right corner: the figures are old.
fn clock(sketch: &mut Sketch) -> Taken {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let across = odd(grid.size * 0.33 + 1.7);
    let radius = across / 2.0;
    let middle = grid.size - radius;
    sketch.fill(Shape::new().circle(middle, middle, radius + grid.margin), colors.ground);
    sketch.fill(Shape::new().circle(middle, middle, radius), colors.badge);
    let line = odd(across * 0.13);
    let (half, hand) = (line / 2.0, (radius * 0.66 - line / 2.0).round().max(1.0));
    let hands = Shape::new().rect(middle - half, middle - half - hand, line, hand + line).rect(
        middle + half,
        middle - half,
        (hand * 0.8).round().max(1.0),
        line,
    );
    sketch.fill(hands, colors.ground);
    let taken = radius + grid.margin;
    Taken { circle: Some((middle, middle, taken)), top: 0.0, bottom: across + grid.margin }
}

/// A dot in the upper right corner, with an exclamation mark where there is room: a token needs the user.
fn dot(sketch: &mut Sketch) -> Taken {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let across = odd(grid.size * 0.3 + 0.4);
    let radius = across / 2.0;
    let (x, y) = (grid.size - radius, radius);
    sketch.fill(Shape::new().circle(x, y, radius + grid.margin), colors.ground);
    sketch.fill(Shape::new().circle(x, y, radius), colors.alert);
    if across >= 7.0 {
        let line = odd(across * 0.13);
        let high = odd(across * 0.62);
        let (left, top) = (x - line / 2.0, y - high / 2.0);
        let body = high - 2.0 * line;
        let sign = Shape::new().rect(left, top, line, body).rect(left, top + high - line, line, line);
        sketch.fill(sign, colors.ground);
    }
    let taken = radius + grid.margin * 0.5;
    Taken { circle: Some((x, y, taken)), top: across + grid.margin, bottom: 0.0 }
}
