//! Templates: texts with words in braces that figures take the place of, `{name} {percent}`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::config::{ConfigEnum, ShowAs};
use super::month::Month;
use super::price::cents;
use super::snapshot::AccountSnapshot;
use super::text::{clock, day, figure, grouped, plain};

/// What stands for a figure that is not known.
const UNKNOWN: &str = "?";

/// A text with words in braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Word(Word),
}

/// What a word in braces stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Name,
    Percent,
    Used,
    Quota,
    Left,
    Figure,
    Forecast,
    Cost,
    RunsOut,
    Resets,
    Updated,
    State,
}

impl ConfigEnum for Word {
    const VARIANTS: &'static [(&'static str, Self)] = &[
        ("name", Word::Name),
        ("percent", Word::Percent),
        ("used", Word::Used),
        ("quota", Word::Quota),
        ("left", Word::Left),
        ("figure", Word::Figure),
        ("forecast", Word::Forecast),
        ("cost", Word::Cost),
        ("runs_out", Word::RunsOut),
        ("resets", Word::Resets),
        ("updated", Word::Updated),
        ("state", Word::State),
    ];
}

/// What a template may be.
pub const TEMPLATE: &str = "a text with any of {name}, {percent}, {used}, {quota}, {left}, {figure}, {forecast}, {cost}, \
                            {runs_out}, {resets}, {updated} and {state}, and {{ for a brace";

/// A word in braces that is none, or a brace that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("allowed is {TEMPLATE}")]
pub struct InvalidTemplate;

impl FromStr for Template {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, InvalidTemplate> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(InvalidTemplate);
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(Part::Text(before.to_owned()));
            rest = match after.strip_prefix('{') {
                Some(after) => {
                    parts.push(Part::Text("{".to_owned()));
                    after
                }
                None => {
                    let (word, after) = after.split_once('}').ok_or(InvalidTemplate)?;
                    parts.push(Part::Word(Word::parse(word).ok_or(InvalidTemplate)?));
                    after
                }
            };
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template { text: text.to_owned(), parts })
    }
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplate;

    fn try_from(text: String) -> Result<Self, InvalidTemplate> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.text
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Template {
    /// The text for `account` under the name `name`, at `now`, with times by the clock of `zone`. What is not known is `?`.
    pub fn render(&self, account: &AccountSnapshot, name: &str, now: Timestamp, zone: &TimeZone) -> String {
        let value = |word: Word| match word {
            Word::Name => Some(name.to_owned()),
            word => value_of(word, account, now, zone),
        };
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Word(word) => value(*word).unwrap_or_else(|| UNKNOWN.to_owned()),
        };
        self.parts.iter().map(text).collect()
    }
}

fn value_of(word: Word, account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    // One without a quota has nothing to measure by.
    let quota = account.pool.filter(|pool| !pool.metered);
    match word {
        Word::Name => None,
        Word::Percent => account.percent().map(|percent| percent.to_string()),
        Word::Used => account.pool.map(|pool| plain(pool.used)),
        Word::Quota => quota.map(|pool| plain(pool.quota)),
        Word::Left => quota.map(|pool| figure(&pool, ShowAs::Left)),
        Word::Figure => account.pool.map(|pool| figure(&pool, account.show_as)),
        Word::Forecast => account.forecast.map(|forecast| plain(forecast.used)),
        Word::Cost => {
            let usd = account.metered_usd.or_else(|| account.forecast?.over_usd)?;
            let cents = cents(usd);
            Some(format!("${}.{:02}", grouped(cents / 100), cents % 100))
        }
        Word::RunsOut => Some(day(account.forecast?.exhausted_at?, zone)),
        Word::Resets => Some(clock(Month::at(now).ends_at, now, zone)),
        Word::Updated => account.updated_at.map(|at| clock(at, now, zone)),
        Word::State => Some(account.state.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::{AccountId, Config};
    use crate::domain::failure::EntryState;
    use crate::domain::forecast::Forecast;
    use crate::domain::state::{PersistedState, State};
    use crate::domain::usage::{GB, Pool};

    fn acme() -> AccountSnapshot {
        let account = crate::domain::config::Account::new(AccountId::from_name("Acme", |_| false), "Acme");
        let config = Config { accounts: vec![account], ..Config::default() };
        let now = "2026-11-22T14:02:00Z".parse().unwrap();
        let state = State::snapshot_of_persisted(PersistedState::default(), Ok(config), now);
        state.accounts.into_iter().next().unwrap()
    }

    fn render(template: &str, account: &AccountSnapshot) -> String {
        let now = "2026-11-22T14:05:00Z".parse().unwrap();
        template.parse::<Template>().unwrap().render(account, &account.name, now, &TimeZone::UTC)
    }

    #[test]
    fn every_word_is_a_figure_and_what_is_not_known_a_question_mark() {
        let known = AccountSnapshot {
            state: EntryState::Ok,
            pool: Some(Pool::from_gb(830, 1000, 0)),
            updated_at: Some("2026-11-22T14:02:00Z".parse().unwrap()),
            forecast: Some(Forecast {
                used: 1_184_700_000_000,
                low: 1100 * GB,
                high: 1400 * GB,
                quota: 1000 * GB,
                exhausted_at: Some("2026-11-26T12:38:00Z".parse().unwrap()),
                over: 184_700_000_000,
                over_usd: Some(0.9235),
            }),
            ..acme()
        };
        for (word, text, unknown) in [
            ("name", "Acme", "Acme"),
            ("percent", "83%", "?"),
            ("used", "830GB", "?"),
            ("quota", "1000GB", "?"),
            ("left", "170GB", "?"),
            ("figure", "83%", "?"),
            ("forecast", "1184GB", "?"),
            ("cost", "$0.92", "?"),
            ("runs_out", "26 Nov", "?"),
            ("resets", "1 Dec 05:00", "1 Dec 05:00"),
            ("updated", "14:02", "?"),
            ("state", "ok", "pending"),
        ] {
            assert_eq!(render(&format!("{{{word}}}"), &known), text, "{word}");
            assert_eq!(render(&format!("{{{word}}}"), &acme()), unknown, "{word}");
        }
        assert!(Word::VARIANTS.iter().all(|(word, _)| TEMPLATE.contains(&format!("{{{word}}}"))));
    }

    #[test]
    fn two_braces_are_one_and_an_unknown_word_is_refused() {
        assert_eq!(render("{{{name}} 100% {{}", &acme()), "{Acme} 100% {}");
        for wrong in ["", "{", "{name", "{nme}", "{}", "{ name }", "a\nb"] {
            assert_eq!(wrong.parse::<Template>(), Err(InvalidTemplate), "{wrong:?}");
        }
    }
}
