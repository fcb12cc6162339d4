//! Templates whose words are replaced with an account's figures.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{clock, day, figure, grouped, plain};
use crate::domain::config::ShowAs;
use crate::domain::config::template::{Part, Placeholder, Template};
use crate::domain::month::Month;
use crate::domain::price::cents;
use crate::domain::snapshot::AccountSnapshot;

/// Stands for an unknown figure.
const UNKNOWN: &str = "?";

impl Template {
    /// The text for `account` with the name `name` at `now`, with times in `zone`. Unknown figures become `?`.
    pub fn render(&self, account: &AccountSnapshot, name: &str, now: Timestamp, zone: &TimeZone) -> String {
        let value = |word: Placeholder| match word {
            Placeholder::Name => Some(name.to_owned()),
            word => value_of(word, account, now, zone),
        };
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Word(word) => value(*word).unwrap_or_else(|| UNKNOWN.to_owned()),
        };
        self.parts.iter().map(text).collect()
    }
}

fn value_of(word: Placeholder, account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> Option<String> {
    // Percentages need a quota.
    let quota = account.pool.filter(|pool| !pool.metered);
    match word {
        Placeholder::Name => None,
        Placeholder::Percent => account.percent().map(|percent| percent.to_string()),
        Placeholder::Used => account.pool.map(|pool| plain(pool.used)),
        Placeholder::Quota => quota.map(|pool| plain(pool.quota)),
        Placeholder::Left => quota.map(|pool| figure(&pool, ShowAs::Left)),
        Placeholder::Figure => account.pool.map(|pool| figure(&pool, account.show_as)),
        Placeholder::Forecast => account.forecast.map(|forecast| plain(forecast.used)),
        Placeholder::Cost => {
            let usd = account.metered_usd.or_else(|| account.forecast?.over_usd)?;
            let cents = cents(usd);
            Some(format!("${}.{:02}", grouped(cents / 100), cents % 100))
        }
        Placeholder::RunsOut => Some(day(account.forecast?.exhausted_at?, zone)),
        Placeholder::Resets => Some(clock(Month::containing(now).ends_at, now, zone)),
        Placeholder::Updated => account.updated_at.map(|at| clock(at, now, zone)),
        Placeholder::State => Some(account.state.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::template::{InvalidTemplate, TEMPLATE};
    use crate::domain::config::{AccountId, Config, ConfigEnum};
    use crate::domain::failure::EntryState;
    use crate::domain::forecast::Forecast;
    use crate::domain::state::{PersistedState, State};
    use crate::domain::usage::{GB, Pool};

    fn acme() -> AccountSnapshot {
        let account =
            crate::domain::config::AccountConfig::new(AccountId::from_name("Acme", |_| false), "Acme");
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
                seen: 0,
                rough: false,
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
        assert!(Placeholder::VARIANTS.iter().all(|(word, _)| TEMPLATE.contains(&format!("{{{word}}}"))));
    }

    #[test]
    fn two_braces_are_one_and_an_unknown_word_is_refused() {
        assert_eq!(render("{{{name}} 100% {{}", &acme()), "{Acme} 100% {}");
        for wrong in ["", "{", "{name", "{nme}", "{}", "{ name }", "a\nb"] {
            assert_eq!(wrong.parse::<Template>(), Err(InvalidTemplate), "{wrong:?}");
        }
    }
}
