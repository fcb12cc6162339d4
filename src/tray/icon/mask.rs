//! How much of each pixel is covered by lines that are drawn as one: where two of them meet, nothing is painted twice.

use wide::f32x4;

/// The share of each pixel that is covered: 0 to 1, of four at a time.
pub(super) struct Mask {
    /// Fours in a row.
    fours: usize,
    covered: Vec<f32x4>,
    /// The rows that something was put on.
    used: (usize, usize),
}

impl Mask {
    /// Nothing, in a square of `size` pixels.
    pub(super) fn new(size: f32) -> Mask {
        let side = whole(size).max(1);
        let fours = side.div_ceil(4);
        Mask { fours, covered: vec![f32x4::ZERO; fours * side], used: (side, 0) }
    }

    /// The number of its first row that covers something, and its rows from there on.
    pub(super) fn rows(&self) -> (usize, impl Iterator<Item = &[f32x4]>) {
        let (top, bottom) = self.used;
        (top, self.covered.chunks_exact(self.fours).take(bottom).skip(top))
    }

    /// Covers what `share` says of four pixels of a row, given by their middles, in the rows that have a part between
    /// `top` and `bottom`; `reach` says from where to where a row is to be asked for, beyond which `share` must be 0.
    #[inline]
    pub(super) fn cover(
        &mut self,
        (top, bottom): (f32, f32),
        reach: impl Fn(f32) -> (f32, f32),
        share: impl Fn(f32x4, f32) -> f32x4,
    ) {
        let (top, bottom) = (whole(top), whole_up(bottom));
        self.used = (self.used.0.min(top), self.used.1.max(bottom));
        let from = self.covered.get_mut(top * self.fours..).unwrap_or_default();
        for (row, cells) in (top..bottom).zip(from.chunks_exact_mut(self.fours)) {
            let y = row as u32 as f32 + 0.5;
            for (four, cell) in fours(cells, reach(y)) {
                *cell = cell.fast_max(share(columns(four), y));
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

/// Those of a row's fours that have a part between two points, with their numbers.
#[inline]
pub(super) fn fours<T>(row: &mut [T], (from, to): (f32, f32)) -> impl Iterator<Item = (usize, &mut T)> {
    let (from, to) = (whole(from) / 4, whole_up(to).div_ceil(4).min(row.len()));
    (from..to).zip(row.get_mut(from..to).unwrap_or_default())
}

/// Four times the same.
#[inline(always)]
pub(super) fn splat(value: f32) -> f32x4 {
    // Written out: built for size, `[value; 4]`, which the library makes it from, is a loop through memory.
    f32x4::new([value, value, value, value])
}

/// The middles of the pixels in a row's four number `four`.
#[inline]
pub(super) fn columns(four: usize) -> f32x4 {
    splat((four * 4) as u32 as f32) + f32x4::new([0.5, 1.5, 2.5, 3.5])
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
