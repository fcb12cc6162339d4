//! A figure set as large as there is room for, on the grid.

use super::canvas::Canvas;
use super::ink::Ink;
use super::lines::{Ends, Lines};
use super::mask::Mask;

/// How large the digits are and how heavy their lines, all in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Type {
    /// Width of every digit but the 1, which is narrower.
    pub(super) width: f32,
    /// Height of all of them.
    pub(super) height: f32,
    /// Width of a line.
    pub(super) stroke: f32,
    /// Between two digits.
    gap: f32,
}

impl Type {
    fn of(width: f32, height: f32) -> Type {
        let stroke = if width < 5.0 { 1.0 } else { (width * 0.27).round().max(2.0) };
        Type { width, height, stroke, gap: (stroke * 0.8).ceil() }
    }

    /// The width of one glyph.
    pub(super) fn advance(&self, glyph: char) -> f32 {
        match glyph {
            '1' => self.stroke + self.flag(),
            '!' => self.stroke,
            _ => self.width,
        }
    }

    /// How far the flag of the 1 stands out.
    pub(super) fn flag(&self) -> f32 {
        (self.width * 0.28).round().max(1.0)
    }

    fn length(&self, text: &str) -> f32 {
        text.chars().map(|glyph| self.advance(glyph) + self.gap).sum::<f32>() - self.gap
    }

    /// The largest type in which something as long as `glyphs` digits (none for a `!`) `fits`, asked with width and
    /// height, in a square of `size` pixels. What fits, fits narrower and lower too.
    fn largest(glyphs: f32, size: f32, fits: impl Fn(f32, f32) -> bool) -> Option<Type> {
        let length = |set: &Type| match glyphs {
            0.0 => set.stroke,
            _ => set.width * glyphs + set.gap * (glyphs - 1.0),
        };
        // A figure half a pixel off the middle is seen sooner than one that is a pixel smaller.
        let off = |length: f32, cost: f32| if (size - length) as i32 % 2 == 0 { 1.0 } else { cost };
        let mut best: Option<(f32, Type)> = None;
        for width in (3..=(size * 0.6) as u32).rev().map(|width| width as f32) {
            let usual = Type::of(width, 0.0);
            // What is lower has no room between its bars.
            let (low, high) = ((width * 1.4).floor().max(3.0 * usual.stroke + 2.0), (width * 2.0).ceil());
            if best.is_some_and(|(score, _)| score >= width * high) {
                break;
            }
            let close = Type { gap: (usual.gap - 1.0).max(1.0), ..usual };
            if !fits(length(&close), low) {
                continue;
            }
            for height in (low as u32..=high as u32).map(|height| height as f32) {
                let slim = 1.0 - (height / width - 1.65).abs() * 0.15;
                let worth = width * height * slim * off(height, 0.95);
                if best.is_some_and(|(score, _)| score >= worth) {
                    continue;
                }
                for (more, cost) in [(-1.0, 0.9), (0.0, 1.0), (1.0, 0.9)] {
                    let set = Type { height, gap: (usual.gap + more).max(1.0), ..usual };
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
}

/// A figure set in a type, at a place on the grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    text: String,
    set: Type,
    x: f32,
    y: f32,
}

impl Text {
    /// `text` as large as `fits` (asked with width and height) lets it be, around the middle of a square of `size`
    /// pixels. `None` when not even three by five pixels a digit fit.
    pub(super) fn centred(text: String, size: f32, fits: impl Fn(f32, f32) -> bool) -> Option<Text> {
        let set = match text.as_str() {
            "!" => Type::largest(0.0, size, |w, h| h <= size * 0.65 && fits(w, h)),
            // Figures of one and two digits are set alike: an icon must not jump as they change.
            digits => Type::largest(digits.len().max(2) as f32, size, fits),
        }?;
        let middle = |length: f32| ((size - length) / 2.0).floor();
        Some(Text { x: middle(set.length(&text)), y: middle(set.height), text, set })
    }

    /// Moves it by whole pixels.
    pub(super) fn moved(mut self, x: f32, y: f32) -> Text {
        self.x += x;
        self.y += y;
        self
    }

    /// Draws it on a square of `size` pixels.
    pub(super) fn draw(&self, canvas: &mut Canvas, size: f32, ink: Ink) {
        let ends = if self.set.stroke >= 3.0 { Ends::Round } else { Ends::Square };
        let mut mask = Mask::new(size);
        let mut lines = Lines::new(&mut mask, self.set.stroke, ends);
        let mut x = self.x;
        for glyph in self.text.chars() {
            self.set.glyph(&mut lines, glyph, x, self.y);
            x += self.set.advance(glyph) + self.set.gap;
        }
        canvas.mask(&mask, ink);
    }
}
