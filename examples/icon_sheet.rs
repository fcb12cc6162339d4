//! One picture of every icon: `cargo run --example icon-sheet -- OUT.png [SCALE%] [grey]`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use image::{Rgb, RgbImage, imageops};
use linode_bandwidth::domain::config::{IconColor, IconStyle, Word};
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::tray::icon::{Badge, Face, Icon, Rgba, SIZES};

/// Panels, with the colour settings that are for them.
const PANELS: [([u8; 3], &[IconColor]); 4] = [
    ([0x2b, 0x2b, 0x2b], &[IconColor::Auto, IconColor::Light]),
    ([0x1e, 0x1e, 0x2e], &[IconColor::Auto, IconColor::Light]),
    ([0xf2, 0xf2, 0xf2], &[IconColor::Auto, IconColor::Dark]),
    ([0xff, 0xff, 0xff], &[IconColor::Auto, IconColor::Dark]),
];
const GAP: u32 = 6;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = words.first() else {
        eprintln!("usage: icon-sheet OUT.png [SCALE%] [grey] [only=SIZE,..] [style=ring|bar|number]");
        std::process::exit(2);
    };
    let number = |word: &String| word.trim_end_matches('%').parse::<u32>().ok();
    let scale = words.iter().skip(1).find_map(number).unwrap_or(100).div_ceil(100).max(1);
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let sizes: Vec<u32> = match value("only=") {
        Some(list) => list.split(',').filter_map(|size| size.parse().ok()).collect(),
        None => SIZES.to_vec(),
    };
    let style = value("style=").and_then(IconStyle::from_word);
    let styles: Vec<IconStyle> =
        IconStyle::WORDS.iter().map(|(_, s)| *s).filter(|s| style.is_none_or(|style| style == *s)).collect();

    let rows: Vec<Vec<(Face, bool, Option<Badge>)>> = styles.into_iter().map(states).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0) as u32;
    let width = columns * (sizes.iter().max().unwrap() + GAP) + GAP;
    let height: u32 = sizes.iter().map(|size| size + GAP).sum::<u32>() * rows.len() as u32 * 8 + 8 * GAP;
    let mut sheet = RgbImage::new(width, height);
    let mut top = 0;
    for (panel, colors) in PANELS {
        for color in colors {
            let start = top;
            let band: u32 = sizes.iter().map(|size| size + GAP).sum::<u32>() * rows.len() as u32 + GAP;
            for y in start..(start + band).min(height) {
                for x in 0..width {
                    sheet.put_pixel(x, y, Rgb(panel));
                }
            }
            top += GAP / 2;
            for row in &rows {
                for size in &sizes {
                    for (column, (face, dimmed, badge)) in row.iter().enumerate() {
                        let icon = Icon { color: *color, face: *face, dimmed: *dimmed, badge: *badge };
                        let x = GAP + column as u32 * (size + GAP);
                        put(&mut sheet, &icon.draw(*size), x, top + GAP / 2);
                    }
                    top += size + GAP;
                }
            }
            top = start + band;
        }
    }
    let mut sheet = imageops::crop_imm(&sheet, 0, 0, width, top.min(height)).to_image();
    if words.iter().any(|word| word == "grey") {
        for pixel in sheet.pixels_mut() {
            let Rgb([r, g, b]) = *pixel;
            let grey = (f32::from(r) * 0.2126 + f32::from(g) * 0.7152 + f32::from(b) * 0.0722).round() as u8;
            *pixel = Rgb([grey; 3]);
        }
    }
    let (w, h) = (sheet.width() * scale, sheet.height() * scale);
    imageops::resize(&sheet, w, h, imageops::FilterType::Nearest)
        .save(path)
        .expect("can't write the picture");
}

fn states(style: IconStyle) -> Vec<(Face, bool, Option<Badge>)> {
    let figure = |percent: u16, level| Face::Figure { style, percent: Some(percent), level };
    vec![
        (Face::NotSetUp, false, None),
        (Face::Waiting, false, None),
        (figure(0, Level::Ok), false, None),
        (figure(13, Level::Ok), false, None),
        (figure(47, Level::Ok), false, None),
        (figure(62, Level::Ok), false, None),
        (figure(83, Level::Warning), false, None),
        (figure(95, Level::Critical), false, None),
        (figure(50, Level::Exceeded), false, None),
        (figure(100, Level::Exceeded), false, None),
        (figure(105, Level::Exceeded), false, None),
        (figure(237, Level::Exceeded), false, None),
        (Face::Figure { style, percent: None, level: Level::Exceeded }, false, None),
        (figure(62, Level::Ok), true, Some(Badge::Old)),
        (figure(95, Level::Critical), true, Some(Badge::Old)),
        (figure(105, Level::Exceeded), true, Some(Badge::Old)),
        (Face::Waiting, true, Some(Badge::Old)),
        (figure(62, Level::Ok), false, Some(Badge::Attention)),
        (figure(95, Level::Critical), false, Some(Badge::Attention)),
        (figure(105, Level::Exceeded), false, Some(Badge::Attention)),
        (figure(62, Level::Ok), true, Some(Badge::Attention)),
        (Face::TokenFailed, false, None),
        (Face::TokenFailed, false, Some(Badge::Attention)),
        (Face::NoPool, false, None),
        (Face::NoPool, true, None),
        (figure(28, Level::Ok), false, None),
        (figure(39, Level::Ok), false, None),
        (figure(74, Level::Ok), false, None),
        (figure(56, Level::Ok), false, None),
        (figure(11, Level::Ok), false, None),
    ]
}

fn put(sheet: &mut RgbImage, icon: &Rgba, left: u32, top: u32) {
    for (i, pixel) in icon.data.chunks_exact(4).enumerate() {
        let &[r, g, b, a] = pixel else { continue };
        let (x, y) = (left + i as u32 % icon.width, top + i as u32 / icon.width);
        if x < sheet.width() && y < sheet.height() {
            let Rgb(under) = *sheet.get_pixel(x, y);
            let over = |new: u8, old: u8| {
                ((u32::from(new) * u32::from(a) + u32::from(old) * (255 - u32::from(a)) + 127) / 255) as u8
            };
            sheet.put_pixel(x, y, Rgb([over(r, under[0]), over(g, under[1]), over(b, under[2])]));
        }
    }
}
