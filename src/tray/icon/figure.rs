//! The faces with a figure. Levels differ by what is around it, fuller the worse: see [`ring`], [`bar`], [`number`].

use super::arc::Arc;
use super::badge::{self, Taken};
use super::draw::Sketch;
use super::ink::Ink;
use super::mask::length;
use super::text::Text;
use super::tick::{self, Tick};
use super::{Badge, mark};
use crate::domain::level::Level;

/// What a figure says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    /// Whole percent; `None` where there is no quota.
    pub(super) percent: Option<u16>,
    /// How bad it is.
    pub(super) level: Level,
    /// What goes into a corner; the figure makes room for it.
    pub(super) badge: Option<Badge>,
    /// How much of the month is gone.
    pub(super) tick: Option<Tick>,
}

impl Figure {
    fn text(self) -> String {
        self.percent.map_or_else(|| "!".to_owned(), |percent| percent.to_string())
    }

    /// How much of a gauge is filled, unless it is full.
    fn share(self) -> Option<f32> {
        self.percent.filter(|percent| *percent < 100).map(|percent| f32::from(percent) / 100.0)
    }
}

/// A gauge around the figure, filled clockwise from the top. A warning has a triangle in the corner, a critical one
/// an exclamation mark; a region over its quota fills the middle; at 100 % all is one disc.
pub(super) fn ring(sketch: &mut Sketch, figure: Figure) {
    sketch.ground_disc();
    let (grid, colors) = (sketch.grid, sketch.colors);
    let (middle, outer) = (grid.middle, grid.radius());
    let inner = outer - grid.heavy;
    let mut radius = inner - grid.part(0.03) + 0.5;
    let mut ink = colors.ink;
    match figure.share() {
        None => {
            sketch.arc(Arc::disc(middle, middle, outer), colors.accent);
            (radius, ink) = (outer - 0.5, colors.cut);
        }
        Some(share) => {
            let ring = Arc::ring(middle, middle, outer, inner);
            match share > 0.0 {
                true => sketch.canvas.gauge(ring, share, colors.accent, colors.track),
                false => sketch.arc(ring, colors.track),
            }
            if figure.level == Level::Exceeded {
                radius = inner - grid.margin;
                sketch.arc(Arc::disc(middle, middle, radius), colors.accent);
                (radius, ink) = (radius - 0.5, colors.cut);
            } else if let Some(tick) = figure.tick {
                tick::on_ring(sketch, tick, share);
            }
        }
    }
    let corner = match (figure.badge, figure.level) {
        (Some(badge), _) => badge::draw(sketch, badge),
        (None, level) => {
            match level {
                Level::Warning => mark::triangle(sketch),
                Level::Critical => mark::exclamation(sketch),
                Level::Ok | Level::Exceeded => {}
            }
            Taken::default()
        }
    };
    let aside = corner.aside;
    let centre = middle - aside;
    let fits = |w: f32, h: f32| {
        let (x, y) = (w / 2.0, h / 2.0);
        let inside = length(x + aside, y + aside) <= radius;
        inside && !corner.reaches(centre + x, centre + y) && !corner.reaches(centre + x, centre - y)
    };
    if let Some(text) = Text::centred(figure.text(), grid.size, fits) {
        sketch.write(&text.moved(-aside, -aside), ink);
    }
}

/// The figure, as large as fits. A warning has a line below, a critical one a line above and below; a pool over its
/// quota, or a region over its own, fills the plate.
pub(super) fn number(sketch: &mut Sketch, figure: Figure) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    let line = grid.part(0.07);
    let (above, below) = match figure.level {
        Level::Ok | Level::Exceeded => (0.0, 0.0),
        Level::Warning => (0.0, line),
        Level::Critical => (line, line),
    };
    sketch.ground_plate();
    if figure.level == Level::Exceeded {
        return plate(sketch, figure);
    }
    let (m, side) = (grid.margin, grid.size - 2.0 * grid.margin);
    if above > 0.0 {
        sketch.rect(m, m, side, line, colors.accent);
    }
    if below > 0.0 {
        sketch.rect(m, grid.size - m - line, side, line, colors.accent);
    }
    written(sketch, figure, m, above, below);
}

/// The figure over a horizontal gauge. A warning has a taller gauge, a critical one a line above too; full is as with
/// [`number`].
pub(super) fn bar(sketch: &mut Sketch, figure: Figure) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    sketch.ground_plate();
    let (Some(share), Level::Ok | Level::Warning | Level::Critical) = (figure.share(), figure.level) else {
        return plate(sketch, figure);
    };
    let (m, side, line) = (grid.margin, grid.size - 2.0 * grid.margin, grid.part(0.07));
    let (above, below) = match figure.level {
        Level::Ok | Level::Exceeded => (0.0, grid.part(0.12)),
        Level::Warning => (0.0, grid.part(0.12) + line),
        Level::Critical => (line, grid.part(0.12) + line),
    };
    let (top, used) = (grid.size - m - below, (side * share).ceil());
    sketch.rect(m + used, top, side - used, below, colors.track);
    sketch.rect(m, top, used, below, colors.accent);
    if let Some(tick) = figure.tick {
        tick::on_bar(sketch, tick, used, (m, top, side, below));
    }
    if above > 0.0 {
        sketch.rect(m, m, side, above, colors.accent);
    }
    written(sketch, figure, m, above, below);
}

/// The figure cut out of a plate.
fn plate(sketch: &mut Sketch, figure: Figure) {
    let (grid, colors) = (sketch.grid, sketch.colors);
    // Three digits need all of a small picture: there the plate has no rim.
    let rim = if grid.size < 20.0 { 0.0 } else { grid.margin };
    let side = grid.size - 2.0 * rim;
    sketch.round_rect((rim, rim), side, side, grid.corner(), colors.accent);
    let pad = grid.part(0.05);
    written_in(sketch, figure, rim + pad, 2.0 * pad, 2.0 * pad, colors.cut);
}

/// Writes the figure between what is `above` and `below`, and draws the badge.
fn written(sketch: &mut Sketch, figure: Figure, margin: f32, above: f32, below: f32) {
    let space = sketch.grid.part(0.05);
    let off = |taken: f32| if taken > 0.0 { taken + space } else { 0.0 };
    // A ground wants to be seen around the figure; a small picture has no pixel for that.
    let pad = if sketch.colors.has_ground() { (sketch.grid.size * 0.03).floor() } else { 0.0 };
    written_in(sketch, figure, margin + pad, off(above) - pad, off(below) - pad, sketch.colors.ink);
}

fn written_in(sketch: &mut Sketch, figure: Figure, margin: f32, above: f32, below: f32, ink: Ink) {
    let size = sketch.grid.size;
    let corner = figure.badge.map(|badge| badge::draw(sketch, badge)).unwrap_or_default();
    let top = (margin + above).max(corner.top);
    let bottom = (size - margin - below).min(size - corner.bottom);
    let (wide, high) = (size - 2.0 * margin, bottom - top);
    let text = Text::centred(figure.text(), size, |w, h| w <= wide && h <= high);
    let down = ((top + bottom - size) / 2.0).round();
    // Below the sizes that panels ask for, a figure over the badge is better than none.
    let text = text.map(|text| text.moved(0.0, down));
    let text = text.or_else(|| Text::centred(figure.text(), size, |w, h| w.max(h) <= size));
    if let Some(text) = text {
        sketch.write(&text, ink);
    }
}
