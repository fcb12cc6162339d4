//! The screen, the pointer and the keyboard.

use std::path::PathBuf;
use std::process::Command;

use super::{tool, until};

/// A part of the screen in the form of `import -crop`: `WIDTHxHEIGHT+X+Y`.
pub type Area = &'static str;

/// The whole screen.
pub const ALL: Area = "1280x800+0+0";
/// The end of the panel with the icon.
pub const ICON: Area = "60x28+1220+0";

/// The icon's position: it is the only thing at the right end of the panel.
pub const ICON_AT: (&str, &str) = ("1266", "14");

/// The pixels of `area`, three bytes each.
pub fn pixels(area: Area) -> Vec<u8> {
    tool("import", &["-silent", "-window", "root", "-crop", area, "-depth", "8", "rgb:-"])
}

/// Waits until `area` differs from `before` and no longer changes.
pub fn changed(area: Area, before: &[u8]) -> Vec<u8> {
    let mut last = pixels(area);
    until("the screen changes and comes to rest", || {
        let now = pixels(area);
        let settled = now == last && now != before;
        last.clone_from(&now);
        settled.then_some(now)
    })
}

/// Whether `area`, which is [`ICON`], has one color from left to right, as without an icon. On LXQt it contains the
/// panel's grip.
fn is_bare(area: &[u8]) -> bool {
    const GRIP: usize = 6;
    let width = ICON.split('x').next().and_then(|width| width.parse::<usize>().ok()).unwrap();
    let is_one_color = |row: &[u8]| row.chunks(3).take(width - GRIP).all(|pixel| *pixel == row[..3]);
    area.chunks(3 * width).all(is_one_color)
}

/// The end of the panel without an icon. The icon of an ended program stays for a moment; a click on it opens an empty
/// menu, which takes all keys and clicks of later tests.
pub fn bare_panel() -> Vec<u8> {
    until("a panel without an icon", || Some(pixels(ICON)).filter(|area| is_bare(area)))
}

/// Waits until the panel shows an icon and no longer changes. A change alone is not enough: a starting panel changes
/// too, and a click on an empty panel opens the panel's own menu.
pub fn icon() -> Vec<u8> {
    let mut last = pixels(ICON);
    until("an icon on the screen", || {
        let now = pixels(ICON);
        let rests = now == last && !is_bare(&now);
        last.clone_from(&now);
        rests.then_some(now)
    })
}

/// The number of different pixels.
pub fn difference(one: &[u8], other: &[u8]) -> usize {
    assert_eq!(one.len(), other.len());
    one.chunks(3).zip(other.chunks(3)).filter(|(one, other)| one != other).count()
}

/// Saves `area`, enlarged `times` times, in `target/screenshots`.
pub fn keep(area: Area, times: u32, name: &str) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/screenshots"));
    let file = folder.join(format!("{name}.png"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let file = file.to_str().unwrap();
    tool("import", &["-silent", "-window", "root", "-crop", area, "+repage", file]);
    tool("convert", &[file, "-scale", &format!("{}%", times * 100), file]);
}

/// Moves the pointer and clicks.
pub fn click((x, y): (&str, &str), button: &str) {
    tool("xdotool", &["mousemove", x, y, "click", button]);
}

/// Moves the pointer out of the way.
pub fn away() {
    tool("xdotool", &["mousemove", "640", "700"]);
}

/// Types keys.
pub fn keys(keys: &[&str]) {
    tool("xdotool", &[&["key", "--delay", "60"], keys].concat());
}

/// Waits until `area` no longer changes.
pub fn settled(area: Area) -> Vec<u8> {
    changed(area, &[])
}

/// A window on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// The visible windows of a program, without tiny ones.
pub fn windows(class: &str) -> Vec<Window> {
    let search =
        Command::new("xdotool").args(["search", "--onlyvisible", "--class", class]).output().unwrap();
    let ids = String::from_utf8_lossy(&search.stdout).into_owned();
    ids.lines().filter_map(geometry).filter(|window| window.width > 10 && window.height > 10).collect()
}

/// `None` for a window that has closed in the meantime.
fn geometry(id: &str) -> Option<Window> {
    let said = Command::new("xdotool").args(["getwindowgeometry", "--shell", id]).output().ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let value = |name: &str| {
        said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse::<i32>().ok())
    };
    Some(Window { x: value("X")?, y: value("Y")?, width: value("WIDTH")?, height: value("HEIGHT")? })
}
