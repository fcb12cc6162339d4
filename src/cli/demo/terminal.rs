//! The demo without a tray: a table on the terminal that changes in place, and the notifications above it.

use std::io::{self, IsTerminal};

use crate::app::poller::{Frontend, Inbox};
use crate::cli::output::{Output, width_on_screen};
use crate::cli::status::table;
use crate::domain::alert::Notification;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::Event;

/// The table on the terminal.
pub struct Terminal<'a> {
    output: &'a mut Output,
    inbox: Inbox,
    in_place: bool,
    shown: Vec<String>,
    /// What is above the table, the latest last.
    notifications: Vec<String>,
    /// Columns and rows of the terminal when the table was drawn.
    size: Option<(usize, usize)>,
}

/// The lines of notifications that stay above the table when all is drawn again.
const MAX_NOTIFICATION_LINES: usize = 12;

impl<'a> Terminal<'a> {
    /// A table on `output`; in a pipe each change is printed below the last one.
    pub fn new(output: &'a mut Output, inbox: Inbox) -> Terminal<'a> {
        let in_place = io::stdout().is_terminal();
        Terminal { output, inbox, in_place, shown: Vec::new(), notifications: Vec::new(), size: None }
    }

    /// Goes back to the table's first line and clears from there. On a terminal of another size than before nobody knows
    /// where that line is: everything is drawn again.
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

/// As many rows as `lines` take on a screen that has `columns` of them.
fn rows(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| width_on_screen(line).div_ceil(columns.max(1)).max(1)).sum()
}

impl Frontend for Terminal<'_> {
    async fn render(&mut self, snapshot: Snapshot) {
        let mut lines = table::lines(&snapshot, self.output);
        let size = self.output.terminal_size();
        // What has left the screen at its top can't be changed any more.
        while size.is_some_and(|(columns, height)| rows(&lines, columns) >= height) && lines.len() > 1 {
            lines.pop();
        }
        // While the first round is under way there is nothing to see.
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
    fn a_line_that_the_terminal_wraps_takes_several_rows() {
        let lines = ["x".repeat(80), "x".repeat(81), String::new(), "東京".repeat(21)];
        assert_eq!(rows(&lines, 80), 1 + 2 + 1 + 2);
        let painted = [format!("\x1b[1m{}\x1b[0m", "x".repeat(80))];
        assert_eq!(rows(&painted, 80), 1);
        assert_eq!(rows(&lines, usize::MAX), 4);
    }
}
