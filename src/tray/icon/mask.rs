//! How much of each pixel is covered by lines that are drawn as one: where two of them meet, nothing is painted twice.

use wide::f32x4;

/// The share of each pixel that is covered, of 255.
pub(super) struct Mask {
    side: usize,
    covered: Vec<u8>,
    /// The rows that something was put on.
    used: (usize, usize),
}

impl Mask {
    /// Nothing, in a square of `size` pixels.
    pub(super) fn new(size: f32) -> Mask {
        let side = whole(size).max(1);
        Mask { side, covered: vec![0; side * side], used: (side, 0) }
    }

    /// The number of its first row that covers something, and its rows from there on.
    pub(super) fn rows(&self) -> (usize, impl Iterator<Item = &[u8]>) {
        let (top, bottom) = self.used;
        (top, self.covered.chunks_exact(self.side).take(bottom).skip(top))
    }

    /// Covers what `share` says of four pixels of a row, given by their middles, in the rows that have a part between
    /// `top` and `bottom`; `reach` says from where to where a row is to be asked for.
    #[inline]
    pub(super) fn cover(
        &mut self,
        (top, bottom): (f32, f32),
        reach: impl Fn(f32) -> (f32, f32),
        share: impl Fn(f32x4, f32) -> f32x4,
    ) {
        let (top, bottom) = (whole(top), whole_up(bottom));
        self.used = (self.used.0.min(top), self.used.1.max(bottom));
        let from = self.covered.get_mut(top * self.side..).unwrap_or_default();
        for (row, cells) in (top..bottom).zip(from.chunks_exact_mut(self.side)) {
            let y = row as u32 as f32 + 0.5;
            let (left, right) = reach(y);
            let (left, right) = (whole(left), whole_up(right).min(cells.len()));
            let cells = cells.get_mut(left..right).unwrap_or_default();
            for (four, cells) in cells.chunks_mut(4).enumerate() {
                let shares = of_255(share(columns(left + four * 4), y));
                for (cell, share) in cells.iter_mut().zip(shares) {
                    *cell = (*cell).max(share as u8);
                }
            }
        }
    }

    /// Covers a rectangle.
    pub(super) fn rect(&mut self, (left, top): (f32, f32), (right, bottom): (f32, f32)) {
        let part = |at: f32x4, from: f32, to: f32| {
            let half = splat(0.5);
            let (from, to) = ((at - half).fast_max(splat(from)), (at + half).fast_min(splat(to)));
            (to - from).fast_max(f32x4::ZERO)
        };
        let down = |y: f32| splat((bottom.min(y + 0.5) - top.max(y - 0.5)).max(0.0));
        self.cover((top, bottom), |_| (left, right), |x, y| part(x, left, right) * down(y));
    }

    /// Covers a disc.
    pub(super) fn disc(&mut self, (x, y): (f32, f32), radius: f32) {
        let out = radius + 0.5;
        let share = |at: f32x4, row: f32| {
            let across = at - splat(x);
            let distance = (across * across + splat((row - y) * (row - y))).sqrt();
            (splat(out) - distance).fast_max(f32x4::ZERO).fast_min(f32x4::ONE)
        };
        self.cover((y - out, y + out), |_| (x - out, x + out), share);
    }
}

/// The whole pixel that holds `at`.
pub(super) fn whole(at: f32) -> usize {
    // A cast of what fits is one instruction.
    at.max(0.0) as u32 as usize
}

/// The first pixel beyond `at`.
pub(super) fn whole_up(at: f32) -> usize {
    whole(at + 0.999)
}

/// Four times the same.
#[inline(always)]
pub(super) fn splat(value: f32) -> f32x4 {
    // Written out: built for size, `[value; 4]`, which the library makes it from, is a loop through memory.
    f32x4::new([value, value, value, value])
}

/// The middles of four pixels from the column `from` on.
pub(super) fn columns(from: usize) -> f32x4 {
    splat(from as u32 as f32) + f32x4::new([0.5, 1.5, 2.5, 3.5])
}

/// Shares as whole numbers of 255.
#[inline]
pub(super) fn of_255(shares: f32x4) -> [i32; 4] {
    (shares * splat(255.0) + splat(0.5)).fast_trunc_int().to_array()
}

/// The length of a vector.
pub(super) fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// Half of what a disc has of the row `y` off its middle.
pub(super) fn half(radius: f32, y: f32) -> Option<f32> {
    let square = radius * radius - y * y;
    (square > 0.0).then(|| square.sqrt())
}
