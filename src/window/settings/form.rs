//! The settings as they are typed, and what is wrong with them.

use std::collections::BTreeMap;

use crate::domain::config::{Account, Config, FormField, IconAccount, SETTINGS};
use crate::storage::config::Patch;
use crate::window::allowed::{text_of, value_of};

/// The form. Everything that is typed stays text until it is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The text of each field, by its setting's key.
    typed: BTreeMap<&'static str, String>,
    /// What is wrong with fields, by key.
    wrong: BTreeMap<&'static str, String>,
    /// The settings that it was made from: what differs from them was typed here.
    base: Config,
}

impl Form {
    /// The form of `config`.
    pub fn of(config: &Config) -> Form {
        Form { typed: texts(config), wrong: BTreeMap::new(), base: config.clone() }
    }

    /// The text of the field of `key`, and what is wrong with it.
    pub fn field(&mut self, key: &'static str) -> (&mut String, Option<&str>) {
        (self.typed.entry(key).or_default(), self.wrong.get(key).map(String::as_str))
    }

    /// Whether something was typed that the settings don't have.
    pub fn differs(&self) -> bool {
        self.typed != texts(&self.base)
    }

    /// Takes up that the settings are now those of `config`: what was typed here stays, all else follows.
    pub fn follow(&mut self, config: &Config) {
        let old = texts(&self.base);
        for (key, new) in texts(config) {
            if self.typed.get(key) == old.get(key) {
                self.typed.insert(key, new);
            }
        }
        self.base = config.clone();
    }

    /// What was changed; else the form says what is wrong.
    pub fn submit(&mut self) -> Option<Patch> {
        let (base, old) = (Patch::of(&self.base), texts(&self.base));
        let mut changes = Vec::new();
        self.wrong.clear();
        for (key, field) in fields() {
            let Some(text) = self.typed.get(key).filter(|text| old.get(key) != Some(text)) else { continue };
            match value_of(key, field.control, text) {
                Ok(value) if base.get(key) == Some(&value) => {}
                Ok(value) => changes.push((key, value)),
                Err(wrong) => drop(self.wrong.insert(key, wrong)),
            }
        }
        self.wrong.is_empty().then(|| changes.into_iter().collect())
    }
}

/// The settings that have a field, in the order of the file.
pub fn fields() -> impl Iterator<Item = (&'static str, &'static FormField)> {
    SETTINGS.iter().filter_map(|spec| Some((spec.key, spec.field.as_ref()?)))
}

fn texts(config: &Config) -> BTreeMap<&'static str, String> {
    let values = Patch::of(config);
    fields().filter_map(|(key, _)| Some((key, text_of(values.get(key)?)))).collect()
}

/// The choices for the icon's account, with what they are called.
pub fn icon_accounts(config: &Config) -> Vec<(String, String)> {
    let of = |account: &Account| (account.id.to_string(), account.name.clone());
    let highest = (IconAccount::Highest.into(), "The one with the highest percentage".to_owned());
    std::iter::once(highest).chain(config.accounts.iter().map(of)).collect()
}

/// Gives `field` its new value, unless it has another than the old one.
pub fn follow<T: PartialEq>(field: &mut T, old: &T, new: T) {
    if *field == *old {
        *field = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::IconStyle;

    fn typed(config: &Config, fields: &[(&'static str, &str)]) -> Form {
        let mut form = Form::of(config);
        fields.iter().for_each(|(key, text)| *form.field(key).0 = (*text).to_owned());
        form
    }

    #[test]
    fn only_what_was_changed_is_written() {
        let config = Config::default();
        let mut form = Form::of(&config);
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
        assert_eq!(form.field("icon").0, "number");
        assert_eq!(form.field("history_months").0, "5");
        assert_eq!(form.submit(), Some(Patch::from_iter([("thresholds", vec![70, 100].into())])));
    }

    #[test]
    fn every_wrong_field_says_what_is_allowed_and_nothing_is_written() {
        let mut form = typed(&Config::default(), &[("poll_interval", "10s"), ("history_months", "0")]);
        assert_eq!(form.submit(), None);
        assert!(form.field("poll_interval").1.unwrap().contains("\"1m\" to \"24h\""));
        assert!(form.field("history_months").1.unwrap().contains("1 to 1200"));
        assert_eq!(form.field("thresholds").1, None);
    }
}
