//! From the file's text to a [`Config`].

use std::collections::HashMap;
use std::hash::Hash;

use toml_edit::{Document, Item, TableLike};

use super::error::{ParseError, ParseErrorKind, position, redacted};
use super::values::{self, Found, HIGHEST};
use crate::domain::config::{Account, AccountId, Config, IconAccount};
use crate::domain::usage::PoolId;

/// The settings, in the order in which the documentation lists them.
const SETTINGS: &[&str] = &[
    "api_url",
    "poll_interval",
    "show_as",
    "icon",
    "icon_account",
    "icon_color",
    "thresholds",
    "forecast_alert",
    "token_expiry_alert_days",
    "history_months",
    "on_alert",
    "accounts",
];

/// The settings of an account.
const ACCOUNT_SETTINGS: &[&str] =
    &["id", "name", "watch", "thresholds", "show_as", "token_command", "muted", "enabled"];

/// Reads a configuration. What it does not set is at its default.
///
/// # Errors
/// The first [`ParseError`] in the order of the text. A byte order mark counts as no column.
pub fn parse(text: &str) -> Result<Config, ParseError> {
    let source = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse(source).map_err(|error| ParseError::syntax(source, &error))?;
    let mut config = Config::default();
    let mut icon_account = None;
    for found in settings(source, document.as_table(), SETTINGS) {
        let found = found?;
        match found.setting {
            "api_url" => config.api_url = values::api_url(&found)?,
            "poll_interval" => config.poll_interval = values::poll_interval(&found)?,
            "show_as" => config.show_as = values::word(&found)?,
            "icon" => config.icon = values::word(&found)?,
            "icon_account" => icon_account = Some(found),
            "icon_color" => config.icon_color = values::word(&found)?,
            "thresholds" => config.thresholds = values::thresholds(&found)?,
            "forecast_alert" => config.forecast_alert = values::boolean(&found)?,
            "token_expiry_alert_days" => config.token_expiry_alert_days = values::expiry_days(&found)?,
            "history_months" => config.history_months = values::history_months(&found)?,
            "on_alert" => config.on_alert = values::on_alert(&found)?,
            _ => config.accounts = accounts(&found)?,
        }
    }
    // It names an entry, so that it can be judged only when all of them are known.
    if let Some(found) = icon_account {
        config.icon_account = icon_of(&found, &config.accounts)?;
    }
    Ok(config)
}

/// Each setting of `table` with its place, or the error that its key is none of `known`.
fn settings<'a>(
    source: &'a str,
    table: &'a dyn TableLike,
    known: &'static [&'static str],
) -> impl Iterator<Item = Result<Found<'a>, ParseError>> {
    table.iter().map(move |(key, item)| {
        let key_span = table.key(key).and_then(|key| key.span());
        let key_at = key_span.clone().map_or(0, |span| span.start);
        match known.iter().find(|known| **known == key) {
            Some(setting) => {
                // A table made by dotted keys has no place of its own.
                let at = item.span().filter(|span| !span.is_empty()).map_or(key_at, |span| span.start);
                Ok(Found { source, setting, item, at })
            }
            None => {
                let kind = ParseErrorKind::Unknown {
                    key: redacted(source, key_span, "this"),
                    place: if known == ACCOUNT_SETTINGS { " of an account" } else { "" },
                    hint: hint(key, known),
                };
                Err(ParseError::at(source, key_at, kind))
            }
        }
    })
}

fn icon_of(found: &Found<'_>, accounts: &[Account]) -> Result<IconAccount, ParseError> {
    let word = found.item.as_str();
    if word == Some(HIGHEST) {
        return Ok(IconAccount::Highest);
    }
    if let Some(account) = accounts.iter().find(|account| word == Some(account.id.as_str())) {
        return Ok(IconAccount::Id(account.id.clone()));
    }
    let ids: Vec<String> = accounts.iter().map(|account| format!("\"{}\"", account.id)).collect();
    Err(found.refused(match ids.as_slice() {
        [] => format!("\"{HIGHEST}\", or an account's id once there is one"),
        ids => format!("\"{HIGHEST}\" or an account's id: {}", values::one_of(ids)),
    }))
}

fn accounts(found: &Found<'_>) -> Result<Vec<Account>, ParseError> {
    let mut seen = Seen::default();
    match found.item {
        Item::ArrayOfTables(tables) => tables
            .iter()
            .map(|table| account(found, table, table.span().map_or(found.at, |span| span.start), &mut seen))
            .collect(),
        item => {
            let allowed = "an [[accounts]] block for each account";
            let list = item.as_array().ok_or_else(|| found.refused(allowed))?;
            let read = |value: &toml_edit::Value, seen: &mut Seen| {
                let at = value.span().map_or(found.at, |span| span.start);
                let table = value.as_inline_table().ok_or_else(|| found.refused_one(value, allowed))?;
                account(found, table, at, seen)
            };
            list.iter().map(|value| read(value, &mut seen)).collect()
        }
    }
}

fn account(
    accounts: &Found<'_>,
    table: &dyn TableLike,
    at: usize,
    seen: &mut Seen,
) -> Result<Account, ParseError> {
    let mut id = None;
    let mut name = None;
    let mut watch = PoolId::Global;
    let (mut thresholds, mut show_as, mut token_command) = (None, None, None);
    let (mut muted, mut enabled) = (false, true);
    for found in settings(accounts.source, table, ACCOUNT_SETTINGS) {
        let found = found?;
        match found.setting {
            "id" => id = Some(unique(values::id(&found)?, &found, &mut seen.ids)?),
            "name" => name = Some(unique(values::name(&found)?, &found, &mut seen.names)?),
            "watch" => watch = values::watch(&found)?,
            "thresholds" => thresholds = Some(values::thresholds(&found)?),
            "show_as" => show_as = Some(values::word(&found)?),
            "token_command" => token_command = Some(values::token_command(&found)?),
            "muted" => muted = values::boolean(&found)?,
            _ => enabled = values::boolean(&found)?,
        }
    }
    let missing =
        |key, example: String| ParseError::at(accounts.source, at, ParseErrorKind::Missing { key, example });
    let name = name.ok_or_else(|| missing("name", "Acme".to_owned()))?;
    let id = id.ok_or_else(|| {
        let made =
            AccountId::from_name(&name, |id| id == HIGHEST || seen.ids.keys().any(|i| i.as_str() == id));
        missing("id", made.to_string())
    })?;
    Ok(Account { watch, thresholds, show_as, token_command, muted, enabled, ..Account::new(id, &name) })
}

/// The ids and names that were read, and where.
#[derive(Default)]
struct Seen {
    ids: HashMap<AccountId, usize>,
    names: HashMap<String, usize>,
}

fn unique<T: Clone + Eq + Hash>(
    value: T,
    found: &Found<'_>,
    seen: &mut HashMap<T, usize>,
) -> Result<T, ParseError> {
    match seen.get(&value) {
        Some(&at) => {
            let (line, _) = position(found.source, at);
            let kind = ParseErrorKind::Taken { key: found.setting, found: found.redacted(), line };
            Err(ParseError::at(found.source, found.at, kind))
        }
        None => {
            seen.insert(value.clone(), found.at);
            Ok(value)
        }
    }
}

/// What the user may have meant by an unknown `key`.
fn hint(key: &str, known: &'static [&'static str]) -> String {
    let word = key.to_lowercase().replace('-', "_");
    if word.contains("token") && !word.contains("command") && !word.contains("expiry") {
        return "tokens are never in this file: `linode-bandwidth accounts token NAME` keeps one".to_owned();
    }
    if known == ACCOUNT_SETTINGS && SETTINGS.contains(&key) {
        return "it goes above the first [[accounts]]".to_owned();
    }
    if known == SETTINGS && ACCOUNT_SETTINGS.contains(&key) {
        return "it goes into an [[accounts]] block".to_owned();
    }
    let nearest = known.iter().map(|known| (distance(&word, known), known)).min();
    match nearest {
        Some((distance, known)) if distance <= known.len().min(word.len()).div_ceil(3) => {
            format!("did you mean {known}?")
        }
        _ => format!("the settings are {}", known.join(", ")),
    }
}

/// How many characters must be put in, taken out or replaced to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    // Nothing longer than this is a slip of a setting's name.
    if a.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (to, above) in b.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(from != to)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_single_changes() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("icon", "icon"), 0);
    }
}
