//! Changes to a configuration that keep what the user wrote around them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use toml_edit::Value;

use super::error::EditError;
use super::parse::parse;
use super::splice;
use crate::domain::config::{
    Account, AccountId, ApiUrl, Config, ConfigEnum, IconAccount, IconColor, IconStyle, ShowAs, interval_text,
};
use crate::domain::usage::PoolId;

/// A setting above the accounts, with its new value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Setting {
    /// [`Config::api_url`]
    ApiUrl(ApiUrl),
    /// [`Config::poll_interval`], in whole seconds.
    PollInterval(Duration),
    /// [`Config::show_as`]
    ShowAs(ShowAs),
    /// [`Config::icon`]
    Icon(IconStyle),
    /// [`Config::icon_account`]
    IconAccount(IconAccount),
    /// [`Config::icon_color`]
    IconColor(IconColor),
    /// [`Config::thresholds`]
    Thresholds(Vec<u16>),
    /// [`Config::forecast_alert`]
    ForecastAlert(bool),
    /// [`Config::token_expiry_alert_days`]
    TokenExpiryAlertDays(Vec<u16>),
    /// [`Config::history_months`]
    HistoryMonths(u16),
    /// [`Config::on_alert`]
    OnAlert(Vec<String>),
}

/// A setting of an account, with its new value; `None` takes it out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AccountField {
    /// [`Account::name`]
    Name(String),
    /// [`Account::watch`]
    Watch(PoolId),
    /// [`Account::thresholds`]
    Thresholds(Option<Vec<u16>>),
    /// [`Account::show_as`]
    ShowAs(Option<ShowAs>),
    /// [`Account::token_command`]
    TokenCommand(Option<Vec<String>>),
    /// [`Account::muted`]
    Muted(bool),
    /// [`Account::enabled`]
    Enabled(bool),
}

/// A configuration that is being changed. Each change either is done whole or leaves it as it was; one that changes
/// no value changes no text.
#[derive(Debug)]
pub struct ConfigEditor {
    mark: &'static str,
    text: String,
    config: Config,
}

impl ConfigEditor {
    /// The editor of a configuration that reads as `config`.
    pub(super) fn new(text: &str, config: Config) -> ConfigEditor {
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => ("\u{feff}", rest),
            None => ("", text),
        };
        ConfigEditor { mark, text: text.to_owned(), config }
    }

    /// What the editor reads as.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The editor's text.
    pub fn text(&self) -> String {
        format!("{}{}", self.mark, self.text)
    }

    /// An id for a new account called `name`: none in the file, and none that `used_before` knows.
    pub fn fresh_id(&self, name: &str, used_before: impl Fn(&str) -> bool) -> AccountId {
        let here = |id: &str| self.config.accounts.iter().any(|account| account.id.as_str() == id);
        AccountId::from_name(name, |id| here(id) || used_before(id))
    }

    /// `name` with a number that makes it unlike every account's: `Acme 2`.
    pub fn fresh_name(&self, name: &str) -> String {
        let taken = |name: &String| self.config.accounts.iter().any(|account| account.name == *name);
        let numbered = (2u64..).map(|number| {
            let number = format!(" {number}");
            let room = 100usize.saturating_sub(number.len());
            let stem: String = name.chars().take(room).collect();
            format!("{}{number}", stem.trim_end())
        });
        numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
    }

    /// Puts `account` after the others, with those of its settings that are not at their defaults.
    ///
    /// # Errors
    /// [`EditError`] when its id or name is taken, or a value may not be.
    pub fn add(&mut self, account: &Account) -> Result<(), EditError> {
        let mut wanted = self.config.clone();
        wanted.accounts.push(account.clone());
        let text = splice::add(&self.text, &settings_of(account));
        self.take(text, wanted)
    }

    /// Puts a copy of account `of` after it, comments and all.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account, or the id or name is taken or may not be.
    pub fn duplicate(&mut self, of: &AccountId, id: &AccountId, name: &str) -> Result<(), EditError> {
        let index = self.index_of(of)?;
        let mut wanted = self.config.clone();
        if let Some(original) = self.config.accounts.get(index) {
            wanted
                .accounts
                .insert(index + 1, Account { id: id.clone(), name: name.to_owned(), ..original.clone() });
        }
        let text = splice::duplicate(&self.text, index, &toml(id.as_str()), &toml(name));
        self.take(text, wanted)
    }

    /// Takes out account `id`, with the comments that touch it. An icon that showed it shows the highest again.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account.
    pub fn remove(&mut self, id: &AccountId) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        let mut wanted = self.config.clone();
        wanted.accounts.remove(index);
        let mut text = splice::remove(&self.text, index);
        if wanted.icon_account == IconAccount::Id(id.clone()) {
            wanted.icon_account = IconAccount::Highest;
            text = text.and_then(|text| splice::unset(&text, "icon_account"));
        }
        self.take(text, wanted)
    }

    /// Puts account `id` at place `to`, from 0; beyond the last is the last.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account.
    pub fn move_to(&mut self, id: &AccountId, to: usize) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        let mut wanted = self.config.clone();
        let account = wanted.accounts.remove(index);
        let to = to.min(wanted.accounts.len());
        wanted.accounts.insert(to, account);
        if to == index {
            return Ok(());
        }
        self.take(splice::move_account(&self.text, index, to), wanted)
    }

    /// Gives account `id` a new value.
    ///
    /// # Errors
    /// [`EditError`] when there is no such account, or the value may not be.
    pub fn set_account(&mut self, id: &AccountId, field: AccountField) -> Result<(), EditError> {
        let index = self.index_of(id)?;
        let mut wanted = self.config.clone();
        let Some(account) = wanted.accounts.get_mut(index) else { return Ok(()) };
        let (key, value) = field.put(account);
        if wanted == self.config {
            return Ok(());
        }
        self.take(splice::set_in_account(&self.text, index, key, value.as_deref()), wanted)
    }

    /// Gives a setting above the accounts a new value.
    ///
    /// # Errors
    /// [`EditError`] when the value may not be.
    pub fn set(&mut self, setting: Setting) -> Result<(), EditError> {
        let mut wanted = self.config.clone();
        let (key, value) = setting.put(&mut wanted);
        if wanted == self.config {
            return Ok(());
        }
        self.take(splice::set(&self.text, key, &value), wanted)
    }

    fn index_of(&self, id: &AccountId) -> Result<usize, EditError> {
        let position = self.config.accounts.iter().position(|account| account.id == *id);
        position.ok_or_else(|| EditError::NoSuchAccount { id: id.clone() })
    }

    /// Takes the changed text if it reads as what was `wanted`.
    fn take(&mut self, text: Option<String>, wanted: Config) -> Result<(), EditError> {
        let text = text.ok_or(EditError::Unfit)?;
        let config = parse(&text).map_err(|error| EditError::Refused(error.kind))?;
        if config != wanted {
            return Err(EditError::Unfit);
        }
        (self.text, self.config) = (text, config);
        Ok(())
    }
}

impl Setting {
    /// Puts the value into `config`; the key, and the value as TOML.
    fn put(self, config: &mut Config) -> (&'static str, String) {
        match self {
            Setting::ApiUrl(url) => {
                // As it will read: without a slash at its end.
                let text = url.to_string();
                config.api_url = text.parse().unwrap_or(url);
                ("api_url", toml(text.as_str()))
            }
            Setting::PollInterval(interval) => {
                config.poll_interval = Duration::from_secs(interval.as_secs());
                ("poll_interval", toml(interval_text(interval).as_str()))
            }
            Setting::ShowAs(show_as) => {
                config.show_as = show_as;
                ("show_as", toml(show_as.as_str()))
            }
            Setting::Icon(icon) => {
                config.icon = icon;
                ("icon", toml(icon.as_str()))
            }
            Setting::IconAccount(icon_account) => {
                config.icon_account = icon_account;
                ("icon_account", toml(String::from(config.icon_account.clone())))
            }
            Setting::IconColor(color) => {
                config.icon_color = color;
                ("icon_color", toml(color.as_str()))
            }
            Setting::Thresholds(thresholds) => {
                config.thresholds = thresholds;
                ("thresholds", numbers(&config.thresholds))
            }
            Setting::ForecastAlert(alert) => {
                config.forecast_alert = alert;
                ("forecast_alert", toml(alert))
            }
            Setting::TokenExpiryAlertDays(days) => {
                config.token_expiry_alert_days = days;
                ("token_expiry_alert_days", numbers(&config.token_expiry_alert_days))
            }
            Setting::HistoryMonths(months) => {
                config.history_months = months;
                ("history_months", toml(i64::from(months)))
            }
            Setting::OnAlert(command) => {
                config.on_alert = command;
                ("on_alert", strings(&config.on_alert))
            }
        }
    }
}

impl AccountField {
    /// Puts the value into `account`; the key, and the value as TOML.
    fn put(self, account: &mut Account) -> (&'static str, Option<String>) {
        match self {
            AccountField::Name(name) => {
                account.name = name;
                ("name", Some(toml(account.name.as_str())))
            }
            AccountField::Watch(pool) => {
                account.watch = pool;
                ("watch", Some(toml(account.watch.to_string().as_str())))
            }
            AccountField::Thresholds(thresholds) => {
                account.thresholds = thresholds;
                ("thresholds", account.thresholds.as_deref().map(numbers))
            }
            AccountField::ShowAs(show_as) => {
                account.show_as = show_as;
                ("show_as", show_as.map(|show_as| toml(show_as.as_str())))
            }
            AccountField::TokenCommand(command) => {
                account.token_command = command;
                ("token_command", account.token_command.as_deref().map(strings))
            }
            AccountField::Muted(muted) => {
                account.muted = muted;
                ("muted", Some(toml(muted)))
            }
            AccountField::Enabled(enabled) => {
                account.enabled = enabled;
                ("enabled", Some(toml(enabled)))
            }
        }
    }
}

/// The settings of a new account's entry.
fn settings_of(account: &Account) -> Vec<(&'static str, String)> {
    let plain = Account::new(account.id.clone(), &account.name);
    let fields = [
        (account.watch != plain.watch).then(|| AccountField::Watch(account.watch.clone())),
        account.thresholds.clone().map(|thresholds| AccountField::Thresholds(Some(thresholds))),
        account.show_as.map(|show_as| AccountField::ShowAs(Some(show_as))),
        account.token_command.clone().map(|command| AccountField::TokenCommand(Some(command))),
        (account.muted != plain.muted).then_some(AccountField::Muted(account.muted)),
        (account.enabled != plain.enabled).then_some(AccountField::Enabled(account.enabled)),
    ];
    let mut settings = vec![("id", toml(plain.id.as_str())), ("name", toml(plain.name.as_str()))];
    let mut scratch = plain;
    for field in fields.into_iter().flatten() {
        if let (key, Some(value)) = field.put(&mut scratch) {
            settings.push((key, value));
        }
    }
    settings
}

fn toml(value: impl Into<Value>) -> String {
    value.into().to_string()
}

fn numbers(numbers: &[u16]) -> String {
    toml(numbers.iter().map(|number| i64::from(*number)).collect::<Value>())
}

fn strings(strings: &[String]) -> String {
    toml(strings.iter().map(String::as_str).collect::<Value>())
}
