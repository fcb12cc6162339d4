//! The demo without a tray: a table that updates in place on the terminal, with notifications above it.

use std::io::{self, IsTerminal};

use crate::app::poller::{Frontend, Inbox};
use crate::cli::output::{Output, width_on_screen};
use crate::cli::status::table;
use crate::domain::alert::Notification;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::Event;

pub struct Terminal<'a> {
    output: &'a mut Output,
    inbox: Inbox,
    in_place: bool,
    shown: Vec<String>,
    /// The lines above the table, oldest first.
    notifications: Vec<String>,
    /// Columns and rows of the terminal at the last drawing.
    size: Option<(usize, usize)>,
}

/// Notification lines that are kept for redrawing.
const MAX_NOTIFICATION_LINES: usize = 12;

impl<'a> Terminal<'a> {
    /// A table on `output`. In a pipe, each update is appended.
    pub fn new(output: &'a mut Output, inbox: Inbox) -> Terminal<'a> {
        let in_place = io::stdout().is_terminal();
        Terminal { output, inbox, in_place, shown: Vec::new(), notifications: Vec::new(), size: None }
    }

    /// Moves to the table's first line and clears from there. After a resize, that line's position is unknown,
    /// so it redraws everything.
    fn clear(&mut self) {
        let size = self.output.terminal_size();
        let changed = std::mem::replace(&mut self.size, size) != size;
        if !self.in_place || self.shown.is_empty() {
            return;
        }
        if changed {
            self.output.text("\x1b[2J\x1b[H");
            self.notifications.iter().for_each(|line| self.output.line(line));
        } else {
            let columns = size.map_or(usize::MAX, |(columns, _)| columns);
            self.output.text(&format!("\x1b[{}A\x1b[J", rows(&self.shown, columns)));
        }
        self.shown.clear();
    }
}

/// The rows that `lines` take on a screen with `columns` columns.
fn rows(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| width_on_screen(line).div_ceil(columns.max(1)).max(1)).sum()
}

impl Frontend for Terminal<'_> {
    async fn render(&mut self, snapshot: Snapshot) {
        let mut lines = table::lines(&snapshot, self.output);
        let size = self.output.terminal_size();
        // Lines that scrolled off the top can't be updated.
        while size.is_some_and(|(columns, height)| rows(&lines, columns) >= height) && lines.len() > 1 {
            lines.pop();
        }
        // Wait for the first round of polls.
        let nothing = snapshot.updated_at.is_none() || (snapshot.busy && self.shown.is_empty());
        if (lines != self.shown || size != self.size) && !nothing {
            self.clear();
            self.output.text(&format!("{}\n", lines.join("\n")));
            self.shown = lines;
        }
    }

    fn notify(&mut self, notification: Notification, _: Snapshot) {
        self.clear();
        let summary = format!("Notification: {}", notification.summary);
        let lines: Vec<_> = std::iter::once(summary)
            .chain(notification.body.lines().map(|line| format!("  {line}")))
            .collect();
        lines.iter().for_each(|line| self.output.line(line));
        self.notifications.extend(lines);
        self.notifications.drain(..self.notifications.len().saturating_sub(MAX_NOTIFICATION_LINES));
        let _ = self.inbox.send(Event::Delivered(notification.keys).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_take_several_rows() {
        let lines = ["x".repeat(80), "x".repeat(81), String::new(), "東京".repeat(21)];
        assert_eq!(rows(&lines, 80), 1 + 2 + 1 + 2);
        let painted = [format!("\x1b[1m{}\x1b[0m", "x".repeat(80))];
        assert_eq!(rows(&painted, 80), 1);
        assert_eq!(rows(&lines, usize::MAX), 4);
    }
}
