//! What a field's text means, by the words of the configuration's own reader: a value is allowed here if, and only if,
//! it is allowed in the file.

use std::time::Duration;

use toml_edit::Value;

use crate::domain::config::{ApiUrl, Config};
use crate::storage::config::parse;

/// `5m`, `1h30m`
pub fn poll_interval(text: &str) -> Result<Duration, String> {
    read("poll_interval", quoted(text.trim())).map(|config| config.poll_interval)
}

/// `https://api.linode.com/v4`
pub fn api_url(text: &str) -> Result<ApiUrl, String> {
    read("api_url", quoted(text.trim())).map(|config| config.api_url)
}

/// `80, 90, 100`
pub fn thresholds(text: &str) -> Result<Vec<u16>, String> {
    read("thresholds", numbers(text)).map(|config| config.thresholds)
}

/// `7, 1`, or nothing
pub fn expiry_days(text: &str) -> Result<Vec<u16>, String> {
    read("token_expiry_alert_days", numbers(text)).map(|config| config.token_expiry_alert_days)
}

/// `25`
pub fn history_months(text: &str) -> Result<u16, String> {
    read("history_months", number(text.trim())).map(|config| config.history_months)
}

/// A program and its arguments, one a line, or nothing.
pub fn command(text: &str) -> Result<Vec<String>, String> {
    let words = text.lines().filter(|line| !line.is_empty()).map(quoted);
    read("on_alert", words.collect()).map(|config| config.on_alert)
}

/// A list as a field has it: `80, 90, 100`.
pub fn listed(numbers: &[u16]) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn read(key: &str, value: Value) -> Result<Config, String> {
    parse(&format!("{key} = {value}\n")).map_err(|error| error.kind.to_string())
}

fn quoted(text: &str) -> Value {
    Value::from(text)
}

fn numbers(text: &str) -> Value {
    let words = text.split([',', ';', ' ']).map(str::trim).filter(|word| !word.is_empty());
    words.map(number).collect()
}

/// What is no number goes to the reader as it was typed: it says what is wrong with it.
fn number(word: &str) -> Value {
    word.trim_end_matches('%').parse::<i64>().map_or_else(|_| quoted(word), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::interval_text;

    #[test]
    fn a_field_is_held_to_what_the_file_is_held_to() {
        assert_eq!(thresholds("80, 90 ,100%"), Ok(vec![80, 90, 100]));
        assert_eq!(
            thresholds("80, 1001").unwrap_err(),
            "thresholds is [80, 1001]; allowed is a list of whole percents from 1 to 1000, rising, for example [80, 90, 100]"
        );
        assert!(thresholds("").is_err() && thresholds("90, 80").is_err() && thresholds("a").is_err());
        assert_eq!(expiry_days(""), Ok(vec![]));
        assert_eq!(poll_interval(" 90s "), Ok(Duration::from_secs(90)));
        assert_eq!(
            poll_interval("10s").unwrap_err(),
            "poll_interval is \"10s\"; allowed is \"1m\" to \"24h\", for example \"5m\""
        );
        assert_eq!(history_months("25"), Ok(25));
        assert!(history_months("0").is_err() && history_months("x").is_err());
        assert_eq!(command("logger\n-t\na b\n"), Ok(vec!["logger".into(), "-t".into(), "a b".into()]));
        assert!(api_url("http://api.linode.com").is_err());
    }

    #[test]
    fn an_interval_is_shown_as_it_is_read() {
        for text in ["1m", "5m", "1h30m", "24h", "1h1s"] {
            assert_eq!(interval_text(poll_interval(text).unwrap()), text);
        }
    }
}
