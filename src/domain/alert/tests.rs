use super::*;
use crate::domain::config::Account;
use crate::domain::entry::{Memory, Reading};
use crate::domain::token::{Scopes, TokenInfo};
use crate::domain::usage::{Pool, Usage};

const NOW: &str = "2026-11-22T05:10:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An entry in good order, with a token that expires then.
fn entry(used: u64, expires_at: Option<&str>) -> Entry {
    let mut memory = Memory {
        token_id: Some(TokenId("one".into())),
        token: Some(TokenInfo {
            label: Some("tray".into()),
            scopes: Scopes::from("account:read_only"),
            expires_at: expires_at.map(at),
        }),
        ..Memory::default()
    };
    let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions: Vec::new() };
    memory.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    Entry::new(Account::new("acme".parse().unwrap(), "Acme"), memory, at(NOW))
}

fn told(entry: &Entry, known: &BTreeSet<AlertKey>) -> Vec<Alert> {
    let config = Config::default();
    let regions = BTreeMap::from([("id-cgk".to_owned(), "Jakarta, ID".to_owned())]);
    due(entry, Surroundings { config: &config, regions: &regions, all_muted: false, known, now: at(NOW) })
}

fn expiry(days: u16) -> AlertKey {
    AlertKey::TokenExpiry { token: TokenId("one".into()), days }
}

#[test]
fn a_token_that_expires_is_told_of_once_at_each_of_its_days() {
    assert!(told(&entry(1, Some("2026-11-29T05:10:01Z")), &BTreeSet::new()).is_empty());
    let week = told(&entry(1, Some("2026-11-29T05:10:00Z")), &BTreeSet::new());
    assert_eq!(week[0].summary, "Acme: token expires in 7 days");
    assert_eq!(week[0].settles, [expiry(7)]);
    let known = BTreeSet::from([expiry(7)]);
    assert!(told(&entry(1, Some("2026-11-24T05:10:00Z")), &known).is_empty());
    let day = told(&entry(1, Some("2026-11-23T05:00:00Z")), &known);
    assert_eq!(
        (day[0].summary.as_str(), &day[0].settles),
        ("Acme: token expires in 24 hours", &vec![expiry(1)])
    );
}

#[test]
fn a_start_on_the_last_day_tells_once_for_both() {
    let alerts = told(&entry(1, Some("2026-11-22T06:00:00Z")), &BTreeSet::new());
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].summary, "Acme: token expires in 1 hour");
    assert_eq!(alerts[0].settles, [expiry(7), expiry(1)]);
}

#[test]
fn a_token_that_never_expires_or_has_expired_is_not_told_of_ahead() {
    for expires_at in [None, Some("2026-11-22T05:09:00Z")] {
        assert!(told(&entry(1, expires_at), &BTreeSet::new()).is_empty());
    }
}

#[test]
fn a_mute_holds_an_expiry_back_and_neither_a_refused_token_nor_100_percent() {
    let muted = |mut entry: Entry| {
        entry.account.muted = true;
        told(&entry, &BTreeSet::new())
    };
    assert!(muted(entry(850, Some("2026-11-23T00:00:00Z"))).is_empty());
    assert_eq!(muted(entry(1000, None))[0].summary, "Acme is over its transfer");
    let mut refused = entry(850, None);
    refused.memory.take_failure(Failure::TokenInvalid, Some(TokenId("one".into())), at(NOW));
    assert_eq!(muted(refused)[0].summary, "Acme: token refused");
}

#[test]
fn several_at_once_are_one_notification_that_lists_them() {
    let alerts = told(&entry(830, Some("2026-11-23T05:00:00Z")), &BTreeSet::new());
    let one = Notification::of(alerts).unwrap();
    assert_eq!(one.summary, "Linode transfer: 2 alerts");
    assert_eq!(
        one.body,
        "Acme passed 80% of its transfer · 830 of 1,000 GB · resets in 9 days\nAcme: token expires in 24 hours"
    );
    assert_eq!(one.settles.len(), 3);
}

#[test]
fn a_region_is_named_beside_the_entry_that_it_counts_for() {
    let mut entry = entry(1, None);
    let usage = Usage {
        pool: Pool::from_gb(1, 1000, 0),
        regions: vec![("id-cgk".to_owned(), Pool::from_gb(9, 10, 0))],
    };
    entry.memory.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    assert_eq!(told(&entry, &BTreeSet::new())[0].summary, "Acme (Jakarta, ID) passed 90% of its transfer");
}

#[test]
fn ten_thousand_at_once_are_one_notification_that_a_screen_has_room_for() {
    let region = |n: u64| (format!("xx-{n}"), Pool::from_gb(if n == 9_999 { 101 } else { 85 }, 100, 0));
    let usage = Usage { pool: Pool::from_gb(1, 1000, 0), regions: (0..10_000).map(region).collect() };
    let mut many = entry(1, None);
    many.memory.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    let alerts = told(&many, &BTreeSet::new());
    assert_eq!(alerts.len(), 10_000);
    let one = Notification::of(alerts).unwrap();
    assert_eq!(one.summary, "Linode transfer: 10,000 alerts");
    let lines: Vec<&str> = one.body.lines().collect();
    assert_eq!(lines.len(), 11);
    assert!(lines[0].starts_with("Acme (xx-9999) is over its transfer"), "{lines:?}");
    assert_eq!(lines[10], "and 9,990 more");
    assert_eq!(one.settles.len(), 10_000 + 2, "80, 90 and 100 of the one that is over");
}

fn facts(alert: &Alert) -> BTreeMap<&'static str, String> {
    let facts = alert.facts();
    assert!(facts.iter().all(|(name, _)| facts::NAMES.contains(name)), "{facts:?}");
    facts.into_iter().map(|(name, value)| (name.strip_prefix("LINODE_BANDWIDTH_").unwrap(), value)).collect()
}

#[test]
fn a_threshold_has_its_facts_for_programs() {
    let facts = facts(&told(&entry(830, None), &BTreeSet::new())[0]);
    let told: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        told,
        [
            ("ACCOUNT", "acme"),
            ("ACCOUNT_NAME", "Acme"),
            ("BODY", "830 of 1,000 GB · resets in 9 days"),
            ("KIND", "threshold"),
            ("LEVEL", "warning"),
            ("MONTH", "2026-11"),
            ("PERCENT", "83"),
            ("POOL", "global"),
            ("QUOTA_GB", "1000"),
            ("SUMMARY", "Acme passed 80% of its transfer"),
            ("THRESHOLD", "80"),
            ("USED_GB", "830"),
        ]
    );
}

#[test]
fn a_tokens_alerts_have_no_figures_and_no_fingerprint() {
    let expiring = facts(&told(&entry(1, Some("2026-11-23T05:00:00Z")), &BTreeSet::new())[0]);
    assert_eq!(
        (expiring["KIND"].as_str(), expiring["EXPIRES_AT"].as_str()),
        ("token_expiry", "2026-11-23T05:00:00Z")
    );
    let mut refused = entry(830, None);
    refused.memory.take_failure(Failure::TokenInvalid, Some(TokenId("f1ngerprint".into())), at(NOW));
    let refused = facts(&told(&refused, &BTreeSet::new())[0]);
    assert_eq!(refused["KIND"], "token_invalid");
    for facts in [expiring, refused] {
        assert!(!facts.contains_key("USED_GB") && !format!("{facts:?}").contains("f1nger"), "{facts:?}");
    }
}
