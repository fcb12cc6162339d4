//! The few shapes that the icon is made of, and the picture they are put on.

use tiny_skia::{
    BlendMode, Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Shader, Stroke,
    Transform,
};

use super::arc::Arc;
use super::rgba::Rgba;

/// What a shape is painted with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ink {
    /// This colour, over what is there.
    Color(Color),
    /// Nothing: what is there goes away.
    Erase,
}

/// A picture being drawn.
pub(super) struct Canvas {
    pixmap: Pixmap,
}

impl Canvas {
    /// An empty square of `size` pixels; `None` when there is no such picture.
    pub(super) fn new(size: u32) -> Option<Canvas> {
        Pixmap::new(size, size).map(|pixmap| Canvas { pixmap })
    }

    /// Fills `shape`. Where two of its outlines overlap is a hole.
    pub(super) fn fill(&mut self, shape: Shape, ink: Ink) {
        if let Some(path) = shape.0.finish() {
            let rule = FillRule::EvenOdd;
            self.pixmap.fill_path(&path, &paint(ink), rule, Transform::identity(), None);
        }
    }

    /// Fills a rectangle.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.pixmap.fill_rect(rect, &paint(ink), Transform::identity(), None);
        }
    }

    /// Fills a disc, a ring, or a part of one.
    pub(super) fn arc(&mut self, arc: Arc, ink: Ink) {
        let blend = Blend::of(ink);
        let side = self.pixmap.width() as usize;
        let whole = |at: f32| at.max(0.0) as usize;
        let (top, across) = (whole(arc.y - arc.outer - 0.5), whole(arc.outer * 2.0) + 3);
        let rows = self.pixmap.data_mut().chunks_exact_mut(side * 4).enumerate().skip(top).take(across);
        for (row, pixels) in rows {
            let y = row as f32 + 0.5 - arc.y;
            let (far, near) = arc.reach(y);
            let (start, end) = (whole(arc.x - far), whole((arc.x + far).ceil()).min(side));
            let (hole, back) = match near >= 1.0 {
                true => (whole((arc.x - near).ceil()), whole(arc.x + near)),
                false => (end, end),
            };
            for (from, to) in [(start, hole.min(end)), (back.max(start), end)] {
                let span = pixels.get_mut(from * 4..to * 4).unwrap_or_default();
                for (column, pixel) in span.chunks_exact_mut(4).enumerate() {
                    blend.put(pixel, arc.covers((from + column) as f32 + 0.5 - arc.x, y));
                }
            }
        }
    }

    /// Draws lines of `width` along `path`.
    pub(super) fn stroke(&mut self, path: &Path, width: f32, ends: Ends, ink: Ink) {
        let (line_cap, line_join) = match ends {
            Ends::Square => (LineCap::Square, LineJoin::Miter),
            Ends::Round => (LineCap::Round, LineJoin::Round),
        };
        let stroke = Stroke { width, line_cap, line_join, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint(ink), &stroke, Transform::identity(), None);
    }

    /// The picture.
    pub(super) fn finish(self) -> Rgba {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let mut data = self.pixmap.take();
        for pixel in data.chunks_exact_mut(4) {
            let &mut [ref mut red, ref mut green, ref mut blue, alpha @ 1..=254] = pixel else { continue };
            let alpha = u32::from(alpha);
            for part in [red, green, blue] {
                *part = ((u32::from(*part) * 255 + alpha / 2) / alpha).min(255) as u8;
            }
        }
        Rgba { width, height, data }
    }
}

/// How a line ends and turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ends {
    /// Half its width beyond the last point, with corners.
    Square,
    /// The same, rounded.
    Round,
}

fn paint(ink: Ink) -> Paint<'static> {
    let (color, blend_mode) = match ink {
        Ink::Color(color) => (color, BlendMode::SourceOver),
        Ink::Erase => (Color::BLACK, BlendMode::DestinationOut),
    };
    Paint { shader: Shader::SolidColor(color), blend_mode, ..Paint::default() }
}

/// An ink for single pixels, whose colour is premultiplied.
struct Blend {
    source: [u8; 4],
    /// How much of what is there goes away, of 255.
    hides: u32,
}

impl Blend {
    fn of(ink: Ink) -> Blend {
        match ink {
            Ink::Color(color) => {
                let color = color.premultiply().to_color_u8();
                let source = [color.red(), color.green(), color.blue(), color.alpha()];
                Blend { source, hides: u32::from(color.alpha()) }
            }
            Ink::Erase => Blend { source: [0; 4], hides: 255 },
        }
    }

    /// Paints the share `covered` of a pixel.
    fn put(&self, pixel: &mut [u8], covered: f32) {
        let covered = (covered * 255.0 + 0.5) as u32;
        if covered * self.hides == 255 * 255 {
            pixel.copy_from_slice(&self.source);
            return;
        }
        let stays = 255 - (self.hides * covered + 127) / 255;
        for (part, source) in pixel.iter_mut().zip(self.source) {
            *part = ((u32::from(source) * covered + u32::from(*part) * stays + 127) / 255).min(255) as u8;
        }
    }
}

/// Outlines under construction.
pub(super) struct Shape(PathBuilder);

impl Shape {
    /// None yet.
    pub(super) fn new() -> Shape {
        Shape(PathBuilder::with_capacity(24, 48))
    }

    /// The lines, to stroke them.
    pub(super) fn lines(self) -> Option<Path> {
        self.0.finish()
    }

    /// A rectangle with rounded corners.
    pub(super) fn round_rect(self, x: f32, y: f32, width: f32, height: f32, radius: f32) -> Shape {
        let (right, bottom) = (x + width, y + height);
        let corners = [(x, y), (right, y), (right, bottom), (x, bottom)];
        self.closed(&corners.map(|(x, y)| (x, y, radius)))
    }

    /// A line through `points`, each with the radius that the corner there is rounded by.
    pub(super) fn open(mut self, points: &[(f32, f32, f32)]) -> Shape {
        if let (Some((first, _)), Some((last, _))) = (points.split_first(), points.split_last()) {
            self.0.move_to(first.0, first.1);
            for corner in points.windows(3) {
                self.corner(corner);
            }
            self.0.line_to(last.0, last.1);
        }
        self
    }

    /// The same, back to its beginning.
    pub(super) fn closed(mut self, points: &[(f32, f32, f32)]) -> Shape {
        let around = |i: usize| points.get(i % points.len().max(1)).copied();
        if let (Some(a), Some(b)) = (around(0), around(1)) {
            // From the middle of a side, so that every corner can be rounded.
            self.0.move_to((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            for i in 0..points.len() {
                if let (Some(a), Some(b), Some(c)) = (around(i), around(i + 1), around(i + 2)) {
                    self.corner(&[a, b, c]);
                }
            }
            self.0.close();
        }
        self
    }

    fn corner(&mut self, points: &[(f32, f32, f32)]) {
        let &[(ax, ay, _), (bx, by, radius), (cx, cy, _)] = points else { return };
        if radius <= 0.0 {
            self.0.line_to(bx, by);
            return;
        }
        let towards = |x: f32, y: f32| {
            let length = (x - bx).hypot(y - by).max(f32::EPSILON);
            ((x - bx) / length * radius, (y - by) / length * radius)
        };
        let ((ux, uy), (vx, vy)) = (towards(ax, ay), towards(cx, cy));
        // The control points of a quarter of a circle, as far from the corner as its cubic wants them.
        const K: f32 = 1.0 - 0.552_284_8;
        self.0.line_to(bx + ux, by + uy);
        self.0.cubic_to(bx + ux * K, by + uy * K, bx + vx * K, by + vy * K, bx + vx, by + vy);
    }
}
