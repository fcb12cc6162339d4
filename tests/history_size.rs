//! The size of the history file after two years.
#![cfg(test)]
#![cfg(unix)]

use std::fs;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::breakdown::{Breakdown, Consumer, ConsumerId};
use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::sample::expired_samples;
use linode_bandwidth::domain::usage::{Pool, PoolId, Usage};
use linode_bandwidth::storage::history::History;

/// The limit for 25 months of 50 accounts, in bytes.
const MOST: u64 = 30_000_000;

/// What 25 months of samples come down to by `now`, one taken every `step`.
fn kept(step: SignedDuration, now: Timestamp) -> Vec<Timestamp> {
    let first = Month::containing(now).id.back(24).starts_at();
    let next = |at: &Timestamp| Some(*at + step);
    let times: Vec<Timestamp> =
        std::iter::successors(Some(first), next).take_while(|at| *at <= now).collect();
    let gone = expired_samples(&times, 25, now);
    times.iter().filter(|at| gone.binary_search(at).is_err()).copied().collect()
}

/// The limit for 25 months of 200 Linodes, in bytes.
const MOST_OF_LINODES: u64 = 8_000_000;

#[test]
fn two_years_of_200_linodes_stay_below_8_mb() {
    let now: Timestamp = "2026-11-30T23:00:00Z".parse().unwrap();
    let kept = kept(SignedDuration::from_hours(1), now);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite3");
    let mut history = History::open(&file).unwrap();
    let consumers: Vec<Consumer> = (1..=200)
        .map(|id| Consumer {
            id: ConsumerId::Linode(50_000_000 + id),
            label: format!("client-number-{id}"),
            region: "us-east".to_owned(),
            used: 0,
        })
        .collect();
    // The program's own statement for each consumer; the rows of the other times are like it.
    let usage = Usage { pool: Pool::from_gb(100_000, 200_000, 0), regions: Vec::new() };
    let acme: AccountId = "acme".parse().unwrap();
    history.save_breakdown(&acme, &Breakdown::new(now, &PoolId::Global, &usage, &consumers)).unwrap();
    drop(history);
    let mut db = rusqlite::Connection::open(&file).unwrap();
    let writing = db.transaction().unwrap();
    {
        let mut insert = writing
            .prepare("INSERT OR REPLACE INTO consumer_samples SELECT id, ?, ? + id FROM consumers")
            .unwrap();
        for at in &kept {
            let used = at.duration_since(Month::containing(*at).starts_at).as_secs() * 100_000;
            insert.execute(rusqlite::params![at.as_second(), used]).unwrap();
        }
    }
    writing.commit().unwrap();
    drop(db);
    let history = History::open(&file).unwrap();
    let series = history.consumer_series(&acme, &PoolId::Global, Timestamp::MIN).unwrap();
    assert_eq!((series.len(), series[0].samples.len()), (201, kept.len()));
    drop(history);
    let size = fs::metadata(&file).unwrap().len();
    println!("{} samples of each of 200 Linodes: {size} bytes", kept.len());
    assert!(size < MOST_OF_LINODES, "{size} bytes");
}

#[test]
fn two_years_of_fifty_accounts_stay_below_30_mb() {
    let now: Timestamp = "2026-11-30T23:55:00Z".parse().unwrap();
    let kept = kept(SignedDuration::from_mins(5), now);
    assert!(kept.len() > 3 * 288 + 26 * 24 + 24 * 30, "{}", kept.len());

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite3");
    History::open(&file).unwrap();
    // In one transaction: one per sample, as in the program, takes long and gives the same file.
    let mut db = rusqlite::Connection::open(&file).unwrap();
    let writing = db.transaction().unwrap();
    {
        let mut insert = writing.prepare("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?)").unwrap();
        for at in &kept {
            let used = at.duration_since(Month::containing(*at).starts_at).as_secs() * 1_000_000;
            for entry in 0..50 {
                // Each account has a region pool too.
                for pool in ["global", "region:id-cgk"] {
                    let account = format!("client-number-{entry}");
                    insert
                        .execute(rusqlite::params![
                            account,
                            pool,
                            at.as_second(),
                            used,
                            4_000_000_000_000i64,
                            0
                        ])
                        .unwrap();
                }
            }
        }
    }
    writing.commit().unwrap();
    drop(db);
    let history = History::open(&file).unwrap();
    let acme: AccountId = "client-number-7".parse().unwrap();
    let samples = history.samples(&acme, &PoolId::Global, Timestamp::MIN).unwrap();
    assert_eq!(samples.len(), kept.len());
    assert_eq!(samples[0].pool, Pool { quota: 4_000_000_000_000, ..samples[0].pool });
    drop(history);
    let size = fs::metadata(&file).unwrap().len();
    println!("{} samples of each of 100 pools: {} bytes", kept.len(), size);
    assert!(size < MOST, "{size} bytes");
}
