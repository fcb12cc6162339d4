//! What is wrong with a configuration, where, and what would be right.

use std::ops::Range;

use toml_edit::TomlError;

/// The first thing in a configuration that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {fault}")]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1; one past the line's end where something is missing there.
    pub column: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong, in one line that says what is allowed. Holds no text that could be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),
    /// A setting has a value that it may not have.
    #[error("{setting} {found}; allowed is {allowed}")]
    Refused {
        /// The setting's key.
        setting: &'static str,
        /// `is "10s"`, or `has 1001` for one of several.
        found: String,
        /// The values that it may have, with an example where that helps.
        allowed: String,
    },
    /// A key is no setting, or not one that belongs there.
    #[error("{key} is not a setting{place}; {hint}")]
    Unknown {
        /// The key.
        key: String,
        /// Empty, or ` of an account`.
        place: &'static str,
        /// What the user may have meant.
        hint: String,
    },
    /// An account lacks a key that it must have.
    #[error("this account has no {key}; add one, for example {key} = \"{example}\"")]
    Missing {
        /// The key.
        key: &'static str,
        /// A value that would do.
        example: String,
    },
    /// Two accounts have the same id or name.
    #[error("{key} is {found}, as is that of the account at line {line}; each account needs its own")]
    Taken {
        /// The key.
        key: &'static str,
        /// The value of both.
        found: String,
        /// Where the first of them has it.
        line: usize,
    },
}

impl Problem {
    /// A problem at byte `at` of `source`.
    pub(super) fn at(source: &str, at: usize, fault: Fault) -> Problem {
        let (line, column) = position(source, at);
        Problem { line, column, fault }
    }

    /// What the TOML parser refused.
    pub(super) fn syntax(source: &str, error: &TomlError) -> Problem {
        let message: Vec<&str> = error.message().split_whitespace().collect();
        let at = error.span().map_or(source.len(), |span| span.start);
        Problem::at(source, at, Fault::Syntax(message.join(" ")))
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

/// The text at `span` where a message may show it, else `otherwise`.
pub(super) fn shown(source: &str, span: Option<Range<usize>>, otherwise: &str) -> String {
    let text = span.and_then(|span| source.get(span)).unwrap_or_default();
    let unfit = text.is_empty() || text.chars().count() > 80 || text.chars().any(char::is_control);
    if unfit || secret(text) { otherwise.to_owned() } else { text.to_owned() }
}

/// Whether `text` may hold a token, which is 64 hexadecimal digits, or an address with a password.
fn secret(text: &str) -> bool {
    text.contains('@')
        || text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|run| run.len() >= 24 && run.contains(|c: char| c.is_ascii_digit()))
}

/// A TOML type's name as a sentence has it.
pub(super) fn kind_in_words(kind: &str) -> &'static str {
    match kind {
        "string" => "a string",
        "integer" => "a whole number",
        "float" => "a decimal number",
        "boolean" => "a boolean",
        "datetime" => "a date",
        "array" => "a list",
        "inline table" | "table" => "a table",
        "array of tables" => "a list of tables",
        _ => "something else",
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
    fn what_may_be_a_token_is_never_shown() {
        let token = "0123456789abcdef".repeat(4);
        for text in [token.as_str(), &format!("\"{token}\""), "\"https://me:secret@host\""] {
            assert_eq!(shown(text, Some(0..text.len()), "a string"), "a string");
        }
        assert_eq!(shown("\"10s\"", Some(0..5), "a string"), "\"10s\"");
    }
}
