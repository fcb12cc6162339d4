//! Some settings with their new values, from one program to another.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ParseErrorKind;
use super::layout::toml_value;
use super::parse::parse;

/// Changes to a configuration's settings, or to an account's: keys and new values; null takes a setting out. What it
/// does not name stays as it is, so that changes made elsewhere in the meantime are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Patch(Map<String, Value>);

impl FromIterator<(&'static str, Value)> for Patch {
    fn from_iter<I: IntoIterator<Item = (&'static str, Value)>>(changes: I) -> Patch {
        Patch(changes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl Patch {
    /// What makes `after` of `before`.
    pub fn between<T: Serialize>(before: &T, after: &T) -> Patch {
        let before = fields(before);
        Patch(fields(after).into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect())
    }

    /// All of `settings`.
    pub fn from_settings<T: Serialize>(settings: &T) -> Patch {
        Patch(fields(settings))
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `settings` with these changes; `None` where a value is not of its setting's type.
    pub(super) fn apply<T: Serialize + DeserializeOwned>(&self, settings: &T) -> Option<T> {
        let mut fields = fields(settings);
        fields.extend(self.0.clone());
        serde_json::from_value(Value::Object(fields)).ok()
    }

    /// The new value of `key`, if it has one.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

/// The value of the setting `key` as the file's reader takes it: `90s` as `1m30s`.
///
/// # Errors
/// What is wrong with it.
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
