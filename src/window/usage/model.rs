//! The contents of the cards. All figures and sentences that other frontends show too come from the domain.

use jiff::tz::TimeZone;

use crate::domain::config::{AccountId, Config};
use crate::domain::failure::EntryState;
use crate::domain::forecast::Forecast;
use crate::domain::level::Level;
use crate::domain::plot::pool_name;
use crate::domain::report::explanation;
use crate::domain::snapshot::{AccountSnapshot, RegionSnapshot, Snapshot};
use crate::domain::text;
use crate::domain::usage::{Percent, Pool};
use crate::window::theme::Tone;

use super::breakdown::WhoUsedIt;

/// The card of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub id: AccountId,
    pub name: String,
    /// What it watches, in words.
    pub watch: String,
    /// The used percentage of the watched pool, for sorting.
    pub percent: Option<Percent>,
    /// The forecast percentage for the end of the month, for sorting.
    pub forecast_percent: Option<Percent>,
    /// The large figure: `83%`.
    pub figure: Option<String>,
    /// Its state in one or two words, and its tone.
    pub state: (String, Tone),
    /// The region whose pool is fuller than the watched one, with its level: `São Paulo, BR 90% · critical`.
    pub worst_region: Option<(String, Tone)>,
    /// The bar; `None` without a quota.
    pub bar: Option<Bar>,
    /// Names and values of the figures.
    pub facts: Vec<(&'static str, String)>,
    /// The forecast and its tone.
    pub forecast: Option<(String, Tone)>,
    /// What failed and how to fix it, or why there is no figure.
    pub explanation: Option<(String, Tone)>,
    /// Whether a new token fixes the failure.
    pub needs_new_token: bool,
    /// Other sentences.
    pub remarks: Vec<String>,
    /// The pools of regions.
    pub regions: Vec<Region>,
    /// Who used its pools; `None` if there is nothing to say about that.
    pub breakdown: Option<WhoUsedIt>,
    /// When the figures were fetched.
    pub updated: String,
    /// The figures in one line, for screen readers.
    pub words: String,
}

/// The row of a region in a card.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub label: String,
    /// `1 of 10 GB · 10%`
    pub usage: String,
    /// The bar; `None` without a quota.
    pub bar: Option<Bar>,
}

/// A bar. Positions are shares of its width, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The used part.
    pub used: f32,
    /// Percentage of the quota that is used.
    pub percent: f64,
    /// The position of each threshold, with its percentage.
    pub thresholds: Vec<(f32, u16)>,
    /// The position of the month's marker, on bars that have space for one.
    pub month: Option<f32>,
    /// Its color.
    pub tone: Tone,
    /// A description for screen readers.
    pub words: String,
}

#[cfg(test)]
impl Card {
    /// A card with only the values for sorting and searching.
    pub fn sample(id: AccountId, name: &str, percent: Option<Percent>, forecast: Option<Percent>) -> Card {
        Card {
            id,
            name: name.to_owned(),
            watch: String::new(),
            percent,
            forecast_percent: forecast,
            figure: None,
            state: (String::new(), Tone::Faint),
            worst_region: None,
            bar: None,
            facts: Vec::new(),
            forecast: None,
            explanation: None,
            needs_new_token: false,
            remarks: Vec::new(),
            regions: Vec::new(),
            breakdown: None,
            updated: String::new(),
            words: String::new(),
        }
    }
}

/// The cards of `snapshot`, with the accounts' thresholds from `config`.
pub fn cards(snapshot: &Snapshot, config: &Config, zone: &TimeZone) -> Vec<Card> {
    let thresholds = |account: &AccountSnapshot| {
        let entry = config.account(&account.id);
        entry.map_or(config.thresholds.as_slice(), |entry| config.thresholds_of(entry))
    };
    let card = |account| {
        let card = card(account, snapshot, thresholds(account), zone);
        Card { breakdown: WhoUsedIt::new(account, config, snapshot.generated_at, zone), ..card }
    };
    snapshot.accounts.iter().map(card).collect()
}

fn card(account: &AccountSnapshot, snapshot: &Snapshot, thresholds: &[u16], zone: &TimeZone) -> Card {
    let now = snapshot.generated_at;
    let pool = account.pool.as_ref().filter(|pool| pool.share().is_some());
    let own_level = pool.map(|pool| Level::of_pool(pool, thresholds));
    let elapsed = account.still_of.is_none().then(|| snapshot.month.elapsed(now));
    let (regions, more) = account.regions_in_short();
    let mut remarks: Vec<String> = text::more_regions(more).into_iter().collect();
    remarks.extend(text::quota_changed(account));
    remarks.extend(account.token.as_ref().map(|token| text::token_row(token, now, zone)));
    remarks.extend(text::muted_sentence(account, snapshot, zone));
    let faint = account.is_old() || account.disabled();
    let bar = |pool: &Pool, level: Level, month| {
        let tone = if faint { Tone::Faint } else { level.into() };
        bar(pool, thresholds, month, tone)
    };
    let cost = account.over_usd.filter(|_| account.still_of.is_none());
    let over = pool.and_then(|pool| text::over_so_far(pool, Some(cost?)));
    let pace = account.forecast.as_ref();
    let runs_out = pace.zip(pool).and_then(|(forecast, pool)| text::runs_out(forecast, pool, now, zone));
    let said: Vec<String> = over.iter().cloned().chain(pace.map(text::on_pace)).chain(runs_out).collect();
    let goes_over = over.is_some() || pace.is_some_and(|forecast| forecast.over > 0);
    let tone = if goes_over && !faint { Tone::Warning } else { Tone::Faint };
    let forecast = Some((said.join(" · "), tone)).filter(|(said, _)| !said.is_empty());
    let card = Card {
        id: account.id.clone(),
        name: account.name.clone(),
        watch: pool_name(&account.watch, account.watch_name.clone()),
        percent: account.percent(),
        forecast_percent: account.forecast.as_ref().and_then(Forecast::percent),
        figure: match (account.percent(), pool) {
            (Some(percent), _) => Some(percent.to_string()),
            (None, Some(pool)) => Some(text::gigabytes(pool.used)),
            (None, None) => None,
        },
        state: state(account),
        worst_region: worst_region(account),
        bar: pool.zip(own_level).and_then(|(pool, level)| bar(pool, level, elapsed)),
        facts: pool.map(|pool| facts(account, pool, snapshot)).unwrap_or_default(),
        forecast,
        explanation: explanation(account).map(|said| (said, explained_tone(account))),
        needs_new_token: account.state.needs_new_token(),
        remarks,
        regions: regions
            .into_iter()
            .map(|region: &RegionSnapshot| Region {
                label: region.label.clone(),
                usage: text::region_usage(region),
                bar: bar(&region.pool, region.level, None),
            })
            .collect(),
        breakdown: None,
        updated: match account.updated_at {
            Some(at) => format!("Updated {}", text::clock(at, now, zone)),
            None => "Not updated yet".to_owned(),
        },
        words: String::new(),
    };
    Card { words: words(&card), ..card }
}

/// `83%, Warning. Used 830 GB, Quota 1,000 GB, Left 170 GB, Resets in 9 days. On pace for …`
fn words(card: &Card) -> String {
    let state = card.figure.iter().chain([&card.state.0]).map(String::as_str).collect::<Vec<_>>().join(", ");
    let facts: Vec<String> = card.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let said = [&card.worst_region, &card.forecast, &card.explanation].into_iter().flatten();
    let sentences = [state, facts.join(", ")].into_iter().chain(said.map(|(said, _)| said.clone()));
    let regions = card.regions.iter().map(|region| format!("{}: {}", region.label, region.usage));
    let all = sentences.chain(regions).filter(|sentence| !sentence.is_empty());
    all.map(|sentence| sentence.trim_end_matches('.').to_owned()).collect::<Vec<_>>().join(". ")
}

fn facts(account: &AccountSnapshot, pool: &Pool, snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let resets = text::resets(account, &snapshot.month, snapshot.generated_at);
    let resets = match resets.strip_prefix("resets ") {
        Some(when) => ("Resets", when.to_owned()),
        None => ("Month", resets),
    };
    let mut facts = vec![("Used", text::gigabytes(pool.used))];
    if pool.metered {
        facts.extend(account.metered_usd.map(|usd| ("Cost", text::dollars(usd))));
        facts.push(resets);
        return facts;
    }
    facts.push(("Quota", text::gigabytes(pool.quota)));
    if pool.used > pool.quota {
        facts.push(("Over", text::gigabytes(pool.used - pool.quota)));
    } else {
        facts.push(("Left", text::gigabytes(pool.remaining())));
    }
    if pool.billable > 0 {
        facts.push(("Billed so far", text::gigabytes(pool.billable)));
    }
    facts.push(resets);
    facts
}

fn state(account: &AccountSnapshot) -> (String, Tone) {
    let (word, tone) = match (account.state, account.level, &account.failure) {
        (EntryState::Disabled, _, _) => ("Off", Tone::Faint),
        (_, _, Some(failure)) => {
            let tone = if account.state.needs_new_token() { Tone::Alarm } else { Tone::Warning };
            return (capital(failure.short_label()), tone);
        }
        (EntryState::Pending, _, _) => ("No figures yet", Tone::Faint),
        (EntryState::Stale, _, _) => ("Old figures", Tone::Faint),
        _ if account.still_of.is_some() => ("Last month's figures", Tone::Faint),
        (_, Some(Level::Ok), _) if account.has_no_pool() => ("No pool yet", Tone::Faint),
        (_, Some(Level::Ok), _) => ("OK", Tone::Good),
        (_, Some(Level::Warning), _) => ("Warning", Tone::Warning),
        (_, Some(Level::Critical), _) => ("Critical", Tone::Alarm),
        (_, Some(Level::Exceeded), _) => ("Over quota", Tone::Alarm),
        (_, None, _) => ("No figures", Tone::Faint),
    };
    (word.to_owned(), tone)
}

/// The region whose pool sets the account's level, if its figures are current.
fn worst_region(account: &AccountSnapshot) -> Option<(String, Tone)> {
    let is_current = account.state == EntryState::Ok && account.still_of.is_none();
    let region = account.worst_region().filter(|_| is_current)?;
    let name = text::isolated(&region.label);
    let percent = region.pool.percent().map(|percent| format!(" {percent}")).unwrap_or_default();
    let level = match region.level {
        Level::Exceeded => "over quota",
        level => level.as_str(),
    };
    Some((format!("{name}{percent} · {level}"), region.level.into()))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn explained_tone(account: &AccountSnapshot) -> Tone {
    match account.failure {
        None => Tone::Faint,
        Some(_) if account.state.needs_new_token() => Tone::Alarm,
        Some(_) => Tone::Warning,
    }
}

/// A bar as long as the quota, or longer if the use or a threshold exceeds it.
fn bar(pool: &Pool, thresholds: &[u16], month: Option<f64>, tone: Tone) -> Option<Bar> {
    let percent = pool.percent()?;
    let used = pool.used as f64 / pool.quota as f64 * 100.0;
    let highest = thresholds.last().copied().map_or(100.0, f64::from);
    let whole = used.max(highest).max(100.0);
    let share = |percent: f64| (percent / whole) as f32;
    let listed: Vec<String> = thresholds.iter().map(|t| format!("{t}%")).collect();
    let gone = month.map(|elapsed| format!(" · {}", text::month_elapsed(elapsed)));
    let words = format!("{percent} used · thresholds at {}{}", listed.join(", "), gone.unwrap_or_default());
    Some(Bar {
        used: share(used),
        percent: used,
        thresholds: thresholds.iter().map(|t| (share(f64::from(*t)), *t)).collect(),
        month: month.map(|elapsed| share(elapsed * 100.0)),
        tone,
        words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{AccountRecord, Reading};
    use crate::domain::state::{PersistedState, State};
    use crate::domain::usage::{PoolId, Usage};

    #[test]
    fn a_bar_is_as_long_as_what_reaches_farthest() {
        let of = |used, thresholds: &[u16]| {
            bar(&Pool::from_gb(used, 100, 0), thresholds, Some(0.5), Tone::Good).unwrap()
        };
        let within = of(50, &[80, 90, 100]);
        assert_eq!((within.used, within.month), (0.5, Some(0.5)));
        assert_eq!(within.thresholds.last(), Some(&(1.0, 100)));
        assert_eq!(within.words, "50% used · thresholds at 80%, 90%, 100% · 50% of the month gone");
        let over = of(200, &[80, 100]);
        assert_eq!((over.used, over.month), (1.0, Some(0.25)));
        assert_eq!(over.thresholds.last(), Some(&(0.5, 100)));
        assert!(bar(&Pool::default(), &[80], None, Tone::Good).is_none());
    }

    #[test]
    fn a_card_says_what_the_month_will_come_to_until_it_is_over() {
        let now = "2026-11-22T05:10:00Z".parse().unwrap();
        let usage = Usage { pool: Pool::from_gb(830, 1000, 0), ..Usage::default() };
        let mut record = AccountRecord { name: "Acme".to_owned(), ..AccountRecord::default() };
        record.take_reading(Reading { at: now, watch: PoolId::Global, usage });
        let kept = PersistedState {
            records: [("acme".parse().unwrap(), record)].into(),
            ..PersistedState::default()
        };
        let snapshot = State::new(kept.clone(), 0, now).snapshot(now);
        let card = card(&snapshot.accounts[0], &snapshot, &[80, 90, 100], &TimeZone::UTC);
        let said = "On pace for 1,184 GB: about $0.92 over (a rough guess from a single figure) · Runs out about 26 Nov";
        assert_eq!(card.forecast, Some((said.to_owned(), Tone::Warning)));
        let december = "2026-12-01T05:00:00Z".parse().unwrap();
        let snapshot = State::new(kept, 0, december).snapshot(december);
        let card = super::card(&snapshot.accounts[0], &snapshot, &[80, 90, 100], &TimeZone::UTC);
        assert_eq!(card.forecast, None);
        assert!(card.facts.contains(&("Month", "still November's".to_owned())), "{:?}", card.facts);
        assert_eq!(card.bar.map(|bar| (bar.month, bar.tone)), Some((None, Tone::Faint)));
    }

    #[test]
    fn pools_over_their_quota_say_what_that_costs() {
        let now = "2026-11-22T05:10:00Z".parse().unwrap();
        let regions = [("id-cgk".to_owned(), Pool::from_gb(12, 10, 2))].into();
        let usage = Usage { pool: Pool::from_gb(1655, 1000, 655), regions };
        let mut record = AccountRecord::default();
        record.take_reading(Reading { at: now, watch: PoolId::Global, usage });
        let kept = PersistedState {
            records: [("acme".parse().unwrap(), record)].into(),
            ..PersistedState::default()
        };
        let snapshot = State::new(kept, 0, now).snapshot(now);
        let card = card(&snapshot.accounts[0], &snapshot, &[80, 100], &TimeZone::UTC);
        let (forecast, tone) = card.forecast.unwrap();
        assert!(forecast.starts_with("655 GB over, about $3.28 so far · On pace for"), "{forecast}");
        assert_eq!(tone, Tone::Warning);
        assert_eq!(card.regions[0].usage, "12 of 10 GB · 120% · 2 GB over, about $0.01 so far");
    }

    #[test]
    fn fuller_region_is_shown_with_its_own_percentage() {
        let now = "2026-11-22T05:10:00Z".parse().unwrap();
        let regions = [("br-gru".to_owned(), Pool::from_gb(90, 100, 0))].into();
        let usage = Usage { pool: Pool::from_gb(44, 100, 0), regions };
        let mut record = AccountRecord::default();
        record.take_reading(Reading { at: now, watch: PoolId::Global, usage });
        let kept = PersistedState {
            records: [("acme".parse().unwrap(), record)].into(),
            ..PersistedState::default()
        };
        let mut snapshot = State::new(kept, 0, now).snapshot(now);
        let account = &mut snapshot.accounts[0];
        account.state = EntryState::Ok;
        account.regions[0].level = Level::Critical;
        (account.level, account.pool_level) = (Some(Level::Critical), Some(Level::Ok));
        let card = card(&snapshot.accounts[0], &snapshot, &[80, 90], &TimeZone::UTC);
        assert_eq!(card.state.0, "Critical");
        assert_eq!(card.worst_region, Some(("br-gru 90% · critical".to_owned(), Tone::Alarm)));
    }

    #[test]
    fn a_region_without_a_pool_is_not_called_ok() {
        let now = "2026-11-22T05:10:00Z".parse().unwrap();
        let watch = PoolId::Region("br-gru".to_owned());
        let mut record = AccountRecord::default();
        record.take_reading(Reading { at: now, watch: watch.clone(), usage: Usage::default() });
        let kept = PersistedState {
            records: [("acme".parse().unwrap(), record)].into(),
            ..PersistedState::default()
        };
        let mut snapshot = State::new(kept, 0, now).snapshot(now);
        snapshot.accounts[0].watch = watch;
        let card = card(&snapshot.accounts[0], &snapshot, &[80], &TimeZone::UTC);
        assert_eq!(card.state, ("No pool yet".to_owned(), Tone::Faint));
        let why = "No transfer pool yet: it appears with the account's first Linode there.";
        assert_eq!(card.explanation, Some((why.to_owned(), Tone::Faint)));
    }

    #[test]
    fn a_card_says_until_when_notifications_are_muted() {
        let now = "2026-11-22T05:10:00Z".parse().unwrap();
        let kept = PersistedState {
            records: [("acme".parse().unwrap(), AccountRecord::default())].into(),
            ..PersistedState::default()
        };
        let mut snapshot = State::new(kept, 0, now).snapshot(now);
        let remarks = |snapshot: &Snapshot| {
            card(&snapshot.accounts[0], snapshot, &[80], &TimeZone::UTC).remarks.join(" · ")
        };
        assert_eq!(remarks(&snapshot), "");
        snapshot.accounts[0].muted = true;
        assert_eq!(remarks(&snapshot), "Notifications muted");
        snapshot.muted_until = Some("2026-11-22T23:33:00Z".parse().unwrap());
        assert_eq!(remarks(&snapshot), "Notifications muted until 23:33");
    }
}
