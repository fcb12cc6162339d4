//! Parses the file's text into a [`Config`].

use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer};
use toml::{Spanned, de};

use super::error::{ParseError, ParseErrorKind, kind_in_words, position, redacted};
use crate::domain::config::{ACCOUNT_SETTINGS, AccountId, Config, SETTINGS, SettingSpec, check_name};

/// Parses a configuration. Missing settings have their defaults. A byte order mark does not count as a column.
///
/// # Errors
/// The first unknown key, else the first invalid value.
pub fn parse(text: &str) -> Result<Config, ParseError> {
    let source = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = DeTable::parse(source).map_err(|error| ParseError::syntax(source, &error))?;
    let accounts = account_tables(root.get_ref());
    check_keys(source, root.get_ref(), SETTINGS)?;
    for (_, account) in &accounts {
        check_keys(source, account, ACCOUNT_SETTINGS)?;
    }
    let config = Config::deserialize(Deserializer::from(root.clone()))
        .map_err(|error| wrong_type(source, root.get_ref(), &accounts, &error))?;
    check_values(source, root.get_ref(), SETTINGS, &config)?;
    for ((_, table), account) in accounts.iter().zip(&config.accounts) {
        check_values(source, table, ACCOUNT_SETTINGS, account)?;
    }
    for key in ["id", "name"] {
        check_unique(source, &accounts, key)?;
    }
    Ok(config)
}

/// A table and its position.
type Section<'a> = (Range<usize>, &'a DeTable<'a>);

fn account_tables<'a>(root: &'a DeTable<'a>) -> Vec<Section<'a>> {
    let list = root.get("accounts").and_then(|accounts| accounts.get_ref().as_array());
    let tables = list.into_iter().flat_map(|list| list.iter());
    tables.filter_map(|table| Some((table.span(), table.get_ref().as_table()?))).collect()
}

fn check_keys<T>(source: &str, table: &DeTable<'_>, specs: &[SettingSpec<T>]) -> Result<(), ParseError> {
    let unknown = table.keys().find(|key| specs.iter().all(|spec| spec.key != key.get_ref().as_ref()));
    let Some(key) = unknown else { return Ok(()) };
    let place = if specs.iter().any(|spec| spec.key == "id") { " of an account" } else { "" };
    let known: Vec<&str> = specs.iter().map(|spec| spec.key).collect();
    let hint = hint(key.get_ref(), &known);
    let kind = ParseErrorKind::Unknown { key: redacted(source, key.span(), "this"), place, hint };
    Err(ParseError::at(source, key.span().start, kind))
}

/// A suggestion for an unknown `key`.
fn hint(key: &str, known: &[&str]) -> String {
    let word = key.to_lowercase().replace('-', "_");
    if word.contains("token") && !word.contains("command") && !word.contains("expiry") {
        return "tokens are never in this file: store one with `linode-bandwidth accounts token NAME`"
            .to_owned();
    }
    if SETTINGS.iter().any(|spec| spec.key == key) {
        return "move it above the first [[accounts]]".to_owned();
    }
    if ACCOUNT_SETTINGS.iter().any(|spec| spec.key == key) {
        return "move it into an [[accounts]] block".to_owned();
    }
    let nearest = known.iter().map(|known| (strsim::levenshtein(&word, known), known)).min();
    match nearest {
        Some((distance, known)) if distance <= known.len().min(word.len()).div_ceil(3) => {
            format!("did you mean {known}?")
        }
        _ => format!("the settings are {}", known.join(", ")),
    }
}

/// serde's error: a value of the wrong type, or an account without an id or name.
fn wrong_type(source: &str, root: &DeTable<'_>, accounts: &[Section<'_>], error: &de::Error) -> ParseError {
    let mut at = error.span().unwrap_or_default();
    for (span, account) in accounts {
        if *span == at {
            match text_of(account, "name") {
                // Check the name first: an id derived from it could show a token.
                Some(name) if check_name(name).is_err() => at = account.get("name").map_or(at, Spanned::span),
                name => {
                    let is_taken = |id: &str| accounts.iter().any(|(_, a)| text_of(a, "id") == Some(id));
                    let id = |name| ("id", AccountId::from_name(name, is_taken).to_string());
                    let (key, example) = name.map_or_else(|| ("name", "Acme".to_owned()), id);
                    return ParseError::at(source, at.start, ParseErrorKind::Missing { key, example });
                }
            }
        }
        if let Some(error) = refused_at(source, account, ACCOUNT_SETTINGS, &at) {
            return error;
        }
    }
    let otherwise = || ParseErrorKind::Syntax("a value of a wrong type".to_owned());
    refused_at(source, root, SETTINGS, &at).unwrap_or_else(|| ParseError::at(source, at.start, otherwise()))
}

/// The error for the setting in `table` whose value covers `at`.
fn refused_at<T>(
    source: &str,
    table: &DeTable<'_>,
    specs: &[SettingSpec<T>],
    at: &Range<usize>,
) -> Option<ParseError> {
    let covers = |value: &Spanned<DeValue<'_>>| value.span().start <= at.start && at.end <= value.span().end;
    let (key, value) = table.iter().find(|(_, value)| covers(value))?;
    let spec = specs.iter().find(|spec| spec.key == key.get_ref().as_ref())?;
    let elements = value.get_ref().as_array().into_iter().flat_map(|list| list.iter());
    Some(match elements.into_iter().find(|element| covers(element) && element.span() != value.span()) {
        Some(element) => refused(source, spec, "has", element),
        None => refused(source, spec, "is", value),
    })
}

fn refused<T>(source: &str, spec: &SettingSpec<T>, verb: &str, value: &Spanned<DeValue<'_>>) -> ParseError {
    let kind = kind_in_words(value.get_ref());
    // A table's text is scattered over the file, so only name its kind.
    let found = match spec.is_secret || value.get_ref().is_table() {
        true => kind.to_owned(),
        false => redacted(source, value.span(), kind),
    };
    let found = format!("{verb} {found}");
    let kind = ParseErrorKind::Refused { setting: spec.key, found, allowed: spec.allowed };
    ParseError::at(source, value.span().start, kind)
}

fn check_values<T>(
    source: &str,
    table: &DeTable<'_>,
    specs: &[SettingSpec<T>],
    settings: &T,
) -> Result<(), ParseError> {
    for (key, value) in table {
        let spec = specs.iter().find(|spec| spec.key == key.get_ref().as_ref());
        if let Some(spec) = spec.filter(|spec| !(spec.is_valid)(settings)) {
            return Err(refused(source, spec, "is", value));
        }
    }
    Ok(())
}

fn check_unique(source: &str, accounts: &[Section<'_>], key: &'static str) -> Result<(), ParseError> {
    for (index, (_, account)) in accounts.iter().enumerate() {
        let first =
            accounts.iter().take(index).find(|(_, other)| text_of(other, key) == text_of(account, key));
        let spans = first.and_then(|(_, first)| Some((first.get(key)?.span(), account.get(key)?.span())));
        if let Some((first, second)) = spans {
            let (line, _) = position(source, first.start);
            let found = redacted(source, second.clone(), "a string");
            return Err(ParseError::at(source, second.start, ParseErrorKind::Taken { key, found, line }));
        }
    }
    Ok(())
}

fn text_of<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    table.get(key)?.get_ref().as_str()
}
