//! `status --cached` shows what the tray's last poll stored, and nothing else.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::account::{AccountRecord, Reading};
use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::forecast::{Forecast, Series};
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::price::Prices;
use linode_bandwidth::domain::token::Token;
use linode_bandwidth::domain::usage::{Pool, PoolId, Usage};
use linode_bandwidth::storage::history::History;
use linode_bandwidth::storage::keyring::Fingerprints;
use serde_json::json;

use crate::support::server::Reply;
use crate::{Checks, Home, account, token, transfer};

fn history(home: &Home) -> std::path::PathBuf {
    home.data_dir().join("history.sqlite3")
}

/// The tray's record of `Acme` from some minutes ago: 630 of 1000 GB.
fn memory(minutes_ago: i64) -> AccountRecord {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes_ago);
    let mut memory = AccountRecord { name: "Acme".into(), ..AccountRecord::default() };
    let usage = Usage { pool: Pool::from_gb(630, 1000, 0), regions: Vec::new() };
    memory.take_reading(Reading { at, watch: PoolId::Global, usage });
    memory
}

fn home_that_remembers(memory: &AccountRecord) -> Home {
    let home = Home::with_acme(transfer(700, 1000, 0));
    let acme: AccountId = "acme".parse().unwrap();
    History::open(&history(&home)).unwrap().save_record(&acme, memory).unwrap();
    home
}

fn failed(minutes_ago: i64, failure: Failure) -> AccountRecord {
    let mut memory = memory(minutes_ago);
    memory.take_failure(failure, None, Timestamp::now());
    memory
}

#[test]
fn missing_history_means_pending_and_is_not_created() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let account = home.status("--cached");
    assert_eq!(
        (&account["state"], &account["used_gb"], &account["error"]),
        (&json!("pending"), &json!(null), &json!(null))
    );
    assert!(home.api.requests().is_empty());
    assert!(!home.data_dir().exists());
}

#[test]
fn last_figures_are_shown_with_their_time_without_a_request() {
    let kept = memory(3);
    let home = home_that_remembers(&kept);
    let account = home.status("--cached");
    assert_eq!((&account["state"], &account["used_gb"]), (&json!("ok"), &json!(630.0)));
    let at: Timestamp = account["updated_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_second(), kept.reading.unwrap().at.as_second());
    assert!(home.api.requests().is_empty());
    home.run("status --cached --check").code(0);
}

#[test]
fn figures_older_than_two_intervals_are_stale() {
    let home = home_that_remembers(&memory(11));
    assert_eq!(home.status("--cached")["state"], "stale");
    assert_eq!(home.status("--cached")["used_gb"], 630.0);
    home.run("status --cached --check").code(3);
    home.configure(&format!("poll_interval = \"6m\"\n{}", account("acme", "Acme")));
    assert_eq!(home.status("--cached")["state"], "ok");
}

#[test]
fn an_error_goes_before_stale_and_leaves_the_figures() {
    let home = home_that_remembers(&failed(60, Failure::TokenInvalid));
    let account = home.status("--cached");
    assert_eq!((&account["state"], &account["used_gb"]), (&json!("token_invalid"), &json!(630.0)));
    assert_eq!(account["error"]["kind"], "token_invalid");
}

#[test]
fn a_poll_that_fails_shows_the_last_figures_of_the_tray() {
    let home = home_that_remembers(&memory(11));
    home.api.answer_for(&crate::token("acme"), crate::TRANSFER, Reply::close());
    let account = home.status("");
    assert_eq!((&account["state"], &account["used_gb"]), (&json!("unreachable"), &json!(630.0)));
    let table = home.run("status").done();
    assert!(table.contains("630 GB") && table.contains("unreachable"), "{table}");
}

#[test]
fn a_token_that_was_refused_is_tried_when_the_user_asks() {
    let home = home_that_remembers(&memory(60));
    let mut history = History::open(&history(&home)).unwrap();
    let fingerprints = Fingerprints::new(history.salt(|| "salt".to_owned()).unwrap());
    let refused = fingerprints.fingerprint(&Token::new(token("acme")).unwrap());
    let mut memory = memory(60);
    memory.take_failure(Failure::TokenInvalid, Some(refused), Timestamp::now());
    history.save_record(&"acme".parse().unwrap(), &memory).unwrap();
    assert_eq!(home.status("--cached")["state"], "token_invalid");
    assert_eq!(home.status("")["used_gb"], 700.0);
}

#[test]
fn figures_of_a_formerly_watched_pool_are_not_shown() {
    let home = home_that_remembers(&memory(1));
    home.configure(&(account("acme", "Acme") + "watch = \"region:id-cgk\"\n"));
    let account = home.status("--cached");
    assert_eq!((&account["state"], &account["used_gb"]), (&json!("pending"), &json!(null)));
}

#[test]
fn a_status_changes_nothing_in_the_history_file() {
    let home = home_that_remembers(&memory(1));
    let before = fs::read(history(&home)).unwrap();
    home.run("status").done();
    home.run("status --cached").done();
    assert_eq!(fs::read(history(&home)).unwrap(), before);
    let db = rusqlite::Connection::open(history(&home)).unwrap();
    let count = |table: &str| -> i64 {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("samples"), count("alerts"), count("entries")), (0, 0, 1));
}

#[test]
fn a_history_file_that_cant_be_used_is_said_in_one_line() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    fs::create_dir(home.data_dir()).unwrap();
    fs::write(history(&home), "no database, though long enough to be one. ".repeat(100)).unwrap();
    let said = home.run("status --cached").failed(1);
    assert!(said.contains("history.sqlite3") && said.contains("move it away"), "{said}");
}

#[test]
fn the_forecast_goes_by_the_samples_that_the_tray_kept() {
    let kept = memory(3);
    let reading = kept.reading.clone().unwrap();
    let home = home_that_remembers(&kept);
    let acme: AccountId = "acme".parse().unwrap();
    let mut history = History::open(&history(&home)).unwrap();
    let mut series = Series::new(Month::containing(reading.at));
    let mut used = 0;
    for hour in (0..700).rev() {
        let at = reading.at - SignedDuration::from_hours(hour);
        if Month::containing(at) == Month::containing(reading.at) {
            // Almost all of it in the last two days.
            used = if hour > 48 { 1_000_000_000 } else { 630_000_000_000 - hour as u64 * 13_000_000_000 };
            let pool = Pool { used, quota: 1_000_000_000_000, ..Pool::default() };
            history.save_samples(&acme, at, &[(PoolId::Global, pool)]).unwrap();
            series.push(at, used);
        }
    }
    assert_eq!(used, 630_000_000_000);
    let forecast = home.status("--cached")["forecast"].clone();
    let pool = Pool::from_gb(630, 1000, 0);
    let of = |series| Forecast::compute(&PoolId::Global, &pool, reading.at, series, &Prices::default());
    match of(Some(&series)) {
        None => assert_eq!(forecast, json!(null), "early in a month"),
        Some(expected) => {
            let gb = |bytes: u64| (bytes as f64 / 1e8).round() / 10.0;
            let told = forecast["used_gb"].as_f64().unwrap();
            assert!((told - gb(expected.used)).abs() < 1.0, "{told} {expected:?}");
            let early = Month::containing(reading.at).elapsed(reading.at) < 0.2;
            assert!(early || expected.used > of(None).unwrap().used, "the samples tell something");
        }
    }
}
