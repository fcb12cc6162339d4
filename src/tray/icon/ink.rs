//! What shapes are painted with.

/// What a shape is painted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// This colour (red, green, blue, alpha, not premultiplied), over what is there.
    Color([u8; 4]),
    /// Nothing: what is there goes away.
    Erase,
}

/// An ink ready for pixels, whose colours are premultiplied.
pub(super) struct Blend {
    source: [u8; 4],
    /// The same, a part in each 16 bits.
    lanes: u64,
    /// How much of what is there goes away, of 255.
    hides: u32,
}

impl Blend {
    pub(super) fn of(ink: Ink) -> Blend {
        let (source, hides) = match ink {
            Ink::Color([red, green, blue, alpha]) => {
                let part = |part: u8| ((u32::from(part) * u32::from(alpha) + 127) / 255) as u8;
                ([part(red), part(green), part(blue), alpha], u32::from(alpha))
            }
            Ink::Erase => ([0; 4], 255),
        };
        Blend { source, lanes: apart(source), hides }
    }

    /// Paints whole pixels.
    #[inline]
    pub(super) fn fill(&self, pixels: &mut [[u8; 4]]) {
        match self.hides {
            255 => pixels.fill(self.source),
            _ => pixels.iter_mut().for_each(|pixel| *pixel = self.over(*pixel, 255)),
        }
    }

    /// Paints a share of each of up to four pixels: 0 to 255.
    #[inline]
    pub(super) fn put(&self, pixels: &mut [[u8; 4]], covered: [i32; 4]) {
        match covered {
            [0, 0, 0, 0] => {}
            [255, 255, 255, 255] => self.fill(pixels),
            _ => {
                for (pixel, covered) in pixels.iter_mut().zip(covered) {
                    match (covered, self.hides) {
                        (0, _) => {}
                        (255, 255) => *pixel = self.source,
                        _ => *pixel = self.over(*pixel, covered as u32),
                    }
                }
            }
        }
    }

    /// The same for a row of any length.
    pub(super) fn put_row(&self, pixels: &mut [[u8; 4]], covered: &[u8]) {
        let (pixels, few) = pixels.as_chunks_mut::<4>();
        let (covered, rest) = covered.as_chunks::<4>();
        for (pixels, four) in pixels.iter_mut().zip(covered) {
            match u32::from_le_bytes(*four) {
                0 => {}
                u32::MAX => self.fill(pixels),
                // Along lines a branch on each pixel would be guessed wrong more often than it would save.
                _ => self.put_all(pixels, four),
            }
        }
        self.put_all(few, rest);
    }

    #[inline]
    fn put_all(&self, pixels: &mut [[u8; 4]], covered: &[u8]) {
        for (pixel, covered) in pixels.iter_mut().zip(covered) {
            *pixel = self.over(*pixel, u32::from(*covered));
        }
    }

    #[inline]
    fn over(&self, pixel: [u8; 4], covered: u32) -> [u8; 4] {
        let hidden = self.hides * covered + 128;
        let stays = 255 - ((hidden + (hidden >> 8)) >> 8);
        together(divided(self.lanes * u64::from(covered) + apart(pixel) * u64::from(stays)))
    }
}

/// A pixel's parts with 16 bits each, so that all four are reckoned at once.
fn apart(pixel: [u8; 4]) -> u64 {
    let pixel = u64::from(u32::from_le_bytes(pixel));
    let pixel = (pixel | (pixel << 16)) & 0x0000_ffff_0000_ffff;
    (pixel | (pixel << 8)) & 0x00ff_00ff_00ff_00ff
}

fn together(lanes: u64) -> [u8; 4] {
    let lanes = (lanes | (lanes >> 8)) & 0x0000_ffff_0000_ffff;
    ((lanes | (lanes >> 16)) as u32).to_le_bytes()
}

/// Each 16 bits divided by 255 and rounded: exact for what two shares of 255 that add up to one make of a byte.
fn divided(lanes: u64) -> u64 {
    const LOW: u64 = 0x00ff_00ff_00ff_00ff;
    let lanes = lanes + 0x0080_0080_0080_0080;
    ((lanes + ((lanes >> 8) & LOW)) >> 8) & LOW
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
            let pixel = Blend::of(Ink::Color([part, part, 0, alpha])).over([there, 0, 255, there], covered);
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
        let part = erase.over([200, 100, 50, 255], 64);
        assert_eq!(part, [150, 75, 37, 191]);
        assert_eq!(erase.over(part, 255), [0; 4]);
    }

    #[test]
    fn a_row_of_any_length_is_painted_pixel_by_pixel() {
        let ink = Blend::of(Ink::Color([10, 200, 90, 180]));
        for length in 0..=9 {
            for covered in [[0; 4], [255; 4], [255, 0, 7, 130]] {
                let mut pixels = vec![[40, 30, 20, 90]; length];
                let shares: Vec<u8> = covered.into_iter().cycle().take(length).collect();
                let single = |pixel: &[u8; 4], share: &u8| ink.over(*pixel, u32::from(*share));
                let singles: Vec<_> = pixels.iter().zip(&shares).map(|(p, s)| single(p, s)).collect();
                let mut few = pixels.clone();
                ink.put_row(&mut pixels, &shares);
                assert_eq!(pixels, singles);
                few.truncate(4);
                ink.put(&mut few, covered.map(i32::from));
                assert_eq!(few, singles[..few.len()]);
            }
        }
    }
}
