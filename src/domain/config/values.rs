//! The types of settings' values, and what each may be.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use icu_normalizer::DecomposingNormalizerBorrowed;
use jiff::SignedDuration;
use jiff::fmt::friendly::{Spacing, SpanPrinter};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

use super::super::token::Token;

/// An interval as the file has it: `1h30m`.
pub fn interval_text(interval: Duration) -> String {
    SpanPrinter::new().spacing(Spacing::None).unsigned_duration_to_string(&interval)
}

/// An interval as a text in the file.
pub(super) mod interval {
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

/// An interval or `off` as a text in the file.
pub(super) mod interval_or_off {
    use super::*;

    const OFF: &str = "off";

    pub fn serialize<S: Serializer>(interval: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        match interval {
            Some(interval) => super::interval::serialize(interval, serializer),
            None => serializer.serialize_str(OFF),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == OFF {
            return Ok(None);
        }
        super::interval::deserialize(de::IntoDeserializer::into_deserializer(text)).map(Some)
    }
}

/// An account's id: `a-z`, `0-9` and `-`, and not "highest".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AccountId(String);

impl AccountId {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id for an account called `name`, numbered while `taken` says that it is or was another's.
    pub fn from_name(name: &str, taken: impl Fn(&str) -> bool) -> AccountId {
        let mut slug = String::new();
        let letters = DecomposingNormalizerBorrowed::new_nfd().normalize_iter(name.chars());
        for c in letters.flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                // The accent of the letter before it.
                '\u{300}'..='\u{36f}' => {}
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

/// Why a name can't be an account's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It may be a token that was put in the wrong place: names are shown and kept everywhere.
    #[error("this looks like a token; give a name, and the token with `accounts token NAME`")]
    Token,
    /// It can't be shown in a row, a title and a notification.
    #[error("a name has 1 to 100 characters, no control characters, and no space at either end")]
    Form,
}

/// How long a name may be, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Whether `name` can be shown in a row, a title and a notification.
///
/// # Errors
/// [`InvalidName`] when it is empty, too long, has control characters or spaces at its ends, or may be a token.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    if Token::looks_like_token(name) {
        return Err(InvalidName::Token);
    }
    let right = (1..=MAX_NAME_CHARS).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    right.then_some(()).ok_or(InvalidName::Form)
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

/// The form of the figure next to the icon and in the tooltip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowAs {
    /// `13%`
    Percent,
    /// `1071GB`
    Used,
    /// `1071GB (8000GB)`
    UsedAndTotal,
    /// `6929GB`, what is left.
    Left,
}

impl ConfigEnum for ShowAs {
    const VARIANTS: &'static [(&'static str, Self)] = &[
        ("percent", ShowAs::Percent),
        ("used", ShowAs::Used),
        ("used_and_total", ShowAs::UsedAndTotal),
        ("left", ShowAs::Left),
    ];
}

/// How the icon is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IconStyle {
    /// A gauge around the figure.
    Ring,
    /// A gauge next to or below the figure.
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

/// The word for the account with the highest percentage; no account's id is the same.
const HIGHEST: &str = "highest";

/// Whose figure the icon shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum IconAccount {
    /// The account with the highest percentage.
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
        assert_eq!(made("  Client X & Söhne! "), "client-x-sohne");
        assert_eq!(
            [made("Zoë 東京"), made("Tří"), made("Žofie & Müller_s")],
            ["zoe", "tri", "zofie-muller-s"]
        );
        assert_eq!(made("İstanbul"), "istanbul");
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
