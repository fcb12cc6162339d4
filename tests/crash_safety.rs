//! Kills the program (SIGKILL): stored data survives complete, and the configuration is the old or the new one.
//!
//! `tests/simulation` covers alerts: it kills between any two effects and loses the last ones.
#![cfg(test)]
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::usage::{Pool, PoolId};
use linode_bandwidth::storage::history::{Downsampling, History};

/// Concurrent writers, each with its own file, and kills per writer.
const WRITERS: u64 = 4;
const KILLS: u64 = 50;
/// Environment variable with the writer's file.
const FILE: &str = "HISTORY_TO_WRITE";

fn acme() -> AccountId {
    "acme".parse().unwrap()
}

/// The pools of sample `number`, with `number` as their usage.
fn pools(number: u64) -> [(PoolId, Pool); 2] {
    let pool = Pool { used: number, quota: 1000, ..Pool::default() };
    [(PoolId::Global, pool), (PoolId::Region("id-cgk".into()), pool)]
}

/// The time of sample `number`: one second apart, so that downsampling keeps all.
fn at(number: u64) -> Timestamp {
    "2026-11-22T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(number as i64)
}

/// The alert stored directly before sample `number`.
fn alert(number: u64) -> AlertKey {
    let month = Month::containing(at(number)).id;
    AlertKey::Threshold { account: acme(), pool: PoolId::Global, month, percent: number as u16 }
}

#[test]
fn reported_samples_survive_200_kills() {
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let dir = tempfile::tempdir().unwrap();
                let file = dir.path().join("history.sqlite3");
                let mut kept = 0;
                for kill in 0..KILLS {
                    // Samples that an earlier kill left unreported must stay too.
                    kept = check(&file, write_and_kill(&file, kill % 8).unwrap_or(0).max(kept));
                }
                assert!(kept > KILLS, "it has written: {kept}");
            });
        }
    });
}

/// Starts the writer and kills it at a random moment: within 6 ms of the start if `reports` is 0, else within 2
/// ms of that many reports. Returns the number of the last reported sample.
fn write_and_kill(file: &Path, reports: u64) -> Option<u64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "write_until_killed", "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
    // Skips lines of the test harness and truncated ones.
    let report = |line: String| line.split_once("kept ")?.1.strip_suffix('.')?.parse::<u64>().ok();
    let last = (0..reports).filter_map(|_| lines.find_map(report)).last();
    let longest = Duration::from_millis(if reports == 0 { 6 } else { 2 });
    std::thread::sleep(longest.mul_f64(fastrand::f64()));
    writer.kill().unwrap();
    writer.wait().unwrap();
    lines.filter_map(report).last().or(last)
}

/// Checks that the file opens and contains all samples up to `known` with both pools and their alerts, plus at
/// most one in progress. Returns the number of samples.
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
    let count = all.len() as u64;
    assert_eq!(all, (1..=count).collect::<Vec<_>>(), "none between is gone");
    assert!((known..=known + 1).contains(&count), "{known} were known, {count} are there");
    let given = history.load().unwrap().sent_alerts;
    let alerts = |count| (1..=count).map(alert).collect::<BTreeSet<_>>();
    assert!(given == alerts(count) || given == alerts(count + 1), "{count} samples are there: {given:?}");
    let db = rusqlite::Connection::open(file).unwrap();
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    count
}

#[test]
#[ignore = "reported_samples_survive_200_kills starts it, and kills it"]
fn write_until_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let mut history = History::open(Path::new(&file)).unwrap();
    let first = history.samples(&acme(), &PoolId::Global, Timestamp::UNIX_EPOCH).unwrap().len() as u64 + 1;
    for number in first.. {
        history.save_alerts(&[alert(number)], at(number)).unwrap();
        history.save_samples(&acme(), at(number), &pools(number)).unwrap();
        let mut out = io::stdout().lock();
        // The reader may be gone.
        let _ = writeln!(out, "kept {number}.").and_then(|()| out.flush());
        // Concurrent downsampling must not delete any of these.
        history.downsample_next(Downsampling::new(1, at(number))).unwrap();
    }
}

/// System calls that change files or directory entries.
#[cfg(target_os = "linux")]
const WRITES: [&str; 8] =
    ["write", "fsync", "fdatasync", "ftruncate", "unlink", "rename", "fchmod", "openat"];

#[test]
#[cfg(target_os = "linux")]
fn kill_at_any_write_keeps_old_or_new_configuration() {
    use std::fs;
    use std::os::unix::process::ExitStatusExt;

    use linode_bandwidth::storage::config;

    const OLD: &str = "# mine\nthresholds = [80, 90]\n\n[[accounts]]\nid = \"acme\" # one\nname = \"Acme\"\n";
    let new = OLD.replace("\"Acme\"\n", "\"Acme\"\nthresholds = [50, 60]\n");
    let program = env!("CARGO_BIN_EXE_linode-bandwidth");
    let (mut olds, mut news) = (0, 0);
    for call in WRITES {
        for nth in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("config.toml");
            fs::write(&file, OLD).unwrap();
            let edit = |mut command: Command| {
                command
                    .args(["accounts", "edit", "Acme", "--thresholds", "50,60"])
                    .env("LINODE_BANDWIDTH_CONFIG", &file)
                    .env("LINODE_BANDWIDTH_DATA_DIR", folder.path().join("data"))
                    .stdout(Stdio::null())
                    .status()
                    .expect("is strace installed? tests/run does it")
            };
            // strace kills the program at the `nth` call of this name. The question mark allows for calls that
            // the machine lacks.
            let mut strace = Command::new("strace");
            strace.args(["--follow-forks", "--quiet=all", "--output=/dev/null", &format!("--trace=?{call}")]);
            strace.args(["-e", &format!("inject=?{call}:signal=SIGKILL:when={nth}"), "--", program]);
            let ended = edit(strace);
            assert!(ended.success() || ended.signal() == Some(9), "{ended}");
            let text = fs::read_to_string(&file).unwrap();
            assert!(text == OLD || text == new, "{text}");
            *if text == new { &mut news } else { &mut olds } += 1;
            // Leftovers of a kill must not block the next change.
            assert!(edit(Command::new(program)).success());
            assert_eq!(fs::read_to_string(&file).unwrap(), new);
            assert_eq!(config::load(&file).unwrap().accounts[0].thresholds, Some(vec![50, 60]));
            if ended.success() {
                break;
            }
        }
    }
    assert!(olds > 5 && news > WRITES.len(), "are these still the calls that it writes by? {olds} {news}");
}
