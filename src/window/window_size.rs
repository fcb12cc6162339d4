//! The window's size, and whether accounts are cards or lines, from the last time.

use std::fs;
use std::path::Path;

use eframe::egui::Vec2;

use crate::platform::private_file::Staged;

/// The size of the first window.
const USUAL: Vec2 = Vec2::new(860.0, 680.0);
/// The minimum size: the forms don't fit below it.
pub const MIN_SIZE: Vec2 = Vec2::new(620.0, 420.0);

/// The word for lines on the file's second line.
const COMPACT: &str = "compact";

/// The size from `file`, or the default.
pub fn read(file: &Path) -> Vec2 {
    fs::read_to_string(file).ok().as_deref().and_then(parse).unwrap_or(USUAL)
}

/// Whether the user chose lines over cards; `None` without a choice.
pub fn read_compact(file: &Path) -> Option<bool> {
    parse_compact(&fs::read_to_string(file).ok()?)
}

/// Saves both. Errors are ignored, because only convenience is lost.
pub fn keep(file: &Path, size: Vec2, compact: Option<bool>) {
    let compact = compact.map(|compact| format!("{COMPACT} {compact}\n")).unwrap_or_default();
    let text = format!("{}x{}\n{compact}", size.x.round(), size.y.round());
    if let Ok(staged) = Staged::write(file, text.as_bytes()) {
        let _ = staged.commit();
    }
}

fn parse(text: &str) -> Option<Vec2> {
    let (width, height) = text.lines().next()?.trim().split_once('x')?;
    let size = Vec2::new(width.parse().ok()?, height.parse().ok()?);
    let sane = size.is_finite() && size.x <= 10_000.0 && size.y <= 10_000.0;
    sane.then(|| size.max(MIN_SIZE))
}

fn parse_compact(text: &str) -> Option<bool> {
    text.lines().find_map(|line| line.strip_prefix(COMPACT)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_makes_no_sense_is_the_usual_one() {
        assert_eq!(parse("900x700\n"), Some(Vec2::new(900.0, 700.0)));
        assert_eq!(parse("1x1"), Some(MIN_SIZE));
        for text in ["", "900", "NaNx700", "1e9x2", "ax b"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_was_kept_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("window.size");
        assert_eq!((read(&file), read_compact(&file)), (USUAL, None));
        for compact in [None, Some(true), Some(false)] {
            keep(&file, Vec2::new(900.0, 700.0), compact);
            assert_eq!((read(&file), read_compact(&file)), (Vec2::new(900.0, 700.0), compact));
        }
    }
}
