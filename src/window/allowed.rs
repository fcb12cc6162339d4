//! Parses the texts of fields. A field accepts exactly what the configuration's reader accepts in the file; the
//! messages are the form's.

use serde_json::Value;

use crate::domain::config::{Control, FormField, THRESHOLDS_EXPECTED};
use crate::storage::config::check;

/// The text of a field with this value.
pub fn text_of(value: &Value) -> String {
    let words = |list: &[Value]| list.iter().map(text_of).collect::<Vec<_>>();
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(Value::is_string) => words(list).join("\n"),
        Value::Array(list) => words(list).join(", "),
        other => other.to_string(),
    }
}

/// The value of the setting `key` for this text, or what to enter instead.
pub fn value_of(key: &str, field: &FormField, text: &str) -> Result<Value, &'static str> {
    let value = match field.control {
        // One of the choices.
        Control::List(_) | Control::Radio(_) | Control::Account => return Ok(text.into()),
        Control::Switch(_) => return Ok((text == "true").into()),
        Control::Optional if text.trim().is_empty() => return Ok(Value::Null),
        Control::Line(_) | Control::Optional => text.trim().into(),
        Control::Number => number(text.trim()),
        Control::Numbers => numbers(text),
        Control::Command => text.lines().filter(|line| !line.is_empty()).collect(),
    };
    check(key, &value).map_err(|_| field.expects)
}

/// `80, 90, 100`, or what to enter instead.
pub fn thresholds(text: &str) -> Result<Vec<u16>, &'static str> {
    let value = check("thresholds", &numbers(text)).map_err(|_| THRESHOLDS_EXPECTED)?;
    serde_json::from_value(value).map_err(|_| THRESHOLDS_EXPECTED)
}

/// A list in a field's format: `80, 90, 100`.
pub fn listed(numbers: &[u16]) -> String {
    text_of(&numbers.into())
}

fn numbers(text: &str) -> Value {
    text.split([',', ';', ' ']).map(str::trim).filter(|word| !word.is_empty()).map(number).collect()
}

/// Passes text that is not a number to the reader, which rejects it.
fn number(word: &str) -> Value {
    word.trim_end_matches('%').parse::<i64>().map_or_else(|_| word.into(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::SETTINGS;

    fn read(key: &str, text: &str) -> Result<Value, &'static str> {
        let spec = SETTINGS.iter().find(|spec| spec.key == key).unwrap();
        value_of(spec.key, spec.field.as_ref().unwrap(), text)
    }

    #[test]
    fn field_allows_what_the_file_allows_with_its_own_message() {
        assert_eq!(thresholds("80, 90 ,100%"), Ok(vec![80, 90, 100]));
        for wrong in ["80, 1001", "", "90, 80", "a"] {
            assert_eq!(thresholds(wrong), Err(THRESHOLDS_EXPECTED), "{wrong}");
        }
        assert_eq!(read("token_expiry_alert_days", ""), Ok(Value::Array(vec![])));
        assert_eq!(read("poll_interval", " 90s "), Ok("1m30s".into()));
        assert_eq!(read("history_months", "25"), Ok(25.into()));
        assert_eq!(read("on_alert", "logger\n-t\na b\n"), Ok(vec!["logger", "-t", "a b"].into()));
        for (key, wrong) in [
            ("poll_interval", "10s"),
            ("poll_interval", ""),
            ("history_months", "0"),
            ("history_months", "x"),
            ("api_url", "http://api.linode.com"),
            ("title", "{nmae}"),
            ("token_expiry_alert_days", "0"),
        ] {
            let expected = read(key, wrong).unwrap_err();
            assert!(expected.starts_with("Enter ") && !expected.contains(key), "{key}: {expected:?}");
        }
    }

    #[test]
    fn an_interval_is_shown_as_it_is_read() {
        for text in ["1m", "5m", "1h30m", "24h", "1h1s"] {
            assert_eq!(text_of(&read("poll_interval", text).unwrap()), text);
        }
    }
}
