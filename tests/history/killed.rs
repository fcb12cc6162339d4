//! kill -9 at random moments of writing.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::domain::usage::{Pool, PoolId};
use linode_bandwidth::store::history::{History, Thinning};

/// How often the writer is killed, by how many at once. The file is made, migrated and written on a disk.
const KILLS: u64 = 50;
const AT_ONCE: u64 = 4;
/// The time within which a writer begins, opens the file and reports a first sample, and that of one sample more: kills
/// come at any moment of these.
const OPENS_WITHIN: Duration = Duration::from_millis(6);
const KEEPS_WITHIN: Duration = Duration::from_millis(2);
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
                let mut kept = 0;
                for kill in 0..KILLS {
                    let mut roll = rolls.build_hasher();
                    roll.write_u64(worker * KILLS + kill);
                    let reported = killed_at(&file, roll.finish());
                    // What an earlier kill left unreported counts like what was reported: it may not go either.
                    kept = check(&file, reported.unwrap_or(0).max(kept));
                }
                assert!(kept > KILLS, "it has written: {kept}");
            });
        }
    });
}

/// Lets the writer go on, kills it after some of its reports and some time more, and gives the number of the last sample
/// that it reported.
fn killed_at(file: &Path, roll: u64) -> Option<u64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::write_until_killed", "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
    // In one of eight cases while it opens the file.
    let reports = roll % 8;
    let mut last = None;
    for _ in 0..reports {
        last = lines.find_map(|line| report(&line));
    }
    let longest = if reports == 0 { OPENS_WITHIN } else { KEEPS_WITHIN };
    std::thread::sleep(longest.mul_f64((roll >> 8 & 0xFFFF) as f64 / 65536.0));
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What was under way when it died.
    lines.filter_map(|line| report(&line)).last().or(last)
}

/// The number in a line of the writer, unless it is one of the test harness, or cut.
fn report(line: &str) -> Option<u64> {
    line.split_once("kept ")?.1.strip_suffix('.')?.parse().ok()
}

/// The file opens, and every sample up to number `known` is in it with both of its pools, with at most the one more that
/// was under way. Gives how many there are.
fn check(file: &Path, known: u64) -> u64 {
    let history = History::open(file).unwrap();
    let kept: BTreeMap<_, Vec<u64>> = history
        .all_samples(Timestamp::UNIX_EPOCH)
        .unwrap()
        .into_iter()
        .map(|(series, samples)| (series, samples.iter().map(|sample| sample.pool.used).collect()))
        .collect();
    let [all, others] = pools(0).map(|(pool, _)| kept.get(&(acme(), pool)).map_or(&[][..], Vec::as_slice));
    assert_eq!(all, others, "a sample is kept with both of its pools or not at all");
    let lost: Vec<u64> = (1..=known).filter(|number| all.binary_search(number).is_err()).collect();
    assert!(lost.is_empty(), "kept and gone: {lost:?}");
    let count = all.len() as u64;
    assert!(count <= known + 1, "{count} are there, {known} were known and at most one was under way");
    let db = rusqlite::Connection::open(file).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    count
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
        let _ = writeln!(out, "kept {number}.").and_then(|()| out.flush());
        // Thinning beside it takes nothing of these away.
        history.thin_next(Thinning::new(1, at(number))).unwrap();
    }
}
