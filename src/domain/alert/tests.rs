use super::*;
use crate::domain::account::{AccountRecord, Reading};
use crate::domain::config::AccountConfig;
use crate::domain::token::{Scopes, TokenInfo};
use crate::domain::usage::{GB, Pool, Usage};

const NOW: &str = "2026-11-22T05:10:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An account in good order, with a token that expires then.
fn account(used: u64, expires_at: Option<&str>) -> AccountState {
    let mut record = AccountRecord {
        token_id: Some(TokenId("one".into())),
        token: Some(TokenInfo {
            label: Some("tray".into()),
            scopes: Scopes::from("account:read_only"),
            expires_at: expires_at.map(at),
        }),
        ..AccountRecord::default()
    };
    let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions: Vec::new() };
    record.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    AccountState::new(AccountConfig::new("acme".parse().unwrap(), "Acme"), record, at(NOW))
}

/// Without the forecast alert.
fn told(account: &AccountState, known: &BTreeSet<AlertKey>) -> Vec<Alert> {
    told_by(&Config { forecast_alert: false, ..Config::default() }, account, known)
}

fn told_by(config: &Config, account: &AccountState, known: &BTreeSet<AlertKey>) -> Vec<Alert> {
    let regions = BTreeMap::from([("id-cgk".to_owned(), "Jakarta, ID".to_owned())]);
    let (regions, prices, zone) = (&regions, &Prices::default(), &TimeZone::UTC);
    let known = SentAlerts { sent: known, pending: &BTreeSet::new() };
    due(account, AlertContext { config, regions, all_muted: false, known, prices, zone, now: at(NOW) })
}

fn expiry(days: u16) -> AlertKey {
    AlertKey::TokenExpiry { token: TokenId("one".into()), days }
}

#[test]
fn a_token_about_to_expire_alerts_once_at_each_of_its_days() {
    assert!(told(&account(1, Some("2026-11-29T05:10:01Z")), &BTreeSet::new()).is_empty());
    let week = told(&account(1, Some("2026-11-29T05:10:00Z")), &BTreeSet::new());
    assert_eq!(week[0].summary, "Acme: token expires in 7 days");
    assert_eq!(week[0].keys, [expiry(7)]);
    let known = BTreeSet::from([expiry(7)]);
    assert!(told(&account(1, Some("2026-11-24T05:10:00Z")), &known).is_empty());
    let day = told(&account(1, Some("2026-11-23T05:00:00Z")), &known);
    assert_eq!(
        (day[0].summary.as_str(), &day[0].keys),
        ("Acme: token expires in 24 hours", &vec![expiry(1)])
    );
}

#[test]
fn a_start_on_the_last_day_tells_once_for_both() {
    let alerts = told(&account(1, Some("2026-11-22T06:00:00Z")), &BTreeSet::new());
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].summary, "Acme: token expires in 50 minutes");
    assert_eq!(alerts[0].keys, [expiry(7), expiry(1)]);
}

#[test]
fn more_days_ahead_than_were_told_of_tell_nothing_new() {
    let config = Config { token_expiry_alert_days: vec![14, 3], ..Config::default() };
    let told = |known| told_by(&config, &account(1, Some("2026-11-26T05:10:00Z")), &known);
    assert!(told(BTreeSet::from([expiry(7)])).is_empty());
    assert_eq!(told(BTreeSet::new()).len(), 1);
}

#[test]
fn no_expiry_alert_for_permanent_or_expired_tokens() {
    for expires_at in [None, Some("2026-11-22T05:09:00Z")] {
        assert!(told(&account(1, expires_at), &BTreeSet::new()).is_empty());
    }
}

#[test]
fn mute_covers_expiry_but_not_refused_tokens_or_100_percent() {
    let muted = |mut account: AccountState| {
        account.config.muted = true;
        told(&account, &BTreeSet::new())
    };
    assert!(muted(account(850, Some("2026-11-23T00:00:00Z"))).is_empty());
    assert_eq!(muted(account(1000, None))[0].summary, "Acme is over its transfer");
    let mut refused = account(850, None);
    refused.record.take_failure(Failure::TokenInvalid, Some(TokenId("one".into())), at(NOW));
    assert_eq!(muted(refused)[0].summary, "Acme: token refused");
}

fn threshold(percent: u16) -> AlertKey {
    let (account, month) = ("acme".parse().unwrap(), "2026-11".parse().unwrap());
    AlertKey::Threshold { account, pool: PoolId::Global, month, percent }
}

/// Summary and keys of the alerts with these thresholds, for all accounts or one, with known alerts, muted or not.
fn told_of(
    used: u64,
    thresholds: &[u16],
    known: &[u16],
    of_one: bool,
    muted: bool,
) -> Vec<(String, Vec<u16>)> {
    let mut config = Config { forecast_alert: false, ..Config::default() };
    let mut account = account(used, None);
    account.config.muted = muted;
    match of_one {
        true => account.config.thresholds = Some(thresholds.to_vec()),
        false => config.thresholds = thresholds.to_vec(),
    }
    let told = told_by(&config, &account, &known.iter().map(|percent| threshold(*percent)).collect());
    let percent = |key: &AlertKey| match key {
        AlertKey::Threshold { percent, .. } => *percent,
        other => panic!("{other:?}"),
    };
    told.into_iter().map(|alert| (alert.summary, alert.keys.iter().map(percent).collect())).collect()
}

#[test]
fn going_over_alerts_once_even_if_muted() {
    let over = |keys: &[u16]| [("Acme is over its transfer".to_owned(), keys.to_vec())];
    for (of_one, muted) in [(false, false), (true, false), (false, true), (true, true)] {
        for (thresholds, known) in [([70, 95].as_slice(), [70, 95].as_slice()), (&[80], &[80]), (&[150], &[])]
        {
            assert_eq!(told_of(1010, thresholds, known, of_one, muted), over(&[100]), "{thresholds:?}");
            let all = [known, &[100]].concat();
            assert!(told_of(1020, thresholds, &all, of_one, muted).is_empty(), "{thresholds:?}: once");
        }
        assert_eq!(
            told_of(1050, &[70, 95], &[], of_one, muted),
            over(&[70, 95, 100]),
            "seen first when over"
        );
        assert_eq!(told_of(1600, &[150], &[100], of_one, muted), over(&[150]));
    }
}

#[test]
fn changed_thresholds_below_a_sent_one_do_not_alert() {
    assert!(told_of(830, &[70, 95], &[80], false, false).is_empty());
    assert!(told_of(830, &[70, 75, 95], &[80], true, false).is_empty());
    let passed_95 = ("Acme passed 95% of its transfer".to_owned(), vec![95]);
    assert_eq!(told_of(960, &[70, 95], &[80], false, false), [passed_95]);
    assert!(told_of(1010, &[80, 90], &[100], false, false).is_empty(), "nor after it was over");
}

#[test]
fn several_alerts_are_one_notification_with_costs_first() {
    let named = |name: &str, alert: &Alert| Alert {
        summary: alert.summary.replace("Acme", name),
        name: name.to_owned(),
        ..alert.clone()
    };
    let of = |used| told(&account(used, None), &BTreeSet::new()).remove(0);
    let expiring = told(&account(1, Some("2026-11-23T05:00:00Z")), &BTreeSet::new()).remove(0);
    let mut refused = account(1, None);
    refused.record.take_failure(Failure::TokenInvalid, Some(TokenId("one".into())), at(NOW));
    let refused = told(&refused, &BTreeSet::new()).remove(0);
    let forecast = paced(&account(780, None), &BTreeSet::new()).remove(0);
    let all = [
        named("A", &of(830)),
        named("B", &expiring),
        named("C", &of(910)),
        named("D", &forecast),
        named("E", &refused),
        named("F", &of(920)),
        named("G", &of(1010)),
    ];
    let one = Notification::from_alerts(all.to_vec()).unwrap();
    assert_eq!(one.summary, "Linode transfer: 7 alerts");
    let lines: Vec<&str> = one.body.lines().collect();
    assert_eq!(
        lines,
        [
            "G is over its transfer · 1,010 of 1,000 GB",
            "E: token refused",
            "D is on pace to go over its transfer · about $0.57 over",
            "C passed 90% of its transfer · 910 of 1,000 GB",
            "F passed 90% of its transfer · 920 of 1,000 GB",
            "and 2 more",
        ]
    );
    assert_eq!(one.keys.len(), all.iter().map(|alert| alert.keys.len()).sum::<usize>());
    let two = Notification::from_alerts(all[..2].to_vec()).unwrap();
    assert_eq!(two.body, "A passed 80% of its transfer · 830 of 1,000 GB\nB: token expires in 24 hours");
}

#[test]
fn a_region_is_named_beside_the_entry_that_it_counts_for() {
    let mut account = account(1, None);
    let usage = Usage {
        pool: Pool::from_gb(1, 1000, 0),
        regions: vec![("id-cgk".to_owned(), Pool::from_gb(9, 10, 0))],
    };
    account.record.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    assert_eq!(told(&account, &BTreeSet::new())[0].summary, "Acme (Jakarta, ID) passed 90% of its transfer");
}

#[test]
fn ten_thousand_alerts_are_one_short_notification() {
    let region = |n: u64| (format!("xx-{n}"), Pool::from_gb(if n == 9_999 { 101 } else { 85 }, 100, 0));
    let usage = Usage { pool: Pool::from_gb(1, 1000, 0), regions: (0..10_000).map(region).collect() };
    let mut many = account(1, None);
    many.record.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    let alerts = told(&many, &BTreeSet::new());
    assert_eq!(alerts.len(), 10_000);
    let one = Notification::from_alerts(alerts).unwrap();
    assert_eq!(one.summary, "Linode transfer: 10,000 alerts");
    let lines: Vec<&str> = one.body.lines().collect();
    assert_eq!(lines.len(), 6);
    assert!(lines[0].starts_with("Acme (xx-9999) is over its transfer"), "{lines:?}");
    assert_eq!(lines[5], "and 9,995 more");
    assert_eq!(one.keys.len(), 10_000 + 2, "80, 90 and 100 of the one that is over");
}

fn facts(alert: &Alert) -> BTreeMap<&'static str, String> {
    let facts = alert.facts();
    assert!(facts.iter().all(|(name, _)| facts::NAMES.contains(name)), "{facts:?}");
    facts.into_iter().map(|(name, value)| (name.strip_prefix("LINODE_BANDWIDTH_").unwrap(), value)).collect()
}

#[test]
fn a_threshold_has_its_facts_for_programs() {
    let facts = facts(&told(&account(830, None), &BTreeSet::new())[0]);
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
    let expiring = facts(&told(&account(1, Some("2026-11-23T05:00:00Z")), &BTreeSet::new())[0]);
    assert_eq!(
        (expiring["KIND"].as_str(), expiring["EXPIRES_AT"].as_str()),
        ("token_expiry", "2026-11-23T05:00:00Z")
    );
    let mut refused = account(830, None);
    refused.record.take_failure(Failure::TokenInvalid, Some(TokenId("f1ngerprint".into())), at(NOW));
    let refused = facts(&told(&refused, &BTreeSet::new())[0]);
    assert_eq!(refused["KIND"], "token_invalid");
    for facts in [expiring, refused] {
        assert!(!facts.contains_key("USED_GB") && !format!("{facts:?}").contains("f1nger"), "{facts:?}");
    }
}

/// `account` with samples from this many hours before its figures, in a month with even use.
fn seen_for(hours: i64, account: &AccountState) -> AccountState {
    let (reading, mut account) = (account.record.reading.as_ref().unwrap(), account.clone());
    let month = Month::containing(reading.at);
    let first = reading.at - SignedDuration::from_hours(hours);
    let used = |pool: Pool| (pool.used as f64 * month.elapsed(first) / month.elapsed(reading.at)) as u64;
    account.recall_samples(reading.pools().map(|(id, pool)| (id, vec![(first, used(pool))])).collect());
    account
}

/// The forecast's alerts alone, with two days of samples.
fn paced(account: &AccountState, known: &BTreeSet<AlertKey>) -> Vec<Alert> {
    let forecasts = |alert: &Alert| matches!(alert.kind, AlertKind::Forecast(_));
    told_by(&Config::default(), &seen_for(48, account), known).into_iter().filter(forecasts).collect()
}

fn november(pool: PoolId) -> AlertKey {
    AlertKey::Forecast { account: "acme".parse().unwrap(), pool, month: "2026-11".parse().unwrap() }
}

#[test]
fn a_forecast_over_quota_alerts_once_with_day_and_dollars() {
    let [alert] = paced(&account(830, None), &BTreeSet::new()).try_into().unwrap();
    assert_eq!(alert.summary, "Acme is on pace to go over its transfer");
    let body = "1,184 of 1,000 GB by the month's end: about $0.92 over · runs out about 26 Nov";
    assert_eq!(alert.body, body);
    assert_eq!(alert.keys, [november(PoolId::Global)]);
    let facts: BTreeMap<_, _> = alert.facts().into_iter().collect();
    for (name, value) in [
        ("KIND", "forecast"),
        ("POOL", "global"),
        ("USED_GB", "830"),
        ("FORECAST_GB", "1184.8"),
        ("OVER_GB", "184.8"),
        ("OVER_USD", "0.92"),
        ("EXHAUSTED_AT", "2026-11-26T12:37:00Z"),
    ] {
        assert_eq!(facts[&*format!("LINODE_BANDWIDTH_{name}")], value);
    }
    assert!(facts.keys().all(|name| facts::NAMES.contains(name)));
    assert!(paced(&account(830, None), &alert.keys.into_iter().collect()).is_empty());
}

#[test]
fn it_is_told_only_of_what_is_nearly_sure() {
    // 1,027 GB is what 720 come to, and 976 at the band's lower end.
    let likely = account(720, None);
    let pool = Pool::from_gb(720, 1000, 0);
    let forecast = likely.forecast(&PoolId::Global, &pool, &Prices::default(), at(NOW)).unwrap();
    assert!(forecast.over > 0 && forecast.low < forecast.quota);
    assert!(paced(&likely, &BTreeSet::new()).is_empty());
}

#[test]
fn of_a_pool_that_is_or_was_over_it_is_not_told() {
    assert!(paced(&account(1000, None), &BTreeSet::new()).is_empty());
    assert!(paced(&account(830, None), &BTreeSet::from([threshold(100)])).is_empty());
    assert!(paced(&account(830, None), &BTreeSet::from([threshold(150)])).is_empty());
    assert_eq!(paced(&account(830, None), &BTreeSet::from([threshold(90)])).len(), 1);
}

#[test]
fn no_forecast_alert_before_10_percent_or_two_days() {
    let told = |time: &str, hours: i64| {
        let mut account = account(1, None);
        let usage = Usage { pool: Pool::from_gb(500, 1000, 0), regions: Vec::new() };
        account.record.take_reading(Reading { at: at(time), watch: PoolId::Global, usage });
        let account = seen_for(hours, &account);
        let (config, regions, known) = (Config::default(), BTreeMap::new(), BTreeSet::new());
        let (prices, zone) = (&Prices::default(), &TimeZone::UTC);
        let context = AlertContext {
            config: &config,
            regions: &regions,
            all_muted: false,
            known: SentAlerts { sent: &known, pending: &known },
            prices,
            zone,
            now: at(time),
        };
        due(&account, context).len()
    };
    // A tenth of 721 hours are 3 days and 6 minutes.
    assert_eq!((told("2026-11-04T04:05:00Z", 48), told("2026-11-04T04:07:00Z", 48)), (0, 1));
    assert_eq!((told("2026-11-10T04:00:00Z", 47), told("2026-11-10T04:00:00Z", 48)), (0, 1));
}

#[test]
fn it_is_held_back_by_a_mute_and_by_the_setting() {
    let mut muted = account(830, None);
    muted.config.muted = true;
    assert!(paced(&muted, &BTreeSet::new()).is_empty());
    let off = Config { forecast_alert: false, thresholds: vec![1000], ..Config::default() };
    assert!(told_by(&off, &seen_for(48, &account(830, None)), &BTreeSet::new()).is_empty());
}

#[test]
fn a_region_and_a_single_linode_alert_as_they_are_billed() {
    let mut account = account(1, None);
    let usage = Usage {
        pool: Pool::from_gb(1, 1000, 0),
        regions: vec![("id-cgk".to_owned(), Pool::from_gb(900, 1000, 0))],
    };
    account.record.take_reading(Reading { at: at(NOW), watch: PoolId::Global, usage });
    let [alert] = paced(&account, &BTreeSet::new()).try_into().unwrap();
    assert_eq!(alert.summary, "Acme (Jakarta, ID) is on pace to go over its transfer");
    let watch = PoolId::Linode(7);
    account.config.watch = watch.clone();
    let usage = Usage { pool: Pool::from_gb(830, 1000, 0), regions: Vec::new() };
    account.record.take_reading(Reading { at: at(NOW), watch, usage });
    let [alert] = paced(&account, &BTreeSet::new()).try_into().unwrap();
    let body = "1,184 of 1,000 GB by the month's end: 184 GB over · runs out about 26 Nov";
    assert_eq!(alert.body, body);
    assert!(alert.facts().iter().all(|(name, _)| *name != "LINODE_BANDWIDTH_OVER_USD"));
}

#[test]
fn alert_over_quota_has_overage_and_cost_so_far() {
    let body = |used| told(&account(used, None), &BTreeSet::new())[0].body.clone();
    assert_eq!(body(1655), "1,655 of 1,000 GB · 655 GB over, about $3.28 so far · resets in 9 days");
    assert_eq!(body(1000), "1,000 of 1,000 GB · resets in 9 days");
    let mut linode = account(1, None);
    linode.config.watch = PoolId::Linode(7);
    let usage = Usage { pool: Pool::from_gb(1100, 1000, 0), regions: Vec::new() };
    linode.record.take_reading(Reading { at: at(NOW), watch: PoolId::Linode(7), usage });
    let alerts = told(&linode, &BTreeSet::new());
    assert_eq!(
        alerts[0].body, "1,100 of 1,000 GB · 100 GB over · resets in 9 days",
        "nobody bills a Linode by itself"
    );
}

#[test]
fn notification_opens_its_first_account() {
    let named = |id: &str, used| {
        let mut account = account(used, None);
        account.config.id = id.parse().unwrap();
        told(&account, &BTreeSet::new()).remove(0)
    };
    let over: Option<AccountId> = Some("over".parse().unwrap());
    let one = Notification::from_alerts(vec![named("over", 1200)]).unwrap();
    assert_eq!((&one.leads_to, &one.actions[0]), (&over, &NotificationAction::Open(over.clone())));
    let both = Notification::from_alerts(vec![named("near", 850), named("over", 1200)]).unwrap();
    assert_eq!((&both.account, &both.leads_to), (&None, &over));
    assert_eq!(both.actions, [NotificationAction::Open(over)]);
}

#[test]
fn right_to_left_name_is_isolated_for_people_only() {
    let name = "فرع القاهرة";
    let mut account = account(830, Some("2026-11-23T05:00:00Z"));
    account.config.name = name.to_owned();
    let alerts = told(&account, &BTreeSet::new());
    let summary = &facts(&alerts[0])["SUMMARY"];
    assert_eq!(*summary, format!("{name} passed 80% of its transfer"));
    let one = Notification::from_alerts(alerts[..1].to_vec()).unwrap();
    assert_eq!(one.summary, format!("\u{2068}{name}\u{2069} passed 80% of its transfer"));
    let both = Notification::from_alerts(alerts).unwrap();
    let isolated = |line: &str| line.starts_with(&format!("\u{2068}{name}\u{2069}"));
    assert!(both.body.lines().all(isolated), "{}", both.body);
}

/// `account` with ten days of even hours before its figures, the last three of them like this, in GB.
fn after_hours(account: &AccountState, last: u64) -> AccountState {
    let mut account = account.clone();
    let hours = |hours: i64| at(NOW) - SignedDuration::from_hours(hours);
    let used =
        |hours: i64| (if hours > 3 { 400 - hours as u64 } else { 396 + (3 - hours as u64) * last }) * GB;
    let samples = (0..=240).rev().map(|ago| (hours(ago), used(ago))).collect();
    account.recall_hours(BTreeMap::from([(PoolId::Global, samples)]));
    account
}

#[test]
fn a_spike_alerts_once_per_day_unless_it_is_muted_or_turned_off() {
    let wild = after_hours(&account(500, None), 60);
    let [alert] = told(&wild, &BTreeSet::new()).try_into().unwrap();
    assert_eq!(alert.summary, "Acme is using far more than usual");
    assert_eq!(alert.body, "170 GB in 3 hours, usually 3 GB at most · 500 of 1,000 GB");
    let key = |day| AlertKey::Spike {
        account: "acme".parse().unwrap(),
        pool: PoolId::Global,
        month: "2026-11".parse().unwrap(),
        day,
    };
    // By New York's clock it began on the day before.
    assert_eq!(alert.keys, [key(21)]);
    let facts = facts(&alert);
    assert_eq!((&*facts["KIND"], &*facts["POOL"], &*facts["USED_GB"]), ("spike", "global", "500"));
    assert!(told(&wild, &BTreeSet::from([key(21)])).is_empty(), "once");
    assert_eq!(told(&wild, &BTreeSet::from([key(20)])).len(), 1);
    assert!(told(&after_hours(&account(500, None), 2), &BTreeSet::new()).is_empty());
    let off = Config { spike_alert: false, forecast_alert: false, ..Config::default() };
    assert!(told_by(&off, &wild, &BTreeSet::new()).is_empty());
    let muted = AccountState { config: AccountConfig { muted: true, ..wild.config.clone() }, ..wild };
    assert!(told(&muted, &BTreeSet::new()).is_empty());
}
