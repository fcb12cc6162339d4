//! `status --format waybar`: one line for bars that read it: waybar, and i3status-rust, which takes the text alone.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::failure::EntryState;
use crate::domain::snapshot::Snapshot;
use crate::domain::text;

/// The lines of a tooltip: more would not fit on a screen.
const MOST_LINES: usize = 40;

/// The line. Text and tooltip are Pango markup: what is in a name is escaped.
#[derive(Debug, Serialize)]
pub struct Line {
    text: String,
    tooltip: String,
    /// The level of the entry that is shown, or its state where that is not `ok`.
    class: &'static str,
    /// Whole, cut; waybar takes no other. 0 where it is not known.
    percentage: u64,
}

impl Line {
    /// The line for `snapshot`, with times by the clock of `zone`.
    pub fn of(snapshot: &Snapshot, zone: &TimeZone) -> Line {
        let shown = snapshot.shown();
        let class = match shown.map(|account| (account.state, account.level)) {
            Some((EntryState::Ok, Some(level))) => level.as_str(),
            Some((state, _)) => state.as_str(),
            None => EntryState::Pending.as_str(),
        };
        let tooltip = match shown {
            Some(shown) if snapshot.accounts.len() == 1 => {
                [vec![text::title(shown)], text::tooltip(snapshot, zone, MOST_LINES)].concat()
            }
            Some(_) => text::tooltip(snapshot, zone, MOST_LINES),
            None => vec!["No account yet".to_owned()],
        };
        Line {
            text: markup(&shown.map_or_else(|| "Linode: no account".to_owned(), text::title)),
            tooltip: markup(&tooltip.join("\n")),
            class,
            percentage: shown.and_then(|account| account.percent()).map_or(0, |percent| percent.whole()),
        }
    }
}

fn markup(lines: &str) -> String {
    text::escaped(&text::left_to_right(lines))
}
