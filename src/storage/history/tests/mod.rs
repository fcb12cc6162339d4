mod consumers;
mod documented;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::*;
use crate::domain::account::Reading;
use crate::domain::alert::AlertKey;
use crate::domain::month::MonthId;
use crate::domain::price::Prices;
use crate::domain::sample::Sample;
use crate::domain::state::StoreCommand;
use crate::domain::token::TokenId;
use crate::domain::usage::{GB, Pool, PoolId, Usage};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn acme() -> AccountId {
    "acme".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn persisted_state_round_trips() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    let now = at("2026-11-22T05:10:00Z");
    let mut record = AccountRecord { name: "Acme".into(), ..AccountRecord::default() };
    let usage = Usage {
        pool: Pool::from_gb(830, 1000, 0),
        regions: vec![("id-cgk".into(), Pool::from_gb(1, 10, 0))],
    };
    record.take_reading(Reading { at: now, watch: PoolId::Global, usage });
    let keys = vec![
        AlertKey::Threshold {
            account: acme(),
            pool: PoolId::Region("id-cgk".into()),
            month: "2026-11".parse().unwrap(),
            percent: 80,
        },
        AlertKey::Forecast { account: acme(), pool: PoolId::Global, month: "2026-11".parse().unwrap() },
        AlertKey::Spike { account: acme(), pool: PoolId::Global, month: "2026-11".parse().unwrap(), day: 22 },
        AlertKey::TokenInvalid { token: TokenId("f00".into()) },
        AlertKey::TokenExpiry { token: TokenId("f00".into()), days: 7 },
    ];
    {
        let mut history = History::open(&path).unwrap();
        history.save_record(&acme(), &record).unwrap();
        history.save_alerts(&keys, now).unwrap();
        history.save_regions(&BTreeMap::from([("id-cgk".into(), "Jakarta, ID".into())])).unwrap();
        history.save_mute(Some(now)).unwrap();
    }
    let kept = History::open_to_read(&path).unwrap().unwrap().load().unwrap();
    assert_eq!(kept.records.get(&acme()), Some(&record));
    assert_eq!(kept.sent_alerts, keys.into_iter().collect());
    assert_eq!(kept.regions.get("id-cgk").map(String::as_str), Some("Jakarta, ID"));
    assert_eq!(kept.muted_until, Some(now));
}

#[test]
fn loads_last_sample_of_each_slot_of_the_month_and_two_before() {
    let mut history = History::in_memory().unwrap();
    let pools = |used| [(PoolId::Global, Pool::from_gb(used, 1000, 0))];
    for (time, used) in [
        ("2026-08-31T03:59:59Z", 700),
        ("2026-08-31T04:00:00Z", 800),
        ("2026-11-01T03:59:00Z", 900),
        ("2026-11-01T04:00:00Z", 1),
        ("2026-11-01T06:59:59Z", 2),
        ("2026-11-01T07:00:00Z", 3),
        ("2026-11-22T05:10:00Z", 830),
    ] {
        history.save_samples(&acme(), at(time), &pools(used)).unwrap();
    }
    history.save_samples(&"other".parse().unwrap(), at("2026-11-05T00:00:00Z"), &pools(5)).unwrap();
    let mut record = AccountRecord::default();
    let usage = Usage { pool: Pool::from_gb(830, 1000, 0), regions: Vec::new() };
    record.take_reading(Reading { at: at("2026-11-22T05:10:00Z"), watch: PoolId::Global, usage });
    history.save_record(&acme(), &record).unwrap();
    let kept = history.load().unwrap();
    let gb = crate::domain::usage::GB;
    let samples = [
        (at("2026-08-31T04:00:00Z"), 800 * gb),
        (at("2026-11-01T03:59:00Z"), 900 * gb),
        (at("2026-11-01T06:59:59Z"), 2 * gb),
        (at("2026-11-01T07:00:00Z"), 3 * gb),
        (at("2026-11-22T05:10:00Z"), 830 * gb),
    ];
    assert_eq!(kept.samples[&acme()][&PoolId::Global], samples);
}

#[test]
fn reader_sees_concurrent_writes() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    assert!(History::open_to_read(&path).unwrap().is_none(), "a reader makes no file");
    assert!(!path.exists());
    let mut writer = History::open(&path).unwrap();
    let reader = History::open_to_read(&path).unwrap().unwrap();
    writer.save_record(&acme(), &AccountRecord::default()).unwrap();
    assert_eq!(reader.load().unwrap().records.len(), 1);
    assert_eq!(reader.used_ids().unwrap(), ["acme"]);
}

#[test]
fn concurrent_opens_create_the_file_once() {
    for _ in 0..20 {
        let dir = folder();
        let path = dir.path().join("history.sqlite3");
        let all_here = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for number in 0..4 {
                let (path, all_here) = (&path, &all_here);
                scope.spawn(move || {
                    all_here.wait();
                    let mut history = History::open(path).unwrap();
                    history.reserve_id(&format!("n{number}").parse().unwrap()).unwrap();
                });
            }
        });
        assert_eq!(History::open(&path).unwrap().used_ids().unwrap().len(), 4);
    }
}

#[test]
fn samples_are_read_by_account_pool_and_time() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    let mut writer = History::open(&path).unwrap();
    let reader = History::open_to_read(&path).unwrap().unwrap();
    assert!(reader.series().unwrap().is_empty());
    let (jakarta, other) = (PoolId::Region("id-cgk".into()), "acme-2".parse().unwrap());
    let times = ["2026-11-22T05:10:00Z", "2026-11-22T05:15:00Z", "2026-11-22T05:20:00Z"].map(at);
    for (gb, time) in [(3, times[2]), (2, times[1]), (1, times[0])] {
        let pools = [(PoolId::Global, Pool::from_gb(gb, 9, 0)), (jakarta.clone(), Pool::from_gb(0, 9, gb))];
        writer.save_samples(&acme(), time, &pools).unwrap();
    }
    writer.save_samples(&other, times[0], &[(PoolId::Linode(7), Pool::from_gb(5, 9, 0))]).unwrap();
    let sample = |at, used, billable| Sample { at, pool: Pool::from_gb(used, 9, billable) };
    let of = |account: &AccountId, pool: &PoolId, since| reader.samples(account, pool, since).unwrap();
    assert_eq!(of(&acme(), &PoolId::Global, times[1]), [sample(times[1], 2, 0), sample(times[2], 3, 0)]);
    assert_eq!(of(&acme(), &jakarta, times[2]), [sample(times[2], 0, 3)]);
    assert!(of(&other, &PoolId::Global, times[0]).is_empty());
    let series = [(acme(), PoolId::Global), (acme(), jakarta), (other, PoolId::Linode(7))];
    assert_eq!(reader.series().unwrap(), series);
    assert_eq!(reader.all_samples(times[0]).unwrap().into_keys().collect::<Vec<_>>(), series);
    assert_eq!(reader.all_samples(times[2]).unwrap().into_keys().collect::<Vec<_>>(), &series[..2]);
}

/// Hourly samples of two days in an old month.
fn hourly(history: &mut History, account: &AccountId, pool: &PoolId) {
    for hour in 0..48 {
        let at = at("2026-09-10T04:00:00Z") + jiff::SignedDuration::from_hours(hour);
        history.save_samples(account, at, &[(pool.clone(), Pool::from_gb(hour as u64, 99, 0))]).unwrap();
    }
}

#[test]
fn pool_history_has_last_sample_of_earlier_months() {
    let mut history = History::in_memory().unwrap();
    let mut keep = |time: &str, gb| {
        history.save_samples(&acme(), at(time), &[(PoolId::Global, Pool::from_gb(gb, 99, 0))]).unwrap();
    };
    for (time, gb) in [
        ("2025-11-30T12:00:00Z", 1),
        ("2025-12-01T05:00:00Z", 2),
        ("2026-09-30T12:00:00Z", 3),
        ("2026-10-10T12:00:00Z", 4),
        ("2026-11-01T03:59:59Z", 5),
        ("2026-11-01T04:00:00Z", 6),
        ("2026-11-22T05:10:00Z", 7),
    ] {
        keep(time, gb);
    }
    let read = history.pool_history(&acme(), &PoolId::Global, at("2026-11-22T05:10:00Z")).unwrap();
    let gb = |sample: &Sample| sample.pool.used / GB;
    assert_eq!(read.month.iter().map(gb).collect::<Vec<_>>(), [6, 7]);
    let before: Vec<_> = read.before.iter().map(|(month, sample)| (month.to_string(), gb(sample))).collect();
    assert_eq!(before, [("2025-12".to_owned(), 2), ("2026-09".to_owned(), 3), ("2026-10".to_owned(), 5)]);
}

#[test]
fn pools_are_downsampled_separately() {
    let mut history = History::in_memory().unwrap();
    let other = "acme-2".parse().unwrap();
    for (account, pool) in [(&acme(), PoolId::Global), (&acme(), PoolId::Linode(7)), (&other, PoolId::Global)]
    {
        hourly(&mut history, account, &pool);
    }
    let mut thinning = Some(Downsampling::new(25, at("2026-11-22T05:10:00Z")));
    let mut steps = 0;
    while let Some(going_on) = thinning {
        thinning = history.downsample_next(going_on).unwrap();
        steps += 1;
    }
    assert_eq!(steps, 4, "a pool a step, and the end");
    for samples in history.all_samples(Timestamp::UNIX_EPOCH).unwrap().into_values() {
        assert_eq!(
            samples.iter().map(|sample| sample.pool.used).collect::<Vec<_>>(),
            [23, 47].map(|gb| gb * GB)
        );
    }
    let mut thinning = Some(Downsampling::new(2, at("2026-11-22T05:10:00Z")));
    while let Some(going_on) = thinning {
        thinning = history.downsample_next(going_on).unwrap();
    }
    assert!(history.series().unwrap().is_empty(), "September is the third month");
}

#[test]
fn downsampling_deletes_old_alerts() {
    let mut history = History::in_memory().unwrap();
    let of = |back: u16| {
        let (account, pool) = (acme(), PoolId::Global);
        let month = "2026-11".parse::<MonthId>().unwrap().back(back);
        let forecast = AlertKey::Forecast { account: acme(), pool: PoolId::Global, month };
        [AlertKey::Threshold { account, pool, month, percent: 80 }, forecast]
    };
    let token = AlertKey::TokenInvalid { token: TokenId("one".into()) };
    let expiry = AlertKey::TokenExpiry { token: TokenId("one".into()), days: 7 };
    let stay = (0..12).flat_map(of).chain([token, expiry, AlertKey::NoHost]);
    let stay: BTreeSet<AlertKey> = stay.collect();
    let all = stay.iter().cloned().chain(of(12)).chain(of(30)).collect::<Vec<_>>();
    let now = at("2026-11-22T05:10:00Z");
    history.save_alerts(&all, now).unwrap();
    assert_eq!(history.load().unwrap().sent_alerts.len(), all.len());
    assert!(history.downsample_next(Downsampling::new(25, now)).unwrap().is_none(), "there are no samples");
    assert_eq!(history.load().unwrap().sent_alerts, stay);
}

#[test]
fn writer_downsamples_and_writes_everything() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    let mut history = History::open(&path).unwrap();
    hourly(&mut history, &acme(), &PoolId::Global);
    let now = at("2026-11-22T05:10:00Z");
    let writer = HistoryWriter::start(Ok(history), |_| {}).unwrap();
    writer.enqueue(StoreCommand::Downsample(25), now);
    let reader = History::open_to_read(&path).unwrap().unwrap();
    while reader.samples(&acme(), &PoolId::Global, Timestamp::UNIX_EPOCH).unwrap().len() > 2 {
        std::thread::yield_now();
    }
    writer.enqueue(StoreCommand::Downsample(25), now);
    writer.enqueue(StoreCommand::SaveSamples(acme(), now, vec![(PoolId::Global, Pool::default())]), now);
    drop(writer);
    assert_eq!(reader.samples(&acme(), &PoolId::Global, Timestamp::UNIX_EPOCH).unwrap().len(), 3);
}

#[test]
fn prices_are_replaced_by_the_last_response() {
    let dir = folder();
    let mut history = History::open(&dir.path().join("history.sqlite3")).unwrap();
    let told = |history: &History| {
        let kept = history.load().unwrap();
        (kept.prices, kept.prices_told_at)
    };
    assert_eq!(told(&history), (Prices::default(), None));
    let jakarta = PoolId::Region("id-cgk".into());
    let first = Prices::new([(PoolId::Global, 0.005), (jakarta, 0.015)], Some(0.01));
    history.save_prices(&first, at("2026-11-22T05:10:00Z")).unwrap();
    assert_eq!(told(&history), (first, Some(at("2026-11-22T05:10:00Z"))));
    let second = Prices::new([(PoolId::Global, 0.006)], None);
    history.save_prices(&second, at("2026-11-23T05:10:00Z")).unwrap();
    assert_eq!(told(&history), (second, Some(at("2026-11-23T05:10:00Z"))));
}

/// Everything that the first version's files have.
fn everything(history: &History) -> (PersistedState, BTreeMap<Series, Vec<Sample>>, Vec<String>) {
    let kept = history.load().unwrap();
    (kept, history.all_samples(Timestamp::UNIX_EPOCH).unwrap(), history.used_ids().unwrap())
}

/// A file of the program's first version, with data.
const OF_VERSION_1: &str = include_str!("../schema/tests/version_1.sql");

#[test]
fn migration_from_version_1_keeps_all_data() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    Connection::open(&path).unwrap().execute_batch(OF_VERSION_1).unwrap();
    let reader = History::open_to_read(&path).unwrap().unwrap();
    let before = everything(&reader);
    assert_eq!(
        (before.0.records.len(), before.0.sent_alerts.len(), before.1.len(), before.2.len()),
        (1, 2, 2, 2)
    );
    assert!(before.0.prices.by_pool().is_empty(), "a reader reads an older file as it is");
    assert_eq!(schema::version(&reader.db).unwrap(), 1);
    let mut writer = History::open(&path).unwrap();
    assert_eq!(schema::version(&writer.db).unwrap(), VERSION);
    assert_eq!(everything(&writer), before);
    assert_eq!(everything(&reader), before, "who had it open reads on");
    writer.save_prices(&Prices::new([(PoolId::Global, 0.005)], None), at("2026-11-22T05:10:00Z")).unwrap();
    assert_eq!(writer.salt(|| "new".into()).unwrap(), "s4lt");
}

/// A file of the schema before this one, with data.
const OF_VERSION_2: &str = include_str!("../schema/tests/version_2.sql");

#[test]
fn migration_from_version_2_keeps_all_data_and_a_copy() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    Connection::open(&path).unwrap().execute_batch(OF_VERSION_2).unwrap();
    let reader = History::open_to_read(&path).unwrap().unwrap();
    let before = everything(&reader);
    assert_eq!((before.0.records.len(), before.1.len(), before.0.prices.by_pool().len()), (1, 2, 2));
    assert_eq!(reader.consumer_series(&acme(), &PoolId::Global, Timestamp::MIN).unwrap(), []);
    drop(reader);
    assert_eq!(everything(&History::open(&path).unwrap()), before);
    let copy = dir.path().join("history.sqlite3.v2");
    let copied = History::open_to_read(&copy).unwrap().unwrap();
    assert_eq!((schema::version(&copied.db).unwrap(), everything(&copied)), (2, before));
    // Only the first migration makes the copy.
    let written = std::fs::read(&copy).unwrap();
    History::open(&path).unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), written);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "no part of a copy stays");
}

#[cfg(unix)]
#[test]
fn a_copy_that_cannot_be_made_leaves_the_file_as_it_was() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    Connection::open(&path).unwrap().execute_batch(OF_VERSION_2).unwrap();
    // Where the copy would be written first.
    std::fs::create_dir(dir.path().join(format!("history.sqlite3.v2.{}", std::process::id()))).unwrap();
    assert!(History::open(&path).is_err());
    assert_eq!(schema::version(&Connection::open(&path).unwrap()).unwrap(), 2);
}

#[test]
fn failed_migration_changes_nothing() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(OF_VERSION_1).unwrap();
    // Blocks the second version's table.
    db.execute_batch("CREATE VIEW prices AS SELECT 1").unwrap();
    drop(db);
    assert!(matches!(History::open(&path), Err(HistoryError::Sqlite { .. })));
    let db = Connection::open(&path).unwrap();
    assert_eq!(schema::version(&db).unwrap(), 1);
    assert_eq!(db.query_row("SELECT count(*) FROM samples", [], |row| row.get::<_, i64>(0)).unwrap(), 3);
}

#[test]
fn ids_are_never_reused() {
    let dir = folder();
    let mut history = History::open(&dir.path().join("history.sqlite3")).unwrap();
    history.save_record(&acme(), &AccountRecord::default()).unwrap();
    history.delete_account(&acme()).unwrap();
    assert!(history.load().unwrap().records.is_empty());
    assert_eq!(history.used_ids().unwrap(), ["acme"]);
}

#[test]
fn deleted_account_stays_deleted_after_a_late_poll() {
    let mut history = History::in_memory().unwrap();
    let keep = |history: &mut History, id: &AccountId| {
        let at = at("2026-11-22T05:10:00Z");
        history.save_samples(id, at, &[(PoolId::Global, Pool::from_gb(1, 2, 0))]).unwrap();
        history.save_record(id, &AccountRecord::default()).unwrap();
    };
    let other: AccountId = "other".parse().unwrap();
    keep(&mut history, &acme());
    keep(&mut history, &other);
    history.delete_account(&acme()).unwrap();
    // The tray polls once more before it sees that the accounts are no longer configured.
    keep(&mut history, &acme());
    history.retire_record(&acme()).unwrap();
    history.retire_record(&other).unwrap();
    assert_eq!(
        history.series().unwrap(),
        [(other.clone(), PoolId::Global)],
        "the other's samples were not to go"
    );
    let kept = history.load().unwrap();
    assert_eq!((kept.records.len(), kept.retired), (1, [other].into()));
}

#[test]
fn former_account_is_found_by_name_until_polled() {
    let mut history = History::in_memory().unwrap();
    let named = AccountRecord { name: "Acme".to_owned(), ..AccountRecord::default() };
    let first = at("2026-08-03T05:10:00Z");
    history.save_record(&acme(), &named).unwrap();
    let former =
        |history: &History, name: &str, euuid| history.former_account(name, euuid, |_| false).unwrap();
    assert_eq!(former(&history, "Acme", None), None, "without samples there is nothing to go on with");
    for at in [first, at("2026-11-22T05:10:00Z")] {
        history.save_samples(&acme(), at, &[(PoolId::Global, Pool::from_gb(1, 2, 0))]).unwrap();
    }
    history.set_linode_account(&acme(), Some("E1")).unwrap();
    history.retire_record(&acme()).unwrap();
    for (name, euuid, found) in [
        ("Acme", None, true),
        ("Acme", Some("E1"), true),
        ("Acme", Some("E2"), false),
        ("Acme 2", None, false),
    ] {
        let expected = found.then(|| (acme(), first));
        assert_eq!(former(&history, name, euuid), expected, "{name} {euuid:?}");
    }
    assert_eq!(history.former_account("Acme", None, |id| *id == acme()).unwrap(), None, "it is configured");
    history.save_record(&acme(), &named).unwrap();
    assert_eq!(history.load().unwrap().retired, [].into());
}

#[test]
fn salt_is_created_once() {
    let dir = folder();
    let path = dir.path().join("history.sqlite3");
    let first = History::open(&path).unwrap().salt(|| "one".into()).unwrap();
    let second = History::open(&path).unwrap().salt(|| "two".into()).unwrap();
    assert_eq!((first.as_str(), second.as_str()), ("one", "one"));
}

#[test]
fn rejects_newer_foreign_and_damaged_files() {
    let dir = folder();
    let newer = dir.path().join("newer");
    let history = History::open(&newer).unwrap();
    history.db.pragma_update(None, "user_version", 7).unwrap();
    drop(history);
    assert!(matches!(History::open(&newer), Err(HistoryError::Newer { version: 7, .. })));

    let foreign = dir.path().join("foreign");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(History::open(&foreign), Err(HistoryError::Foreign { .. })));

    let damaged = dir.path().join("damaged");
    std::fs::write(&damaged, "not a database, but long enough to look like one".repeat(99)).unwrap();
    let before = std::fs::read(&damaged).unwrap();
    assert!(matches!(History::open(&damaged), Err(HistoryError::Sqlite { .. })));
    assert_eq!(std::fs::read(&damaged).unwrap(), before);
}

#[test]
fn unreadable_account_is_left_out() {
    let dir = folder();
    let mut history = History::open(&dir.path().join("history.sqlite3")).unwrap();
    history.save_record(&acme(), &AccountRecord::default()).unwrap();
    history.db.execute("INSERT INTO entries VALUES ('other', '{\"reading\": 5}'), ('Ü', '{}')", []).unwrap();
    history.db.execute("INSERT INTO alerts VALUES ('a', 'of tomorrow', '', '', '', 0)", []).unwrap();
    let kept = history.load().unwrap();
    assert_eq!(kept.records.len(), 1);
    assert!(kept.sent_alerts.is_empty());
}

#[cfg(unix)]
#[test]
fn file_is_private_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let path = dir.path().join("data").join("history.sqlite3");
    let mut history = History::open(&path).unwrap();
    history.save_record(&acme(), &AccountRecord::default()).unwrap();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    assert_eq!(path.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
