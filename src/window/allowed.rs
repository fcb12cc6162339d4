//! What a field's text means, by the words of the configuration's own reader: a value is allowed here if, and only if,
//! it is allowed in the file.

use serde_json::Value;

use crate::domain::config::Control;
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

/// The value of the setting `key` in a field that has this text; else what is wrong with it.
pub fn value_of(key: &str, control: Control, text: &str) -> Result<Value, String> {
    let value = match control {
        // It is one of what is offered.
        Control::List(_) | Control::Radio(_) | Control::Account => return Ok(text.into()),
        Control::Switch(_) => return Ok((text == "true").into()),
        Control::Optional if text.trim().is_empty() => return Ok(Value::Null),
        Control::Line(_) | Control::Optional => text.trim().into(),
        Control::Number => number(text.trim()),
        Control::Numbers => {
            let words = text.split([',', ';', ' ']).map(str::trim).filter(|word| !word.is_empty());
            words.map(number).collect()
        }
        Control::Command => text.lines().filter(|line| !line.is_empty()).collect(),
    };
    check(key, &value).map_err(|error| error.to_string())
}

/// `80, 90, 100`
pub fn thresholds(text: &str) -> Result<Vec<u16>, String> {
    let value = value_of("thresholds", Control::Numbers, text)?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// A list as a field has it: `80, 90, 100`.
pub fn listed(numbers: &[u16]) -> String {
    text_of(&numbers.into())
}

/// What is no number goes to the reader as it was typed: it says what is wrong with it.
fn number(word: &str) -> Value {
    word.trim_end_matches('%').parse::<i64>().map_or_else(|_| word.into(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::SETTINGS;

    fn read(key: &str, text: &str) -> Result<Value, String> {
        let spec = SETTINGS.iter().find(|spec| spec.key == key).unwrap();
        value_of(spec.key, spec.field.as_ref().unwrap().control, text)
    }

    #[test]
    fn a_field_is_held_to_what_the_file_is_held_to() {
        assert_eq!(thresholds("80, 90 ,100%"), Ok(vec![80, 90, 100]));
        assert_eq!(
            thresholds("80, 1001").unwrap_err(),
            "thresholds is [80, 1001]; allowed is a list of whole percents from 1 to 1000, rising, for example [80, 90, 100]"
        );
        assert!(thresholds("").is_err() && thresholds("90, 80").is_err() && thresholds("a").is_err());
        assert_eq!(read("token_expiry_alert_days", ""), Ok(Value::Array(vec![])));
        assert_eq!(read("poll_interval", " 90s "), Ok("1m30s".into()));
        assert_eq!(
            read("poll_interval", "10s").unwrap_err(),
            "poll_interval is \"10s\"; allowed is \"1m\" to \"24h\", for example \"5m\""
        );
        assert_eq!(read("history_months", "25"), Ok(25.into()));
        assert!(read("history_months", "0").is_err() && read("history_months", "x").is_err());
        assert_eq!(read("on_alert", "logger\n-t\na b\n"), Ok(vec!["logger", "-t", "a b"].into()));
        assert!(read("api_url", "http://api.linode.com").is_err());
    }

    #[test]
    fn an_interval_is_shown_as_it_is_read() {
        for text in ["1m", "5m", "1h30m", "24h", "1h1s"] {
            assert_eq!(text_of(&read("poll_interval", text).unwrap()), text);
        }
    }
}
