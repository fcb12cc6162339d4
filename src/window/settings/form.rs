//! The settings form: the texts that the user typed, and what is wrong with them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::config::{AccountConfig, Config, FormField, IconAccount, SETTINGS, Section};
use crate::storage::config::Patch;
use crate::window::allowed::{text_of, value_of};

/// The headings, in order.
pub const SECTIONS: [(&str, Section); 4] = [
    ("Display", Section::Display),
    ("Polling", Section::Polling),
    ("Alerts", Section::Alerts),
    ("History", Section::History),
];

/// The form. Values stay text until they are saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsForm {
    /// The text of each field, by the setting's key.
    typed: BTreeMap<&'static str, String>,
    /// The texts of the saved settings. A field with a different text was changed by the user.
    old: BTreeMap<&'static str, String>,
    /// The saved settings.
    base: Patch,
    /// Whether saving was refused because of invalid fields.
    refused: bool,
    /// The field that gets the focus next.
    pub focus: Option<&'static str>,
}

impl SettingsForm {
    /// The form for `config`.
    pub fn from_config(config: &Config) -> SettingsForm {
        let old = texts(config);
        SettingsForm {
            typed: old.clone(),
            old,
            base: Patch::from_settings(config),
            refused: false,
            focus: None,
        }
    }

    pub fn text(&self, key: &str) -> &str {
        self.typed.get(key).map_or("", String::as_str)
    }

    /// Stores the new text of a field.
    pub fn set(&mut self, key: &'static str, text: String) {
        self.typed.insert(key, text);
    }

    /// What to enter instead, if the field is invalid.
    pub fn expects(&self, key: &str, field: &FormField) -> Option<&'static str> {
        self.change(key, field)?.err()
    }

    /// The field's new value, or what to enter instead; `None` if it was not changed. A saved value is always valid.
    fn change(&self, key: &str, field: &FormField) -> Option<Result<Value, &'static str>> {
        let text = self.typed.get(key).filter(|text| self.old.get(key) != Some(text))?;
        let value = value_of(key, field, text);
        (value.as_ref().ok() != self.base.get(key)).then_some(value)
    }

    /// Whether there are unsaved changes.
    pub fn differs(&self) -> bool {
        fields().any(|(key, field)| self.change(key, field).is_some())
    }

    /// The labels of the invalid fields after saving was refused.
    pub fn refused(&self) -> Vec<&'static str> {
        let wrong = fields().filter(|(key, field)| self.refused && self.expects(key, field).is_some());
        wrong.map(|(_, field)| field.label).collect()
    }

    /// Follows new settings. Unsaved changes stay.
    pub fn follow(&mut self, config: &Config) {
        let new = SettingsForm::from_config(config);
        for (key, field) in fields() {
            let (old, text) = (self.old.get(key), new.text(key).to_owned());
            // A change that was saved now is shown as in the file.
            let saved = || {
                old != Some(&text) && value_of(key, field, self.text(key)).ok().as_ref() == new.base.get(key)
            };
            if self.typed.get(key) == old || saved() {
                self.typed.insert(key, text);
            }
        }
        (self.old, self.base) = (new.old, new.base);
    }

    /// The changes; if a field is invalid, `None`, and it gets the focus.
    pub fn submit(&mut self) -> Option<Patch> {
        let mut changes = Vec::new();
        self.focus = None;
        for (key, field) in fields() {
            match self.change(key, field) {
                None => {}
                Some(Ok(value)) => changes.push((key, value)),
                Some(Err(_)) => self.focus = self.focus.or(Some(key)),
            }
        }
        self.refused = self.focus.is_some();
        (!self.refused).then(|| changes.into_iter().collect())
    }
}

/// The settings that have a field, in the order of the page.
pub fn fields() -> impl Iterator<Item = (&'static str, &'static FormField)> {
    SECTIONS.iter().flat_map(|(_, section)| fields_of(*section))
}

/// Those of one section.
pub fn fields_of(section: Section) -> impl Iterator<Item = (&'static str, &'static FormField)> {
    let fields = SETTINGS.iter().filter_map(|spec| Some((spec.key, spec.field.as_ref()?)));
    fields.filter(move |(_, field)| field.section == section)
}

fn texts(config: &Config) -> BTreeMap<&'static str, String> {
    let values = Patch::from_settings(config);
    fields().filter_map(|(key, _)| Some((key, text_of(values.get(key)?)))).collect()
}

/// The choices for the icon's account, with their labels.
pub fn icon_accounts(config: &Config) -> Vec<(String, String)> {
    let of = |account: &AccountConfig| (account.id.to_string(), account.name.clone());
    let highest = (IconAccount::Highest.into(), "The account with the highest percentage".to_owned());
    std::iter::once(highest).chain(config.accounts.iter().map(of)).collect()
}

/// Gives `field` its new value unless the user changed it.
pub fn follow<T: PartialEq>(field: &mut T, old: &T, new: T) {
    if *field == *old {
        *field = new;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::config::IconStyle;

    fn typed(config: &Config, fields: &[(&'static str, &str)]) -> SettingsForm {
        let mut form = SettingsForm::from_config(config);
        fields.iter().for_each(|(key, text)| form.set(key, (*text).to_owned()));
        form
    }

    #[test]
    fn only_what_was_changed_is_written() {
        let config = Config::default();
        let mut form = SettingsForm::from_config(&config);
        assert!(!form.differs());
        assert_eq!(form.submit(), Some(Patch::default()));
        let mut form = typed(&config, &[("thresholds", "70,100"), ("icon", "bar")]);
        assert!(form.differs());
        let wanted = Config { icon: IconStyle::Bar, thresholds: vec![70, 100], ..Config::default() };
        assert_eq!(form.submit(), Some(Patch::between(&config, &wanted)));
    }

    #[test]
    fn an_emptied_title_is_taken_out() {
        let config = Config { title: Some("{name}".parse().unwrap()), ..Config::default() };
        let mut form = typed(&config, &[("title", " ")]);
        assert_eq!(form.submit(), Some(Patch::between(&config, &Config::default())));
    }

    #[test]
    fn what_others_change_meanwhile_is_not_written_back() {
        let mut form = typed(&Config::default(), &[("thresholds", "70,100")]);
        form.follow(&Config { icon: IconStyle::Number, history_months: 5, ..Config::default() });
        assert_eq!((form.text("icon"), form.text("history_months")), ("number", "5"));
        assert_eq!(form.submit(), Some(Patch::from_iter([("thresholds", vec![70, 100].into())])));
    }

    #[test]
    fn the_same_value_in_other_words_is_no_change() {
        let saved = Config { poll_interval: Duration::from_secs(90), ..Config::default() };
        let mut form = typed(&Config::default(), &[("poll_interval", "90s"), ("thresholds", "80 90 100")]);
        assert!(form.differs());
        form.follow(&saved);
        assert!(!form.differs());
        assert_eq!((form.text("poll_interval"), form.text("thresholds")), ("1m30s", "80 90 100"));
    }

    #[test]
    fn invalid_field_says_what_to_enter_and_blocks_saving() {
        let (_, interval) = fields().find(|(key, _)| *key == "poll_interval").unwrap();
        let mut form = typed(&Config::default(), &[("history_months", "0"), ("poll_interval", "10s")]);
        assert!(form.expects("poll_interval", interval).unwrap().contains("between 1 minute and 24 hours"));
        assert!(form.refused().is_empty(), "nobody has tried to save it");
        assert_eq!(form.submit(), None);
        // First on the page, not in the file.
        assert_eq!(form.focus, Some("poll_interval"));
        assert_eq!(form.refused(), ["Poll interval", "Months kept"]);
        form.set("poll_interval", "10m".to_owned());
        assert_eq!(form.expects("poll_interval", interval), None);
        assert_eq!(form.refused(), ["Months kept"]);
    }
}
