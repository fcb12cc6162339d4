//! All printing of the commands.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use crate::domain::level::Level;
use crate::domain::text::{MAX_NAME_WIDTH, display_width, isolated, shortened};
use crate::domain::token::Token;

pub struct Output {
    /// Whether to use color where supported.
    wanted: bool,
    /// Whether standard output supports color.
    color: bool,
    /// The last error of standard output that was not reported yet.
    write_error: Option<io::Error>,
}

impl Output {
    /// Colors terminals only, unless `NO_COLOR` is set.
    pub fn new() -> Output {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Output { wanted, color: wanted && io::stdout().is_terminal(), write_error: None }
    }

    /// Columns and rows of the terminal that standard output goes to.
    pub fn terminal_size(&self) -> Option<(usize, usize)> {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map(|(columns, rows)| (columns.0.into(), rows.0.into())).filter(|(columns, _)| *columns > 0)
    }

    fn terminal_width(&self) -> Option<usize> {
        self.terminal_size().map(|(columns, _)| columns)
    }

    /// Formats `rows` as columns, two spaces apart and at most as wide as the terminal.
    pub fn table(&self, rows: &[Vec<String>], columns: &Columns<'_>) -> Vec<String> {
        table(rows, columns, self.terminal_width())
    }

    /// An indented sentence below a table, wrapped to the terminal.
    pub fn note(&self, note: &str) -> Vec<String> {
        self.wrapped("  ", note, 4)
    }

    /// `text` after `start`, wrapped to the terminal at its spaces. Further lines are indented by `indent` columns.
    pub fn wrapped(&self, start: &str, text: &str, indent: usize) -> Vec<String> {
        wrapped(start, text, indent, self.terminal_width().unwrap_or(usize::MAX))
    }

    /// Writes to standard output. Ignores a closed pipe: the reader has seen enough.
    pub fn text(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => self.write_error = Some(error),
            _ => {}
        }
    }

    /// The error of standard output, for scripts that rely on complete output.
    pub fn write_error(&mut self) -> Option<io::Error> {
        self.write_error.take()
    }

    /// Prints a line to standard output.
    pub fn line(&mut self, line: &str) {
        self.text(&format!("{line}\n"));
    }

    /// Prints a line to standard error.
    pub fn error_line(&mut self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Prints a line to standard error, highlighted on a terminal.
    pub fn warning(&mut self, line: &str) {
        match self.wanted && io::stderr().is_terminal() {
            true => self.error_line(&format!("\x1b[33m{line}\x1b[0m")),
            false => self.error_line(line),
        }
    }

    /// Prints an error on one line.
    pub fn error(&mut self, error: &impl std::fmt::Display) {
        let line = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        self.error_line(&format!("linode-bandwidth: {}", without_tokens(&line)));
    }

    /// Prints clap's error about invalid arguments.
    pub fn usage_error(&mut self, error: &clap::Error) {
        let (said, masked) = (error.to_string(), without_tokens(&error.to_string()));
        self.error_line(masked.trim_end());
        if masked != said {
            self.error_line(
                "This looks like a token. Leave it out to be asked for it, or pipe it in with --token-stdin.",
            );
        }
    }

    /// Colors `text` according to `tone`.
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

fn wrapped(start: &str, text: &str, indent: usize, width: usize) -> Vec<String> {
    let mut words = text.split(' ');
    let mut lines = vec![format!("{start}{}", words.next().unwrap_or_default())];
    for word in words {
        match lines.last_mut() {
            Some(line) if width_on_screen(line) + 1 + width_on_screen(word) <= width => {
                *line = format!("{line} {word}");
            }
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines
}

/// At most four `names` in a sentence: `A, B, C and 27 more`.
pub fn few_names<T: AsRef<str>>(names: &[T]) -> String {
    const FEW: usize = 4;
    let listed = |names: &[T]| names.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    match names.get(..FEW - 1) {
        Some(first) if names.len() > FEW => {
            format!("{} and {} more", listed(first), names.len() - first.len())
        }
        _ => listed(names),
    }
}

/// Masks tokens that were typed as names or options, because output may end up in a log.
fn without_tokens(text: &str) -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    words.fold(text.to_owned(), |text, word| {
        // clap prints only the value of `--option=TOKEN`.
        word.split('=')
            .filter(|part| Token::looks_like_token(part))
            .fold(text, |text, part| text.replace(part, "***"))
    })
}

/// How much a line stands out. Its words say the same, for terminals without color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Yellow.
    Warning,
    /// Red.
    Alarm,
    /// Dim: old or disabled.
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

/// The minimum width of names on narrow terminals, in columns.
const MIN_NAME_WIDTH: usize = 12;

/// Shortens a name to `width` columns and keeps its indentation.
fn name_cell(cell: &str, width: usize) -> String {
    let name = cell.trim_start_matches(' ');
    let indent = cell.len() - name.len();
    format!("{:indent$}{}", "", isolated(&shortened(name, width.saturating_sub(indent))))
}

/// The columns that a line takes on the screen, ignoring color sequences.
pub fn width_on_screen(line: &str) -> usize {
    let mut parts = line.split('\x1b');
    let first = parts.next().map_or(0, display_width);
    let painted = parts.filter_map(|part| Some(display_width(part.split_once('m')?.1)));
    first + painted.sum::<usize>()
}

/// The roles of a table's columns, by index.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns<'a> {
    /// Right-aligned figures.
    pub right: &'a [usize],
    /// Names as typed. Shortened on a terminal to keep each row on one line.
    pub names: &'a [usize],
    /// Columns to drop, in this order, if a terminal is too narrow even for short names.
    pub optional: &'a [usize],
}

fn table(rows: &[Vec<String>], columns: &Columns<'_>, terminal: Option<usize>) -> Vec<String> {
    let Some(terminal) = terminal else { return lines(rows, columns, usize::MAX, &[]) };
    let names = columns.names.len().max(1);
    let mut left_out = 0;
    let mut width = MAX_NAME_WIDTH;
    loop {
        let hidden = columns.optional.get(..left_out).unwrap_or_default();
        let lines = lines(rows, columns, width, hidden);
        let widest = lines.iter().map(|line| display_width(line)).max().unwrap_or_default();
        if widest <= terminal {
            return lines;
        } else if width > MIN_NAME_WIDTH {
            width = width.saturating_sub((widest - terminal).div_ceil(names)).max(MIN_NAME_WIDTH);
        } else if left_out < columns.optional.len() {
            (left_out, width) = (left_out + 1, MAX_NAME_WIDTH);
        } else {
            return lines;
        }
    }
}

/// Aligns rows by display width, two spaces apart, without the `hidden` columns and with names in `width`
/// columns.
fn lines(rows: &[Vec<String>], columns: &Columns<'_>, width: usize, hidden: &[usize]) -> Vec<String> {
    let shown = |row: &Vec<String>| -> Vec<(usize, String)> {
        let cells = row.iter().enumerate().filter(|(column, _)| !hidden.contains(column));
        let name = |(column, cell): (usize, &String)| match columns.names.contains(&column) {
            true => (column, name_cell(cell, width)),
            false => (column, cell.clone()),
        };
        cells.map(name).collect()
    };
    let rows: Vec<_> = rows.iter().map(shown).collect();
    let mut widths = BTreeMap::new();
    for (column, cell) in rows.iter().flatten() {
        let widest: &mut usize = widths.entry(*column).or_default();
        *widest = (*widest).max(display_width(cell));
    }
    let line = |row: &Vec<(usize, String)>| {
        let padded = row.iter().map(|(column, cell)| {
            let width = widths.get(column).copied().unwrap_or_default();
            let space = " ".repeat(width.saturating_sub(display_width(cell)));
            if columns.right.contains(column) { space + cell } else { cell.to_owned() + &space }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_are_indented() {
        let start = "\x1b[31mwrong\x1b[0m  token  ";
        let lines = wrapped(start, "Acme: create a token and store it", 14, 24);
        let indented = |text: &str| format!("{:14}{text}", "");
        assert_eq!(
            lines,
            [format!("{start}Acme:"), indented("create a"), indented("token and"), indented("store it")]
        );
        assert_eq!(wrapped("ok  ", "東京 本社 web", 4, 13), ["ok  東京 本社", "    web"]);
        assert_eq!(wrapped("", "a b", 2, usize::MAX), ["a b"]);
    }

    #[test]
    fn many_names_are_counted() {
        assert_eq!(few_names(&["A", "B", "C", "D"]), "A, B, C, D");
        assert_eq!(few_names(&["A", "B", "C", "D", "E"]), "A, B, C and 2 more");
        assert_eq!(few_names::<&str>(&[]), "");
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "10".into()], vec!["long".to_owned(), "9".into()]];
        let columns = Columns { right: &[1], ..Columns::default() };
        assert_eq!(table(&rows, &columns, None), ["a     10", "long   9"]);
    }

    #[test]
    fn narrow_terminal_shortens_names_then_drops_columns() {
        let long = "Kunde Süd GmbH & Co. KG, Rechenzentrum Frankfurt am Main, web 7";
        let rows = [
            ["ACCOUNT", "USED", "UPDATED"].map(str::to_owned).to_vec(),
            vec![long.to_owned(), "830 GB".into(), "14:02".into()],
            vec!["  Jakarta, Indonesia".to_owned(), "1 GB".into(), "-".into()],
        ];
        let columns = Columns { right: &[1], names: &[0], optional: &[2] };
        assert!(
            table(&rows, &columns, None)[1].starts_with(&format!("{long}  830 GB")),
            "a pipe gets it whole"
        );
        assert_eq!(
            table(&rows, &columns, Some(80))[1],
            "Kunde Süd GmbH & Co.…furt am Main, web 7  830 GB  14:02"
        );
        assert_eq!(
            table(&rows, &columns, Some(32)),
            [
                "ACCOUNT            USED  UPDATED",
                "Kunde S…, web 7  830 GB  14:02",
                "  Jakart…onesia    1 GB  -"
            ]
        );
        assert_eq!(table(&rows, &columns, Some(24))[1], "Kunde Sü…, web 7  830 GB");
    }

    #[test]
    fn columns_line_up_by_display_width() {
        // Widths measured in xterm and VTE by the cursor's position.
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
        assert_eq!(table(&rows, &Columns::default(), None), expected.collect::<Vec<_>>());
    }
}
