//! One small function for each kind of setting: from TOML to the domain's value, or why not.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml_edit::{Item, Value};

use super::error::{ParseError, ParseErrorKind, kind_in_words, redacted};
use crate::domain::config::{AccountId, ApiUrl, ConfigEnum, check_name};
use crate::domain::usage::PoolId;

/// `icon_account`'s word for the entry with the highest percentage; no entry's id may be the same.
pub(super) const HIGHEST: &str = "highest";

/// A setting as it stands in the file.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) source: &'a str,
    pub(super) setting: &'static str,
    pub(super) item: &'a Item,
    /// Where it stands, in bytes.
    pub(super) at: usize,
}

impl Found<'_> {
    /// The value as a message may show it. Tables are only named: their text lies about in the file.
    pub(super) fn redacted(&self) -> String {
        let span = self.item.as_value().and_then(|value| value.span());
        redacted(self.source, span, kind_in_words(self.item.type_name()))
    }

    /// The refusal of the whole value.
    pub(super) fn refused(&self, allowed: impl Into<String>) -> ParseError {
        self.error_at(self.at, format!("is {}", self.redacted()), allowed)
    }

    /// The refusal of one of several values.
    pub(super) fn refused_one(&self, value: &Value, allowed: impl Into<String>) -> ParseError {
        let found = format!("has {}", redacted(self.source, value.span(), kind_in_words(value.type_name())));
        self.error_at(value.span().map_or(self.at, |span| span.start), found, allowed)
    }

    fn error_at(&self, at: usize, found: String, allowed: impl Into<String>) -> ParseError {
        let kind = ParseErrorKind::Refused { setting: self.setting, found, allowed: allowed.into() };
        ParseError::at(self.source, at, kind)
    }

    /// The string that `convert` takes.
    fn string<T>(&self, convert: impl Fn(&str) -> Option<T>, allowed: &str) -> Result<T, ParseError> {
        self.item.as_str().and_then(convert).ok_or_else(|| self.refused(allowed))
    }
}

pub(super) fn boolean(found: &Found<'_>) -> Result<bool, ParseError> {
    found.item.as_bool().ok_or_else(|| found.refused("true or false"))
}

pub(super) fn word<W: ConfigEnum>(found: &Found<'_>) -> Result<W, ParseError> {
    let words: Vec<String> = W::VARIANTS.iter().map(|(word, _)| format!("{word:?}")).collect();
    found.string(W::parse, &one_of(&words))
}

pub(super) fn api_url(found: &Found<'_>) -> Result<ApiUrl, ParseError> {
    found.string(|text| text.parse().ok(), API_URL)
}

/// What an API address may be.
pub(super) const API_URL: &str =
    "an https address, or http on a loopback address, without a name, password, query or fragment";

pub(super) fn poll_interval(found: &Found<'_>) -> Result<Duration, ParseError> {
    found.string(interval, "\"1m\" to \"24h\", for example \"5m\"")
}

fn interval(text: &str) -> Option<Duration> {
    let mut seconds = 0u64;
    let mut rest = text;
    for (unit, length) in UNITS {
        if let Some((count, after)) = rest.split_once(unit)
            && !count.is_empty()
            && count.bytes().all(|b| b.is_ascii_digit())
        {
            seconds = seconds.checked_add(count.parse::<u64>().ok()?.checked_mul(length)?)?;
            rest = after;
        }
    }
    let right = rest.is_empty() && (60..=24 * 3600).contains(&seconds);
    right.then(|| Duration::from_secs(seconds))
}

/// The units of an interval and their seconds, in the order in which they are written.
const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

/// `interval` as the file has it: `1h30m`.
pub(super) fn interval_text(interval: Duration) -> String {
    let mut text = String::new();
    let mut rest = interval.as_secs();
    for (unit, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    text
}

pub(super) fn thresholds(found: &Found<'_>) -> Result<Vec<u16>, ParseError> {
    let allowed = "a list of whole percents from 1 to 1000, rising, for example [80, 90, 100]";
    let mut rising = Vec::new();
    for value in found.item.as_array().ok_or_else(|| found.refused(allowed))? {
        match whole(value, 1..=1000) {
            Some(percent) if rising.last().is_none_or(|last| *last < percent) => rising.push(percent),
            _ => return Err(found.refused_one(value, allowed)),
        }
    }
    if rising.is_empty() { Err(found.refused(allowed)) } else { Ok(rising) }
}

pub(super) fn expiry_days(found: &Found<'_>) -> Result<Vec<u16>, ParseError> {
    let allowed = "a list of whole days from 1 to 365, each once, for example [7, 1]";
    let mut seen = HashSet::new();
    let mut days = Vec::new();
    for value in found.item.as_array().ok_or_else(|| found.refused(allowed))? {
        match whole(value, 1..=365) {
            Some(day) if seen.insert(day) => days.push(day),
            _ => return Err(found.refused_one(value, allowed)),
        }
    }
    Ok(days)
}

pub(super) fn history_months(found: &Found<'_>) -> Result<u16, ParseError> {
    let value = found.item.as_value().and_then(|value| whole(value, 1..=1200));
    value.ok_or_else(|| found.refused("a whole number of months from 1 to 1200, for example 25"))
}

fn whole(value: &Value, range: RangeInclusive<u16>) -> Option<u16> {
    value.as_integer().and_then(|n| u16::try_from(n).ok()).filter(|n| range.contains(n))
}

pub(super) fn on_alert(found: &Found<'_>) -> Result<Vec<String>, ParseError> {
    command(
        found,
        "a list of a program and its arguments, none empty, for example [\"logger\", \"transfer\"], or []",
    )
}

pub(super) fn token_command(found: &Found<'_>) -> Result<Vec<String>, ParseError> {
    let allowed =
        "a list of a program and its arguments, none empty, for example [\"pass\", \"show\", \"linode\"]";
    match command(found, allowed)? {
        command if command.is_empty() => Err(refused_unseen(found, found.at, "is", "an empty list", allowed)),
        command => Ok(command),
    }
}

/// Commands may hold secrets, so that what is wrong with one is said without showing it.
fn command(found: &Found<'_>, allowed: &str) -> Result<Vec<String>, ParseError> {
    let Some(list) = found.item.as_array() else {
        return Err(refused_unseen(found, found.at, "is", kind_in_words(found.item.type_name()), allowed));
    };
    let mut words = Vec::new();
    for value in list {
        let what = match value.as_str() {
            Some("") => "an empty string",
            Some(word) if word.contains('\0') => "a string with a NUL character",
            Some(word) => {
                words.push(word.to_owned());
                continue;
            }
            None => kind_in_words(value.type_name()),
        };
        let at = value.span().map_or(found.at, |span| span.start);
        return Err(refused_unseen(found, at, "has", what, allowed));
    }
    Ok(words)
}

fn refused_unseen(found: &Found<'_>, at: usize, verb: &str, what: &str, allowed: &str) -> ParseError {
    found.error_at(at, format!("{verb} {what}"), allowed)
}

pub(super) fn id(found: &Found<'_>) -> Result<AccountId, ParseError> {
    if found.item.as_str() == Some(HIGHEST) {
        return Err(found.refused("any other word: icon_account has a use for this one"));
    }
    found.string(|text| text.parse().ok(), "a-z, 0-9 and -, at most 80 of them, for example \"acme\"")
}

pub(super) fn name(found: &Found<'_>) -> Result<String, ParseError> {
    let convert = |text: &str| check_name(text).is_ok().then(|| text.to_owned());
    let allowed = "1 to 100 characters, none of them a control character, no space at either end, and nothing that \
                   looks like a token";
    found.string(convert, allowed)
}

pub(super) fn watch(found: &Found<'_>) -> Result<PoolId, ParseError> {
    found.string(|text| text.parse().ok(), "\"global\", \"region:ID\" or \"linode:NUMBER\"")
}

/// `"a", "b" or "c"`.
pub(super) fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_one_minute_to_a_day_in_falling_units() {
        for (text, seconds) in [
            ("1m", 60),
            ("60s", 60),
            ("90s", 90),
            ("1h30m", 5400),
            ("1h1s", 3601),
            ("24h", 86_400),
            ("1440m", 86_400),
        ] {
            assert_eq!(interval(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "", "5", "m", "59s", "24h1s", "1m1h", "1m1m", "+5m", "5 m", " 5m", "1.5h", "-5m", "5M", "1d",
            "٥m",
        ] {
            assert_eq!(interval(text), None, "{text:?}");
        }
        assert_eq!(interval("99999999999999999999h"), None);
        assert_eq!(interval("18446744073709551615h"), None);
    }

    #[test]
    fn every_interval_is_written_as_it_is_read() {
        for seconds in 60..=86_400 {
            let duration = Duration::from_secs(seconds);
            assert_eq!(interval(&interval_text(duration)), Some(duration));
        }
    }
}
