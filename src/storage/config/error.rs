//! Errors of the configuration file, with their place and what is allowed.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{self, DeValue};

use crate::domain::config::{API_URL, AccountId};
use crate::domain::text::quoted;
use crate::platform::private_file::in_words;

/// The first error in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {kind}")]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// In characters, from 1; one past the line's end if something is missing there.
    pub column: usize,
    pub kind: ParseErrorKind,
}

/// One line that says what is wrong and what is allowed. Contains no text that could be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    #[error("this is not TOML: {0}")]
    Syntax(String),
    /// A setting has an invalid value.
    #[error("{setting} {found}; allowed is {allowed}")]
    Refused {
        setting: &'static str,
        /// `is "10s"`, or `has 1001` for an element of a list.
        found: String,
        /// The allowed values, with an example if it helps.
        allowed: &'static str,
    },
    /// A key is unknown or in the wrong section.
    #[error("{key} is not a setting{place}; {hint}")]
    Unknown {
        key: String,
        /// Empty, or ` of an account`.
        place: &'static str,
        /// A suggestion for the user.
        hint: String,
    },
    /// An account lacks a required key.
    #[error("this account has no {key}; add one, for example {key} = \"{example}\"")]
    Missing {
        key: &'static str,
        /// A possible value.
        example: String,
    },
    #[error("{key} is {found}, as is that of the account at line {line}; each account needs its own")]
    Taken {
        key: &'static str,
        /// The shared value.
        found: String,
        /// The line of its first use.
        line: usize,
    },
}

impl ParseError {
    /// The error at byte `at` of `source`.
    pub(super) fn at(source: &str, at: usize, kind: ParseErrorKind) -> ParseError {
        let (line, column) = position(source, at);
        ParseError { line, column, kind }
    }

    /// The TOML parser's error.
    pub(super) fn syntax(source: &str, error: &de::Error) -> ParseError {
        let message: Vec<&str> = error.message().split_whitespace().collect();
        let at = error.span().map_or(source.len(), |span| span.start);
        ParseError::at(source, at, ParseErrorKind::Syntax(message.join(" ")))
    }
}

/// Line and column, from 1, of byte `at`.
pub(super) fn position(source: &str, at: usize) -> (usize, usize) {
    let at = source.floor_char_boundary(at.min(source.len()));
    let before = source.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The text at `span` if a message may show it, else `otherwise`.
pub(super) fn redacted(source: &str, span: Range<usize>, otherwise: &str) -> String {
    let text = source.get(span).unwrap_or_default();
    let unfit = text.is_empty() || text.chars().count() > 80 || text.chars().any(char::is_control);
    if unfit || secret(text) { otherwise.to_owned() } else { text.to_owned() }
}

/// Whether `text` may contain a token, which has 64 hexadecimal digits, or an address with a password.
fn secret(text: &str) -> bool {
    text.contains('@')
        || text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|run| run.len() >= 24 && run.contains(|c: char| c.is_ascii_digit()))
}

/// The kind of `value`, with its article.
pub(super) fn kind_in_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(text) if text.is_empty() => "an empty string",
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(list) if list.is_empty() => "an empty list",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Its content is not a valid configuration.
    #[error("{}:{error}", one_line(path))]
    Bad { path: PathBuf, error: ParseError },
    #[error("{}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8", one_line(path))]
    NotUtf8 {
        path: PathBuf,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
    },
    /// It is a directory, a device or a pipe.
    #[error("{} is not a file; move it away, or set LINODE_BANDWIDTH_CONFIG to a file", one_line(path))]
    NotAFile { path: PathBuf },
    #[error("{} is larger than 1 MiB; it is not a configuration file, move it away", one_line(path))]
    TooLarge { path: PathBuf },
    #[error("{} can't be read: {}; make it readable for yourself", one_line(path), in_words(reason))]
    Unreadable { path: PathBuf, reason: io::Error },
    /// The environment's override of `api_url` is not an API address.
    #[error("LINODE_BANDWIDTH_API_URL is {found}; allowed is {API_URL}")]
    BadOverride {
        /// The value, redacted if it may hold a secret.
        found: String,
    },
}

/// `path` on one line, with control characters replaced.
pub(super) fn one_line(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Why an edit failed. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file has errors, so an edit could lose what the user meant.
    #[error("{0}; nothing was changed: fix the file first")]
    Broken(ConfigError),
    #[error("{0}")]
    Refused(ParseErrorKind),
    #[error("there is no account {0:?}; `linode-bandwidth accounts list` shows those there are", id.as_str())]
    NoSuchAccount { id: AccountId },
    /// Another account has this name, ignoring case.
    #[error("there is an account {} already; choose another name", quoted(name))]
    NameTaken { name: String },
    /// The file's formatting leaves no place for the change.
    #[error("this file's layout can't be edited automatically; make the change by hand")]
    Unfit,
    /// Only accounts in `[[accounts]]` blocks can be changed.
    #[error(
        "the accounts are one list (accounts = [...]), which the program can't change: turn each account into an [[accounts]] block, or edit the list by hand"
    )]
    AccountList,
    #[error("{} is being changed by another program; try again when it has ended", one_line(path))]
    Busy { path: PathBuf },
    /// An editor that ignores the lock wrote the file at the same time.
    #[error(
        "{} was changed by another program just now; nothing was changed here, try again",
        one_line(path)
    )]
    Overtaken { path: PathBuf },
    /// The user can't replace the file: it belongs to root, or its folder is not writable.
    #[error(
        "{} is managed elsewhere ({why}); nothing was changed: change it where it comes from, or set LINODE_BANDWIDTH_CONFIG to a file of your own",
        one_line(path)
    )]
    Managed {
        path: PathBuf,
        /// The evidence.
        why: String,
    },
    #[error(
        "{} can't be written: {}; nothing was changed: {}",
        one_line(path),
        in_words(reason),
        remedy(reason)
    )]
    Unwritable { path: PathBuf, reason: io::Error },
}

fn remedy(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::PermissionDenied => "make the file's directory writable for yourself",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some disk space and try again",
        io::ErrorKind::ReadOnlyFilesystem => "make the change where the file comes from",
        io::ErrorKind::NotADirectory => "a file is in the place of its directory: move it away",
        _ => "fix that and try again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_stay_inside_the_text() {
        assert_eq!(position("", 9), (1, 1));
        assert_eq!(position("a\nöx", 4), (2, 2));
        assert_eq!(position("a\nöx", 3), (2, 1));
        assert_eq!(position("a\n", 99), (2, 1));
    }

    #[test]
    fn possible_tokens_are_redacted() {
        let token = "0123456789abcdef".repeat(4);
        for text in [token.as_str(), &format!("\"{token}\""), "\"https://me:secret@host\""] {
            assert_eq!(redacted(text, 0..text.len(), "a string"), "a string");
        }
        assert_eq!(redacted("\"10s\"", 0..5, "a string"), "\"10s\"");
    }
}
