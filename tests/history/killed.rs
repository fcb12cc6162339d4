//! kill -9 at random moments of writing.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::domain::usage::{Pool, PoolId};
use linode_bandwidth::store::history::{History, Thinning};

/// How often the writer is killed, by how many at once. The file is made, migrated and written on a disk.
const KILLS: u64 = 50;
const AT_ONCE: u64 = 4;
/// Tells the writer where the file is.
const FILE: &str = "HISTORY_TO_WRITE";

fn acme() -> AccountId {
    "acme".parse().unwrap()
}

/// The pools of sample number `number`, one of them with it as its figure.
fn pools(number: u64) -> [(PoolId, Pool); 2] {
    let pool = Pool { used: number, quota: 1000, billable: 0 };
    [(PoolId::Global, pool), (PoolId::Region("id-cgk".into()), pool)]
}

/// When it is taken: close enough to `now` that no thinning takes it away.
fn at(number: u64) -> Timestamp {
    "2026-11-22T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(number as i64)
}

#[test]
fn no_sample_that_was_reported_as_kept_is_gone_after_200_kills() {
    let rolls = RandomState::new();
    std::thread::scope(|scope| {
        for worker in 0..AT_ONCE {
            let rolls = &rolls;
            scope.spawn(move || {
                let dir = tempfile::tempdir().unwrap();
                let file = dir.path().join("history.sqlite3");
                let mut reported = 0;
                for kill in 0..KILLS {
                    let mut roll = rolls.build_hasher();
                    roll.write_u64(worker * KILLS + kill);
                    reported = killed_at(&file, roll.finish(), reported);
                    check(&file, reported);
                }
                assert!(reported > KILLS, "it has written: {reported}");
            });
        }
    });
}

/// Lets the writer go on after sample number `before`, kills it after some of its reports and some time more, and gives
/// the number of the last one that it reported.
fn killed_at(file: &Path, roll: u64, before: u64) -> u64 {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::write_until_killed", "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reports = BufReader::new(writer.stdout.take().unwrap());
    let mut text = String::new();
    // In one of eight cases while it opens the file.
    for _ in 0..roll % 8 {
        reports.read_line(&mut text).unwrap();
    }
    for spin in 0..(roll >> 8) % 200_000 {
        std::hint::black_box(spin);
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    reports.read_to_string(&mut text).unwrap();
    // The last line may be cut.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let last = whole.lines().filter_map(|line| line.strip_prefix("kept ")?.parse().ok()).max();
    last.unwrap_or(before)
}

/// The file opens, and every sample up to number `reported` is in it with both of its pools.
fn check(file: &Path, reported: u64) {
    let history = History::open(file).unwrap();
    let kept: BTreeMap<_, Vec<u64>> = history
        .all_samples(Timestamp::UNIX_EPOCH)
        .unwrap()
        .into_iter()
        .map(|(series, samples)| (series, samples.iter().map(|sample| sample.pool.used).collect()))
        .collect();
    for (pool, _) in pools(0) {
        let numbers = kept.get(&(acme(), pool)).map_or(&[][..], Vec::as_slice);
        let lost: Vec<u64> = (1..=reported).filter(|number| numbers.binary_search(number).is_err()).collect();
        assert!(lost.is_empty(), "reported and gone: {lost:?}");
        assert!(numbers.len() as u64 <= reported + 1, "at most one more, that it had no time to report");
    }
    let db = rusqlite::Connection::open(file).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[test]
#[ignore = "the test above runs it as a process of its own"]
fn write_until_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let mut history = History::open(Path::new(&file)).unwrap();
    let first = history.samples(&acme(), &PoolId::Global, Timestamp::UNIX_EPOCH).unwrap().len() as u64 + 1;
    for number in first.. {
        history.keep_samples(&acme(), at(number), &pools(number)).unwrap();
        let mut out = io::stdout().lock();
        // Whoever read it has gone with the kill, or is about to.
        let _ = writeln!(out, "kept {number}").and_then(|()| out.flush());
        // Thinning beside it takes nothing of these away.
        history.thin_next(Thinning::new(1, at(number))).unwrap();
    }
}
