//! The tray: what it shows as data, and each system's leaf that shows it.

#[cfg(any(windows, target_os = "macos"))]
mod desktop;
pub mod icon;
#[cfg(target_os = "linux")]
mod linux;
pub mod menu;

use jiff::tz::TimeZone;

use crate::domain::level::Level;
use crate::domain::snapshot::Snapshot;
use crate::domain::text;
use crate::window_request::WindowRequest;
use icon::Icon;
use menu::{Action, MenuRow};

#[cfg(any(windows, target_os = "macos"))]
pub use desktop::{EventLoopHandle, Tray, TrayError, run};
#[cfg(target_os = "linux")]
pub use linux::{EventLoopHandle, Tray, TrayError, run};

/// The maximum number of tooltip lines below the title. KDE silently cuts off more.
const MAX_TOOLTIP_LINES: usize = 8;

/// Everything that the tray shows.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayView {
    pub icon: Icon,
    /// The text beside the icon, and its name for a screen reader: `Acme 83%`.
    pub title: String,
    /// The text beside the icon where every letter takes room from other icons: `83%`. May be empty.
    pub short_title: String,
    /// The tooltip below the title: one line per account if there are several, and when it was updated. Plain text.
    pub details: Vec<String>,
    pub rows: Vec<MenuRow>,
    /// Whether the panel should draw attention to it.
    pub attention: bool,
}

impl TrayView {
    /// What the tray shows for `snapshot`, with times by the clock of `zone`.
    pub fn new(snapshot: &Snapshot, zone: &TimeZone) -> TrayView {
        TrayView {
            icon: Icon::from_snapshot(snapshot),
            title: snapshot.icon_account().map_or_else(
                || "Linode Bandwidth".to_owned(),
                |account| text::tray_title(account, snapshot.generated_at, zone),
            ),
            short_title: text::short_tray_title(snapshot, zone),
            details: text::tooltip(snapshot, zone, MAX_TOOLTIP_LINES),
            rows: menu::rows(snapshot, zone),
            attention: snapshot.worst_level() >= Some(Level::Critical),
        }
    }

    /// The tooltip, its title first: the shown account, which is in it once.
    pub fn lines(&self) -> Vec<&str> {
        let says_it = |line: &str| {
            line.strip_prefix(self.title.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(", ") || rest.starts_with(" · "))
        };
        let own = self.details.iter().position(|line| says_it(line));
        let first = own.and_then(|at| self.details.get(at)).unwrap_or(&self.title);
        let others = self.details.iter().enumerate().filter(|(at, _)| Some(*at) != own).map(|(_, line)| line);
        std::iter::once(first).chain(others).map(String::as_str).collect()
    }
}

/// What the user did with the tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrayEvent {
    /// The window is asked for, by a click on the icon or by a row.
    OpenWindow(WindowRequest),
    /// The pointer is over the icon: settings without change events are read again.
    PointerEntered,
    /// Chose a row.
    MenuItemSelected(Action),
    /// Ended the session that the tray is in.
    SessionEnded,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::IconColor;

    fn looks(title: &str, details: &[&str]) -> TrayView {
        let icon = Icon { color: IconColor::Auto, glyph: icon::Glyph::Waiting, dimmed: false, badge: None };
        let details = details.iter().map(|line| (*line).to_owned()).collect();
        let (title, short_title) = (title.to_owned(), String::new());
        TrayView { icon, title, short_title, details, rows: Vec::new(), attention: false }
    }

    #[test]
    fn tooltip_without_a_title_starts_with_the_shown_account() {
        let several = looks("Acme 83%", &["Old 1%", "Acme 83%, on pace for 118%", "Updated 14:02"]);
        assert_eq!(several.lines(), ["Acme 83%, on pace for 118%", "Old 1%", "Updated 14:02"]);
        let one = looks("Acme 83%", &["830 of 1,000 GB", "Acme 83%5"]);
        assert_eq!(one.lines(), ["Acme 83%", "830 of 1,000 GB", "Acme 83%5"]);
    }
}
