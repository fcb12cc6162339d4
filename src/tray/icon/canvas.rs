//! The picture that an icon is put on, four pixels at a time.

use std::ops::Range;

use wide::{bytemuck, f32x4, u32x4};

use super::arc::Arc;
use super::ink::{Blend, Four, Ink};
use super::mask::{Mask, columns, fours, splat, whole, whole_up};
use super::rgba::Rgba;

/// A square picture being drawn. Its colours are premultiplied.
pub(super) struct Canvas {
    side: usize,
    /// Rows of fours, the last of which may reach beyond the picture.
    pixels: Vec<Four>,
    /// How many of its rows are drawn on.
    height: usize,
}

impl Canvas {
    /// An empty square of `size` pixels.
    pub(super) fn new(size: u32) -> Canvas {
        let side = size as usize;
        Canvas { side, pixels: vec![Four::ZERO; side * side.div_ceil(4)], height: side }
    }

    /// Fours in a row.
    fn fours(&self) -> usize {
        self.side.div_ceil(4).max(1)
    }

    /// Its rows between `top` and `bottom`, with their middles.
    fn rows(&mut self, top: f32, bottom: f32) -> impl Iterator<Item = (f32, Row<'_>)> {
        let (top, bottom) = (whole(top), whole_up(bottom).min(self.height));
        let fours = self.fours();
        let rows = self.pixels.chunks_exact_mut(fours).take(bottom).enumerate().skip(top);
        rows.map(|(row, pixels)| (row as f32 + 0.5, Row(pixels)))
    }

    /// Draws on the upper half, of which the lower one becomes the mirror.
    pub(super) fn mirrored(&mut self, draw: impl FnOnce(&mut Canvas)) {
        self.height = self.side.div_ceil(2);
        draw(self);
        self.height = self.side;
        let fours = self.fours();
        for row in 0..self.side / 2 {
            let (from, to) = (row * fours, (self.side - 1 - row) * fours);
            self.pixels.copy_within(from..from + fours, to);
        }
    }

    /// Fills a rectangle on the grid.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, ink: Ink) {
        let blend = Blend::of(ink);
        let (left, right) = (x.trunc(), (x + width).trunc());
        let inside = |at: f32x4| at.simd_gt(splat(left)) & at.simd_lt(splat(right)) & f32x4::ONE;
        for (_, mut row) in self.rows(y, y + height) {
            row.paint((left, right), left..right, &blend, inside);
        }
    }

    /// Fills a rectangle on the grid, with corners rounded by `radius`.
    pub(super) fn round_rect(&mut self, (x, y): (f32, f32), width: f32, height: f32, radius: f32, ink: Ink) {
        let (blend, corner) = (Blend::of(ink), Arc::disc(0.0, 0.0, radius));
        for (middle, mut row) in self.rows(y, y + height) {
            let off = (y + radius - middle).max(middle - (y + height - radius)).max(0.0);
            let around = if off > 0.0 { radius } else { 0.0 };
            // A corner's own distance, from whichever side.
            let share = |at: f32x4| {
                let out = (splat(x + radius) - at).fast_max(at - splat(x + width - radius));
                corner.covers(out.fast_max(f32x4::ZERO), off)
            };
            row.paint((x, x + width), x + around..x + width - around, &blend, share);
        }
    }

    /// Fills a disc, a ring, or a part of one.
    pub(super) fn arc(&mut self, arc: Arc, ink: Ink) {
        let blend = Blend::of(ink);
        let bounds = arc.bounds();
        for (middle, mut row) in self.rows(arc.y + bounds.top, arc.y + bounds.bottom) {
            let y = middle - arc.y;
            let solid = arc.solid(y);
            let span = (arc.x + bounds.left, arc.x + bounds.right);
            let share = |at: f32x4| arc.covers(at - splat(arc.x), y);
            row.paint(span, arc.x - solid..arc.x + solid, &blend, share);
        }
    }

    /// A ring of which the share `used` is painted with one ink, and the rest with another.
    pub(super) fn gauge(&mut self, ring: Arc, used: f32, ink: Ink, rest: Ink) {
        let (ink, rest) = (Blend::of(ink), Blend::of(rest));
        let part = ring.part(0.0, used);
        let bounds = ring.bounds();
        for (middle, row) in self.rows(ring.y + bounds.top, ring.y + bounds.bottom) {
            let y = middle - ring.y;
            for (four, pixels) in fours(row.0, (ring.x + bounds.left, ring.x + bounds.right)) {
                let at = columns(four) - splat(ring.x);
                let radial = ring.covers(at, y);
                if radial.simd_eq(f32x4::ZERO).all() {
                    continue;
                }
                match part.side(at, y) {
                    Some(inside) => (if inside { &ink } else { &rest }).put(pixels, radial),
                    None => {
                        let used = radial * part.inside(at, y);
                        rest.put(pixels, radial - used);
                        ink.put(pixels, used);
                    }
                }
            }
        }
    }

    /// Paints what `mask` covers.
    pub(super) fn mask(&mut self, mask: &Mask, ink: Ink) {
        let blend = Blend::of(ink);
        let (top, rows) = mask.rows();
        let fours = self.fours();
        let pixels = self.pixels.chunks_exact_mut(fours).skip(top);
        for (pixels, covered) in pixels.zip(rows) {
            for (pixels, covered) in pixels.iter_mut().zip(covered) {
                blend.put(pixels, *covered);
            }
        }
    }

    /// The picture.
    pub(super) fn finish(mut self) -> Rgba {
        let (side, fours) = (self.side, self.fours());
        for pixels in &mut self.pixels {
            // Most are empty or opaque, and those alike.
            let alphas = bytemuck::cast::<_, u32x4>(*pixels) & OPAQUE;
            let plain = alphas.simd_eq(u32x4::ZERO) | alphas.simd_eq(OPAQUE);
            if !plain.all() {
                *pixels = apart_from_alpha(*pixels);
            }
        }
        let mut data = Vec::with_capacity(side * side * 4);
        for row in self.pixels.chunks_exact(fours) {
            data.extend_from_slice(bytemuck::cast_slice(row).get(..side * 4).unwrap_or_default());
        }
        Rgba { width: side as u32, height: side as u32, data }
    }
}

/// The alpha of four pixels that nothing shines through.
const OPAQUE: u32x4 = u32x4::new([0xff00_0000; 4]);

/// Premultiplied pixels with their own colours.
fn apart_from_alpha(pixels: Four) -> Four {
    const BYTE: u32x4 = u32x4::new([255; 4]);
    let pixels: u32x4 = bytemuck::cast(pixels);
    let value = |whole: u32x4| f32x4::from_i32x4(bytemuck::cast(whole));
    let alpha = pixels >> 24;
    let (divisor, half) = (value(alpha).fast_max(f32x4::ONE), value(alpha >> 1));
    // Exact: such quotients are further from the next whole number than the last bit of theirs is worth.
    let part = |part: u32x4| -> u32x4 {
        let own = (value(part & BYTE) * splat(255.0) + half) / divisor;
        bytemuck::cast(own.fast_min(splat(255.0)).fast_trunc_int())
    };
    bytemuck::cast((alpha << 24) | (part(pixels >> 16) << 16) | (part(pixels >> 8) << 8) | part(pixels))
}

/// A row of a picture.
struct Row<'a>(&'a mut [Four]);

impl Row<'_> {
    /// Paints what `share` says of the pixels in the fours that have a part of `span`. In those within `solid` it is 1, and
    /// not asked.
    #[inline]
    fn paint(&mut self, span: (f32, f32), solid: Range<f32>, blend: &Blend, share: impl Fn(f32x4) -> f32x4) {
        let solid = whole_up(solid.start).div_ceil(4)..whole(solid.end) / 4;
        for (four, pixels) in fours(self.0, span) {
            match solid.contains(&four) {
                true => blend.fill(pixels),
                false => blend.put(pixels, share(columns(four))),
            }
        }
    }
}
