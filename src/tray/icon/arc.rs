//! Discs, rings and their parts by distance: of what an icon is mostly made, and many times faster than as paths.

use std::f32::consts::{FRAC_PI_2, TAU};

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

    /// How far a row at `y` from the middle reaches to each side, and from where on: between is the hole.
    pub(super) fn reach(&self, y: f32) -> (f32, f32) {
        let half = |radius: f32| (radius * radius - y * y).max(0.0).sqrt();
        (half(self.outer + 0.5), half((self.inner - 0.5).max(0.0)))
    }

    /// How much of the pixel around a point, seen from the middle, lies in it: 0 to 1.
    pub(super) fn covers(&self, x: f32, y: f32) -> f32 {
        let distance = (x * x + y * y).sqrt();
        let hole = if self.inner > 0.0 { (distance - self.inner + 0.5).clamp(0.0, 1.0) } else { 1.0 };
        let radial = (self.outer + 0.5 - distance).clamp(0.0, 1.0) + hole - 1.0;
        radial.max(0.0) * self.wedge.map_or(1.0, |wedge| wedge.covers(x, y))
    }
}

impl Wedge {
    fn covers(&self, x: f32, y: f32) -> f32 {
        // A ray parts what is beside it, and its line goes on behind the middle: there it says nothing.
        let past = |(cos, sin): (f32, f32)| (cos * x + sin * y >= 0.0).then_some(cos * y - sin * x);
        let inside = match (past(self.from), past(self.to)) {
            (None, None) => 0.0,
            (from, to) => {
                let from = from.map_or(1.0, |past| (0.5 + past).clamp(0.0, 1.0));
                let to = to.map_or(1.0, |past| (0.5 - past).clamp(0.0, 1.0));
                (from + to - 1.0).max(0.0)
            }
        };
        if self.all_but { 1.0 - inside } else { inside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(arc: Arc) -> f32 {
        let at = |i: i32| i as f32 + 0.5;
        (-40..40).flat_map(|y| (-40..40).map(move |x| arc.covers(at(x), at(y)))).sum()
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
        let below =
            (-12..12).flat_map(|x| (0..12).map(move |y| sliver.covers(x as f32 + 0.5, y as f32 + 0.5)));
        assert_eq!(below.sum::<f32>(), 0.0);
    }
}
