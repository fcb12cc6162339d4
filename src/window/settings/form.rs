//! The settings as they are typed, and what is wrong with them.

use crate::domain::config::{
    Account, AccountId, Config, IconAccount, IconColor, IconStyle, ShowAs, interval_text,
};
use crate::storage::config::Patch;
use crate::window::allowed;

/// The form. Everything that is typed stays text until it is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The address of the API.
    pub api_url: String,
    /// `5m`
    pub poll_interval: String,
    /// The form of the figure.
    pub show_as: ShowAs,
    /// How the icon is drawn.
    pub icon: IconStyle,
    /// Whose figure it shows.
    pub icon_account: IconAccount,
    /// The panel that it is drawn for.
    pub icon_color: IconColor,
    /// `80, 90, 100`
    pub thresholds: String,
    /// Whether the forecast notifies.
    pub forecast_alert: bool,
    /// `7, 1`
    pub token_expiry_alert_days: String,
    /// `25`
    pub history_months: String,
    /// A program and its arguments, one a line.
    pub on_alert: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// The settings that it was made from: what differs from them was typed here.
    base: Config,
}

/// What is wrong with each field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wrong {
    /// Of the address.
    pub api_url: Option<String>,
    /// Of the interval.
    pub poll_interval: Option<String>,
    /// Of the thresholds.
    pub thresholds: Option<String>,
    /// Of the days.
    pub token_expiry_alert_days: Option<String>,
    /// Of the months.
    pub history_months: Option<String>,
    /// Of the program.
    pub on_alert: Option<String>,
}

impl Form {
    /// The form of `config`.
    pub fn of(config: &Config) -> Form {
        Form {
            api_url: config.api_url.to_string(),
            poll_interval: interval_text(config.poll_interval),
            show_as: config.show_as,
            icon: config.icon,
            icon_account: config.icon_account.clone(),
            icon_color: config.icon_color,
            thresholds: allowed::listed(&config.thresholds),
            forecast_alert: config.forecast_alert,
            token_expiry_alert_days: allowed::listed(&config.token_expiry_alert_days),
            history_months: config.history_months.to_string(),
            on_alert: config.on_alert.join("\n"),
            wrong: Wrong::default(),
            base: config.clone(),
        }
    }

    /// Whether something was typed that the settings don't have.
    pub fn differs(&self) -> bool {
        Form { wrong: Wrong::default(), ..self.clone() } != Form::of(&self.base)
    }

    /// Takes up that the settings are now those of `config`: what was typed here stays, all else follows.
    pub fn follow(&mut self, config: &Config) {
        let (old, new) = (Form::of(&self.base), Form::of(config));
        follow(&mut self.api_url, &old.api_url, new.api_url);
        follow(&mut self.poll_interval, &old.poll_interval, new.poll_interval);
        follow(&mut self.show_as, &old.show_as, new.show_as);
        follow(&mut self.icon, &old.icon, new.icon);
        follow(&mut self.icon_account, &old.icon_account, new.icon_account);
        follow(&mut self.icon_color, &old.icon_color, new.icon_color);
        follow(&mut self.thresholds, &old.thresholds, new.thresholds);
        follow(&mut self.forecast_alert, &old.forecast_alert, new.forecast_alert);
        follow(&mut self.token_expiry_alert_days, &old.token_expiry_alert_days, new.token_expiry_alert_days);
        follow(&mut self.history_months, &old.history_months, new.history_months);
        follow(&mut self.on_alert, &old.on_alert, new.on_alert);
        self.base = config.clone();
    }

    /// What was changed; else the form says what is wrong.
    pub fn submit(&mut self) -> Option<Patch> {
        let api_url = allowed::api_url(&self.api_url);
        let poll_interval = allowed::poll_interval(&self.poll_interval);
        let thresholds = allowed::thresholds(&self.thresholds);
        let days = allowed::expiry_days(&self.token_expiry_alert_days);
        let months = allowed::history_months(&self.history_months);
        let on_alert = allowed::command(&self.on_alert);
        self.wrong = Wrong {
            api_url: api_url.as_ref().err().cloned(),
            poll_interval: poll_interval.as_ref().err().cloned(),
            thresholds: thresholds.as_ref().err().cloned(),
            token_expiry_alert_days: days.as_ref().err().cloned(),
            history_months: months.as_ref().err().cloned(),
            on_alert: on_alert.as_ref().err().cloned(),
        };
        let wanted = Config {
            api_url: api_url.ok()?,
            poll_interval: poll_interval.ok()?,
            show_as: self.show_as,
            icon: self.icon,
            icon_account: self.icon_account.clone(),
            icon_color: self.icon_color,
            thresholds: thresholds.ok()?,
            forecast_alert: self.forecast_alert,
            token_expiry_alert_days: days.ok()?,
            history_months: months.ok()?,
            on_alert: on_alert.ok()?,
            ..self.base.clone()
        };
        Some(Patch::between(&self.base, &wanted))
    }
}

/// Gives `field` its new value, unless it has another than the old one.
pub fn follow<T: PartialEq>(field: &mut T, old: &T, new: T) {
    if *field == *old {
        *field = new;
    }
}

/// The choices for the icon's entry, with what they are called.
pub fn icon_accounts(config: &Config) -> Vec<(IconAccount, String)> {
    let of = |account: &Account| (IconAccount::Id(account.id.clone()), account.name.clone());
    let highest = (IconAccount::Highest, "The one with the highest percentage".to_owned());
    std::iter::once(highest).chain(config.accounts.iter().map(of)).collect()
}

/// What the chosen one is called; its id where it is gone.
pub fn called(chosen: &IconAccount, choices: &[(IconAccount, String)]) -> String {
    let id = |id: &AccountId| id.to_string();
    match (choices.iter().find(|(choice, _)| choice == chosen), chosen) {
        (Some((_, name)), _) => name.clone(),
        (None, IconAccount::Id(gone)) => id(gone),
        (None, IconAccount::Highest) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_changed_is_written() {
        let config = Config::default();
        let mut form = Form::of(&config);
        assert!(!form.differs());
        assert_eq!(form.submit(), Some(Patch::default()));
        (form.thresholds, form.icon) = ("70,100".into(), IconStyle::Bar);
        assert!(form.differs());
        let wanted = Config { icon: IconStyle::Bar, thresholds: vec![70, 100], ..Config::default() };
        assert_eq!(form.submit(), Some(Patch::between(&config, &wanted)));
    }

    #[test]
    fn what_others_change_meanwhile_is_not_written_back() {
        let mut form = Form::of(&Config::default());
        form.thresholds = "70,100".into();
        form.follow(&Config { icon: IconStyle::Number, history_months: 5, ..Config::default() });
        assert_eq!((form.icon, form.history_months.as_str()), (IconStyle::Number, "5"));
        assert_eq!(form.submit(), Some(Patch::from_iter([("thresholds", vec![70, 100].into())])));
    }

    #[test]
    fn every_wrong_field_says_what_is_allowed_and_nothing_is_written() {
        let mut form = Form::of(&Config::default());
        (form.poll_interval, form.history_months) = ("10s".into(), "0".into());
        assert_eq!(form.submit(), None);
        assert!(form.wrong.poll_interval.as_ref().unwrap().contains("\"1m\" to \"24h\""));
        assert!(form.wrong.history_months.as_ref().unwrap().contains("1 to 1200"));
        assert_eq!(form.wrong.thresholds, None);
    }
}
