//! The picture that an icon is put on: whole spans where a shape is certain, single pixels along its edges.

use wide::f32x4;

use super::arc::Arc;
use super::ink::{Blend, Ink};
use super::mask::{Mask, columns, of_255, splat, whole, whole_up};
use super::rgba::Rgba;

/// A square picture being drawn. Its colours are premultiplied.
pub(super) struct Canvas {
    side: usize,
    pixels: Vec<[u8; 4]>,
}

impl Canvas {
    /// An empty square of `size` pixels.
    pub(super) fn new(size: u32) -> Canvas {
        let side = size as usize;
        Canvas { side, pixels: vec![[0; 4]; side * side] }
    }

    /// Its rows between `top` and `bottom`, with their middles.
    fn rows(&mut self, top: f32, bottom: f32) -> impl Iterator<Item = (f32, Row<'_>)> {
        let (top, bottom) = (whole(top), whole_up(bottom).min(self.side));
        let rows = self.pixels.chunks_exact_mut(self.side.max(1)).take(bottom).enumerate().skip(top);
        rows.map(|(row, pixels)| (row as f32 + 0.5, Row(pixels)))
    }

    /// Fills a rectangle on the grid.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        let blend = Blend::of(ink);
        for (_, mut row) in self.rows(y, y + height) {
            row.fill(whole(x), whole(x + width), &blend);
        }
    }

    /// Fills a rectangle on the grid, with corners rounded by `radius`.
    pub(super) fn round_rect(&mut self, (x, y): (f32, f32), width: f32, height: f32, radius: f32, ink: Ink) {
        let (blend, corner) = (Blend::of(ink), Arc::disc(0.0, 0.0, radius));
        let (left, right) = (whole(x), whole(x + width));
        for (middle, mut row) in self.rows(y, y + height) {
            let off = (y + radius - middle).max(middle - (y + height - radius));
            if off <= 0.0 {
                row.fill(left, right, &blend);
                continue;
            }
            let around = whole_up(radius).min((right - left) / 2);
            row.fill(left + around, right - around, &blend);
            // A corner's own distance, from whichever side.
            let share = |at: f32x4| {
                let out = (splat(x + radius) - at).fast_max(at - splat(x + width - radius));
                corner.covers(out.fast_max(f32x4::ZERO), off)
            };
            row.shade(left, left + around, &blend, share);
            row.shade(right - around, right, &blend, share);
        }
    }

    /// Fills a disc, a ring, or a part of one.
    pub(super) fn arc(&mut self, arc: Arc, ink: Ink) {
        let blend = Blend::of(ink);
        let bounds = arc.bounds();
        for (middle, mut row) in self.rows(arc.y + bounds.top, arc.y + bounds.bottom) {
            let y = middle - arc.y;
            let share = |at: f32x4| arc.covers(at - splat(arc.x), y);
            let reach = arc.reach(y);
            let solid = whole(arc.x - reach.solid) + 1..whole(arc.x + reach.solid);
            if reach.solid > 0.0 && !solid.is_empty() {
                row.shade(whole(arc.x - reach.far), solid.start, &blend, share);
                row.fill(solid.start, solid.end, &blend);
                row.shade(solid.end, whole_up(arc.x + reach.far), &blend, share);
                continue;
            }
            for (from, to) in reach.spans() {
                let (from, to) = (from.max(bounds.left), to.min(bounds.right));
                row.shade(whole(arc.x + from), whole_up(arc.x + to), &blend, share);
            }
        }
    }

    /// A ring of which the share `used` is painted with one ink, and the rest with another.
    pub(super) fn gauge(&mut self, ring: Arc, used: f32, ink: Ink, rest: Ink) {
        let (ink, rest) = (Blend::of(ink), Blend::of(rest));
        let part = ring.part(0.0, used);
        let bounds = ring.bounds();
        for (middle, mut row) in self.rows(ring.y + bounds.top, ring.y + bounds.bottom) {
            let y = middle - ring.y;
            for (from, to) in ring.reach(y).spans() {
                row.each_four(whole(ring.x + from), whole_up(ring.x + to), |pixels, column| {
                    let at = columns(column) - splat(ring.x);
                    let first = column as u32 as f32 + 0.5 - ring.x;
                    let radial = ring.covers(at, y);
                    match part.side(first, y) {
                        Some(true) => ink.put(pixels, of_255(radial)),
                        Some(false) => rest.put(pixels, of_255(radial)),
                        None => {
                            let used = radial * part.inside(at, y);
                            rest.put(pixels, of_255(radial - used));
                            ink.put(pixels, of_255(used));
                        }
                    }
                });
            }
        }
    }

    /// Paints what `mask` covers.
    pub(super) fn mask(&mut self, mask: &Mask, ink: Ink) {
        let blend = Blend::of(ink);
        let (top, rows) = mask.rows();
        let pixels = self.pixels.chunks_exact_mut(self.side.max(1)).skip(top);
        for (pixels, covered) in pixels.zip(rows) {
            blend.put_row(pixels, covered);
        }
    }

    /// The picture.
    pub(super) fn finish(mut self) -> Rgba {
        let side = self.side as u32;
        for pixels in self.pixels.chunks_mut(8) {
            // Most are empty or opaque, and those alike.
            let (all, any) = pixels.iter().fold((u32::MAX, 0), |(all, any), pixel| {
                let pixel = u32::from_le_bytes(*pixel);
                (all & pixel, any | pixel)
            });
            if all >> 24 < 255 && any >> 24 > 0 {
                pixels.iter_mut().for_each(apart_from_alpha);
            }
        }
        Rgba { width: side, height: side, data: self.pixels.into_flattened() }
    }
}

/// A premultiplied pixel with its own colours.
fn apart_from_alpha([red, green, blue, alpha]: &mut [u8; 4]) {
    if (1..=254).contains(alpha) {
        let alpha = u32::from(*alpha);
        for part in [red, green, blue] {
            *part = ((u32::from(*part) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
}

/// A row of a picture.
struct Row<'a>(&'a mut [[u8; 4]]);

impl Row<'_> {
    fn span(&mut self, from: usize, to: usize) -> &mut [[u8; 4]] {
        let to = to.min(self.0.len());
        self.0.get_mut(from..to).unwrap_or_default()
    }

    /// Fills it between two columns.
    fn fill(&mut self, from: usize, to: usize, blend: &Blend) {
        blend.fill(self.span(from, to));
    }

    /// Paints what `share` says of each pixel between two columns.
    fn shade(&mut self, from: usize, to: usize, blend: &Blend, share: impl Fn(f32x4) -> f32x4) {
        self.each_four(from, to, |pixels, column| {
            blend.put(pixels, of_255(share(columns(column))));
        });
    }

    fn each_four(&mut self, from: usize, to: usize, paint: impl Fn(&mut [[u8; 4]], usize)) {
        for (four, pixels) in self.span(from, to).chunks_mut(4).enumerate() {
            paint(pixels, from + four * 4);
        }
    }
}
