//! What differs on Windows: a tooltip of at most 127 characters, and a left click that the program handles.

use tao::event_loop::{EventLoop, EventLoopWindowTarget};
use tray_icon::{TrayIcon, TrayIconBuilder};

use super::super::TrayView;
use super::super::icon::{Icon, Rgba};

/// The program handles a left click; the right button opens the menu.
pub(super) const MENU_ON_LEFT_CLICK: bool = false;

/// The longest tooltip, in UTF-16 units (`NOTIFYICONDATAW::szTip` without its terminator).
const TOOLTIP: usize = 127;

/// Does nothing: the process is DPI aware already.
pub(super) fn prepare<T>(_events: &mut EventLoop<T>) {}

/// The width and height of the icon in pixels: small icons have 16 at a scale of 1, and Windows blurs larger ones when
/// it scales them down.
pub(super) fn icon_size<T>(target: &EventLoopWindowTarget<T>) -> u32 {
    let scale = target.primary_monitor().map_or(1.0, |monitor| monitor.scale_factor());
    (16.0 * scale).round().clamp(16.0, 64.0) as u32
}

pub(super) fn draw(icon: Icon, size: u32) -> Rgba {
    icon.draw(size)
}

pub(super) fn with_icon(builder: TrayIconBuilder, icon: tray_icon::Icon) -> TrayIconBuilder {
    builder.with_icon(icon)
}

pub(super) fn set_icon(tray: &TrayIcon, icon: tray_icon::Icon) -> tray_icon::Result<()> {
    tray.set_icon(Some(icon))
}

/// The title and as many whole lines of details as fit.
pub(super) fn tooltip(looks: &TrayView) -> String {
    // An ampersand would underline the next letter, and how to escape it depends on the Windows version.
    whole_lines(looks).replace('&', "＆")
}

fn whole_lines(looks: &TrayView) -> String {
    let mut lines = looks.lines().into_iter().peekable();
    let mut text = cut(lines.next().unwrap_or_default(), TOOLTIP);
    while let Some(line) = lines.next() {
        // The next lines need room for the sign that something is left out.
        let reserved = if lines.peek().is_some() { units("\n…") } else { 0 };
        if units(&text) + 1 + units(line) + reserved > TOOLTIP {
            if units(&text) + units("\n…") <= TOOLTIP {
                text.push_str("\n…");
            }
            break;
        }
        text.push('\n');
        text.push_str(line);
    }
    text
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn cut(text: &str, most: usize) -> String {
    if units(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if units(&kept) + character.len_utf16() + 1 > most {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::IconColor;
    use crate::tray::icon::Glyph;

    fn tip(title: &str, details: &[&str]) -> String {
        let icon = Icon { color: IconColor::Auto, glyph: Glyph::Waiting, dimmed: false, badge: None };
        let details = details.iter().map(|line| (*line).to_owned()).collect();
        let (title, short_title) = (title.to_owned(), String::new());
        tooltip(&TrayView { icon, title, short_title, details, rows: Vec::new(), attention: false })
    }

    #[test]
    fn a_short_tooltip_is_whole() {
        assert_eq!(tip("Acme 83%", &["Acme 83%", "Updated 14:02"]), "Acme 83%\nUpdated 14:02");
    }

    #[test]
    fn an_ampersand_is_seen() {
        assert_eq!(tip("Acme & Sons 83%", &[]), "Acme ＆ Sons 83%");
    }

    #[test]
    fn a_long_one_loses_whole_lines_and_says_so() {
        let line = "Ä".repeat(30);
        let said = tip("Acme", &[&line, &line, &line, &line]);
        assert_eq!(said, format!("Acme\n{line}\n{line}\n{line}\n…"));
        assert!(units(&said) <= TOOLTIP);
    }

    #[test]
    fn a_title_too_long_is_cut_between_characters() {
        let said = tip(&"😀".repeat(100), &["Updated"]);
        assert_eq!(said, "😀".repeat(63) + "…");
        assert_eq!(units(&said), TOOLTIP);
    }
}
