//! What the user can set, and has set: plain values. Reading and writing the file is `storage::config`'s.
//!
//! A setting is a field of [`Config`] or [`Account`], its default there, and a row of [`SETTINGS`] or
//! [`ACCOUNT_SETTINGS`]: reading, writing, error texts and the window's form follow from these.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::friendly::{Spacing, SpanPrinter};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

use super::token::Token;
use super::usage::PoolId;

/// The whole configuration: the settings of the file by their keys, and what each is where the file does not set it.
/// [`SETTINGS`] has what else there is to know of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where the API is.
    pub api_url: ApiUrl,
    /// The file's own address of the API, where the environment overrides it.
    pub file_api_url: Option<ApiUrl>,
    /// Time between two polls: 1 minute to 24 hours, in whole seconds.
    #[serde(with = "interval")]
    pub poll_interval: Duration,
    /// The form of the figure in title and tooltip.
    pub show_as: ShowAs,
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
    /// Days before a token expires at which to notify.
    pub token_expiry_alert_days: Vec<u16>,
    /// How many months of samples are kept.
    pub history_months: u16,
    /// A program and its arguments, run at every alert; empty for none.
    pub on_alert: Vec<String>,
    /// The entries, in the user's order.
    pub accounts: Vec<Account>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            api_url: ApiUrl::default(),
            file_api_url: None,
            poll_interval: Duration::from_secs(5 * 60),
            show_as: ShowAs::Percent,
            icon: IconStyle::Ring,
            icon_account: IconAccount::Highest,
            icon_color: IconColor::Auto,
            thresholds: vec![80, 90, 100],
            forecast_alert: true,
            token_expiry_alert_days: vec![7, 1],
            history_months: 25,
            on_alert: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

impl Config {
    /// The thresholds that `account` is held to.
    pub fn thresholds_of<'a>(&'a self, account: &'a Account) -> &'a [u16] {
        account.thresholds.as_deref().unwrap_or(&self.thresholds)
    }

    /// The form that `account`'s figure is shown in.
    pub fn show_as_of(&self, account: &Account) -> ShowAs {
        account.show_as.unwrap_or(self.show_as)
    }

    /// The same with the file's own address of the API.
    pub fn as_in_file(&self) -> Config {
        let api_url = self.file_api_url.clone().unwrap_or_else(|| self.api_url.clone());
        Config { api_url, file_api_url: None, ..self.clone() }
    }

    /// The account with this id.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == *id)
    }

    /// The entry that a user means by `word`: its name or its id.
    pub fn find(&self, word: &str) -> Option<&Account> {
        let by_name = self.accounts.iter().find(|a| a.name == word);
        by_name.or_else(|| self.accounts.iter().find(|a| a.id.as_str() == word))
    }
}

/// An account entry: one token, watching one pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Names the entry for good, in the keyring too.
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

fn enabled() -> bool {
    true
}

impl Account {
    /// An entry with everything at its default.
    pub fn new(id: AccountId, name: &str) -> Account {
        Account {
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

/// What there is to know of a setting beside its field in `T`, which has the same name.
pub struct SettingSpec<T> {
    /// Its key in the file.
    pub key: &'static str,
    /// The values that it may have, as an error says them.
    pub allowed: &'static str,
    /// Whether its value is one of them, as far as the field's type leaves that open.
    pub is_valid: fn(&T) -> bool,
    /// Whether it may hold a secret, so that no error shows its value.
    pub is_secret: bool,
}

impl<T> SettingSpec<T> {
    const fn new(key: &'static str, allowed: &'static str, is_valid: fn(&T) -> bool) -> SettingSpec<T> {
        SettingSpec { key, allowed, is_valid, is_secret: false }
    }

    const fn secret(key: &'static str, allowed: &'static str, is_valid: fn(&T) -> bool) -> SettingSpec<T> {
        SettingSpec { key, allowed, is_valid, is_secret: true }
    }
}

const PERCENTS: &str = "a list of whole percents from 1 to 1000, rising, for example [80, 90, 100]";
const FORMS: &str = "\"percent\", \"used\" or \"used_and_total\"";
const BOOLEAN: &str = "true or false";

/// The settings above the accounts, in the order in which the documentation lists them.
pub const SETTINGS: &[SettingSpec<Config>] = &[
    SettingSpec::new("api_url", API_URL, |_| true),
    SettingSpec::new("poll_interval", "\"1m\" to \"24h\", for example \"5m\"", |config| {
        (60..=24 * 3600).contains(&config.poll_interval.as_secs()) && config.poll_interval.subsec_nanos() == 0
    }),
    SettingSpec::new("show_as", FORMS, |_| true),
    SettingSpec::new("icon", "\"ring\", \"bar\" or \"number\"", |_| true),
    SettingSpec::new("icon_account", "\"highest\" or an account's id", |config| match &config.icon_account {
        IconAccount::Highest => true,
        IconAccount::Id(id) => config.account(id).is_some(),
    }),
    SettingSpec::new("icon_color", "\"auto\", \"light\" or \"dark\"", |_| true),
    SettingSpec::new("thresholds", PERCENTS, |config| are_thresholds(&config.thresholds)),
    SettingSpec::new("forecast_alert", BOOLEAN, |_| true),
    SettingSpec::new(
        "token_expiry_alert_days",
        "a list of whole days from 1 to 365, each once, for example [7, 1]",
        |config| {
            let days = &config.token_expiry_alert_days;
            let once = days.iter().collect::<BTreeSet<_>>().len() == days.len();
            once && days.iter().all(|day| (1..=365).contains(day))
        },
    ),
    SettingSpec::new("history_months", "a whole number of months from 1 to 1200, for example 25", |config| {
        (1..=1200).contains(&config.history_months)
    }),
    SettingSpec::secret(
        "on_alert",
        "a list of a program and its arguments, none empty, for example [\"logger\", \"transfer\"], or []",
        |config| are_arguments(&config.on_alert),
    ),
    SettingSpec::new("accounts", "an [[accounts]] block for each account", |_| true),
];

/// The settings of an account.
pub const ACCOUNT_SETTINGS: &[SettingSpec<Account>] = &[
    SettingSpec::new(
        "id",
        "a-z, 0-9 and -, at most 80 of them, not \"highest\", for example \"acme\"",
        |_| true,
    ),
    SettingSpec::new(
        "name",
        "1 to 100 characters, none of them a control character, no space at either end, and nothing that looks like a \
         token",
        |account| check_name(&account.name).is_ok(),
    ),
    SettingSpec::new("watch", "\"global\", \"region:ID\" or \"linode:NUMBER\"", |_| true),
    SettingSpec::new("thresholds", PERCENTS, |account| {
        account.thresholds.as_deref().is_none_or(are_thresholds)
    }),
    SettingSpec::new("show_as", FORMS, |_| true),
    SettingSpec::secret(
        "token_command",
        "a list of a program and its arguments, none empty, for example [\"pass\", \"show\", \"linode\"]",
        |account| {
            account
                .token_command
                .as_deref()
                .is_none_or(|command| !command.is_empty() && are_arguments(command))
        },
    ),
    SettingSpec::new("muted", BOOLEAN, |_| true),
    SettingSpec::new("enabled", BOOLEAN, |_| true),
];

fn are_thresholds(percents: &[u16]) -> bool {
    !percents.is_empty()
        && percents.is_sorted_by(|lower, higher| lower < higher)
        && percents.iter().all(|percent| (1..=1000).contains(percent))
}

fn are_arguments(words: &[String]) -> bool {
    words.iter().all(|word| !word.is_empty() && !word.contains('\0'))
}

/// An interval as the file has it: `1h30m`.
pub fn interval_text(interval: Duration) -> String {
    SpanPrinter::new().spacing(Spacing::None).unsigned_duration_to_string(&interval)
}

/// An interval as a text in the file.
mod interval {
    use super::*;

    pub fn serialize<S: Serializer>(interval: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&interval_text(*interval))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let interval: SignedDuration =
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)?;
        interval.try_into().map_err(de::Error::custom)
    }
}

/// An entry's id: `a-z`, `0-9` and `-`, and not [`HIGHEST`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AccountId(String);

impl AccountId {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id for an entry called `name`, numbered while `taken` says that it is or was another's.
    pub fn from_name(name: &str, taken: impl Fn(&str) -> bool) -> AccountId {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                _ if slug.ends_with('-') || slug.is_empty() => {}
                _ => slug.push('-'),
            }
        }
        slug.truncate(64);
        let slug = slug.trim_end_matches('-');
        let slug = if slug.is_empty() { "account" } else { slug };
        let numbered = (2u64..).map(|n| format!("{slug}-{n}"));
        let id = std::iter::once(slug.to_owned()).chain(numbered).find(|id| id != HIGHEST && !taken(id));
        AccountId(id.unwrap_or_default())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An id had other characters, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an id; allowed are a-z, 0-9 and -, at most 80 of them, but not \"highest\"")]
pub struct InvalidAccountId(String);

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, InvalidAccountId> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=80).contains(&text.len()) && text.bytes().all(allowed) && text != HIGHEST {
            Ok(AccountId(text.to_owned()))
        } else {
            Err(InvalidAccountId(text.to_owned()))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<Self, InvalidAccountId> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> String {
        id.0
    }
}

/// Why a name can't be an entry's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 1 to 100 characters, none of them a control character, no space at its ends, and does not look like a token"
)]
pub struct InvalidName;

/// Whether `name` can be shown in a row, a title and a notification.
///
/// # Errors
/// [`InvalidName`] when it is empty, too long, has control characters or spaces at its ends, or may be a token that was put
/// in the wrong place: names are shown and kept everywhere.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let right = (1..=100).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control)
        && !Token::may_be(name);
    right.then_some(()).ok_or(InvalidName)
}

/// The API's address: https, or http to this very machine, so that a token never crosses a network in the clear.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ApiUrl {
    /// Without a slash at its end.
    text: Cow<'static, str>,
    is_loopback: bool,
}

impl ApiUrl {
    /// The address of `path` (`/account/transfer`) below it.
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// Whether it is this machine's own: proxies have no business there.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl Default for ApiUrl {
    fn default() -> Self {
        ApiUrl { text: Cow::Borrowed("https://api.linode.com/v4"), is_loopback: false }
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiUrl({self})")
    }
}

/// What an API address may be.
pub const API_URL: &str =
    "an https address, or http on a loopback address, without a name, password, query or fragment";

/// Why an address can't be the API's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("allowed is {API_URL}")]
pub struct InvalidApiUrl;

impl FromStr for ApiUrl {
    type Err = InvalidApiUrl;

    fn from_str(text: &str) -> Result<Self, InvalidApiUrl> {
        let url = Url::parse(text).map_err(|_| InvalidApiUrl)?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.host().is_some();
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" if plain => {}
            "http" if plain && is_loopback => {}
            _ => return Err(InvalidApiUrl),
        }
        Ok(ApiUrl { text: url.as_str().trim_end_matches('/').to_owned().into(), is_loopback })
    }
}

impl TryFrom<String> for ApiUrl {
    type Error = InvalidApiUrl;

    fn try_from(text: String) -> Result<Self, InvalidApiUrl> {
        text.parse()
    }
}

impl From<ApiUrl> for String {
    fn from(url: ApiUrl) -> String {
        url.text.into_owned()
    }
}

/// The allowed words of a setting, and the value of each.
pub trait ConfigEnum: Copy + PartialEq + Sized + 'static {
    /// Each word with its value, in the order in which they are listed to a user.
    const VARIANTS: &'static [(&'static str, Self)];

    /// The value that `word` stands for.
    fn parse(word: &str) -> Option<Self> {
        Self::VARIANTS.iter().find(|(w, _)| *w == word).map(|(_, value)| *value)
    }

    /// The word for this value.
    fn as_str(self) -> &'static str {
        Self::VARIANTS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| *word)
    }
}

/// The form in which a figure is shown beside the icon and in the tooltip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowAs {
    /// `13%`
    Percent,
    /// `1071GB`
    Used,
    /// `1071GB (8000GB)`
    UsedAndTotal,
}

impl ConfigEnum for ShowAs {
    const VARIANTS: &'static [(&'static str, Self)] =
        &[("percent", ShowAs::Percent), ("used", ShowAs::Used), ("used_and_total", ShowAs::UsedAndTotal)];
}

/// How the icon is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IconStyle {
    /// A gauge around the figure.
    Ring,
    /// A gauge beside or below the figure.
    Bar,
    /// The figure, as large as fits.
    Number,
}

impl ConfigEnum for IconStyle {
    const VARIANTS: &'static [(&'static str, Self)] =
        &[("ring", IconStyle::Ring), ("bar", IconStyle::Bar), ("number", IconStyle::Number)];
}

/// Which panel the icon is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IconColor {
    /// Reads on either.
    Auto,
    /// Light strokes, for a dark panel.
    Light,
    /// Dark strokes, for a light panel.
    Dark,
}

impl ConfigEnum for IconColor {
    const VARIANTS: &'static [(&'static str, Self)] =
        &[("auto", IconColor::Auto), ("light", IconColor::Light), ("dark", IconColor::Dark)];
}

/// The word for the entry with the highest percentage; no entry's id is the same.
const HIGHEST: &str = "highest";

/// Whose figure the icon shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum IconAccount {
    /// The entry with the highest percentage.
    Highest,
    /// This one.
    Id(AccountId),
}

impl TryFrom<String> for IconAccount {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<Self, InvalidAccountId> {
        if text == HIGHEST { Ok(IconAccount::Highest) } else { text.parse().map(IconAccount::Id) }
    }
}

impl From<IconAccount> for String {
    fn from(icon_account: IconAccount) -> String {
        match icon_account {
            IconAccount::Highest => HIGHEST.to_owned(),
            IconAccount::Id(id) => id.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_from_names_and_numbered_when_taken() {
        let made = |name: &str| AccountId::from_name(name, |_| false).0;
        assert_eq!(made("Acme"), "acme");
        assert_eq!(made("  Client X & Söhne! "), "client-x-s-hne");
        assert_eq!(made("日本"), "account");
        assert_eq!(AccountId::from_name("Acme", |id| id == "acme" || id == "acme-2").0, "acme-3");
        let long = AccountId::from_name(&"x".repeat(500), |id| !id.contains('-'));
        assert!(long.as_str().parse::<AccountId>().is_ok());
    }

    #[test]
    fn a_token_never_goes_to_another_machine_in_the_clear() {
        let allowed = |url: &str| url.parse::<ApiUrl>().is_ok();
        for url in [
            "https://api.linode.com/v4",
            "https://x/",
            "http://127.0.0.1:8080/v4",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert!(allowed(url), "{url}");
        }
        for url in [
            "http://api.linode.com/v4",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "https://a:b@c/",
            "",
            "https://x/?q",
            "//x",
        ] {
            assert!(!allowed(url), "{url}");
        }
        assert_eq!(ApiUrl::default().join("/regions"), "https://api.linode.com/v4/regions");
        assert_eq!(ApiUrl::default(), "https://api.linode.com/v4/".parse().unwrap());
    }

    #[test]
    fn every_interval_is_written_as_it_is_read() {
        for seconds in 60..=86_400 {
            let interval = Duration::from_secs(seconds);
            let read: SignedDuration = interval_text(interval).parse().unwrap();
            assert_eq!(Duration::try_from(read).unwrap(), interval);
        }
        assert_eq!(interval_text(Duration::from_secs(5400)), "1h30m");
    }

    #[test]
    fn names_that_would_break_a_row_are_refused() {
        assert!(check_name("Acme & <b>Sons</b>").is_ok());
        for name in ["", " Acme", "a\nb", &"x".repeat(101)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }
}
