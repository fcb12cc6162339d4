//! What the user can set, and has set: plain values. Reading and writing the file is `storage::config`'s.
//!
//! A setting is a field of [`Config`] or [`AccountConfig`], its default there, and a row of [`SETTINGS`] or
//! [`ACCOUNT_SETTINGS`]: reading, writing, error texts and the window's form follow from these.

pub mod template;
mod values;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::template::{TEMPLATE, Template};
pub use self::values::{
    API_URL, AccountId, ApiUrl, ConfigEnum, IconAccount, IconColor, IconStyle, InvalidAccountId,
    InvalidApiUrl, InvalidName, MAX_NAME_CHARS, ShowAs, check_name, interval_text,
};
use super::token::Token;
use super::usage::PoolId;

/// The whole configuration: the settings of the file by their keys, and what each is where the file does not set it.
/// [`SETTINGS`] has the metadata of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where the API is.
    pub api_url: ApiUrl,
    /// The file's own address of the API, where the environment overrides it.
    pub file_api_url: Option<ApiUrl>,
    /// Time between two polls: 1 minute to 24 hours, in whole seconds.
    #[serde(with = "values::interval")]
    pub poll_interval: Duration,
    /// The form of the figure in title and tooltip.
    pub show_as: ShowAs,
    /// The text next to the icon; `None` for name and figure.
    pub title: Option<Template>,
    /// How the icon is drawn.
    pub icon: IconStyle,
    /// Whose figure the icon shows.
    pub icon_account: IconAccount,
    /// Which panel the icon is drawn for.
    pub icon_color: IconColor,
    /// Percent, rising, each 1 to 1000; at least one.
    pub thresholds: Vec<u16>,
    /// Whether to notify when the forecast goes over the quota.
    pub forecast_alert: bool,
    /// Whether to notify when a pool is used far beyond its usual pace.
    pub spike_alert: bool,
    /// Days before a token expires at which to notify.
    pub token_expiry_alert_days: Vec<u16>,
    /// Time between two breakdowns of who used the pools, 15 minutes to 24 hours in whole seconds; `None` for none.
    #[serde(with = "values::interval_or_off")]
    pub breakdown_interval: Option<Duration>,
    /// How many months of samples are kept.
    pub history_months: u16,
    /// A program and its arguments, run at every alert; empty for none.
    pub on_alert: Vec<String>,
    /// The accounts, in the user's order.
    pub accounts: Vec<AccountConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            api_url: ApiUrl::default(),
            file_api_url: None,
            poll_interval: Duration::from_secs(5 * 60),
            show_as: ShowAs::Percent,
            title: None,
            icon: IconStyle::Ring,
            icon_account: IconAccount::Highest,
            icon_color: IconColor::Auto,
            thresholds: vec![80, 90, 100],
            forecast_alert: true,
            spike_alert: true,
            token_expiry_alert_days: vec![7, 1],
            breakdown_interval: Some(Duration::from_secs(3600)),
            history_months: 25,
            on_alert: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

impl Config {
    /// The thresholds that `account` is held to.
    pub fn thresholds_of<'a>(&'a self, account: &'a AccountConfig) -> &'a [u16] {
        account.thresholds.as_deref().unwrap_or(&self.thresholds)
    }

    /// The form that `account`'s figure is shown in.
    pub fn show_as_of(&self, account: &AccountConfig) -> ShowAs {
        account.show_as.unwrap_or(self.show_as)
    }

    /// The same with the file's own address of the API.
    pub fn as_in_file(&self) -> Config {
        let api_url = self.file_api_url.clone().unwrap_or_else(|| self.api_url.clone());
        Config { api_url, file_api_url: None, ..self.clone() }
    }

    /// The account with this id.
    pub fn account(&self, id: &AccountId) -> Option<&AccountConfig> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    /// The account, beside the one with the id `except`, whose name reads like `name`: upper and lower case are no
    /// difference.
    pub fn account_with_same_name(&self, name: &str, except: Option<&AccountId>) -> Option<&AccountConfig> {
        let folded = name.to_lowercase();
        self.accounts.iter().find(|other| Some(&other.id) != except && other.name.to_lowercase() == folded)
    }

    /// `name`, with a number where an account is called like it: `Acme 2`.
    pub fn free_name(&self, name: &str) -> String {
        let numbered = (2u64..).map(|number| {
            let number = format!(" {number}");
            let room = MAX_NAME_CHARS.saturating_sub(number.len());
            let stem: String = name.chars().take(room).collect();
            format!("{}{number}", stem.trim_end())
        });
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(|name| self.account_with_same_name(name, None).is_none()).unwrap_or_default()
    }

    /// The names of the accounts that have a token itself in their `token_command`, where everybody may read it who reads the
    /// configuration.
    pub fn with_token_in_command(&self) -> Vec<&str> {
        let holds = |account: &&AccountConfig| account.token_command.as_deref().is_some_and(contains_token);
        self.accounts.iter().filter(holds).map(|account| account.name.as_str()).collect()
    }

    /// The account that a user means by `word`: its name or its id.
    pub fn find(&self, word: &str) -> Option<&AccountConfig> {
        let by_name = self.accounts.iter().find(|a| a.name == word);
        by_name.or_else(|| self.accounts.iter().find(|a| a.id.as_str() == word))
    }
}

/// An account: one token, watching one pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountConfig {
    /// Names the account for good, in the keyring too.
    pub id: AccountId,
    /// What the user calls it.
    pub name: String,
    /// The pool it watches.
    #[serde(default)]
    pub watch: PoolId,
    /// Overrides [`Config::thresholds`].
    pub thresholds: Option<Vec<u16>>,
    /// Overrides [`Config::show_as`].
    pub show_as: Option<ShowAs>,
    /// A program and its arguments whose first line is the token, instead of the keyring.
    pub token_command: Option<Vec<String>>,
    /// Whether its notifications are held back.
    #[serde(default)]
    pub muted: bool,
    /// Whether it is polled at all.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

/// Whether `command` has a token among its words instead of a way to one.
pub fn contains_token(command: &[String]) -> bool {
    command.iter().any(|word| Token::is_in(word))
}

fn enabled() -> bool {
    true
}

impl AccountConfig {
    /// An account with everything at its default.
    pub fn new(id: AccountId, name: &str) -> AccountConfig {
        AccountConfig {
            id,
            name: name.to_owned(),
            watch: PoolId::Global,
            thresholds: None,
            show_as: None,
            token_command: None,
            muted: false,
            enabled: true,
        }
    }
}

/// A setting's metadata. Its field in `T` has the same name.
pub struct SettingSpec<T> {
    /// Its key in the file.
    pub key: &'static str,
    /// The values that it may have, as an error says them.
    pub allowed: &'static str,
    /// Whether its value is one of them, as far as the field's type leaves that open.
    pub is_valid: fn(&T) -> bool,
    /// Whether it may hold a secret, so that no error shows its value.
    pub is_secret: bool,
    /// Its field on the window's settings page.
    pub field: Option<FormField>,
}

/// How a setting is shown on the settings page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormField {
    /// The heading that it is below.
    pub section: Section,
    /// What it is called.
    pub label: &'static str,
    /// What to know of it, in a line; may be empty.
    pub hint: &'static str,
    /// What to enter, said in place of the hint of a field that is wrong; empty where none can be.
    pub expects: &'static str,
    /// How it is set.
    pub control: Control,
}

/// The headings of the settings page, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What the tray shows.
    Display,
    /// How the API is asked.
    Polling,
    /// What notifies.
    Alerts,
    /// What is kept.
    History,
}

/// How a setting is set on the settings page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// A line of text, a short or a long one.
    Line(Width),
    /// A line of text that may be empty: then the setting is not set.
    Optional,
    /// A whole number.
    Number,
    /// Whole numbers, with commas between them.
    Numbers,
    /// A program and its arguments, each in a line.
    Command,
    /// A box to tick, with what it says.
    Switch(&'static str),
    /// Words to choose from, with what each is called, in a list that opens.
    List(&'static [(&'static str, &'static str)]),
    /// The same, all in sight.
    Radio(&'static [(&'static str, &'static str)]),
    /// An account, or the one with the highest percentage.
    Account,
}

/// How long the texts in a line usually are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Short,
    /// An address.
    Long,
}

type Global = SettingSpec<Config>;
type OfAccount = SettingSpec<AccountConfig>;

impl<T> SettingSpec<T> {
    const fn new(key: &'static str, allowed: &'static str, is_valid: fn(&T) -> bool) -> SettingSpec<T> {
        SettingSpec { key, allowed, is_valid, is_secret: false, field: None }
    }

    const fn secret(self) -> SettingSpec<T> {
        SettingSpec { is_secret: true, ..self }
    }

    const fn field(
        self,
        section: Section,
        label: &'static str,
        hint: &'static str,
        control: Control,
    ) -> SettingSpec<T> {
        SettingSpec { field: Some(FormField { section, label, hint, expects: "", control }), ..self }
    }

    const fn expects(self, expects: &'static str) -> SettingSpec<T> {
        match self.field {
            Some(field) => SettingSpec { field: Some(FormField { expects, ..field }), ..self },
            None => self,
        }
    }
}

const PERCENTS: &str = "a list of whole percentages from 1 to 1000, rising, for example [80, 90, 100]";
/// What to enter for thresholds, said to who types them.
pub const THRESHOLDS_EXPECTED: &str =
    "Enter whole percentages from 1 to 1000, each higher than the one before, such as 80, 90, 100.";
const TITLE_WORDS: &str = "Enter text with any of {name}, {percent}, {used}, {quota}, {left}, {figure}, {forecast}, {cost}, \
                           {runs_out}, {resets}, {updated} and {state}; {{ stands for a brace.";
const FORMS: &str = "\"percent\", \"used\", \"used_and_total\" or \"left\"";
const BOOLEAN: &str = "true or false";

/// The settings above the accounts, in the order in which the documentation lists them.
pub const SETTINGS: &[Global] = &[
    Global::new("api_url", API_URL, |_| true)
        .field(
            Section::Polling,
            "API address",
            "https, or http on this machine. Default: https://api.linode.com/v4.",
            Control::Line(Width::Long),
        )
        .expects("Enter an https address without user name, password or query."),
    Global::new("poll_interval", "\"1m\" to \"24h\", for example \"5m\"", |config| {
        (60..=24 * 3600).contains(&config.poll_interval.as_secs()) && config.poll_interval.subsec_nanos() == 0
    })
    .field(
        Section::Polling,
        "Poll interval",
        "How often to poll Linode: 1m to 24h. Default: 5m.",
        Control::Line(Width::Short),
    )
    .expects("Enter a time between 1 minute and 24 hours, such as 5m or 1h30m."),
    Global::new("show_as", FORMS, |_| true).field(
        Section::Display,
        "Show as",
        "The figure in the icon's title and tooltip. Default: percent.",
        Control::List(&[
            ("percent", "Percent: 13%"),
            ("used", "Used: 1071GB"),
            ("used_and_total", "Used and total: 1071GB (8000GB)"),
            ("left", "Left: 6929GB"),
        ]),
    ),
    Global::new("title", TEMPLATE, |_| true)
        .field(
            Section::Display,
            "Title",
            "The text beside the icon, for example {name} {left}. Some panels show it only in the tooltip. Default: name and figure.",
            Control::Optional,
        )
        .expects(TITLE_WORDS),
    Global::new("icon", "\"ring\", \"bar\" or \"number\"", |_| true).field(
        Section::Display,
        "Icon",
        "",
        Control::Radio(&[("ring", "Ring"), ("bar", "Bar"), ("number", "Number")]),
    ),
    Global::new("icon_account", "\"highest\" or an account's id", |config| match &config.icon_account {
        IconAccount::Highest => true,
        IconAccount::Id(id) => config.account(id).is_some(),
    })
    .field(Section::Display, "Icon shows", "", Control::Account),
    Global::new("icon_color", "\"auto\", \"light\" or \"dark\"", |_| true).field(
        Section::Display,
        "Icon color",
        "Choose light for a dark panel, and dark for a light one.",
        Control::Radio(&[("auto", "Automatic"), ("light", "Light"), ("dark", "Dark")]),
    ),
    Global::new("thresholds", PERCENTS, |config| are_thresholds(&config.thresholds))
        .field(
            Section::Alerts,
            "Thresholds",
            "Whole percentages in rising order, 1 to 1000. Default: 80, 90, 100.",
            Control::Numbers,
        )
        .expects(THRESHOLDS_EXPECTED),
    Global::new("forecast_alert", BOOLEAN, |_| true).field(
        Section::Alerts,
        "Forecast",
        "",
        Control::Switch("Notify when usage is on pace to exceed the quota"),
    ),
    Global::new("spike_alert", BOOLEAN, |_| true).field(
        Section::Alerts,
        "Spike",
        "",
        Control::Switch("Notify when usage is far beyond the usual pace"),
    ),
    Global::new(
        "token_expiry_alert_days",
        "a list of whole days from 1 to 365, each once, for example [7, 1]",
        |config| {
            let days = &config.token_expiry_alert_days;
            let once = days.iter().collect::<BTreeSet<_>>().len() == days.len();
            once && days.iter().all(|day| (1..=365).contains(day))
        },
    )
    .field(
        Section::Alerts,
        "Token expiry",
        "Days before a token expires, each 1 to 365. Default: 7, 1. Empty for no alert.",
        Control::Numbers,
    )
    .expects("Enter whole days from 1 to 365, each once, such as 7, 1."),
    Global::new("breakdown_interval", "\"15m\" to \"24h\", for example \"1h\", or \"off\"", |config| {
        config.breakdown_interval.is_none_or(|interval| {
            (15 * 60..=24 * 3600).contains(&interval.as_secs()) && interval.subsec_nanos() == 0
        })
    })
    .field(
        Section::Polling,
        "Usage by Linode",
        "How often to ask which Linode used the pool: 15m to 24h, or off. Default: 1h.",
        Control::Line(Width::Short),
    )
    .expects("Enter a time between 15 minutes and 24 hours, such as 1h, or off."),
    Global::new("history_months", "a whole number of months from 1 to 1200, for example 25", |config| {
        (1..=1200).contains(&config.history_months)
    })
    .field(
        Section::History,
        "Months kept",
        "Months of samples to keep, 1 to 1200. Default: 25.",
        Control::Number,
    )
    .expects("Enter a whole number of months from 1 to 1200."),
    Global::new(
        "on_alert",
        "a list of a program and its arguments, none empty, for example [\"logger\", \"transfer\"], or []",
        |config| are_arguments(&config.on_alert),
    )
    .secret()
    .field(
        Section::Alerts,
        "Program",
        "A program to run at every alert, and its arguments, one per line. No shell is used. Default: none.",
        Control::Command,
    ),
    Global::new("accounts", "an [[accounts]] block for each account", |_| true),
];

/// The settings of an account.
pub const ACCOUNT_SETTINGS: &[OfAccount] = &[
    OfAccount::new("id", "a-z, 0-9 and -, at most 80 of them, not \"highest\", for example \"acme\"", |_| {
        true
    }),
    OfAccount::new(
        "name",
        "1 to 100 characters, no control characters, no space at either end, and nothing that looks like a \
         token",
        |account| check_name(&account.name).is_ok(),
    ),
    OfAccount::new("watch", "\"global\", \"region:ID\" or \"linode:NUMBER\"", |_| true),
    OfAccount::new("thresholds", PERCENTS, |account| {
        account.thresholds.as_deref().is_none_or(are_thresholds)
    }),
    OfAccount::new("show_as", FORMS, |_| true),
    OfAccount::new(
        "token_command",
        "a list of a program and its arguments, none empty, for example [\"pass\", \"show\", \"linode\"]",
        |account| {
            account
                .token_command
                .as_deref()
                .is_none_or(|command| !command.is_empty() && are_arguments(command))
        },
    )
    .secret(),
    OfAccount::new("muted", BOOLEAN, |_| true),
    OfAccount::new("enabled", BOOLEAN, |_| true),
];

fn are_thresholds(percents: &[u16]) -> bool {
    !percents.is_empty()
        && percents.is_sorted_by(|lower, higher| lower < higher)
        && percents.iter().all(|percent| (1..=1000).contains(percent))
}

fn are_arguments(words: &[String]) -> bool {
    words.iter().all(|word| !word.is_empty() && !word.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_words_are_those_of_its_type() {
        fn words<E: ConfigEnum>() -> Vec<&'static str> {
            E::VARIANTS.iter().map(|(word, _)| *word).collect()
        }
        for (key, words) in [
            ("show_as", words::<ShowAs>()),
            ("icon", words::<IconStyle>()),
            ("icon_color", words::<IconColor>()),
        ] {
            let spec = SETTINGS.iter().find(|spec| spec.key == key).unwrap();
            let (Control::List(choices) | Control::Radio(choices)) = spec.field.as_ref().unwrap().control
            else {
                panic!("{key}")
            };
            assert_eq!(choices.iter().map(|(word, _)| *word).collect::<Vec<_>>(), words);
            assert!(words.iter().all(|word| spec.allowed.contains(&format!("{word:?}"))), "{key}");
        }
    }
}
