//! `status --format waybar`: one line for waybar and i3status-rust, which uses only the text.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::domain::failure::EntryState;
use crate::domain::snapshot::Snapshot;
use crate::domain::text;

/// The maximum lines of a tooltip that fit on a screen.
const MAX_TOOLTIP_LINES: usize = 40;

/// The class for an invalid configuration, argument or environment.
const CONFIG_ERROR: &str = "config_error";

/// The output. The text and the tooltip are escaped as Pango markup.
#[derive(Debug, Serialize)]
pub struct Line {
    text: String,
    tooltip: String,
    /// The level of the account in the icon, or its state if that is not `ok`; `stale` also for last month's
    /// figures; or [`CONFIG_ERROR`].
    class: &'static str,
    /// Truncated to an integer, as waybar requires; 0 if unknown.
    percentage: u64,
}

impl Line {
    /// The line for `snapshot`, with times in `zone`. `trouble`, which made the snapshot incomplete, comes
    /// first in the tooltip.
    pub fn new(snapshot: &Snapshot, trouble: Option<&str>, zone: &TimeZone) -> Line {
        let shown = snapshot.icon_account();
        let title = |account| text::tray_title(account, snapshot.generated_at, zone);
        let class = match shown.map(|account| (account.state, account.level)) {
            _ if snapshot.config_problem.is_some() => CONFIG_ERROR,
            // Last month's level does not apply to this month.
            Some((EntryState::Ok, _)) if shown.is_some_and(|account| account.still_of.is_some()) => {
                EntryState::Stale.as_str()
            }
            Some((EntryState::Ok, Some(level))) => level.as_str(),
            Some((state, _)) => state.as_str(),
            None => EntryState::Pending.as_str(),
        };
        // The problem comes first in the tooltip, without truncation.
        let tooltip = || {
            let figures = Snapshot { config_problem: None, ..snapshot.clone() };
            text::tooltip(&figures, zone, MAX_TOOLTIP_LINES)
        };
        let figures = match shown {
            Some(shown) if snapshot.accounts.len() == 1 => [vec![title(shown)], tooltip()].concat(),
            Some(_) => tooltip(),
            None if snapshot.config_problem.is_some() => Vec::new(),
            None => vec!["No account yet".to_owned()],
        };
        let troubles = snapshot.config_problem.iter().map(String::as_str).chain(trouble);
        let tooltip: Vec<&str> = troubles.chain(figures.iter().map(String::as_str)).collect();
        let title = match (shown, &snapshot.config_problem) {
            (Some(shown), _) => title(shown),
            (None, Some(_)) => "Linode: configuration error".to_owned(),
            (None, None) => "Linode: no account".to_owned(),
        };
        Line {
            text: markup(&title),
            tooltip: markup(&tooltip.join("\n")),
            class,
            percentage: shown.and_then(|account| account.percent()).map_or(0, |percent| percent.truncated()),
        }
    }
}

fn markup(lines: &str) -> String {
    text::escaped(&text::left_to_right(lines))
}
