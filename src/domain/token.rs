//! Personal Access Tokens: the secret itself, and what may be known and shown of it.

use std::fmt;

use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A Personal Access Token. It can't be printed, compared, serialised or cloned, and is wiped when dropped.
pub struct Token(SecretString);

/// Why a text can't be a token. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Nothing is there.
    #[error("the token is empty: paste the Personal Access Token that Cloud Manager shows once")]
    Empty,
    /// Spaces inside, or characters that no header can carry.
    #[error("that is not a token: it has spaces or characters that no Personal Access Token has")]
    Characters,
}

impl Token {
    /// A token from what a user pasted; spaces and line ends around it don't count.
    ///
    /// # Errors
    /// [`InvalidToken`] when it is empty or has other characters than printable ASCII without spaces. Nothing else is
    /// checked: today's tokens are 64 hex digits, tomorrow's may be something else.
    pub fn new(text: String) -> Result<Token, InvalidToken> {
        // Wiped with all of its room: making a secret of the string itself might move it and leave the old place as it is.
        let text = Zeroizing::new(text);
        // Some editors begin a file with a mark.
        let token = text.trim_start_matches('\u{feff}').trim();
        if token.is_empty() {
            return Err(InvalidToken::Empty);
        }
        if token.len() > 4096 || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidToken::Characters);
        }
        Ok(Token(SecretString::from(token)))
    }

    /// Whether somebody's words may hold a token: 32 letters and digits in a row. Today's tokens are 64 hex digits.
    pub fn looks_like_token(text: &str) -> bool {
        let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric());
        runs.any(|run| run.len() >= 32 && run.contains(|c: char| c.is_ascii_digit()))
    }

    /// Whether `text` holds a token of today's form, 64 hex digits: narrower than [`Token::looks_like_token`], for texts that may hold
    /// other long words, such as a path.
    pub fn is_in(text: &str) -> bool {
        let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric());
        runs.any(|run| run.len() == 64 && run.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    /// `line` with stars for its words that may be tokens: a program may print what it was never given by us.
    pub fn mask(line: &str) -> String {
        let words = line.split(' ').map(|word| if Token::looks_like_token(word) { "***" } else { word });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The text, for the `Authorization` header and the keyring alone.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether the API's list means this token by its first characters.
    pub fn starts_with(&self, prefix: &str) -> bool {
        prefix.len() >= 8 && self.expose().starts_with(prefix)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Tells one token from another without saying what it is: a salted fingerprint that the keyring's shell makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(pub String);

/// What a token may do, as the API says it: `*`, or `account:read_only linodes:read_write`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Scopes from a header or a list. Spaces part them, in an old form commas. `unknown`, said of a token that the
    /// API does not know, is none.
    pub fn parse(text: &str) -> Option<Scopes> {
        let words = text.split([' ', ',']).map(str::trim).filter(|word| !word.is_empty());
        let scopes: Vec<String> = words.map(str::to_owned).collect();
        (text.trim() != "unknown").then_some(Scopes(scopes))
    }

    /// The scopes, one a word.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether nothing can be changed with them. `*` can do everything.
    pub fn read_only(&self) -> bool {
        self.unneeded(&[]).iter().all(|scope| reads_only(scope))
    }

    /// Whether they include `needed`, or a wider scope.
    pub fn allow(&self, needed: &str) -> bool {
        let service = service_of(needed);
        self.0.iter().any(|have| {
            have == "*"
                || have == needed
                || (service_of(have) == service && (reads_only(needed) || !reads_only(have)))
        })
    }

    /// Those of `needed` that are missing here.
    pub fn missing(&self, needed: &Scopes) -> Scopes {
        Scopes(needed.0.iter().filter(|scope| *scope != "*" && !self.allow(scope)).cloned().collect())
    }

    /// The scopes that go beyond `needed`.
    pub fn unneeded(&self, needed: &[&str]) -> Vec<String> {
        self.0.iter().filter(|have| !needed.contains(&have.as_str())).cloned().collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Scopes {
    fn from(text: &str) -> Scopes {
        Scopes::parse(text).unwrap_or_default()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

fn service_of(scope: &str) -> &str {
    scope.split_once(':').map_or(scope, |(service, _)| service)
}

/// `read_only`, and `view` of the old form.
fn reads_only(scope: &str) -> bool {
    matches!(scope.split_once(':'), Some((_, "read_only" | "view")))
}

/// What is known of an account's token, by the last verification or look-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    /// Its label at Linode; `None` while only its scopes are known.
    pub label: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// When it expires; `None` for never, and while nothing but the headers is known.
    pub expires_at: Option<Timestamp>,
}

/// A token as the API lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedToken {
    /// Label, scopes and expiry.
    pub info: TokenInfo,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Whether it is the one that asked.
    pub ours: bool,
}

/// An `expiry` of the API (`2999-12-12T05:00:00`, without a zone, in UTC). `None` for never, which the API says in
/// three ways: null, the year 2999, and 200 years on.
pub fn expiry(text: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let text = text?;
    let without_zone =
        |text: &str| text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let at = text.parse::<Timestamp>().ok().or_else(|| Some(without_zone(text)?.timestamp()))?;
    let century = jiff::SignedDuration::from_hours(100 * 365 * 24);
    (at.duration_since(now) < century).then_some(at)
}

/// A time of the API, which has no zone and is UTC.
pub fn time(text: &str) -> Option<Timestamp> {
    let without_zone = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse::<Timestamp>().ok().or_else(|| Some(without_zone()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_itself_nowhere() {
        let token = Token::new("\u{feff} abcdef0123456789\n".into()).unwrap();
        assert_eq!(token.expose(), "abcdef0123456789");
        assert_eq!(format!("{token:?}"), "Token(***)");
        assert!(token.starts_with("abcdef01"));
        assert!(!token.starts_with(""), "an empty prefix is no match");
    }

    /// Whether a type implements a trait: an inherent constant is found before a trait's.
    trait Not {
        const IS: bool = false;
    }

    macro_rules! is {
        ($kind:ty: $($wanted:tt)+) => {{
            struct Probe<T>(std::marker::PhantomData<T>);
            impl<T> Not for Probe<T> {}
            #[allow(dead_code, reason = "found only where the trait is implemented")]
            impl<T: $($wanted)+> Probe<T> {
                const IS: bool = true;
            }
            Probe::<$kind>::IS
        }};
    }

    #[test]
    fn token_has_no_clone_eq_debug_or_serialize() {
        assert!(
            is!(String: Clone) && is!(String: fmt::Display) && is!(String: Serialize),
            "the probe finds them"
        );
        assert!(!is!(Token: Clone) && !is!(Token: Copy));
        assert!(!is!(Token: PartialEq) && !is!(Token: Ord) && !is!(Token: std::hash::Hash));
        assert!(
            !is!(Token: fmt::Display) && !is!(Token: Serialize) && !is!(Token: serde::de::DeserializeOwned)
        );
        assert!(!is!(Token: AsRef<str>) && !is!(Token: std::ops::Deref) && !is!(Token: Into<String>));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn dropping_a_token_wipes_it_and_its_source() {
        use std::os::unix::fs::FileExt;
        let secret = "0123456789abcdef".repeat(200);
        let record = std::fs::File::open("/proc/self/mem").unwrap();
        // Made before there is room that was given back: what is made after that may be put into it.
        let mut seen = vec![0; secret.len()];
        // With room to spare: making a string shorter may move it.
        let mut text = String::with_capacity(9000);
        text.push_str(&secret);
        let made_of = text.as_ptr() as u64;
        // Room with something behind it is not given back to the system, which would wipe it for us.
        let behind = vec![1u8; 5000];
        let token = Token::new(text).unwrap();
        let place = token.expose().as_ptr() as u64;
        let mut holds = |address: u64| {
            record.read_exact_at(&mut seen, address).unwrap();
            seen.windows(16).any(|window| window == &secret.as_bytes()[..16])
        };
        assert!(!holds(made_of));
        assert!(holds(place), "it is looked for in the right place");
        drop(token);
        assert!(!holds(place));
        drop(behind);
    }

    #[test]
    fn what_is_no_token_is_refused_without_repeating_it() {
        assert_eq!(Token::new(" \n".into()).unwrap_err(), InvalidToken::Empty);
        for wrong in ["a b", "a\nb", "tökén", "a\0"] {
            assert_eq!(Token::new(wrong.into()).unwrap_err(), InvalidToken::Characters);
        }
    }

    #[test]
    fn what_may_be_a_token_is_told_from_a_name() {
        assert!(Token::looks_like_token(&"0123456789abcdef".repeat(4)));
        assert!(Token::looks_like_token(&format!("--token={}", "0123456789abcdef".repeat(4))));
        assert!(Token::is_in(&format!("echo '{}'", "0123456789abcdef".repeat(4))));
        assert!(!Token::is_in("/nix/store/0c5g7bpqj1q3v8k2w4x6y9z0d1f2h3j4-pass/bin/pass"), "a path");
        for name in ["Acme", "", "client-x-0123456789-2026-11-22", &"x".repeat(90)] {
            assert!(!Token::looks_like_token(name), "{name}");
        }
    }

    #[test]
    fn scopes_are_understood_in_each_of_their_forms() {
        assert!(Scopes::from("account:read_only linodes:read_only").read_only());
        assert!(!Scopes::from("*").read_only());
        assert!(!Scopes::from("linodes:delete,domains:view").read_only());
        assert!(Scopes::parse("unknown").is_none());
        assert!(Scopes::from("account:read_write").allow("account:read_only"));
        assert!(!Scopes::from("account:read_only").allow("account:read_write"));
        assert!(Scopes::from("*").allow("anything:read_write"));
    }

    #[test]
    fn the_missing_scope_is_named() {
        let have = Scopes::from("domains:read_write");
        assert_eq!(have.missing(&Scopes::from("account:read_only")).to_string(), "account:read_only");
        assert!(Scopes::from("*").missing(&Scopes::from("account:read_only")).is_empty());
    }

    #[test]
    fn never_is_said_in_three_ways() {
        let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        assert_eq!(expiry(None, now), None);
        assert_eq!(expiry(Some("2999-12-12T05:00:00"), now), None);
        assert_eq!(expiry(Some("2226-11-22T00:00:00"), now), None);
        assert_eq!(expiry(Some("2027-05-22T10:00:00"), now), Some("2027-05-22T10:00:00Z".parse().unwrap()));
        assert_eq!(expiry(Some("2027-05-22T10:00:00Z"), now), Some("2027-05-22T10:00:00Z".parse().unwrap()));
    }
}
