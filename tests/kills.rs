//! A program that is killed without a word, 200 times at random and at each call by which it writes: nothing that was
//! kept is lost, no alert is missing, none but the one under way is repeated, and the configuration is whole.
//!
//! The parts under test are the real ones, from the API's answer to the disk; a notification is a line in a file.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test's helpers fail as the test does"
)]

#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use linode_bandwidth::domain::alert::{AlertKey, Notification};
use linode_bandwidth::domain::config::{Account, Config};
use linode_bandwidth::domain::snapshot::Snapshot;
use linode_bandwidth::domain::state::{Event, State};
use linode_bandwidth::domain::token::Token;
use linode_bandwidth::poller::{Face, Inbox, Input, Poller, Rounds, Tokens};
use linode_bandwidth::store::config;
use linode_bandwidth::store::history::{History, Keeper};
use linode_bandwidth::store::keyring::Fingerprints;
use support::server::{Reply, Server};
use tokio::sync::oneshot;

/// Where the program that is killed has its files.
const FOLDER: &str = "KILLS_FOLDER";
/// How many steps it takes before it ends by itself.
const STEPS: &str = "KILLS_STEPS";
const CHILD: &str = "the_program_that_is_killed";

/// A user's disk.
struct Disk(tempfile::TempDir);

/// What is found on it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Found {
    /// The thresholds whose alerts are written down.
    given: BTreeSet<u16>,
    /// Times and bytes used.
    samples: BTreeSet<(i64, i64)>,
    /// The thresholds that a user was told of, each time that he was.
    shown: Vec<u16>,
}

impl Disk {
    fn new() -> Disk {
        Disk(tempfile::tempdir().unwrap())
    }

    fn history(&self) -> PathBuf {
        self.0.path().join("history.sqlite3")
    }

    fn shown(&self) -> PathBuf {
        self.0.path().join("shown")
    }

    /// Opens it as the next start does.
    fn found(&self) -> Found {
        let history = History::open(&self.history()).unwrap();
        let given = history.kept().unwrap().given.into_iter().map(|key| match key {
            AlertKey::Threshold { percent, .. } => percent,
            other => panic!("{other:?}"),
        });
        let given = given.collect();
        drop(history);
        let db = rusqlite::Connection::open(self.history()).unwrap();
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        let mut select = db.prepare("SELECT at, used FROM samples").unwrap();
        let samples = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let samples = samples.collect::<Result<_, _>>().unwrap();
        let shown = fs::read_to_string(self.shown()).unwrap_or_default();
        Found { given, samples, shown: shown.lines().map(|line| line.parse().unwrap()).collect() }
    }

    /// The program, to take so many steps.
    fn program(&self, steps: usize) -> Command {
        self.run_by(Command::new(std::env::current_exe().unwrap()), steps)
    }

    fn run_by(&self, mut command: Command, steps: usize) -> Command {
        command
            .args(["--ignored", "--exact", CHILD])
            .env(FOLDER, self.0.path())
            .env(STEPS, steps.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// One start, up to its end at the latest, and what is there after it.
    fn after(&self, before: &Found, run: impl FnOnce()) -> Found {
        run();
        let after = self.found();
        // Samples of the same second replace each other; the last one is the truth.
        let at = |found: &Found| found.samples.iter().map(|(at, _)| *at).collect::<BTreeSet<i64>>();
        assert!(at(before).is_subset(&at(&after)), "samples are lost");
        assert!(before.given.is_subset(&after.given), "alerts that were written down are lost");
        let (old, new) = after.shown.split_at(before.shown.len());
        assert_eq!(old, before.shown);
        let told: BTreeSet<u16> = new.iter().copied().collect();
        assert_eq!(told.len(), new.len(), "told twice by one start: {new:?}");
        assert!(told.is_disjoint(&before.given), "told although it was written down: {new:?}");
        let all: BTreeSet<u16> = after.shown.iter().copied().collect();
        assert!(after.given.is_subset(&all), "written down and never told");
        let under_way: Vec<&u16> = told.difference(&after.given).collect();
        assert!(under_way.is_empty() || under_way == [new.last().unwrap()], "more than one: {under_way:?}");
        after
    }

    /// The start after all kills: every alert up to the last figure has come.
    fn end_well(&self, before: &Found) {
        let last = self.after(before, || assert!(self.program(1).status().unwrap().success()));
        let highest = *last.given.last().unwrap();
        assert_eq!(last.given, (1..=highest).collect(), "an alert is missing");
        let told: BTreeSet<u16> = last.shown.iter().copied().collect();
        assert_eq!(told, last.given);
    }
}

/// Writes down what is told, and says that it was.
struct Teller {
    file: PathBuf,
    inbox: Inbox,
}

impl Face for &mut Teller {
    async fn show(&mut self, _: Snapshot) {}

    fn notify(&mut self, notification: Notification, _: Snapshot) {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file).unwrap();
        let AlertKey::Threshold { percent, .. } = notification.settles.last().unwrap() else { panic!() };
        file.write_all(format!("{percent}\n").as_bytes()).unwrap();
        let _ = self.inbox.send(Event::Delivered(notification.settles).into());
    }
}

/// Each step is a poll that finds a percent more than the one before, and an alert. The first step of a start finds what
/// was found last.
#[test]
#[ignore = "run, and killed, by the others"]
fn the_program_that_is_killed() {
    let (Some(folder), Ok(steps)) = (std::env::var_os(FOLDER), std::env::var(STEPS)) else { return };
    let (folder, steps) = (PathBuf::from(folder), steps.parse::<usize>().unwrap());
    let file = folder.join("history.sqlite3");
    let history = History::open(&file).unwrap();
    let kept = history.kept().unwrap();
    let reading = kept.memories.values().find_map(|memory| memory.reading.as_ref());
    let first = reading.map_or(1, |reading| reading.usage.pool.used / 1_000_000_000);
    let api = Server::start();
    let find = |used: u64| {
        let body = format!(r#"{{"used": {used}, "quota": 100, "billable": 0}}"#);
        api.answer("/account/transfer", Reply::json(200, body));
    };
    find(first);
    let config = Config {
        api_url: api.url().parse().unwrap(),
        thresholds: (1..=1000).collect(),
        forecast_alert: false,
        accounts: vec![Account::new("acme".parse().unwrap(), "Acme")],
        ..Config::default()
    };
    let token = Arc::new(Token::new("one".to_owned()).unwrap());
    let rounds = Rounds::new(Tokens::Given(token), Fingerprints::new("salt".to_owned()));
    let mut poller =
        Poller::new(State::new(kept, 1, Timestamp::now()), rounds, Keeper::start(history).unwrap());
    poller.begin(Event::ConfigLoaded(Box::new(config)));
    let inbox = poller.inbox();
    let mut teller = Teller { file: folder.join("shown"), inbox: inbox.clone() };
    let user = async {
        for step in 0..steps {
            let used = first + step as u64;
            find(used);
            let (done, ended) = oneshot::channel();
            inbox.send(Input::Refresh(done)).unwrap();
            ended.await.unwrap();
            // Polls are minutes apart: long before the next one, the alert of this one is written down.
            while !given(&file).contains(&(used as u16)) {
                tokio::task::yield_now().await;
            }
        }
        inbox.send(Input::Quit).unwrap();
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::join!(poller.run(&mut teller), user) });
}

fn given(file: &Path) -> BTreeSet<u16> {
    let kept = History::open_to_read(file).unwrap().unwrap().kept().unwrap();
    let percent = |key| match key {
        AlertKey::Threshold { percent, .. } => Some(percent),
        _ => None,
    };
    kept.given.into_iter().filter_map(percent).collect()
}

/// Steele and others' SplitMix64: a few random numbers are no reason for a crate.
struct Chance(u64);

impl Chance {
    fn new() -> Chance {
        let seed = Timestamp::now().as_nanosecond() as u64;
        eprintln!("seed {seed}");
        Chance(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

#[test]
fn killed_200_times_at_random_it_loses_nothing_and_tells_everything() {
    let mut chance = Chance::new();
    let (mut disk, mut found) = (Disk::new(), Found::default());
    for _ in 0..200 {
        found = disk.after(&found, || {
            let mut program = disk.program(1000).spawn().unwrap();
            // No wait for something: the moment of death.
            thread::sleep(Duration::from_millis(chance.below(150)));
            program.kill().unwrap();
            program.wait().unwrap();
        });
        if found.given.last().is_some_and(|highest| *highest > 900) {
            disk.end_well(&found);
            (disk, found) = (Disk::new(), Found::default());
        }
    }
    disk.end_well(&found);
}

/// The calls by which a file, or what is told of it, is changed.
const WRITES: [&str; 10] =
    ["write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "rename", "fchmod", "chmod", "openat"];

/// A command that is killed by the kernel when one of its threads makes its `nth` call of this name.
fn killed_at(call: &str, nth: usize) -> Command {
    let mut strace = Command::new("strace");
    // A question mark: not every machine has every call.
    let inject = format!("inject=?{call}:signal=SIGKILL:when={nth}");
    strace.args(["--follow-forks", "--quiet=all", "--output=/dev/null"]);
    strace.arg(format!("--trace=?{call}")).args(["-e", &inject, "--"]);
    strace
}

/// Whether it was killed; what ended otherwise ended well.
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    assert!(
        status.success() || status.signal() == Some(9),
        "{status}: is strace installed? tests/run does it"
    );
    !status.success()
}

#[test]
fn killed_at_each_call_that_writes_history_it_loses_nothing_and_tells_everything() {
    let mut kills = 0;
    for call in WRITES.iter().filter(|call| **call != "openat") {
        for nth in 1.. {
            let disk = Disk::new();
            let mut command = killed_at(call, nth);
            command.arg(std::env::current_exe().unwrap());
            let mut killed = false;
            let found = disk.after(&Found::default(), || {
                killed = was_killed(disk.run_by(command, 2).status().unwrap());
            });
            disk.end_well(&found);
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    eprintln!("{kills} kills");
    assert!(kills > 30, "only {kills} kills: are these still the calls that it writes by?");
}

const OLD: &str = "# mine\nthresholds = [80, 90]\n\n[[accounts]]\nid = \"acme\" # one\nname = \"Acme\"\n";

fn editing(file: &Path, mut command: Command) -> Command {
    command
        .args(["accounts", "edit", "Acme", "--thresholds", "50,60"])
        .env("LINODE_BANDWIDTH_CONFIG", file)
        .env("LINODE_BANDWIDTH_DATA_DIR", file.parent().unwrap().join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Whether the file is the new one; if not it is the old one, to the byte.
fn whole(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap();
    let read = config::load(file).unwrap();
    let new = text == OLD.replace("\"Acme\"\n", "\"Acme\"\nthresholds = [50, 60]\n");
    assert!(new || text == OLD, "{text}");
    assert_eq!(read.accounts[0].thresholds.is_some(), new);
    new
}

#[test]
fn killed_at_each_call_that_writes_the_configuration_it_leaves_the_old_or_the_new_one() {
    let program = env!("CARGO_BIN_EXE_linode-bandwidth");
    let (mut old, mut new) = (0, 0);
    for call in WRITES {
        for nth in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("config.toml");
            fs::write(&file, OLD).unwrap();
            let mut strace = killed_at(call, nth);
            strace.arg(program);
            let killed = was_killed(editing(&file, strace).status().unwrap());
            if whole(&file) {
                new += 1
            } else {
                old += 1
            }
            // What a kill has left in the way of the next change is nothing.
            assert!(editing(&file, Command::new(program)).status().unwrap().success());
            assert!(whole(&file));
            if !killed {
                break;
            }
        }
    }
    eprintln!("killed before the change {old} times, after it or not at all {new} times");
    assert!(old > 5 && new > WRITES.len(), "{old} {new}");
}

#[test]
fn killed_at_random_an_edit_leaves_the_old_or_the_new_configuration() {
    let mut chance = Chance::new();
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, OLD).unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth"));
        let mut program = editing(&file, command).spawn().unwrap();
        thread::sleep(Duration::from_millis(chance.below(20)));
        program.kill().unwrap();
        program.wait().unwrap();
        whole(&file);
    }
}
