//! The icon's own digits: lines on a whole-pixel grid, so that they are crisp where no font is hinted any more.

use super::lines::Lines;
use super::text::Type;

impl Type {
    /// Writes one glyph whose box begins at `x`, `y`. Its lines run through the middle of the strokes.
    pub(super) fn glyph(&self, lines: &mut Lines, glyph: char, x: f32, y: f32) {
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
        // How far an end hangs down, if it then still leaves the middle bar alone.
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
            // A line without length has ends only: a dot.
            '!' => lines.open(&[(l, t, 0.0), (l, b - s * 2.0, 0.0)]).open(&[(l, b, 0.0), (l, b + 0.01, 0.0)]),
            _ => lines,
        };
    }
}
