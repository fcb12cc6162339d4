//! The icon's own digits, drawn as large as they fit: lines on a whole-pixel grid, which stay crisp on desktops that no
//! longer hint fonts.

use super::painter::{Ends, Lines, Painter};
use super::palette::Brush;

/// The size and stroke width of the digits, in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Metrics {
    /// Width of every digit except the narrower 1.
    width: f32,
    /// Height of every digit.
    height: f32,
    /// Stroke width.
    stroke: f32,
    /// Gap between two digits.
    gap: f32,
}

impl Metrics {
    fn new(width: f32, height: f32) -> Metrics {
        let stroke = if width < 5.0 { 1.0 } else { (width * 0.27).round().max(2.0) };
        Metrics { width, height, stroke, gap: (stroke * 0.8).ceil() }
    }

    /// The width of one glyph.
    fn advance(&self, glyph: char) -> f32 {
        match glyph {
            '1' => self.stroke + self.flag(),
            '!' => self.stroke,
            _ => self.width,
        }
    }

    /// How far the flag of the 1 sticks out.
    fn flag(&self) -> f32 {
        (self.width * 0.28).round().max(1.0)
    }

    fn length(&self, text: &str) -> f32 {
        text.chars().map(|glyph| self.advance(glyph) + self.gap).sum::<f32>() - self.gap
    }

    /// The largest type in which `glyphs` digits (0 for a `!`) fit in a square of `size` pixels. `fits` gets a width
    /// and a height.
    fn largest(glyphs: f32, size: f32, fits: impl Fn(f32, f32) -> bool) -> Option<Metrics> {
        let length = |set: &Metrics| match glyphs {
            0.0 => set.stroke,
            _ => set.width * glyphs + set.gap * (glyphs - 1.0),
        };
        // Half a pixel off center is more visible than one pixel smaller.
        let off = |length: f32, cost: f32| if (size - length) % 2.0 == 0.0 { 1.0 } else { cost };
        let mut best: Option<(f32, Metrics)> = None;
        for width in (3..=(size * 0.6) as u32).rev().map(|width| width as f32) {
            let usual = Metrics::new(width, 0.0);
            // A lower digit has no room between its bars.
            let (low, high) = ((width * 1.4).floor().max(3.0 * usual.stroke + 2.0), (width * 2.0).ceil());
            if best.is_some_and(|(score, _)| score >= width * high) {
                break;
            }
            for height in (low as u32..=high as u32).map(|height| height as f32) {
                let slim = 1.0 - (height / width - 1.65).abs() * 0.15;
                let worth = width * height * slim * off(height, 0.95);
                for (more, cost) in [(-1.0, 0.9), (0.0, 1.0), (1.0, 0.9)] {
                    let set = Metrics { height, gap: (usual.gap + more).max(1.0), ..usual };
                    let length = length(&set);
                    let score = worth * off(length, 0.88) * cost;
                    if best.is_none_or(|(other, _)| score > other) && fits(length, height) {
                        best = Some((score, set));
                    }
                }
            }
        }
        best.map(|(_, set)| set)
    }

    /// Draws one glyph whose box begins at `x`, `y`. Its lines run through the middle of the strokes.
    fn write(&self, lines: &mut Lines, glyph: char, x: f32, y: f32) {
        let s = self.stroke;
        let (l, t) = (x + s / 2.0, y + s / 2.0);
        let (r, b) = (x + self.advance(glyph) - s / 2.0, y + self.height - s / 2.0);
        // The middle bar lies on the grid too; an odd pixel goes to the lower half.
        let m = y + s + ((self.height - 3.0 * s) / 2.0).floor() + s / 2.0;
        // The 9 is the 6 upside down.
        let m9 = t + b - m;
        let half = (r - l) / 2.0;
        let k = match self.width {
            ..4.0 => 0.0,
            4.0 => 1.0,
            _ => half.min((m - t) / 2.0),
        };
        let k0 = if k > 1.0 { half } else { k };
        // How far an end hangs down, if that leaves the middle bar free.
        let hook = ((m - t) * 0.6).min(m - t - s - (s * 0.6).max(1.0));
        let large = self.width - 2.0 * s >= 3.0 && hook >= s * 0.25;
        let hook = if large { hook } else { 0.0 };
        let turn = k.min(hook);
        match glyph {
            '0' => lines.closed(&[(l, t, k0), (r, t, k0), (r, b, k0), (l, b, k0)]),
            '1' if large => {
                let flag = self.flag();
                lines.open(&[(r, t, 0.0), (r, b, 0.0)]).open(&[(l, t + flag, 0.0), (r, t + s * 0.2, 0.0)])
            }
            '1' => lines.open(&[(r, t, 0.0), (r, b, 0.0)]).open(&[(l, t + s, 0.0), (r, t + s, 0.0)]),
            '2' if large => {
                lines.open(&[
                    (l, t + hook, 0.0),
                    (l, t, turn),
                    (r, t, k),
                    (r, m + (b - m) * 0.1, k),
                    (l + s * 0.2, b - s * 0.1, 0.0),
                ]);
                lines.open(&[(l, b, 0.0), (r, b, 0.0)])
            }
            '2' => lines.open(&[(l, t, 0.0), (r, t, k), (r, m, k), (l, m, k), (l, b, 0.0), (r, b, 0.0)]),
            '3' if large => {
                let lower = half.min((b - m) / 2.0);
                let waist = (l + half, m, 0.0);
                lines.open(&[(l, t + hook, 0.0), (l, t, turn), (r, t, k), (r, m, k), waist]).open(&[
                    waist,
                    (r, m, lower),
                    (r, b, lower),
                    (l, b, turn),
                    (l, b - hook, 0.0),
                ])
            }
            '3' => lines
                .open(&[(l, t, 0.0), (r, t, k), (r, b, k), (l, b, 0.0)])
                .open(&[(l, m, 0.0), (r, m, 0.0)]),
            '4' if large => {
                let bar = y + self.height - s - (self.height * 0.2).round().max(s) + s / 2.0;
                let stem = r - (self.width * 0.16).round().max(1.0);
                lines.open(&[(stem, b, 0.0), (stem, t, 0.0), (l, bar, 0.0), (r, bar, 0.0)])
            }
            '4' => lines.open(&[(l, t, 0.0), (l, m, 0.0), (r, m, 0.0)]).open(&[(r, t, 0.0), (r, b, 0.0)]),
            '5' => {
                let bowl = [(r, m, k), (r, b, k), (l, b, turn), (l, b - hook, 0.0)];
                let [shoulder, belly, chin, end] = bowl;
                lines.open(&[(r, t, 0.0), (l, t, 0.0), (l, m, 0.0), shoulder, belly, chin, end])
            }
            '6' => lines
                .open(&[(r, t + hook, 0.0), (r, t, turn), (l, t, k), (l, (m + b) / 2.0, 0.0)])
                .closed(&[(l, m, k), (r, m, k), (r, b, k), (l, b, k)]),
            '7' if large => lines.open(&[(l, t, 0.0), (r, t, 0.0), (l + half * 0.7, b, 0.0)]),
            '7' => lines.open(&[(l, t, 0.0), (r, t, 0.0), (r, b, 0.0)]),
            '8' => lines.closed(&[(l, t, k), (r, t, k), (r, m, k), (l, m, k)]).closed(&[
                (l, m, k),
                (r, m, k),
                (r, b, k),
                (l, b, k),
            ]),
            '9' => lines
                .open(&[(l, b - hook, 0.0), (l, b, turn), (r, b, k), (r, (t + m9) / 2.0, 0.0)])
                .closed(&[(l, t, k), (r, t, k), (r, m9, k), (l, m9, k)]),
            // A line without length is only its ends: a dot.
            '!' => lines.open(&[(l, t, 0.0), (l, b - s * 2.0, 0.0)]).open(&[(l, b, 0.0), (l, b + 0.01, 0.0)]),
            _ => lines,
        };
    }
}

/// Text in one type, placed on the grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    text: String,
    metrics: Metrics,
    x: f32,
    y: f32,
}

impl Text {
    /// `text` as large as `fits` (called with width and height) allows, centered in a square of `size` pixels. `None`
    /// if not even digits of three by five pixels fit.
    pub(super) fn centered(text: String, size: f32, fits: impl Fn(f32, f32) -> bool) -> Option<Text> {
        let metrics = match text.as_str() {
            "!" => Metrics::largest(0.0, size, |w, h| h <= size * 0.65 && fits(w, h)),
            // One and two digits have the same size, so that the icon does not jump between them.
            digits => Metrics::largest(digits.len().max(2) as f32, size, fits),
        }?;
        let middle = |length: f32| ((size - length) / 2.0).floor();
        Some(Text { x: middle(metrics.length(&text)), y: middle(metrics.height), text, metrics })
    }

    /// Moves it by whole pixels.
    pub(super) fn moved(mut self, x: f32, y: f32) -> Text {
        self.x += x;
        self.y += y;
        self
    }

    pub(super) fn draw(&self, painter: &mut Painter, brush: Brush) {
        let mut lines = Lines::new();
        let mut x = self.x;
        for glyph in self.text.chars() {
            self.metrics.write(&mut lines, glyph, x, self.y);
            x += self.metrics.advance(glyph) + self.metrics.gap;
        }
        let ends = if self.metrics.stroke >= 3.0 { Ends::Round } else { Ends::Square };
        painter.stroke(&lines, self.metrics.stroke, ends, brush);
    }
}
