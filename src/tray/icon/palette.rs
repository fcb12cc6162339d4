//! The colors of an icon.
//!
//! Most color-blind people can distinguish blue, amber and vermilion, which also differ in lightness. No state differs
//! from another by color alone.

use crate::domain::config::IconColor;
use crate::domain::level::Level;

/// What a shape is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brush {
    /// A color (red, green, blue, alpha, not premultiplied), drawn over what is there.
    Color([u8; 4]),
    /// Clears the pixels.
    Erase,
}

/// The background of [`IconColor::Auto`].
const BACKGROUND: [u8; 3] = [0x25, 0x2a, 0x30];

/// The brush for each part of an icon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Palette {
    /// Figures and lines.
    pub(super) foreground: Brush,
    /// The unused part of a gauge.
    pub(super) track: Brush,
    /// The used part of a gauge, and markers.
    pub(super) accent: Brush,
    /// A figure in a filled shape.
    pub(super) knockout: Brush,
    /// The background, so that the icon is readable on any panel; `Erase` where the panel's color is known.
    pub(super) background: Brush,
    /// Badges, never dimmed.
    pub(super) badge: Brush,
    /// A badge that asks for action, and the cross over a key.
    pub(super) alert: Brush,
}

impl Palette {
    /// The colors for `level` on a panel of the kind `color`.
    pub(super) fn new(color: IconColor, level: Level, dimmed: bool) -> Palette {
        match color {
            IconColor::Auto => auto(level, dimmed),
            IconColor::Light => {
                one_tone([[0xff, 0xff, 0xff], [0xff, 0xc1, 0x3d], [0xff, 0x7a, 0x45]], level, dimmed)
            }
            IconColor::Dark => {
                one_tone([[0x22, 0x26, 0x2b], [0xa8, 0x62, 0x00], [0xc2, 0x3b, 0x00]], level, dimmed)
            }
        }
    }

    /// Whether the icon has its own background.
    pub(super) fn has_background(&self) -> bool {
        self.background != Brush::Erase
    }
}

/// Light figures on a dark background. The background is an outline on a light panel and almost invisible on a dark
/// one.
fn auto(level: Level, dimmed: bool) -> Palette {
    let accent = match level {
        Level::Ok => [0x4d, 0xb4, 0xf0],
        Level::Warning => [0xff, 0xb8, 0x2e],
        Level::Critical | Level::Exceeded => [0xff, 0x75, 0x3d],
    };
    let (foreground, accent) = match dimmed {
        false => (opaque([255, 255, 255]), opaque(accent)),
        true => (opaque([0xa4, 0xab, 0xb3]), opaque(mix(accent, [0x78, 0x80, 0x88], 0.65))),
    };
    Palette {
        foreground,
        track: opaque([0x4d, 0x55, 0x5e]),
        accent,
        knockout: opaque(BACKGROUND),
        background: opaque(BACKGROUND),
        badge: opaque([255, 255, 255]),
        alert: opaque([0xff, 0x8a, 0x4d]),
    }
}

/// Only figures and lines, in one color like the panel's other icons; amber and red for levels above normal.
fn one_tone([foreground, amber, red]: [[u8; 3]; 3], level: Level, dimmed: bool) -> Palette {
    let accent = match level {
        _ if dimmed => foreground,
        Level::Ok => foreground,
        Level::Warning => amber,
        Level::Critical | Level::Exceeded => red,
    };
    let strength = if dimmed { 0.5 } else { 1.0 };
    Palette {
        foreground: faint(foreground, strength),
        track: faint(foreground, 0.3 * strength.max(0.6)),
        accent: faint(accent, strength),
        knockout: Brush::Erase,
        background: Brush::Erase,
        badge: opaque(foreground),
        alert: opaque(red),
    }
}

fn opaque(rgb: [u8; 3]) -> Brush {
    faint(rgb, 1.0)
}

fn faint([r, g, b]: [u8; 3], strength: f32) -> Brush {
    Brush::Color([r, g, b, (255.0 * strength).round() as u8])
}

fn mix(from: [u8; 3], to: [u8; 3], share: f32) -> [u8; 3] {
    let [a, b, c] = from;
    let [x, y, z] = to;
    let between = |a: u8, x: u8| (f32::from(a) * (1.0 - share) + f32::from(x) * share).round() as u8;
    [between(a, x), between(b, y), between(c, z)]
}
