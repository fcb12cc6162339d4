//! The main figure or sign of an icon. The levels of a figure differ by the shapes around it: the worse, the fuller.
//! See [`ring()`], [`bar`] and [`number`].

use super::corner::{self, ReservedArea};
use super::digits::Text;
use super::month_marker::MonthMarker;
use super::painter::{Ends, Lines, Painter};
use super::palette::Brush;
use super::{Badge, Glyph, Icon};
use crate::domain::config::IconStyle;
use crate::domain::level::Level;

pub(super) fn draw(painter: &mut Painter, icon: &Icon) {
    let badge = icon.badge;
    let sign = match icon.glyph {
        Glyph::Figure { style, percent, level, month_marker } => {
            let figure = Figure { percent, level, badge, month_marker };
            return match style {
                IconStyle::Ring => ring(painter, figure),
                IconStyle::Bar => bar(painter, figure),
                IconStyle::Number => number(painter, figure),
            };
        }
        Glyph::NotSetUp => not_set_up,
        Glyph::TokenFailed => token_failed,
        Glyph::NoPool => no_pool,
        Glyph::Waiting => waiting,
    };
    sign(painter);
    if let Some(badge) = badge {
        corner::badge(painter, badge);
    }
}

/// What a figure shows.
#[derive(Debug, Clone, Copy)]
struct Figure {
    /// Whole percent; `None` without a quota.
    percent: Option<u16>,
    level: Level,
    /// The badge, which the figure makes room for.
    badge: Option<Badge>,
    /// The part of the month that has passed.
    month_marker: Option<MonthMarker>,
}

impl Figure {
    fn text(self) -> String {
        self.percent.map_or_else(|| "!".to_owned(), |percent| percent.to_string())
    }

    /// The filled part of the gauge, 0 to 1; `None` if it is full.
    fn share(self) -> Option<f32> {
        self.percent.filter(|percent| *percent < 100).map(|percent| f32::from(percent) / 100.0)
    }
}

/// A gauge around the figure, filled clockwise from the top. A warning adds a triangle in the corner, a critical level
/// an exclamation mark. A region over its quota fills the middle; at 100 % everything is one disc.
fn ring(painter: &mut Painter, figure: Figure) {
    painter.background_disc();
    let (grid, colors) = (painter.grid, painter.colors);
    let (middle, outer) = (grid.middle, grid.radius());
    let inner = outer - grid.heavy;
    let mut radius = inner - grid.part(0.03) + 0.5;
    let mut brush = colors.foreground;
    match figure.share() {
        None => {
            painter.disc((middle, middle), outer, colors.accent);
            (radius, brush) = (outer - 0.5, colors.knockout);
        }
        Some(share) => {
            painter.ring_part(outer, inner, share..1.0, colors.track);
            painter.ring_part(outer, inner, 0.0..share, colors.accent);
            if figure.level == Level::Exceeded {
                radius = inner - grid.margin;
                painter.disc((middle, middle), radius, colors.accent);
                (radius, brush) = (radius - 0.5, colors.knockout);
            } else if let Some(marker) = figure.month_marker {
                marker.draw_on_ring(painter, share);
            }
        }
    }
    let corner = match (figure.badge, figure.level) {
        (Some(badge), _) => corner::badge(painter, badge),
        (None, level) => {
            match level {
                Level::Warning => corner::warning_marker(painter),
                Level::Critical => corner::critical_marker(painter),
                Level::Ok | Level::Exceeded => {}
            }
            ReservedArea::default()
        }
    };
    let offset = corner.offset;
    let center = middle - offset;
    let fits = |w: f32, h: f32| {
        let (x, y) = (w / 2.0, h / 2.0);
        let inside = (x + offset).hypot(y + offset) <= radius;
        inside && !corner.contains(center + x, center + y) && !corner.contains(center + x, center - y)
    };
    if let Some(text) = Text::centered(figure.text(), grid.size, fits) {
        text.moved(-offset, -offset).draw(painter, brush);
    }
}

/// The figure, as large as fits. A warning adds a line below, a critical level lines above and below. A pool or region
/// over its quota fills the plate.
fn number(painter: &mut Painter, figure: Figure) {
    let (grid, colors) = (painter.grid, painter.colors);
    let line = grid.part(0.07);
    let (above, below) = match figure.level {
        Level::Ok | Level::Exceeded => (0.0, 0.0),
        Level::Warning => (0.0, line),
        Level::Critical => (line, line),
    };
    painter.background_plate();
    if figure.level == Level::Exceeded {
        return plate(painter, figure);
    }
    let (m, side) = (grid.margin, grid.size - 2.0 * grid.margin);
    if above > 0.0 {
        painter.rect(m, m, side, line, colors.accent);
    }
    if below > 0.0 {
        painter.rect(m, grid.size - m - line, side, line, colors.accent);
    }
    write_figure(painter, figure, m, above, below);
}

/// The figure over a horizontal gauge. A warning makes the gauge taller, a critical level adds a line above; full looks
/// like [`number`].
fn bar(painter: &mut Painter, figure: Figure) {
    let (grid, colors) = (painter.grid, painter.colors);
    painter.background_plate();
    let (Some(share), Level::Ok | Level::Warning | Level::Critical) = (figure.share(), figure.level) else {
        return plate(painter, figure);
    };
    let (m, side, line) = (grid.margin, grid.size - 2.0 * grid.margin, grid.part(0.07));
    let (above, below) = match figure.level {
        Level::Ok | Level::Exceeded => (0.0, grid.part(0.12)),
        Level::Warning => (0.0, grid.part(0.12) + line),
        Level::Critical => (line, grid.part(0.12) + line),
    };
    let (top, used) = (grid.size - m - below, (side * share).ceil());
    painter.rect(m + used, top, side - used, below, colors.track);
    painter.rect(m, top, used, below, colors.accent);
    if let Some(marker) = figure.month_marker {
        marker.draw_on_bar(painter, used, (m, top, side, below));
    }
    if above > 0.0 {
        painter.rect(m, m, side, above, colors.accent);
    }
    write_figure(painter, figure, m, above, below);
}

/// The figure cut out of a plate.
fn plate(painter: &mut Painter, figure: Figure) {
    let (grid, colors) = (painter.grid, painter.colors);
    // Three digits need the full width of a small picture, so there the plate has no rim.
    let rim = if grid.size < 20.0 { 0.0 } else { grid.margin };
    let side = grid.size - 2.0 * rim;
    painter.round_rect((rim, rim), side, side, grid.corner(), colors.accent);
    let pad = grid.part(0.05);
    write_figure_in(painter, figure, rim + pad, 2.0 * pad, 2.0 * pad, colors.knockout);
}

/// Writes the figure between what is `above` and `below`, and draws the badge.
fn write_figure(painter: &mut Painter, figure: Figure, margin: f32, above: f32, below: f32) {
    let space = painter.grid.part(0.05);
    let off = |taken: f32| if taken > 0.0 { taken + space } else { 0.0 };
    // With a background, some of it should show around the figure; a small picture has no pixel for that.
    let pad = if painter.colors.has_background() { (painter.grid.size * 0.03).floor() } else { 0.0 };
    write_figure_in(
        painter,
        figure,
        margin + pad,
        off(above) - pad,
        off(below) - pad,
        painter.colors.foreground,
    );
}

fn write_figure_in(painter: &mut Painter, figure: Figure, margin: f32, above: f32, below: f32, brush: Brush) {
    let size = painter.grid.size;
    let corner = figure.badge.map(|badge| corner::badge(painter, badge)).unwrap_or_default();
    let top = (margin + above).max(corner.top);
    let bottom = (size - margin - below).min(size - corner.bottom);
    let (wide, high) = (size - 2.0 * margin, bottom - top);
    let text = Text::centered(figure.text(), size, |w, h| w <= wide && h <= high);
    let down = ((top + bottom - size) / 2.0).round();
    // Below the sizes that panels ask for, a figure over the badge is better than none.
    let text = text.map(|text| text.moved(0.0, down));
    let text = text.or_else(|| Text::centered(figure.text(), size, |w, h| w.max(h) <= size));
    if let Some(text) = text {
        text.draw(painter, brush);
    }
}

/// A dashed ring with a plus: add an account here.
fn not_set_up(painter: &mut Painter) {
    painter.background_disc();
    let grid = painter.grid;
    let (middle, outer, inner) = (grid.middle, grid.radius(), grid.radius() - grid.light);
    for dash in 0..8 {
        let at = dash as f32 / 8.0;
        painter.ring_part(outer, inner, at - 0.037..at + 0.037, painter.colors.foreground);
    }
    let (arm, line) = sign(painter);
    painter.rect(middle - arm, middle - line / 2.0, arm * 2.0, line, painter.colors.foreground);
    painter.rect(middle - line / 2.0, middle - arm, line, arm * 2.0, painter.colors.foreground);
}

/// A ring with three dots: waiting for figures.
fn waiting(painter: &mut Painter) {
    thin_ring(painter);
    let (middle, line) = (painter.grid.middle, sign(painter).1);
    let step = line * 2.0;
    for dot in [-1.0, 0.0, 1.0] {
        let (x, y) = (middle + dot * step - line / 2.0, middle - line / 2.0);
        match line < 4.0 {
            true => painter.rect(x, y, line, line, painter.colors.foreground),
            false => {
                painter.disc((x + line / 2.0, middle), line / 2.0, painter.colors.foreground);
            }
        }
    }
}

/// A ring with a dash: there is no figure.
fn no_pool(painter: &mut Painter) {
    thin_ring(painter);
    let (middle, (arm, line)) = (painter.grid.middle, sign(painter));
    painter.rect(middle - arm, middle - line / 2.0, arm * 2.0, line, painter.colors.foreground);
}

/// A key with a cross in the corner.
fn token_failed(painter: &mut Painter) {
    painter.background_plate();
    let (grid, colors) = (painter.grid, painter.colors);
    let (line, pad, bow) = (grid.light.max(2.0), grid.part(0.06), grid.part(0.5));
    let radius = bow / 2.0;
    let shaft = pad + ((bow - line) / 2.0).floor();
    let (start, right) = (pad + bow - line / 2.0, grid.size - pad);
    let (low, tooth) = (shaft + line, grid.part(0.14));
    painter.ring((pad + radius, pad + radius), radius, radius - line, colors.foreground);
    painter.rect(start, shaft, right - start, line, colors.foreground);
    painter.rect(right - line, low, line, tooth, colors.foreground);
    painter.rect(right - line * 2.0 - grid.part(0.06), low, line, tooth - 1.0, colors.foreground);
    let (arm, end) = (grid.part(0.36), grid.size - pad);
    let (near, far) = (end - arm + line / 2.0, end - line / 2.0);
    let mut cross = Lines::new();
    cross.open(&[(near, near, 0.0), (far, far, 0.0)]).open(&[(far, near, 0.0), (near, far, 0.0)]);
    painter.stroke(&cross, line + 2.0 * grid.margin, Ends::Round, colors.background);
    painter.stroke(&cross, line, Ends::Round, colors.alert);
}

/// A complete ring with the light line.
fn thin_ring(painter: &mut Painter) {
    painter.background_disc();
    let grid = painter.grid;
    let (middle, radius) = (grid.middle, grid.radius());
    painter.ring((middle, middle), radius, radius - grid.light, painter.colors.foreground);
}

/// How far a sign in a ring extends from the center, and its line width, both on the grid.
fn sign(painter: &Painter) -> (f32, f32) {
    let grid = painter.grid;
    let odd = grid.size % 2.0;
    let line = ((grid.light - odd) / 2.0).round().max(if odd > 0.0 { 0.0 } else { 1.0 }) * 2.0 + odd;
    let arm = (grid.size * 0.2).round() + odd / 2.0;
    (arm, line)
}
