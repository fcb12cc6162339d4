//! The small signs in an icon's corners: badges, and the markers of a level on a ring.

use super::Badge;
use super::painter::Painter;

/// The space that a badge takes, in pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReservedArea {
    /// Its center and radius.
    circle: Option<(f32, f32, f32)>,
    /// How far a figure in a ring moves to the left and up.
    pub(super) offset: f32,
    /// Number of rows at the top.
    pub(super) top: f32,
    /// Number of rows at the bottom.
    pub(super) bottom: f32,
}

impl ReservedArea {
    /// Whether the point is inside.
    pub(super) fn contains(&self, x: f32, y: f32) -> bool {
        self.circle.is_some_and(|(cx, cy, radius)| (x - cx).hypot(y - cy) < radius)
    }
}

/// Draws `badge` and returns the space it takes.
pub(super) fn badge(painter: &mut Painter, badge: Badge) -> ReservedArea {
    match badge {
        Badge::Old => clock(painter),
        Badge::Attention => dot(painter),
    }
}

/// The odd whole number nearest to `length`: such a length has a pixel in its middle.
fn odd(length: f32) -> f32 {
    ((length - 1.0) / 2.0).round() * 2.0 + 1.0
}

/// A clock in the lower right corner: the figures are old.
fn clock(painter: &mut Painter) -> ReservedArea {
    let (grid, colors) = (painter.grid, painter.colors);
    let across = odd(grid.size * 0.33 + 1.7);
    let radius = across / 2.0;
    let rim = if colors.has_background() { grid.margin } else { 0.0 };
    let middle = grid.size - rim - radius;
    painter.disc((middle, middle), radius + grid.margin, colors.background);
    painter.disc((middle, middle), radius, colors.badge);
    let line = odd(across * 0.13);
    let (half, hand) = (line / 2.0, (radius * 0.66 - line / 2.0).round().max(1.0));
    painter.rect(middle - half, middle - half - hand, line, hand + line, colors.background);
    painter.rect(middle + half, middle - half, (hand * 0.8).round().max(1.0), line, colors.background);
    ReservedArea {
        circle: Some((middle, middle, radius + 0.4)),
        offset: grid.part(0.06),
        top: 0.0,
        bottom: rim + across,
    }
}

/// A dot in the upper right corner, with an exclamation mark where it fits: an account needs a new token.
fn dot(painter: &mut Painter) -> ReservedArea {
    let (grid, colors) = (painter.grid, painter.colors);
    let across = odd(grid.size * 0.3 + 0.4);
    let radius = across / 2.0;
    let (x, y) = (grid.size - radius, radius);
    painter.disc((x, y), radius + grid.margin, colors.background);
    painter.disc((x, y), radius, colors.alert);
    if across >= 7.0 {
        let line = odd(across * 0.13);
        let high = odd(across * 0.62);
        let (left, top) = (x - line / 2.0, y - high / 2.0);
        let body = high - 2.0 * line;
        painter.rect(left, top, line, body, colors.background);
        painter.rect(left, top + high - line, line, line, colors.background);
    }
    ReservedArea { circle: Some((x, y, radius + 0.4)), offset: 0.0, top: across, bottom: 0.0 }
}

/// A warning's triangle in the lower right corner of a ring.
pub(super) fn warning_marker(painter: &mut Painter) {
    let grid = painter.grid;
    let (side, end) = (2.0 * (grid.size * 0.2).round(), marker_end(painter));
    let corners = |grow: f32| {
        [
            (end - side / 2.0, end - side * 0.92 - grow * 2.0),
            (end + grow * 1.6, end + grow),
            (end - side - grow * 1.6, end + grow),
        ]
    };
    painter.polygon(&corners(grid.margin), painter.colors.background);
    painter.polygon(&corners(0.0), painter.colors.accent);
}

/// A critical level's exclamation mark, in the same place.
pub(super) fn critical_marker(painter: &mut Painter) {
    let grid = painter.grid;
    let (line, high, m) = (grid.part(0.13), grid.part(0.5), grid.margin);
    let end = marker_end(painter);
    let x = end - line;
    let gap = grid.part(0.06);
    let (around, background) = ((x - m, end - high - m), painter.colors.background);
    painter.round_rect(around, line + 2.0 * m, high + 2.0 * m, m, background);
    painter.rect(x, end - high, line, high - line - gap, painter.colors.accent);
    painter.rect(x, end - line, line, line, painter.colors.accent);
}

/// Where a marker ends. The background shows around it, but in a small picture it must not get close to the figure.
fn marker_end(painter: &Painter) -> f32 {
    let rim = painter.colors.has_background() && painter.grid.size >= 20.0;
    painter.grid.size - if rim { painter.grid.margin } else { 0.0 }
}
