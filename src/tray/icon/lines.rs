//! Lines through points, with corners rounded: what figures and signs are written with. They are reckoned by distance
//! from their middle, which is many times faster than outlines are.

use wide::f32x4;

use super::mask::{Mask, length, splat};

/// A point and the radius that the corner there is rounded by.
pub(super) type Corner = (f32, f32, f32);

type Point = (f32, f32);

/// How a line ends and turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Half its width beyond the last point, with corners.
    Square,
    /// The same, rounded.
    Round,
}

/// Lines of one width, being written on a mask.
pub(super) struct Lines<'a> {
    mask: &'a mut Mask,
    width: f32,
    ends: Ends,
}

/// Where a straight part begins or ends.
#[derive(Clone, Copy)]
struct End {
    at: Point,
    /// A bend follows, not an end or a corner.
    smooth: bool,
}

impl<'a> Lines<'a> {
    /// Lines of `width` pixels.
    pub(super) fn new(mask: &'a mut Mask, width: f32, ends: Ends) -> Lines<'a> {
        Lines { mask, width, ends }
    }

    /// A line through `points`.
    pub(super) fn open(&mut self, points: &[Corner]) -> &mut Self {
        let (Some((first, _)), Some((last, _))) = (points.split_first(), points.split_last()) else {
            return self;
        };
        let mut from = End { at: (first.0, first.1), smooth: false };
        for corner in points.windows(3) {
            from = self.turn(from, corner);
        }
        self.straight(from, End { at: (last.0, last.1), smooth: false });
        self
    }

    /// The same, back to its beginning.
    pub(super) fn closed(&mut self, points: &[Corner]) -> &mut Self {
        let (Some(a), Some(b)) = (points.first(), points.get(1)) else { return self };
        // From the middle of a side, so that every corner can be rounded.
        let middle = End { at: ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0), smooth: true };
        let mut from = middle;
        let mut around = points.iter().cycle().copied();
        let mut corner = [(0.0, 0.0, 0.0), *a, *b];
        around.nth(1);
        for _ in 0..points.len() {
            corner = [corner[1], corner[2], around.next().unwrap_or(*a)];
            from = self.turn(from, &corner);
        }
        self.straight(from, middle);
        self
    }

    /// Goes on from `from` around the second of three points; where it is then.
    fn turn(&mut self, from: End, points: &[Corner]) -> End {
        let &[(ax, ay, _), (bx, by, cut), (cx, cy, _)] = points else { return from };
        if cut <= 0.0 {
            self.straight(from, End { at: (bx, by), smooth: false });
            return End { at: (bx, by), smooth: false };
        }
        let towards = |x: f32, y: f32| {
            let long = length(x - bx, y - by).max(f32::EPSILON);
            ((x - bx) / long, (y - by) / long)
        };
        let ((ux, uy), (vx, vy)) = (towards(ax, ay), towards(cx, cy));
        let start = (bx + ux * cut, by + uy * cut);
        let end = (bx + vx * cut, by + vy * cut);
        self.straight(from, End { at: start, smooth: true });
        let cosine = ux * vx + uy * vy;
        self.bend(start, end, (bx, by), cut * ((1.0 - cosine) / (1.0 + cosine)).sqrt());
        End { at: end, smooth: true }
    }

    /// A part of a circle from `start` to `end`, which touches there the lines to `corner`.
    fn bend(&mut self, start: Point, end: Point, corner: Point, radius: f32) {
        let half_width = self.width / 2.0;
        // The middle lies on the line from the corner through the middle of the chord.
        let chord = ((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0);
        let (dx, dy) = (chord.0 - corner.0, chord.1 - corner.1);
        let out = length(dx, dy).max(f32::EPSILON);
        let cut = length(start.0 - corner.0, start.1 - corner.1);
        let far = length(radius, cut) / out;
        let (x, y) = (corner.0 + dx * far, corner.1 + dy * far);
        let (from, to) = ((start.0 - x, start.1 - y), (end.0 - x, end.1 - y));
        let side = (from.0 * to.1 - from.1 * to.0).signum();
        // It stays between its ends and the corner, half a line and a fringe around them.
        let pad = half_width + 0.5;
        let low = |a: f32, b: f32, c: f32| a.min(b).min(c) - pad;
        let high = |a: f32, b: f32, c: f32| a.max(b).max(c) + pad;
        let (left, right) = (low(start.0, end.0, corner.0), high(start.0, end.0, corner.0));
        let (top, bottom) = (low(start.1, end.1, corner.1), high(start.1, end.1, corner.1));
        let share = |px: f32x4, py: f32| {
            let (px, py) = (px - splat(x), py - y);
            let past = (splat(from.0 * side * py) - splat(from.1 * side) * px).simd_ge(f32x4::ZERO);
            let before = (splat(to.1 * side) * px - splat(to.0 * side * py)).simd_ge(f32x4::ZERO);
            let off = absolute((px * px + splat(py * py)).sqrt() - splat(radius));
            cut_to_1(splat(pad) - off) & past & before
        };
        self.mask.cover((top, bottom), |_| (left, right), share);
    }

    /// A straight part.
    fn straight(&mut self, from: End, to: End) {
        let (dx, dy) = (to.at.0 - from.at.0, to.at.1 - from.at.1);
        let long = length(dx, dy);
        let smooth = from.smooth && to.smooth;
        if smooth && long < 0.01 {
            return;
        }
        // What is no longer than a point has ends only.
        let (ux, uy) = if long > 0.0 { (dx / long, dy / long) } else { (0.0, 1.0) };
        let half_width = self.width / 2.0;
        if self.ends == Ends::Round {
            for end in [from, to].into_iter().filter(|end| !end.smooth) {
                self.mask.disc(end.at, half_width);
            }
        }
        // A bend's first pixel is its own, half of which is this line's.
        let beyond = |end: End| match (end.smooth, self.ends) {
            (true, _) => 0.5f32.min(half_width),
            (false, Ends::Square) => half_width,
            (false, Ends::Round) => 0.0,
        };
        let (back, on) = (beyond(from), beyond(to));
        let a = (from.at.0 - ux * back, from.at.1 - uy * back);
        let b = (to.at.0 + ux * on, to.at.1 + uy * on);
        if ux.abs().min(uy.abs()) < 0.001 {
            let (wide, high) = (half_width * uy.abs(), half_width * ux.abs());
            self.mask
                .rect((a.0.min(b.0) - wide, a.1.min(b.1) - high), (a.0.max(b.0) + wide, a.1.max(b.1) + high));
        } else {
            self.slant(a, b, (ux, uy));
        }
    }

    /// A straight part that goes neither across nor down, from `a` to `b` in the direction `u`.
    fn slant(&mut self, a: Point, b: Point, (ux, uy): Point) {
        let half_width = self.width / 2.0;
        let (x, y) = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
        let half_long = length(b.0 - a.0, b.1 - a.1) / 2.0;
        let pad = half_width + 0.5;
        let share = |px: f32x4, py: f32| {
            let (px, py) = (px - splat(x), py - y);
            let aside = cut_to_1(splat(pad) - absolute(px * splat(uy) - splat(py * ux)));
            let along = cut_to_1(splat(half_long + 0.5) - absolute(px * splat(ux) + splat(py * uy)));
            aside * along
        };
        let end = half_width * ux.abs() + 0.5;
        let reach = |row: f32| {
            let (middle, wide) = (x + (row - y) * ux / uy, pad / uy.abs());
            (middle - wide, middle + wide)
        };
        // Nearly level lines would ask for very long rows.
        let across = half_width * uy.abs() + 0.5;
        let (left, right) = (a.0.min(b.0) - across, a.0.max(b.0) + across);
        let within = |row: f32| {
            let (from, to) = reach(row);
            (from.max(left), to.min(right))
        };
        self.mask.cover((a.1.min(b.1) - end, a.1.max(b.1) + end), within, share);
    }
}

/// Covers the triangle between three points that run clockwise.
pub(super) fn triangle(mask: &mut Mask, [a, b, c]: [Point; 3]) {
    let edge = |from: Point, to: Point| {
        let long = length(to.0 - from.0, to.1 - from.1).max(f32::EPSILON);
        let (ux, uy) = ((to.0 - from.0) / long, (to.1 - from.1) / long);
        move |x: f32x4, y: f32| {
            let across = x * splat(uy);
            cut_to_1(splat(0.5 + (y - from.1) * ux + from.0 * uy) - across)
        }
    };
    let (one, two, three) = (edge(a, b), edge(b, c), edge(c, a));
    let span = |a: f32, b: f32, c: f32| (a.min(b).min(c), a.max(b).max(c));
    let (across, down) = (span(a.0, b.0, c.0), span(a.1, b.1, c.1));
    // Three edges meet two at a time: what each takes away adds up.
    let two_more = splat(2.0);
    let share = |x: f32x4, y: f32| (one(x, y) + two(x, y) + three(x, y) - two_more).fast_max(f32x4::ZERO);
    mask.cover(down, |_| across, share);
}

/// Each value without its sign.
#[inline(always)]
fn absolute(values: f32x4) -> f32x4 {
    // Not the library's own: built for size it makes its mask anew each time, in memory.
    values.fast_max(f32x4::ZERO - values)
}

fn cut_to_1(share: f32x4) -> f32x4 {
    share.fast_max(f32x4::ZERO).fast_min(f32x4::ONE)
}
