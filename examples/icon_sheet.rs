//! Draws all icons on dark and light panels into one picture:
//! `cargo run --example icon-sheet -- OUT.png [SCALE%] [grey] [both] [columns=17] [sizes=16,22]
//! [style=ring|bar|number]`.
//! `columns` keeps the first states only; the first 17 have one of each kind. `both` keeps one dark and one light panel
//! only.
//!
//! `cargo run --example icon-sheet -- docs/icons.png both columns=17` makes `docs/icons.png`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::fs::File;
use std::io::BufWriter;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage, imageops};
use linode_bandwidth::domain::config::{ConfigEnum, IconColor, IconStyle};
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::tray::icon::{Badge, Glyph, Icon, MonthMarker, Rgba, SIZES};

/// A panel's color, and the icon color for it.
type Band = ([u8; 3], IconColor);

/// The panels to show the icons on.
const BANDS: [Band; 8] = [
    ([0x2b, 0x2b, 0x2b], IconColor::Auto),
    ([0x2b, 0x2b, 0x2b], IconColor::Light),
    ([0x1e, 0x1e, 0x2e], IconColor::Auto),
    ([0x1e, 0x1e, 0x2e], IconColor::Light),
    ([0xf2, 0xf2, 0xf2], IconColor::Auto),
    ([0xf2, 0xf2, 0xf2], IconColor::Dark),
    ([0xff, 0xff, 0xff], IconColor::Auto),
    ([0xff, 0xff, 0xff], IconColor::Dark),
];

/// One dark panel and one light one.
const BOTH: [[u8; 3]; 2] = [[0x2b, 0x2b, 0x2b], [0xf2, 0xf2, 0xf2]];

/// Pixels between two icons.
const GAP: u32 = 6;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((path, words)) = words.split_first() else {
        eprintln!(
            "usage: icon-sheet OUT.png [SCALE%] [grey] [both] [columns=17] [sizes=16,22] [style=ring|bar|number]"
        );
        std::process::exit(2);
    };
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let percent = words.iter().find_map(|word| word.strip_suffix('%')?.parse::<u32>().ok()).unwrap_or(100);
    let sizes: Vec<u32> = match value("sizes=") {
        Some(list) => list.split(',').map(|size| size.parse().expect("a size is a number")).collect(),
        None => SIZES.to_vec(),
    };
    let styles: Vec<IconStyle> = match value("style=") {
        Some(word) => vec![IconStyle::parse(word).expect("no such style")],
        None => IconStyle::VARIANTS.iter().map(|(_, style)| *style).collect(),
    };
    let both = words.iter().any(|word| word == "both");
    let bands: Vec<Band> = BANDS.into_iter().filter(|(panel, _)| !both || BOTH.contains(panel)).collect();
    let columns = value("columns=").map_or(usize::MAX, |count| count.parse().expect("columns is a number"));
    let mut picture = sheet(&bands, &styles, &sizes, columns);
    if words.iter().any(|word| word == "grey") {
        for Rgb([r, g, b]) in picture.pixels_mut() {
            let grey = f32::from(*r) * 0.2126 + f32::from(*g) * 0.7152 + f32::from(*b) * 0.0722;
            (*r, *g, *b) = (grey.round() as u8, grey.round() as u8, grey.round() as u8);
        }
    }
    let (width, height) = (picture.width() * percent / 100, picture.height() * percent / 100);
    let scaled = imageops::resize(&picture, width, height, imageops::FilterType::Nearest);
    // Flat colors compress much better without a filter.
    let file = BufWriter::new(File::create(path).expect("can't write the picture"));
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::NoFilter);
    scaled.write_with_encoder(encoder).expect("can't write the picture");
}

/// One band per panel and color, with one row per style and size, with all states.
fn sheet(bands: &[Band], styles: &[IconStyle], sizes: &[u32], columns: usize) -> RgbImage {
    let width = states(IconStyle::Ring).len().min(columns) as u32
        * (sizes.iter().max().expect("no sizes") + GAP)
        + GAP;
    let band = sizes.iter().map(|size| size + GAP).sum::<u32>() * styles.len() as u32 + GAP;
    let mut sheet = RgbImage::new(width, band * bands.len() as u32);
    let mut top = 0;
    for (panel, color) in bands {
        for y in top..top + band {
            (0..width).for_each(|x| sheet.put_pixel(x, y, Rgb(*panel)));
        }
        top += GAP;
        for style in styles {
            for size in sizes {
                let mut left = GAP;
                for (glyph, dimmed, badge) in states(*style).into_iter().take(columns) {
                    put(&mut sheet, &Icon { color: *color, glyph, dimmed, badge }.draw(*size), left, top);
                    left += size + GAP;
                }
                top += size + GAP;
            }
        }
    }
    sheet
}

/// Glyph, dimmed and badge of each state of an icon.
fn states(style: IconStyle) -> Vec<(Glyph, bool, Option<Badge>)> {
    let figure =
        |percent: u16, level| Glyph::Figure { style, percent: Some(percent), level, month_marker: None };
    // Current figures, with the month's marker.
    let month = |percent: u16, level, elapsed| {
        let month_marker = Some(MonthMarker::from_elapsed(elapsed));
        Glyph::Figure { style, percent: Some(percent), level, month_marker }
    };
    vec![
        (Glyph::NotSetUp, false, None),
        (Glyph::Waiting, false, None),
        (month(28, Level::Ok, 0.16), false, None),
        (month(56, Level::Ok, 0.69), false, None),
        (month(83, Level::Warning, 0.6), false, None),
        (month(92, Level::Critical, 0.77), false, None),
        (figure(50, Level::Exceeded), false, None),
        (figure(105, Level::Exceeded), false, None),
        (Glyph::Figure { style, percent: None, level: Level::Exceeded, month_marker: None }, false, None),
        (figure(62, Level::Ok), true, Some(Badge::Old)),
        (figure(95, Level::Critical), true, Some(Badge::Old)),
        (figure(105, Level::Exceeded), true, Some(Badge::Old)),
        (Glyph::Waiting, true, Some(Badge::Old)),
        (month(62, Level::Ok, 0.12), false, Some(Badge::Attention)),
        (Glyph::TokenFailed, false, None),
        (Glyph::NoPool, false, None),
        (Glyph::NoPool, true, None),
        // More of the same kinds.
        (month(95, Level::Critical, 0.8), false, Some(Badge::Attention)),
        (month(0, Level::Ok, 0.0), false, None),
        (figure(105, Level::Exceeded), false, Some(Badge::Attention)),
        (figure(62, Level::Ok), true, Some(Badge::Attention)),
        (month(11, Level::Ok, 0.22), false, None),
        (month(39, Level::Ok, 0.39), false, None),
        (month(56, Level::Ok, 0.35), false, None),
        (month(74, Level::Ok, 0.99), false, None),
        (month(95, Level::Critical, 0.97), false, None),
        (figure(100, Level::Exceeded), false, None),
        (figure(237, Level::Exceeded), false, None),
    ]
}

/// Draws `icon` on the sheet.
fn put(sheet: &mut RgbImage, icon: &Rgba, left: u32, top: u32) {
    for (i, pixel) in icon.data.chunks_exact(4).enumerate() {
        let &[r, g, b, a] = pixel else { continue };
        let (x, y) = (left + i as u32 % icon.width, top + i as u32 / icon.width);
        let Rgb([r0, g0, b0]) = *sheet.get_pixel(x, y);
        let over = |new: u8, old: u8| {
            ((u32::from(new) * u32::from(a) + u32::from(old) * (255 - u32::from(a)) + 127) / 255) as u8
        };
        sheet.put_pixel(x, y, Rgb([over(r, r0), over(g, g0), over(b, b0)]));
    }
}
