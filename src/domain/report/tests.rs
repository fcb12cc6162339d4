use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::domain::breakdown::{ConsumerId, OBJECT_STORAGE};
use crate::domain::config::{AccountConfig, ApiUrl, Config};
use crate::domain::failure::Failure;
use crate::domain::state::{Answer, Effect, Event, PersistedState, PollId, State, update};
use crate::domain::token::{Scopes, TokenId};
use crate::domain::usage::Usage;

/// As scripts get it; here in lines that are joined.
const EXAMPLE: &str = include_str!("example.json");

fn joined(lines: &str) -> String {
    lines.lines().map(str::trim_start).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-22T05:10:00.987654321Z";

/// The one poll that these ask for.
fn polled(effects: &[Effect]) -> PollId {
    let asks = effects.iter().find_map(|effect| match effect {
        Effect::Poll(asks) => asks.first(),
        _ => None,
    });
    asks.unwrap().poll.clone()
}

/// One account that has answered at `NOW`.
fn answered() -> State {
    let now = at(NOW);
    let id: super::super::config::AccountId = "acme".parse().unwrap();
    let config = Config { accounts: vec![AccountConfig::new(id.clone(), "Acme")], ..Config::default() };
    let mut state = State::new(PersistedState::default(), 1, now);
    let effects = update(&mut state, Event::ConfigLoaded(Box::new(config)), now);
    let poll = polled(&effects);
    let usage = Usage {
        pool: Pool::from_gb(830, 1000, 0),
        regions: vec![("id-cgk".to_owned(), Pool::from_gb(1, 10, 0))],
    };
    let token = Some(TokenId("t".to_owned()));
    let outcome = Ok(Answer { usage, scopes: Some(Scopes::from("account:read_only")), linode_label: None });
    update(&mut state, Event::PollFinished { poll: poll.clone(), token, outcome }, now);
    let scopes = Scopes::from("account:read_only");
    let info = TokenInfo { label: Some("tray".to_owned()), scopes, expires_at: None };
    update(&mut state, Event::TokenInfoFetched(poll.clone(), Some(info)), now);
    let names = BTreeMap::from([("id-cgk".to_owned(), "Jakarta, ID".to_owned())]);
    update(&mut state, Event::RegionLabelsFetched(ApiUrl::default(), names), now);
    let consumer = |id, label: &str, region: &str, used| Consumer {
        id,
        label: label.to_owned(),
        region: region.to_owned(),
        used,
    };
    let consumers = vec![
        consumer(ConsumerId::ObjectStorage, OBJECT_STORAGE, "", 41_500_000_000),
        consumer(ConsumerId::Linode(101), "web-1", "us-east", 506_300_000_000),
    ];
    let poll = PollId { account: id, generation: poll.generation };
    update(&mut state, Event::BreakdownFetched(poll, Ok(consumers)), now);
    state
}

fn text(state: &State, now: Timestamp) -> String {
    serde_json::to_string(&Report::new(&state.snapshot(now))).unwrap()
}

#[test]
fn the_report_is_the_documented_example_to_the_letter() {
    assert_eq!(text(&answered(), at(NOW)), joined(EXAMPLE));
}

#[test]
fn failure_adds_its_error_and_keeps_figures_and_time() {
    let mut state = answered();
    let later = at(NOW) + Duration::from_secs(3600);
    let failure = Failure::RateLimited { retry_after: None };
    let poll = polled(&update(&mut state, Event::RefreshRequested, later));
    let failed = Event::PollFinished { poll, token: None, outcome: Err(failure) };
    update(&mut state, failed, later);
    let report = text(&state, later);
    for part in [
        r#""state":"rate_limited","level":"warning","updated_at":"2026-11-22T05:10:00Z","used_gb":830.0"#,
        r#""error":{"kind":"rate_limited","message":"Rate limited by the Linode API."}"#,
        r#""generated_at":"2026-11-22T06:10:00Z""#,
    ] {
        assert!(report.contains(part), "{report}");
    }
}

#[test]
fn what_is_not_known_is_null() {
    let account: super::super::config::AccountId = "a".parse().unwrap();
    let config = Config { accounts: vec![AccountConfig::new(account, "A")], ..Config::default() };
    let mut state = State::new(PersistedState::default(), 1, at(NOW));
    update(&mut state, Event::ConfigLoaded(Box::new(config)), at(NOW));
    let report = text(&state, at(NOW));
    let nothing = r#""accounts":[{"id":"a","name":"A","watch":"global","state":"pending","level":null,"#
        .to_owned()
        + r#""updated_at":null,"used_gb":null,"quota_gb":null,"billable_gb":null,"remaining_gb":null,"#
        + r#""percent":null,"forecast":null,"regions":[],"token":null,"error":null,"breakdown":null}]}"#;
    assert!(report.ends_with(&nothing), "{report}");
}

#[test]
fn each_state_is_named_the_same_in_json_and_in_tables() {
    use EntryState::*;
    for state in [
        Ok,
        Pending,
        Stale,
        TokenMissing,
        TokenInvalid,
        ScopeMissing,
        Forbidden,
        RateLimited,
        Unreachable,
        InvalidResponse,
        Maintenance,
        KeyringLocked,
        KeyringUnavailable,
        Disabled,
    ] {
        assert_eq!(serde_json::to_string(&state).unwrap(), format!("{:?}", state.as_str()));
    }
    for level in [Level::Ok, Level::Warning, Level::Critical, Level::Exceeded] {
        assert_eq!(serde_json::to_string(&level).unwrap(), format!("{:?}", level.as_str()));
    }
}
