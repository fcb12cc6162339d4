//! Discs, rings and their parts by distance: of what an icon is mostly made, and many times faster than as paths.

use std::f32::consts::{FRAC_PI_2, TAU};

use wide::f32x4;

use super::mask::{half, splat};

/// A disc, a ring, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    /// The middle.
    pub(super) x: f32,
    /// The middle.
    pub(super) y: f32,
    /// The radius.
    pub(super) outer: f32,
    /// The radius of the hole.
    inner: f32,
    wedge: Option<Wedge>,
}

/// What lies clockwise between two rays that are half a turn apart at most, or all but that.
#[derive(Debug, Clone, Copy)]
struct Wedge {
    from: (f32, f32),
    to: (f32, f32),
    all_but: bool,
}

/// What an arc does not reach beyond, seen from its middle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Arc {
    /// A disc.
    pub(super) fn disc(x: f32, y: f32, radius: f32) -> Arc {
        Arc { x, y, outer: radius, inner: 0.0, wedge: None }
    }

    /// A ring.
    pub(super) fn ring(x: f32, y: f32, outer: f32, inner: f32) -> Arc {
        Arc { x, y, outer, inner, wedge: None }
    }

    /// A part of it, clockwise from the top: `from` and `to` are shares of the whole turn.
    pub(super) fn part(self, from: f32, to: f32) -> Arc {
        let ray = |share: f32| {
            let (sin, cos) = (share * TAU - FRAC_PI_2).sin_cos();
            (cos, sin)
        };
        let (from_ray, to_ray) = (ray(from), ray(to));
        let wedge = match to - from > 0.5 {
            true => Wedge { from: to_ray, to: from_ray, all_but: true },
            false => Wedge { from: from_ray, to: to_ray, all_but: false },
        };
        Arc { wedge: (to - from < 1.0).then_some(wedge), ..self }
    }

    /// How far from the middle the row at `y` from it is covered for certain.
    pub(super) fn solid(&self, y: f32) -> f32 {
        let whole = self.inner <= 0.0 && self.wedge.is_none();
        if whole { half(self.outer - 0.5, y).unwrap_or_default() } else { 0.0 }
    }

    /// What it does not reach beyond.
    pub(super) fn bounds(&self) -> Bounds {
        let whole = self.outer + 0.5;
        match self.wedge {
            Some(Wedge { from, to, all_but: false }) => {
                let cosine = from.0 * to.0 + from.1 * to.1;
                // How far it bulges between its rays.
                let bulge = self.outer * (1.0 - ((1.0 + cosine) / 2.0).max(0.0).sqrt());
                let side = |a: f32, b: f32| {
                    let ends = [a * self.inner, a * self.outer, b * self.inner, b * self.outer];
                    let (least, most) =
                        ends.iter().fold((f32::MAX, f32::MIN), |(l, m), at| (l.min(*at), m.max(*at)));
                    ((least - bulge - 1.0).max(-whole), (most + bulge + 1.0).min(whole))
                };
                let ((left, right), (top, bottom)) = (side(from.0, to.0), side(from.1, to.1));
                Bounds { left, top, right, bottom }
            }
            _ => Bounds { left: -whole, top: -whole, right: whole, bottom: whole },
        }
    }

    /// How much of the pixels around four points of a row, seen from the middle, lies in it: 0 to 1.
    #[inline]
    pub(super) fn covers(&self, x: f32x4, y: f32) -> f32x4 {
        let distance = (x * x + splat(y * y)).sqrt();
        let mut radial = share(splat(self.outer + 0.5) - distance);
        if self.inner > 0.0 {
            let hole = share(distance - splat(self.inner - 0.5));
            radial = (radial + hole - f32x4::ONE).fast_max(f32x4::ZERO);
        }
        if self.wedge.is_some() { radial * self.inside(x, y) } else { radial }
    }

    /// Whether four pixels next to each other lie all between the rays of a part, or all not; `None` where a ray comes
    /// near them.
    #[inline]
    pub(super) fn side(&self, x: f32x4, y: f32) -> Option<bool> {
        let Some(Wedge { from, to, all_but }) = self.wedge else { return Some(true) };
        let [first, ..] = x.to_array();
        // How far their middle is past a ray's line, and whether all four of them are on that side.
        let past = |(cos, sin): (f32, f32)| cos * y - sin * (first + 1.5);
        let clear = |past: f32, (_, sin): (f32, f32)| past.abs() >= 0.5 + 1.5 * sin.abs();
        let (after, before) = (past(from), past(to));
        (clear(after, from) && clear(before, to)).then_some((after > 0.0 && before < 0.0) != all_but)
    }

    /// How much of the pixels lies between the rays of a part: 0 to 1.
    #[inline]
    pub(super) fn inside(&self, x: f32x4, y: f32) -> f32x4 {
        self.wedge.map_or(f32x4::ONE, |wedge| wedge.covers(x, y))
    }
}

/// Cut to 0 to 1.
fn share(of: f32x4) -> f32x4 {
    of.fast_max(f32x4::ZERO).fast_min(f32x4::ONE)
}

impl Wedge {
    #[inline]
    fn covers(&self, x: f32x4, y: f32) -> f32x4 {
        // A ray parts what is beside it, and its line goes on behind the middle: there it says nothing.
        let before = |(cos, sin): (f32, f32)| (splat(cos) * x + splat(sin * y)).simd_ge(f32x4::ZERO);
        let past = |(cos, sin): (f32, f32)| splat(cos * y) - splat(sin) * x;
        let half = splat(0.5);
        let (before_from, before_to) = (before(self.from), before(self.to));
        let from = before_from.select(share(half + past(self.from)), f32x4::ONE);
        let to = before_to.select(share(half - past(self.to)), f32x4::ONE);
        let inside = (from + to - f32x4::ONE).fast_max(f32x4::ZERO) & (before_from | before_to);
        if self.all_but { f32x4::ONE - inside } else { inside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(arc: Arc) -> f32 {
        let at = |i: i32| i as f32 + 0.5;
        let share = |x: i32, y: i32| arc.covers(splat(at(x)), at(y)).to_array()[0];
        (-40..40).flat_map(|y| (-40..40).map(move |x| share(x, y))).sum()
    }

    #[test]
    fn a_part_has_its_part_of_the_area() {
        for (outer, inner) in [(7.0, 5.0), (10.0, 8.0), (29.0, 22.0)] {
            let ring = Arc::ring(0.0, 0.0, outer, inner);
            let whole = TAU / 2.0 * (outer * outer - inner * inner);
            assert!((area(ring) - whole).abs() < whole * 0.01);
            for percent in 1..=100 {
                for start in [0.0, 0.13, 0.7] {
                    let share = percent as f32 / 100.0;
                    let part = area(ring.part(start, start + share));
                    assert!(
                        (part - whole * share).abs() < whole * 0.012,
                        "{outer} {percent} {start}: {part}"
                    );
                }
            }
        }
        let disc = area(Arc::disc(0.0, 0.0, 5.0));
        assert!((disc - 78.5).abs() < 0.8, "{disc}");
    }

    #[test]
    fn nothing_shows_on_the_other_side() {
        let sliver = Arc::ring(0.0, 0.0, 10.0, 8.0).part(0.0, 0.01);
        let at = |x: i32| splat(x as f32 + 0.5);
        let below =
            (-12..12).flat_map(|x| (0..12).map(move |y| sliver.covers(at(x), y as f32 + 0.5).to_array()[0]));
        assert_eq!(below.sum::<f32>(), 0.0);
    }
}
