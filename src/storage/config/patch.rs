//! A set of changed settings, sent between processes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ParseErrorKind;
use super::layout::toml_value;
use super::parse::parse;

/// Changes to a configuration or an account: keys and new values; null removes a setting. Other settings stay
/// as they are, so that concurrent edits are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch(Map<String, Value>);

impl FromIterator<(&'static str, Value)> for Patch {
    fn from_iter<I: IntoIterator<Item = (&'static str, Value)>>(changes: I) -> Patch {
        Patch(changes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl Patch {
    /// The changes from `before` to `after`.
    pub fn between<T: Serialize>(before: &T, after: &T) -> Patch {
        let before = fields(before);
        Patch(fields(after).into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect())
    }

    pub fn from_settings<T: Serialize>(settings: &T) -> Patch {
        Patch(fields(settings))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `settings` with these changes; `None` if a value has the wrong type.
    pub(super) fn apply<T: Serialize + DeserializeOwned>(&self, settings: &T) -> Option<T> {
        let mut fields = fields(settings);
        fields.extend(self.0.clone());
        serde_json::from_value(Value::Object(fields)).ok()
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

/// Normalizes the value of setting `key` as the parser does: `90s` becomes `1m30s`.
///
/// # Errors
/// The parser's, for an invalid value.
pub fn check(key: &str, value: &Value) -> Result<Value, ParseErrorKind> {
    let text = toml_value(value).map(|value| value.to_string()).unwrap_or_default();
    let config = parse(&format!("{key} = {text}\n")).map_err(|error| error.kind)?;
    Ok(Patch::from_settings(&config).get(key).cloned().unwrap_or_default())
}

fn fields<T: Serialize>(settings: &T) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
