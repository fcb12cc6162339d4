//! The small things in an icon's corners.

use super::Badge;
use super::arc::Arc;
use super::draw::Sketch;
use super::mask::length;

/// The room that a badge takes, in pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    /// Its middle and radius.
    pub(super) circle: Option<(f32, f32, f32)>,
    /// How far a figure in a ring gives way to the left and up.
    pub(super) aside: f32,
    /// Rows at the top.
    pub(super) top: f32,
    /// Rows at the bottom.
    pub(super) bottom: f32,
}

impl Taken {
    /// Whether the point lies in it.
    pub(super) fn reaches(&self, x: f32, y: f32) -> bool {
        self.circle.is_some_and(|(cx, cy, radius)| length(x - cx, y - cy) < radius)
    }
}

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
    let rim = if colors.has_ground() { grid.margin } else { 0.0 };
    let middle = grid.size - rim - radius;
    sketch.arc(Arc::disc(middle, middle, radius + grid.margin), colors.ground);
    sketch.arc(Arc::disc(middle, middle, radius), colors.badge);
    let line = odd(across * 0.13);
    let (half, hand) = (line / 2.0, (radius * 0.66 - line / 2.0).round().max(1.0));
    sketch.rect(middle - half, middle - half - hand, line, hand + line, colors.ground);
    sketch.rect(middle + half, middle - half, (hand * 0.8).round().max(1.0), line, colors.ground);
    Taken {
        circle: Some((middle, middle, radius + 0.4)),
        aside: grid.part(0.06),
        top: 0.0,
        bottom: rim + across,
    }
}

/// A dot in the upper right corner, with an exclamation mark where there is room: a token needs the user.
fn dot(sketch: &mut Sketch) -> Taken {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let across = odd(grid.size * 0.3 + 0.4);
    let radius = across / 2.0;
    let (x, y) = (grid.size - radius, radius);
    sketch.arc(Arc::disc(x, y, radius + grid.margin), colors.ground);
    sketch.arc(Arc::disc(x, y, radius), colors.alert);
    if across >= 7.0 {
        let line = odd(across * 0.13);
        let high = odd(across * 0.62);
        let (left, top) = (x - line / 2.0, y - high / 2.0);
        let body = high - 2.0 * line;
        sketch.rect(left, top, line, body, colors.ground);
        sketch.rect(left, top + high - line, line, line, colors.ground);
    }
    Taken { circle: Some((x, y, radius + 0.4)), aside: 0.0, top: across, bottom: 0.0 }
}
