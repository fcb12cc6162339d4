//! How large the history of 50 accounts over two years is, and how long reading it takes: `cargo bench --bench
//! history`.
//!
//! The file is made like in real use: two years of samples that are already downsampled, then every sample of the last
//! ten weeks, written and downsampled daily by the program's own code.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a bench fails as a test does")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use divan::{Bencher, black_box};
use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::account::{AccountRecord, Reading};
use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::sample::expired_samples;
use linode_bandwidth::domain::state::PersistedState;
use linode_bandwidth::domain::usage::{PoolId, Usage};
use linode_bandwidth::storage::history::{Downsampling, History};
use tempfile::TempDir;

const ENTRIES: usize = 50;
const MONTHS: u16 = 25;
const QUOTA: i64 = 4_000_000_000_000;

fn main() {
    let size = fs::metadata(file()).map_or(0, |file| file.len());
    println!("{MONTHS} months of {ENTRIES} entries with a region's pool each: {:.1} MB", size as f64 / 1e6);
    divan::main();
}

/// The folder with configuration and history, made once.
fn home() -> &'static Path {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = tempfile::tempdir().expect("a folder");
        let entry = |n: usize| format!("\n[[accounts]]\nid = \"client-{n}\"\nname = \"Client {n}\"\n");
        fs::write(home.path().join("config.toml"), (0..ENTRIES).map(entry).collect::<String>())
            .expect("a file");
        live(&home.path().join("history.sqlite3"), Timestamp::now());
        home
    })
    .path()
}

fn file() -> PathBuf {
    home().join("history.sqlite3")
}

/// Writes the history as the tray would have by `now`.
fn live(path: &Path, now: Timestamp) {
    let mut history = History::open(path).expect("the history file");
    let mut db = rusqlite::Connection::open(path).expect("the history file");
    db.pragma_update(None, "synchronous", "OFF").expect("a setting");
    let every = SignedDuration::from_mins(5);
    let lived_from = now - SignedDuration::from_hours(70 * 24);
    let first = Month::containing(now).id.back(MONTHS - 1).starts_at();
    let polls = |from, to| {
        std::iter::successors(Some(from), move |at| Some(*at + every)).take_while(move |at| *at < to)
    };
    let old: Vec<Timestamp> = polls(first, lived_from).collect();
    let gone = expired_samples(&old, MONTHS, lived_from);
    keep(&mut db, old.iter().filter(|at| gone.binary_search(at).is_err()).copied());
    let mut day = lived_from;
    while day < now {
        let next = (day + SignedDuration::from_hours(24)).min(now);
        keep(&mut db, polls(day, next));
        day = next;
        let mut downsampling = Some(Downsampling::new(MONTHS, day));
        while let Some(going_on) = downsampling {
            downsampling = history.downsample_next(going_on).expect("downsampled");
        }
    }
    remember(&mut history, now);
}

/// Stores what the tray knows about each account at `now`. At the start it tells which samples of the month are needed.
fn remember(history: &mut History, now: Timestamp) {
    for entry in 0..ENTRIES {
        let id: AccountId = format!("client-{entry}").parse().expect("an id");
        let pool = history.samples(&id, &PoolId::Global, Timestamp::MIN).expect("readable");
        let pool = pool.last().expect("a sample").pool;
        let usage = Usage { pool, regions: vec![("id-cgk".to_owned(), pool)] };
        let mut memory = AccountRecord { name: format!("Client {entry}"), ..AccountRecord::default() };
        memory.take_reading(Reading { at: now, watch: PoolId::Global, usage });
        history.save_record(&id, &memory).expect("written");
    }
}

fn keep(db: &mut rusqlite::Connection, times: impl Iterator<Item = Timestamp>) {
    let writing = db.transaction().expect("a transaction");
    {
        let mut insert =
            writing.prepare("INSERT INTO samples VALUES (?, ?, ?, ?, ?, 0)").expect("a statement");
        for at in times {
            let used = at.duration_since(Month::containing(at).starts_at).as_secs() * 1_500_000;
            for entry in 0..ENTRIES {
                for pool in ["global", "region:id-cgk"] {
                    let row = rusqlite::params![format!("client-{entry}"), pool, at.as_second(), used, QUOTA];
                    insert.execute(row).expect("a row");
                }
            }
        }
    }
    writing.commit().expect("written");
}

/// What the Usage page reads for one account's plots.
#[divan::bench]
fn pictures_of_one_entry(bencher: Bencher) {
    let history = History::open_to_read(&file()).expect("readable").expect("there");
    let id: AccountId = "client-7".parse().expect("an id");
    bencher.bench_local(|| black_box(history.pool_history(&id, &PoolId::Global, Timestamp::now())).is_ok());
}

/// The same for all accounts at once.
#[divan::bench]
fn pictures_of_all_entries(bencher: Bencher) {
    let history = History::open_to_read(&file()).expect("readable").expect("there");
    bencher.bench_local(|| {
        let all = history.series().expect("readable");
        all.iter().filter(|(id, pool)| history.pool_history(id, pool, Timestamp::now()).is_ok()).count()
    });
}

/// What the tray and the window read at the start.
#[divan::bench]
fn the_start(bencher: Bencher) {
    let history = History::open_to_read(&file()).expect("readable").expect("there");
    let pools = |kept: PersistedState| kept.samples.values().map(|pools| pools.len()).sum::<usize>();
    assert_eq!(pools(history.load().expect("readable")), 2 * ENTRIES);
    bencher.bench_local(|| black_box(history.load()).is_ok());
}

/// The whole command, as a process.
#[divan::bench(args = ["history client-7", "history", "history --format csv", "history client-7 --plot /dev/null"])]
fn command(bencher: Bencher, words: &str) {
    let home = home();
    bencher.bench_local(|| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth"));
        program
            .args(words.split(' '))
            .env("LINODE_BANDWIDTH_CONFIG", home.join("config.toml"))
            .env("LINODE_BANDWIDTH_DATA_DIR", home)
            .stdout(Stdio::null());
        assert!(program.status().expect("it runs").success());
    });
}
