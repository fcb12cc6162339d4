//! What shapes are painted with.

use wide::{bytemuck, f32x4, i16x8, u8x16, u16x8, u32x4};

use super::mask::splat;

/// What a shape is painted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// This colour (red, green, blue, alpha, not premultiplied), over what is there.
    Color([u8; 4]),
    /// Nothing: what is there goes away.
    Erase,
}

/// Four pixels next to each other: red, green, blue and alpha of each, premultiplied.
pub(super) type Four = u8x16;

/// What a part is at most. A constant: built for size, an array made of one value is a loop through memory.
const ALL: u16x8 = u16x8::new([255; 8]);

/// An ink ready for pixels, whose colours are premultiplied. Four pixels are painted at once, with 16 bits for each part
/// of two.
pub(super) struct Blend {
    source: Four,
    /// The same of two pixels.
    parts: u16x8,
    /// How much of what is there goes away, of 255.
    hides: u16x8,
    /// It hides all.
    opaque: bool,
}

impl Blend {
    pub(super) fn of(ink: Ink) -> Blend {
        let ([red, green, blue, alpha], hides) = match ink {
            Ink::Color([red, green, blue, alpha]) => {
                let part = |part: u8| ((u32::from(part) * u32::from(alpha) + 127) / 255) as u8;
                ([part(red), part(green), part(blue), alpha], alpha)
            }
            Ink::Erase => ([0; 4], 255),
        };
        let source = bytemuck::cast([[red, green, blue, alpha]; 4]);
        let hides = u16x8::from_u8x16_low(Four::new([hides; 16]));
        Blend { source, parts: u16x8::from_u8x16_low(source), opaque: hides == ALL, hides }
    }

    /// Paints whole pixels.
    #[inline]
    pub(super) fn fill(&self, pixels: &mut Four) {
        match self.opaque {
            true => *pixels = self.source,
            false => self.put(pixels, f32x4::ONE),
        }
    }

    /// Paints a share of each: 0 to 1.
    #[inline]
    pub(super) fn put(&self, pixels: &mut Four, shares: f32x4) {
        let covered = (shares * splat(255.0) + splat(0.5)).fast_trunc_int();
        // A pixel's share once for each of its parts.
        let twice: u32x4 = bytemuck::cast(covered | (covered << 16));
        let low = self.over(u16x8::from_u8x16_low(*pixels), bytemuck::cast(twice.unpack_lo(twice)));
        let high = self.over(u16x8::from_u8x16_high(*pixels), bytemuck::cast(twice.unpack_hi(twice)));
        *pixels = Four::narrow_i16x8(low, high);
    }

    /// What two pixels become.
    #[inline]
    fn over(&self, pixels: u16x8, covered: u16x8) -> i16x8 {
        let hidden = if self.opaque { covered } else { divided(covered * self.hides) };
        let stays = ALL - hidden;
        bytemuck::cast(divided(self.parts * covered + pixels * stays))
    }
}

/// Divided by 255 and rounded: exact for what two shares of 255 that add up to one make of a byte.
#[inline]
fn divided(parts: u16x8) -> u16x8 {
    const HALF: u16x8 = u16x8::new([128; 8]);
    let parts = parts + HALF;
    (parts + (parts >> 8)) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_any_ink_over_any_pixel_is_rounded_as_by_hand() {
        for (part, alpha, covered, there) in (0..=255u8)
            .step_by(5)
            .flat_map(|part| [0u8, 1, 77, 128, 254, 255].map(|alpha| (part, alpha)))
            .flat_map(|(part, alpha)| [1u32, 2, 100, 127, 128, 253, 254, 255].map(|c| (part, alpha, c)))
            .flat_map(|(part, alpha, covered)| [0u8, 3, 130, 255].map(|there| (part, alpha, covered, there)))
        {
            let ink = Blend::of(Ink::Color([part, part, 0, alpha]));
            let pixel = painted(&ink, [there, 0, 255, there], covered);
            let rounded = |of: u32| (of + 127) / 255;
            let stays = 255 - rounded(u32::from(alpha) * covered);
            let source = rounded(u32::from(part) * u32::from(alpha));
            let by_hand = |source: u32, there: u8| rounded(source * covered + u32::from(there) * stays) as u8;
            let expected =
                [by_hand(source, there), by_hand(source, 0), by_hand(0, 255), by_hand(alpha.into(), there)];
            assert_eq!(pixel, expected, "{part} {alpha} {covered} {there}");
        }
    }

    #[test]
    fn erasing_leaves_what_is_not_covered() {
        let erase = Blend::of(Ink::Erase);
        let part = painted(&erase, [200, 100, 50, 255], 64);
        assert_eq!(part, [150, 75, 37, 191]);
        assert_eq!(painted(&erase, part, 255), [0; 4]);
    }

    #[test]
    fn each_of_four_pixels_gets_its_own_share() {
        for alpha in [0, 180, 255] {
            let ink = Blend::of(Ink::Color([10, 200, 90, alpha]));
            let there: [[u8; 4]; 4] = [[40, 30, 20, 90], [0; 4], [255; 4], [1, 2, 3, 4]];
            for covered in [[0; 4], [255; 4], [255, 0, 7, 130]] {
                let mut pixels = bytemuck::cast(there);
                ink.put(&mut pixels, shares(covered));
                let mut singles = there;
                singles.iter_mut().zip(covered).for_each(|(pixel, of)| *pixel = painted(&ink, *pixel, of));
                assert_eq!(bytemuck::cast::<_, [[u8; 4]; 4]>(pixels), singles);
            }
            let (mut filled, mut put) = (bytemuck::cast(there), bytemuck::cast(there));
            ink.fill(&mut filled);
            ink.put(&mut put, f32x4::ONE);
            assert_eq!(filled, put);
        }
    }

    fn shares(covered: [u32; 4]) -> f32x4 {
        f32x4::new(covered.map(|of| of as f32 / 255.0))
    }

    /// One pixel with `covered` of 255 painted.
    fn painted(ink: &Blend, pixel: [u8; 4], covered: u32) -> [u8; 4] {
        let mut pixels = bytemuck::cast([pixel; 4]);
        ink.put(&mut pixels, shares([covered; 4]));
        bytemuck::cast::<_, [[u8; 4]; 4]>(pixels)[0]
    }
}
