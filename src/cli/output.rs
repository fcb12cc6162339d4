//! Printing, in one place.

use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthChar;

use crate::domain::level::Level;
use crate::domain::token::Token;

/// Standard output and standard error.
pub struct Output {
    /// Whether color is wanted where it can be shown.
    wanted: bool,
    /// Whether standard output shows it.
    color: bool,
    /// Why standard output could not be written.
    write_error: Option<io::Error>,
}

impl Output {
    /// Color goes to terminals alone, and not where `NO_COLOR` is set.
    pub fn new() -> Output {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Output { wanted, color: wanted && io::stdout().is_terminal(), write_error: None }
    }

    /// Whether standard output goes to somebody who looks on.
    pub fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Text to standard output. Whoever closes the pipe has read enough.
    pub fn text(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => self.write_error = Some(error),
            _ => {}
        }
    }

    /// Why not all of it was written, for a script that relies on it.
    pub fn write_error(&mut self) -> Option<io::Error> {
        self.write_error.take()
    }

    /// A line to standard output.
    pub fn line(&mut self, line: &str) {
        self.text(&format!("{line}\n"));
    }

    /// A line to standard error.
    pub fn error_line(&mut self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// A line to standard error that stands out on a terminal.
    pub fn warning(&mut self, line: &str) {
        match self.wanted && io::stderr().is_terminal() {
            true => self.error_line(&format!("\x1b[33m{line}\x1b[0m")),
            false => self.error_line(line),
        }
    }

    /// What went wrong, in one line.
    pub fn error(&mut self, error: &impl std::fmt::Display) {
        let line = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        self.error_line(&format!("linode-bandwidth: {}", without_tokens(&line)));
    }

    /// What clap says of arguments that it does not take.
    pub fn usage_error(&mut self, error: &clap::Error) {
        self.error_line(without_tokens(&error.to_string()).trim_end());
    }

    /// `text` in the color of `tone`.
    pub fn styled(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Warning => "33",
            Tone::Alarm => "31",
            Tone::Faint => "2",
            Tone::Plain => return text.to_owned(),
        };
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Whoever gave a token where a name or an option belongs does not get it repeated: what is printed may be kept in a log.
fn without_tokens(text: &str) -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    words.fold(text.to_owned(), |text, word| {
        // Of `--option=TOKEN` only the value is printed.
        word.split('=').filter(|part| Token::may_be(part)).fold(text, |text, part| text.replace(part, "***"))
    })
}

/// How much a line is to stand out. Never by color alone: its words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Yellow.
    Warning,
    /// Red.
    Alarm,
    /// Dim: old, or switched off.
    Faint,
}

impl From<Level> for Tone {
    fn from(level: Level) -> Tone {
        match level {
            Level::Ok => Tone::Plain,
            Level::Warning => Tone::Warning,
            Level::Critical | Level::Exceeded => Tone::Alarm,
        }
    }
}

/// The columns that `text` takes in a terminal. Letter by letter, as xterm and VTE (GNOME's, Xfce's and MATE's terminal)
/// have it: a family of joined emoji is as wide as its members.
fn width_of(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// The columns that a line takes on the screen, without the sequences that paint it.
pub fn width_on_screen(line: &str) -> usize {
    let mut parts = line.split('\x1b');
    let first = parts.next().map_or(0, width_of);
    let painted = parts.filter_map(|part| Some(width_of(part.split_once('m')?.1)));
    first + painted.sum::<usize>()
}

/// Rows as columns, two spaces apart by what a terminal shows; columns of figures to the right.
pub fn columns(rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width_of(cell)).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let row = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let space = " ".repeat(width.saturating_sub(width_of(cell)));
            if right.contains(&column) { space + cell } else { cell.to_owned() + &space }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "10".into()], vec!["long".to_owned(), "9".into()]];
        assert_eq!(columns(&rows, &[1]), ["a     10", "long   9"]);
    }

    #[test]
    fn columns_line_up_by_what_a_terminal_shows() {
        // As xterm and VTE tell by where the cursor is.
        let names = [
            ("Acme", 4),
            ("東京本社", 8),
            ("한국 지사", 9),
            ("สำนักงาน", 7),
            ("हिन्दी", 5),
            ("e\u{301}te\u{301}", 3),
            ("🚀", 2),
            ("👨‍👩‍👧", 6),
            ("❤️", 1),
            ("لا", 2),
            ("\u{2068}חיפה\u{2069}", 4),
        ];
        let rows: Vec<Vec<String>> =
            names.iter().map(|(name, _)| vec![(*name).to_owned(), "9".into()]).collect();
        let expected = names.iter().map(|(name, width)| format!("{name}{}9", " ".repeat(9 - width + 2)));
        assert_eq!(columns(&rows, &[]), expected.collect::<Vec<_>>());
    }
}
