//! An icon put together on its grid.

use super::arc::Arc;
use super::canvas::Canvas;
use super::figure::{self, Figure};
use super::ink::Ink;
use super::lines::{Corner, Ends, Lines};
use super::mask::Mask;
use super::palette::Palette;
use super::text::Text;
use super::{Face, Icon, Rgba, badge, face, lines};
use crate::domain::config::IconStyle;
use crate::domain::level::Level;

/// The measures of an icon of one size, in pixels. What must be crisp is whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// The side of the picture.
    pub(super) size: f32,
    /// Its middle.
    pub(super) middle: f32,
    /// What is left free around the shapes; the ground fills it.
    pub(super) margin: f32,
    /// The heavy line: gauges.
    pub(super) heavy: f32,
    /// The light line: signs.
    pub(super) light: f32,
}

impl Grid {
    fn of(size: u32) -> Grid {
        let size = size as f32;
        let whole = |length: f32| length.round().max(1.0);
        Grid {
            size,
            middle: size / 2.0,
            margin: whole(size / 22.0),
            heavy: whole(size * 0.11),
            light: whole(size * 0.085),
        }
    }

    /// `share` of the side in whole pixels, one at least.
    pub(super) fn part(&self, share: f32) -> f32 {
        (self.size * share).round().max(1.0)
    }

    /// The radius of a plate's corners.
    pub(super) fn corner(&self) -> f32 {
        self.part(0.19)
    }

    /// The radius of a ring.
    pub(super) fn radius(&self) -> f32 {
        self.middle - self.margin
    }
}

/// An icon being drawn.
pub(super) struct Sketch {
    pub(super) canvas: Canvas,
    pub(super) grid: Grid,
    pub(super) colors: Palette,
}

impl Sketch {
    /// Fills a rectangle.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        self.canvas.rect(x, y, width, height, ink);
    }

    /// Fills a disc, a ring, or a part of one.
    pub(super) fn arc(&mut self, arc: Arc, ink: Ink) {
        self.canvas.arc(arc, ink);
    }

    /// Fills a rectangle on the grid with round corners.
    pub(super) fn round_rect(&mut self, at: (f32, f32), width: f32, height: f32, radius: f32, ink: Ink) {
        self.canvas.round_rect(at, width, height, radius, ink);
    }

    /// Draws lines of `width` with round ends, each between two points.
    pub(super) fn strokes(&mut self, lines: &[[Corner; 2]], width: f32, ink: Ink) {
        let mut mask = Mask::new(self.grid.size);
        let mut strokes = Lines::new(&mut mask, width, Ends::Round);
        for line in lines {
            strokes.open(line);
        }
        self.canvas.mask(&mask, ink);
    }

    /// Fills the triangle between three points that run clockwise.
    pub(super) fn triangle(&mut self, corners: [(f32, f32); 3], ink: Ink) {
        let mut mask = Mask::new(self.grid.size);
        lines::triangle(&mut mask, corners);
        self.canvas.mask(&mask, ink);
    }

    /// Writes `text`.
    pub(super) fn write(&mut self, text: &Text, ink: Ink) {
        text.draw(&mut self.canvas, self.grid.size, ink);
    }

    /// The ground under a disc that fills the picture.
    pub(super) fn ground_disc(&mut self) {
        if self.colors.has_ground() {
            let (middle, ink) = (self.grid.middle, self.colors.ground);
            self.canvas.mirrored(|canvas| canvas.arc(Arc::disc(middle, middle, middle), ink));
        }
    }

    /// The ground under what is as wide as the picture.
    pub(super) fn ground_plate(&mut self) {
        if self.colors.has_ground() {
            let (size, corner, ink) = (self.grid.size, self.grid.corner(), self.colors.ground);
            self.canvas.mirrored(|canvas| canvas.round_rect((0.0, 0.0), size, size, corner, ink));
        }
    }
}

impl Icon {
    /// Draws it `size` pixels wide and high: 8 at least, 512 at most.
    pub fn draw(&self, size: u32) -> Rgba {
        let size = size.clamp(8, 512);
        let level = match self.face {
            Face::Figure { level, .. } => level,
            _ => Level::Ok,
        };
        let colors = Palette::of(self.color, level, self.dimmed);
        let mut sketch = Sketch { canvas: Canvas::new(size), grid: Grid::of(size), colors };
        let (style, percent, tick) = match self.face {
            Face::Figure { style, percent, tick, .. } => (style, percent, tick),
            sign => {
                face::draw(&mut sketch, sign);
                if let Some(badge) = self.badge {
                    badge::draw(&mut sketch, badge);
                }
                return sketch.canvas.finish();
            }
        };
        let figure = Figure { percent, level, badge: self.badge, tick };
        match style {
            IconStyle::Ring => figure::ring(&mut sketch, figure),
            IconStyle::Bar => figure::bar(&mut sketch, figure),
            IconStyle::Number => figure::number(&mut sketch, figure),
        }
        sketch.canvas.finish()
    }
}
