//! Every state at every size: states differ in shape, and drawing never panics.

use std::collections::HashMap;

use super::{Badge, Glyph, Icon, MonthMarker, Rgba, SIZES};
use crate::domain::config::{ConfigEnum, IconColor, IconStyle};
use crate::domain::level::Level;

fn icon(color: IconColor, glyph: Glyph, old: bool, badge: Option<Badge>) -> Icon {
    Icon { color, glyph, dimmed: old, badge }
}

/// States that must be distinguishable at a glance, each with a name for the failure message.
fn states(style: IconStyle, color: IconColor) -> Vec<(&'static str, Icon)> {
    let figure = |percent, level| Glyph::Figure { style, percent, level, month_marker: None };
    let plain = |glyph| icon(color, glyph, false, None);
    vec![
        ("not set up", plain(Glyph::NotSetUp)),
        ("token failed", plain(Glyph::TokenFailed)),
        ("waiting", plain(Glyph::Waiting)),
        ("no pool", plain(Glyph::NoPool)),
        ("ok", plain(figure(Some(62), Level::Ok))),
        ("warning", plain(figure(Some(62), Level::Warning))),
        ("critical", plain(figure(Some(62), Level::Critical))),
        ("a region over", plain(figure(Some(62), Level::Exceeded))),
        ("over", plain(figure(Some(105), Level::Exceeded))),
        ("over without a quota", plain(figure(None, Level::Exceeded))),
        ("old", icon(color, figure(Some(62), Level::Ok), true, Some(Badge::Old))),
        ("old and over", icon(color, figure(Some(105), Level::Exceeded), true, Some(Badge::Old))),
        ("never reached", icon(color, Glyph::Waiting, true, Some(Badge::Old))),
        ("another token", icon(color, figure(Some(62), Level::Ok), false, Some(Badge::Attention))),
    ]
}

/// The lightness of each pixel on a panel of this gray.
fn greys(picture: &Rgba, panel: u32) -> Vec<u8> {
    let grey = |p: &[u8]| (u32::from(p[0]) * 54 + u32::from(p[1]) * 183 + u32::from(p[2]) * 19) / 256;
    let over = |p: &[u8]| (grey(p) * u32::from(p[3]) + panel * (255 - u32::from(p[3]))) / 255;
    picture.data.chunks_exact(4).map(|p| over(p) as u8).collect()
}

fn alphas(picture: &Rgba) -> Vec<u8> {
    picture.data.chunks_exact(4).map(|p| p[3]).collect()
}

/// How many pixels differ visibly.
fn seen(left: &[u8], right: &[u8], by: u8) -> usize {
    left.iter().zip(right).filter(|(l, r)| l.abs_diff(**r) >= by).count()
}

fn all() -> impl Iterator<Item = (IconStyle, IconColor)> {
    let colors = || IconColor::VARIANTS.iter().map(|(_, color)| *color);
    IconStyle::VARIANTS.iter().flat_map(move |(_, style)| colors().map(move |color| (*style, color)))
}

#[test]
fn states_differ_without_color_at_every_size() {
    let mut alike = Vec::new();
    for (style, color) in all() {
        let panels: &[u32] = match color {
            IconColor::Auto => &[0x2b, 0xf2],
            IconColor::Light => &[0x2b],
            IconColor::Dark => &[0xf2],
        };
        for size in SIZES {
            let looks: Vec<(&str, Vec<Vec<u8>>)> = states(style, color)
                .into_iter()
                .map(|(name, icon)| {
                    let picture = icon.draw(size);
                    let mut looks: Vec<_> = panels.iter().map(|panel| greys(&picture, *panel)).collect();
                    // An icon with its own background always has the same outline.
                    if color != IconColor::Auto {
                        looks.push(alphas(&picture));
                    }
                    (name, looks)
                })
                .collect();
            for (i, (name, left)) in looks.iter().enumerate() {
                for (other, right) in &looks[i + 1..] {
                    for (look, (left, right)) in left.iter().zip(right).enumerate() {
                        // About the pixels of one short stroke.
                        let pixels = seen(left, right, 40);
                        if pixels < size as usize / 3 {
                            alike.push(format!(
                                "{style:?} {color:?} {size} {look}: {name}, {other}: {pixels}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(alike.is_empty(), "{}", alike.join("\n"));
}

#[test]
fn an_icon_is_drawn_the_same_each_time_and_never_empty() {
    for (style, color) in all() {
        for (name, icon) in states(style, color) {
            for size in SIZES {
                let picture = icon.draw(size);
                assert_eq!((picture.width, picture.height), (size, size));
                assert_eq!(picture.data.len(), (size * size * 4) as usize);
                assert_eq!(picture, icon.draw(size), "{name}");
                let full = alphas(&picture).iter().filter(|alpha| **alpha > 100).count();
                assert!(full >= size as usize, "{style:?} {color:?} {name} {size}: {full}");
            }
        }
    }
}

#[test]
fn any_figure_is_drawn_at_any_size() {
    for (style, color) in all() {
        for percent in (0..=999).step_by(111).chain([1, 9, 10, 99, 100, 101]) {
            let level = if percent < 100 { Level::Ok } else { Level::Exceeded };
            let glyph = Glyph::Figure { style, percent: Some(percent), level, month_marker: None };
            for size in [0, 8, 9, 11, 13, 15, 17, 18, 20, 36, 63, 127, 255, 256, 100_000] {
                let badge = [None, Some(Badge::Old), Some(Badge::Attention)][percent as usize % 3];
                let picture = icon(color, glyph, badge.is_some(), badge).draw(size);
                assert_eq!(picture.width, size.clamp(8, 512));
                assert!(alphas(&picture).iter().any(|alpha| *alpha > 60), "{style:?} {percent} {size}");
            }
        }
    }
}

#[test]
fn unequal_figures_are_unequal_pixels_where_they_can_be_read() {
    for (style, color) in all() {
        for size in [22] {
            let mut known: HashMap<Vec<u8>, u16> = HashMap::new();
            for percent in 0..=110 {
                let level = if percent < 100 { Level::Ok } else { Level::Exceeded };
                let glyph = Glyph::Figure { style, percent: Some(percent), level, month_marker: None };
                let before = known.insert(icon(color, glyph, false, None).draw(size).data, percent);
                assert_eq!(before, None, "{style:?} {color:?} {size}: {percent}");
            }
        }
    }
}

#[test]
fn knocked_out_parts_are_transparent() {
    let glyph = Glyph::Figure {
        style: IconStyle::Ring,
        percent: Some(105),
        level: Level::Exceeded,
        month_marker: None,
    };
    for color in [IconColor::Light, IconColor::Dark] {
        let picture = icon(color, glyph, false, None).draw(32);
        let middle = |x: usize| alphas(&picture)[16 * 32 + x];
        assert!((4..28).any(|x| middle(x) == 0) && (4..28).any(|x| middle(x) == 255));
    }
}

/// The gauge of `style` at each part of the month.
fn month(style: IconStyle, color: IconColor, percent: u16, size: u32) -> Vec<Rgba> {
    let at = |part| Some(MonthMarker::from_elapsed(f64::from(part) / f64::from(MonthMarker::PARTS)));
    let glyph =
        |part| Glyph::Figure { style, percent: Some(percent), level: Level::Ok, month_marker: at(part) };
    (0..MonthMarker::PARTS).map(|part| icon(color, glyph(part), false, None).draw(size)).collect()
}

#[test]
fn month_marker_moves_and_shows_on_both_parts() {
    let mut wrong = Vec::new();
    for (style, color) in all().filter(|(style, _)| *style != IconStyle::Number) {
        let panel = if color == IconColor::Dark { 0xf2 } else { 0x2b };
        for (size, percent) in
            SIZES.into_iter().flat_map(|size| [0, 7, 50, 93].map(|percent| (size, percent)))
        {
            let glyph = Glyph::Figure { style, percent: Some(percent), level: Level::Ok, month_marker: None };
            let without = greys(&icon(color, glyph, false, None).draw(size), panel);
            let looks: Vec<_> =
                month(style, color, percent, size).iter().map(|look| greys(look, panel)).collect();
            let drawn = style == IconStyle::Bar || size >= 22;
            // Near the end of the filled part or of the gauge the marker stops for a moment, so a few parts look alike.
            let kinds = looks.iter().collect::<std::collections::HashSet<_>>().len();
            let least = if !drawn { 1 } else { (size as usize / 2).min(24) };
            if looks.iter().any(|look| (seen(look, &without, 40) >= 2) != drawn) || kinds < least {
                wrong.push(format!("{style:?} {color:?} {size} {percent}: {kinds} kinds"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_no_month_marker_without_a_gauge() {
    let month_marker = Some(MonthMarker::from_elapsed(0.4));
    for (style, color) in all() {
        for (percent, level) in [(Some(50), Level::Ok), (Some(50), Level::Exceeded), (None, Level::Exceeded)]
        {
            let look = |month_marker| {
                icon(color, Glyph::Figure { style, percent, level, month_marker }, false, None).draw(32)
            };
            let gauge = style != IconStyle::Number && level == Level::Ok;
            assert_eq!(look(month_marker) != look(None), gauge, "{style:?} {level:?}");
        }
    }
}
