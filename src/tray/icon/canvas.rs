//! The few shapes that the icon is made of, and the picture they are put on.

use std::f32::consts::{FRAC_PI_2, TAU};

use tiny_skia::{
    BlendMode, Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Shader, Stroke,
    Transform,
};

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

    /// A circle.
    pub(super) fn circle(mut self, x: f32, y: f32, radius: f32) -> Shape {
        self.0.push_circle(x, y, radius);
        self
    }

    /// A circle with a hole.
    pub(super) fn ring(self, x: f32, y: f32, outer: f32, inner: f32) -> Shape {
        self.circle(x, y, outer).circle(x, y, inner)
    }

    /// A part of a ring, clockwise from the top: `from` and `to` are shares of the whole turn.
    pub(super) fn sector(mut self, x: f32, y: f32, outer: f32, inner: f32, from: f32, to: f32) -> Shape {
        let at = |share: f32, r: f32| {
            let angle = share * TAU - FRAC_PI_2;
            (x + r * angle.cos(), y + r * angle.sin())
        };
        let (start_x, start_y) = at(from, outer);
        self.0.move_to(start_x, start_y);
        self.arc(x, y, outer, from, to);
        let (end_x, end_y) = at(to, inner);
        self.0.line_to(end_x, end_y);
        self.arc(x, y, inner, to, from);
        self.0.close();
        self
    }

    /// Goes on along a circle, in pieces that a cubic follows to a hundredth of a pixel.
    fn arc(&mut self, x: f32, y: f32, radius: f32, from: f32, to: f32) {
        let pieces = ((to - from).abs() * 8.0).ceil().max(1.0);
        let step = (to - from) * TAU / pieces;
        let k = 4.0 / 3.0 * (step / 4.0).tan() * radius;
        let mut angle = from * TAU - FRAC_PI_2;
        for _ in 0..pieces as u32 {
            let next = angle + step;
            let ((s0, c0), (s1, c1)) = (angle.sin_cos(), next.sin_cos());
            self.0.cubic_to(
                x + radius * c0 - k * s0,
                y + radius * s0 + k * c0,
                x + radius * c1 + k * s1,
                y + radius * s1 - k * c1,
                x + radius * c1,
                y + radius * s1,
            );
            angle = next;
        }
    }

    /// A rectangle.
    pub(super) fn rect(mut self, x: f32, y: f32, width: f32, height: f32) -> Shape {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.0.push_rect(rect);
        }
        self
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
