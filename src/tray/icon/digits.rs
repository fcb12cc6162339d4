//! The icon's own digits: lines on a whole-pixel grid, so that they are crisp where no font is hinted any more.

use super::canvas::{Canvas, Ends, Ink, Shape};

/// How large the digits are and how heavy their lines, all in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    /// Width of every digit but the 1, which is narrower.
    width: f32,
    height: f32,
    stroke: f32,
    gap: f32,
}

/// A figure set in a type, at a place on the grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    text: String,
    set: Type,
    x: f32,
    y: f32,
}

impl Type {
    fn of(width: f32, height: f32) -> Type {
        let stroke = (width * 0.28).round().max(1.0);
        Type { width, height, stroke, gap: (stroke * 0.8).ceil().max(1.0) }
    }

    fn advance(&self, glyph: char) -> f32 {
        match glyph {
            '1' => self.stroke + self.flag(),
            '!' => self.stroke,
            _ => self.width,
        }
    }

    fn flag(&self) -> f32 {
        (self.width * 0.28).round().max(1.0)
    }

    fn length(&self, text: &str) -> f32 {
        let glyphs: f32 = text.chars().map(|glyph| self.advance(glyph)).sum();
        glyphs + self.gap * (text.chars().count().max(1) - 1) as f32
    }
}

impl Text {
    /// `text` as large as `fits` (asked with width and height) lets it be, around the middle of a square of `size`
    /// pixels. `None` when not even three by five pixels a digit fit.
    pub(super) fn centred(text: &str, size: f32, fits: impl Fn(f32, f32) -> bool) -> Option<Text> {
        let mut best: Option<(f32, Type)> = None;
        let even = |length: f32| (size - length) % 2.0 == 0.0;
        for width in (3..=(size as u32)).map(|w| w as f32).take_while(|w| *w <= size * 0.6) {
            let (low, high) = ((width * 1.4).floor().max(5.0), (width * 2.0).ceil());
            for height in (low as u32..=high as u32).map(|h| h as f32) {
                let set = Type::of(width, height);
                for set in [set, Type { gap: set.gap + 1.0, ..set }] {
                    let length = set.length(text);
                    if fits(length, height) {
                        // A figure half a pixel off the middle is seen sooner than one that is a pixel smaller.
                        let off =
                            if even(length) { 1.0 } else { 0.88 } * if even(height) { 1.0 } else { 0.95 };
                        let slim = 1.0 - (height / width - 1.65).abs() * 0.15;
                        let wide = if set.gap > set.stroke { 0.98 } else { 1.0 };
                        let score = width * height * off * slim * wide;
                        if best.is_none_or(|(other, _)| score > other) {
                            best = Some((score, set));
                        }
                    }
                }
            }
        }
        let (_, set) = best?;
        let middle = |length: f32| ((size - length) / 2.0).floor();
        Some(Text { x: middle(set.length(text)), y: middle(set.height), text: text.to_owned(), set })
    }

    /// Moves it by whole pixels.
    pub(super) fn moved(mut self, x: f32, y: f32) -> Text {
        self.x += x;
        self.y += y;
        self
    }

    /// Draws it with lines `wider` pixels wider than they are.
    pub(super) fn draw(&self, canvas: &mut Canvas, wider: f32, ink: Ink) {
        let mut shape = Shape::new();
        let mut x = self.x;
        for glyph in self.text.chars() {
            shape = self.set.glyph(shape, glyph, x, self.y);
            x += self.set.advance(glyph) + self.set.gap;
        }
        let ends = if wider > 0.0 || self.set.stroke >= 3.0 { Ends::Round } else { Ends::Square };
        if let Some(lines) = shape.lines() {
            canvas.stroke(&lines, self.set.stroke + wider, ends, ink);
        }
    }
}

impl Type {
    /// The lines of one glyph whose box begins at `x`, `y`. They run through the middle of the strokes.
    fn glyph(&self, shape: Shape, glyph: char, x: f32, y: f32) -> Shape {
        let s = self.stroke;
        let (l, t) = (x + s / 2.0, y + s / 2.0);
        let (r, b) = (x + self.advance(glyph) - s / 2.0, y + self.height - s / 2.0);
        // The middle bar lies on the grid too; an odd pixel goes to the lower half.
        let m = y + s + ((self.height - 3.0 * s) / 2.0).floor() + s / 2.0;
        // 6 and 9 are each other turned round.
        let m9 = t + b - m;
        let half = (r - l) / 2.0;
        let k = match self.width {
            ..4.0 => 0.0,
            4.0 => 1.0,
            _ => half.min((m - t) / 2.0),
        };
        let k0 = if k > 1.0 { half } else { k };
        // From here on there is room for hooks and slants.
        let large = self.width - 2.0 * s >= 3.0;
        let hook = (m - t) * 0.6;
        match glyph {
            '0' => shape.closed(&[(l, t, k0), (r, t, k0), (r, b, k0), (l, b, k0)]),
            '1' if large => {
                let flag = self.flag();
                shape.open(&[(r, t, 0.0), (r, b, 0.0)]).open(&[(l, t + flag, 0.0), (r, t + s * 0.2, 0.0)])
            }
            '1' => shape.open(&[(r, t, 0.0), (r, b, 0.0)]).open(&[(l, t + s, 0.0), (r, t + s, 0.0)]),
            '2' if large => {
                let shape = shape.open(&[
                    (l, t + hook, 0.0),
                    (l, t, k),
                    (r, t, k),
                    (r, m + (b - m) * 0.1, k),
                    (l + s * 0.2, b - s * 0.1, 0.0),
                ]);
                shape.open(&[(l, b, 0.0), (r, b, 0.0)])
            }
            '2' => shape.open(&[(l, t, 0.0), (r, t, k), (r, m, k), (l, m, k), (l, b, 0.0), (r, b, 0.0)]),
            '3' => {
                let (shape, inset) = if large {
                    let top = shape.open(&[
                        (l, t + hook, 0.0),
                        (l, t, k),
                        (r, t, k),
                        (r, m, k),
                        (l + half, m, 0.0),
                    ]);
                    let k = half.min((b - m) / 2.0);
                    (
                        top.open(&[(l + half, m, 0.0), (r, m, k), (r, b, k), (l, b, k), (l, b - hook, 0.0)]),
                        true,
                    )
                } else {
                    (shape.open(&[(l, t, 0.0), (r, t, k), (r, b, k), (l, b, 0.0)]), false)
                };
                if inset { shape } else { shape.open(&[(l, m, 0.0), (r, m, 0.0)]) }
            }
            '4' if large => {
                let bar = y + self.height - s - (self.height * 0.2).round().max(s) + s / 2.0;
                let stem = r - (self.width * 0.16).round().max(1.0);
                shape.open(&[(stem, b, 0.0), (stem, t, 0.0), (l, bar, 0.0), (r, bar, 0.0)])
            }
            '4' => shape.open(&[(l, t, 0.0), (l, m, 0.0), (r, m, 0.0)]).open(&[(r, t, 0.0), (r, b, 0.0)]),
            '5' if large => {
                let m = m - s * 0.0;
                shape.open(&[
                    (r, t, 0.0),
                    (l, t, 0.0),
                    (l, m, 0.0),
                    (r, m, k),
                    (r, b, k),
                    (l, b, k),
                    (l, b - hook, 0.0),
                ])
            }
            '5' => shape.open(&[(r, t, 0.0), (l, t, 0.0), (l, m, 0.0), (r, m, k), (r, b, k), (l, b, 0.0)]),
            '6' => {
                let end = if large { t + hook } else { t };
                let top = [(r, end, 0.0), (r, t, k), (l, t, k), (l, (m + b) / 2.0, 0.0)];
                let shape = match large {
                    true => shape.open(&top),
                    false => shape.open(&[(r, t, 0.0), (l, t, k), (l, (m + b) / 2.0, 0.0)]),
                };
                shape.closed(&[(l, m, k), (r, m, k), (r, b, k), (l, b, k)])
            }
            '7' if large => shape.open(&[(l, t, 0.0), (r, t, 0.0), (l + half * 0.7, b, 0.0)]),
            '7' => shape.open(&[(l, t, 0.0), (r, t, 0.0), (r, b, 0.0)]),
            '8' => shape.closed(&[(l, t, k), (r, t, k), (r, m, k), (l, m, k)]).closed(&[
                (l, m, k),
                (r, m, k),
                (r, b, k),
                (l, b, k),
            ]),
            '9' => {
                let shape = match large {
                    true => shape.open(&[(l, b - hook, 0.0), (l, b, k), (r, b, k), (r, (t + m9) / 2.0, 0.0)]),
                    false => shape.open(&[(l, b, 0.0), (r, b, k), (r, (t + m9) / 2.0, 0.0)]),
                };
                shape.closed(&[(l, t, k), (r, t, k), (r, m9, k), (l, m9, k)])
            }
            '!' => {
                let dot = b;
                shape.open(&[(l, t, 0.0), (l, b - s * 2.0, 0.0)]).open(&[(l, dot, 0.0), (l, dot + 0.01, 0.0)])
            }
            _ => shape,
        }
    }
}
