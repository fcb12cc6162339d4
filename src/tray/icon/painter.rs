//! The canvas of an icon, its measures, and the shapes it is made of.

use std::f32::consts::{FRAC_PI_2, TAU};
use std::ops::Range;

use tiny_skia::{
    BlendMode, Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Shader, Stroke,
    Transform,
};

use super::palette::{Brush, Palette};

/// A point, in pixels from the upper left corner.
pub(super) type Point = (f32, f32);

/// A point of a line, and the distance at which its rounded corner begins; 0 for a sharp one.
pub(super) type Corner = (f32, f32, f32);

/// The measures of an icon of one size, in pixels. Edges that must be crisp are whole pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// Width and height of the picture.
    pub(super) size: f32,
    pub(super) middle: f32,
    /// Space around the shapes; the background fills it.
    pub(super) margin: f32,
    /// Width of heavy lines: gauges.
    pub(super) heavy: f32,
    /// Width of light lines: signs.
    pub(super) light: f32,
}

impl Grid {
    fn new(size: u32) -> Grid {
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

    /// `share` of the picture's width in whole pixels, at least one.
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

/// A square canvas.
pub(super) struct Painter {
    pixmap: Pixmap,
    pub(super) grid: Grid,
    pub(super) colors: Palette,
}

impl Painter {
    /// An empty canvas, `size` pixels wide and high; `None` if `size` is 0 or too large.
    pub(super) fn new(size: u32, colors: Palette) -> Option<Painter> {
        Some(Painter { pixmap: Pixmap::new(size, size)?, grid: Grid::new(size), colors })
    }

    /// Fills a rectangle of whole pixels.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, brush: Brush) {
        // tiny-skia widens rectangles narrower than a pixel.
        if let Some(rect) = Rect::from_xywh(x, y, width, height).filter(|_| width >= 1.0 && height >= 1.0) {
            let paint = Paint { anti_alias: false, ..paint(brush) };
            self.pixmap.fill_rect(rect, &paint, Transform::identity(), None);
        }
    }

    /// Fills a rectangle with round corners.
    pub(super) fn round_rect(&mut self, (x, y): Point, width: f32, height: f32, radius: f32, brush: Brush) {
        let (right, bottom) = (x + width, y + height);
        let mut outline = Lines::new();
        outline.closed(&[(x, y, radius), (right, y, radius), (right, bottom, radius), (x, bottom, radius)]);
        self.fill(outline.0, brush);
    }

    pub(super) fn polygon(&mut self, points: &[Point], brush: Brush) {
        let mut outline = Lines::new();
        outline.closed(&points.iter().map(|(x, y)| (*x, *y, 0.0)).collect::<Vec<_>>());
        self.fill(outline.0, brush);
    }

    pub(super) fn disc(&mut self, (x, y): Point, radius: f32, brush: Brush) {
        let mut outline = PathBuilder::new();
        outline.push_circle(x, y, radius);
        self.fill(outline, brush);
    }

    /// Fills a ring between two radii.
    pub(super) fn ring(&mut self, (x, y): Point, outer: f32, inner: f32, brush: Brush) {
        let mut outline = PathBuilder::new();
        outline.push_circle(x, y, outer);
        outline.push_circle(x, y, inner);
        self.fill(outline, brush);
    }

    /// Fills a part of a ring around the center. `part` is in turns, clockwise from the top.
    pub(super) fn ring_part(&mut self, outer: f32, inner: f32, part: Range<f32>, brush: Brush) {
        if part.is_empty() {
            return;
        }
        let angle = |share: f32| share * TAU - FRAC_PI_2;
        let (from, to) = (angle(part.start), angle(part.end));
        let mut outline = PathBuilder::new();
        arc(&mut outline, self.grid.middle, outer, from, to);
        arc(&mut outline, self.grid.middle, inner, to, from);
        outline.close();
        self.fill(outline, brush);
    }

    /// Draws lines of `width`.
    pub(super) fn stroke(&mut self, lines: &Lines, width: f32, ends: Ends, brush: Brush) {
        let (line_cap, line_join) = match ends {
            Ends::Square => (LineCap::Square, LineJoin::Miter),
            Ends::Round => (LineCap::Round, LineJoin::Round),
        };
        let stroke = Stroke { width, line_cap, line_join, ..Stroke::default() };
        // As an outline, because tiny-skia's own one-pixel lines are faint at corners.
        let outline = lines.0.clone().finish().and_then(|path| path.stroke(&stroke, 4.0));
        if let Some(outline) = outline {
            self.fill_path(&outline, FillRule::Winding, brush);
        }
    }

    /// Draws the background of a round icon.
    pub(super) fn background_disc(&mut self) {
        if self.colors.has_background() {
            let middle = self.grid.middle;
            self.disc((middle, middle), middle, self.colors.background);
        }
    }

    /// Draws the background of a square icon.
    pub(super) fn background_plate(&mut self) {
        if self.colors.has_background() {
            let (size, corner) = (self.grid.size, self.grid.corner());
            self.round_rect((0.0, 0.0), size, size, corner, self.colors.background);
        }
    }

    pub(super) fn finish(self) -> Rgba {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        Rgba { width, height, data: self.pixmap.take_demultiplied() }
    }

    /// Fills outlines. Where two overlap there is a hole.
    fn fill(&mut self, outline: PathBuilder, brush: Brush) {
        if let Some(path) = outline.finish() {
            self.fill_path(&path, FillRule::EvenOdd, brush);
        }
    }

    fn fill_path(&mut self, path: &Path, rule: FillRule, brush: Brush) {
        self.pixmap.fill_path(path, &paint(brush), rule, Transform::identity(), None);
    }
}

fn paint(brush: Brush) -> Paint<'static> {
    let (color, blend_mode) = match brush {
        Brush::Color([red, green, blue, alpha]) => {
            (Color::from_rgba8(red, green, blue, alpha), BlendMode::SourceOver)
        }
        Brush::Erase => (Color::BLACK, BlendMode::DestinationOut),
    };
    Paint { shader: Shader::SolidColor(color), blend_mode, ..Paint::default() }
}

/// How lines end and turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Extends half the width beyond the last point; corners are square.
    Square,
    /// The same, rounded.
    Round,
}

/// A path of lines.
pub(super) struct Lines(PathBuilder);

impl Lines {
    pub(super) fn new() -> Lines {
        Lines(PathBuilder::new())
    }

    /// Adds a line through `points`.
    pub(super) fn open(&mut self, points: &[Corner]) -> &mut Self {
        if let [first, .., last] = points {
            self.0.move_to(first.0, first.1);
            for corner in points.windows(3) {
                self.corner(corner);
            }
            self.0.line_to(last.0, last.1);
        }
        self
    }

    /// Adds a line through `points` and back to the first.
    pub(super) fn closed(&mut self, points: &[Corner]) -> &mut Self {
        if let [a, b, ..] = *points {
            // Start in the middle of a side, so that every corner can be rounded.
            self.0.move_to((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            for corner in [points, &[a, b]].concat().windows(3) {
                self.corner(corner);
            }
            self.0.close();
        }
        self
    }

    /// Continues to the second of three points and around the corner there.
    fn corner(&mut self, points: &[Corner]) {
        let &[(ax, ay, _), (bx, by, cut), (cx, cy, _)] = points else { return };
        if cut <= 0.0 {
            self.0.line_to(bx, by);
            return;
        }
        let towards = |x: f32, y: f32| {
            let length = (x - bx).hypot(y - by).max(f32::EPSILON);
            ((x - bx) / length * cut, (y - by) / length * cut)
        };
        let ((ux, uy), (vx, vy)) = (towards(ax, ay), towards(cx, cy));
        // The control points of a quarter circle, as a distance from the corner.
        const K: f32 = 1.0 - 0.552_284_8;
        self.0.line_to(bx + ux, by + uy);
        self.0.cubic_to(bx + ux * K, by + uy * K, bx + vx * K, by + vy * K, bx + vx, by + vy);
    }
}

/// Adds an arc around the center, from one angle to another in radians, with a line to it from the path's current
/// point.
fn arc(path: &mut PathBuilder, middle: f32, radius: f32, from: f32, to: f32) {
    // A point on the circle, or on its tangent there.
    let point = |angle: f32, along: f32| {
        let (sin, cos) = angle.sin_cos();
        (middle + radius * cos - along * sin, middle + radius * sin + along * cos)
    };
    let (x, y) = point(from, 0.0);
    if path.is_empty() {
        path.move_to(x, y)
    } else {
        path.line_to(x, y)
    }
    // One cubic curve approximates up to a quarter of a circle well.
    let steps = ((to - from).abs() / FRAC_PI_2).ceil();
    let step = (to - from) / steps;
    let handle = radius * (step / 4.0).tan() * 4.0 / 3.0;
    for angle in (0..steps as u32).map(|i| from + step * i as f32) {
        let (start, end) = (point(angle, handle), point(angle + step, -handle));
        let (x, y) = point(angle + step, 0.0);
        path.cubic_to(start.0, start.1, end.0, end.1, x, y);
    }
}

/// A picture: rows from the top, four bytes per pixel, red, green, blue and alpha, not premultiplied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rgba {
    /// Pixels in a row.
    pub width: u32,
    /// Number of rows.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub data: Vec<u8>,
}

impl Rgba {
    /// The same picture in the middle of a square with transparent edges; as it is if it is no smaller.
    #[cfg(any(target_os = "macos", test))]
    pub fn centered_in(self, side: u32) -> Rgba {
        let Some(picture) = image::RgbaImage::from_raw(self.width, self.height, self.data.clone()) else {
            return self;
        };
        if self.width >= side || self.height >= side {
            return self;
        }
        let mut square = image::RgbaImage::new(side, side);
        let (left, top) = ((side - self.width) / 2, (side - self.height) / 2);
        image::imageops::replace(&mut square, &picture, left.into(), top.into());
        Rgba { width: side, height: side, data: square.into_raw() }
    }

    /// Writes a PNG file.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn save_png(&self, path: &std::path::Path) -> image::ImageResult<()> {
        image::save_buffer(path, &self.data, self.width, self.height, image::ExtendedColorType::Rgba8)
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// If `data` has the wrong length.
    pub fn png(&self) -> image::ImageResult<Vec<u8>> {
        let mut file = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut file);
        let kind = image::ExtendedColorType::Rgba8;
        image::ImageEncoder::write_image(encoder, &self.data, self.width, self.height, kind)?;
        Ok(file)
    }

    /// The bytes in the format of StatusNotifierItem's pixmaps: ARGB32 in network byte order.
    pub fn into_argb32_be(self) -> Vec<u8> {
        let mut data = self.data;
        for pixel in data.chunks_exact_mut(4) {
            pixel.rotate_right(1);
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_goes_first_on_the_bus() {
        let picture = Rgba { width: 2, height: 1, data: vec![1, 2, 3, 4, 5, 6, 7, 8] };
        assert_eq!(picture.into_argb32_be(), [4, 1, 2, 3, 8, 5, 6, 7]);
    }

    #[test]
    fn a_picture_is_centered_between_transparent_edges() {
        let dot = || Rgba { width: 1, height: 1, data: vec![1, 2, 3, 4] };
        let square = dot().centered_in(3);
        assert_eq!((square.width, square.height), (3, 3));
        let empty = [0; 16];
        assert_eq!(square.data, [&empty[..], &[1, 2, 3, 4], &empty].concat());
        assert_eq!(dot().centered_in(1).data, dot().data);
    }
}
