//! Files: the configuration, linode-cli's configuration, the history.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linode_bandwidth::app::accounts::linode_cli;
use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::domain::config::{AccountConfig, AccountId, Config};
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::report::Report;
use linode_bandwidth::domain::state::{
    Answer, Effect, Event, PersistedState, PollId, State, StoreCommand, update,
};
use linode_bandwidth::domain::token::{Scopes, TokenId};
use linode_bandwidth::domain::usage::{Pool, PoolId, Usage};
use linode_bandwidth::storage::config::{self, EditError};
use linode_bandwidth::storage::history::History;
use linode_bandwidth::tray::icon::Icon;
use linode_bandwidth::tray::menu;
use rusqlite::Connection;

use super::unix::Target;

/// A folder that is deleted with the process; in memory if the system has such a place.
fn folder() -> &'static Path {
    let record = Path::new("/dev/shm");
    let folder = match record.is_dir() {
        true => tempfile::tempdir_in(record),
        false => tempfile::tempdir(),
    };
    Box::leak(Box::new(folder.unwrap())).path()
}

const CONFIGURATION: &str = r##"# mine
api_url = "https://api.linode.com/v4"
poll_interval = "1h30m"   # often enough
show_as = 'used_and_total'
icon = "bar"
icon_account = "acme"
thresholds = [
    50, # half
    80,
]
on_alert = ["notify", "--flag"]
token_expiry_alert_days = [7, 1]

[[accounts]]
id = "acme"
name = """Acme"""
watch = "region:id-cgk"
token_command = ["pass", "show", "linode"]
muted = false # not now

[[accounts]]
"id" = "b"
name = "B \u00e9"
thresholds = [1, 1000]
enabled = true
"##;

pub fn configuration() -> Target {
    let file = folder().join("config.toml");
    let read = move |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let Ok(before) = config::load(&file) else { return };
        // A readable configuration can be edited, and is still readable after that.
        let changed = config::edit::<_, EditError>(&file, |draft| {
            draft.set(|config| config.thresholds = vec![11, 22])?;
            if let Some(first) = before.accounts.first() {
                draft.set_account(&first.id, |account| account.muted = !first.muted)?;
                let id = draft.unused_id(&first.name, |_| false);
                let name = draft.config().free_name(&first.name);
                draft.duplicate(&first.id, &id, &name)?;
                draft.remove(&id)?;
            }
            Ok(())
        });
        let after = config::load(&file).expect("a change that breaks the file");
        assert!(changed.is_err() || after.thresholds == [11, 22]);
        assert_eq!(after.accounts.len(), before.accounts.len());
    };
    let array = b"accounts = [{ id = \"a\", name = \"A\" }]\nthresholds = [80]\n".to_vec();
    Target { good: vec![CONFIGURATION.into(), array], longest: 300_000, read: Box::new(read) }
}

pub fn linode_cli() -> Target {
    let good =
        b"[DEFAULT]\ndefault-user = Anna\n\n[Anna]\ntoken = abc123\nregion = us-east\n\n[bert]\nregion = x\n";
    let read = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let _ = linode_cli::users(text);
    };
    Target { good: vec![good.to_vec()], longest: 1 << 20, read: Box::new(read) }
}

fn acme() -> AccountId {
    "acme".parse().unwrap()
}

fn usage(used: u64) -> Usage {
    let regions = vec![("id-cgk".to_owned(), Pool::from_gb(1, 10, 0))];
    Usage { pool: Pool::from_gb(used, 1000, 0), regions }
}

/// A history file after some polls.
fn a_history(file: &Path) {
    let mut history = History::open(file).unwrap();
    history.salt(|| "salt".to_owned()).unwrap();
    let config = Config { accounts: vec![AccountConfig::new(acme(), "Acme")], ..Config::default() };
    let mut state = State::new(PersistedState::default(), 1, Timestamp::now());
    let mut now = Timestamp::now();
    update(&mut state, Event::ConfigLoaded(Box::new(config)), now);
    for used in 0..20 {
        update(&mut state, Event::RefreshRequested, now);
        let poll = PollId { account: acme(), generation: 1 };
        let outcome =
            Ok(Answer { usage: usage(800 + used), scopes: Some(Scopes::default()), linode_label: None });
        let answered = Event::PollFinished { poll, token: Some(TokenId("t".into())), outcome };
        for effect in update(&mut state, answered, now) {
            match effect {
                Effect::Store(StoreCommand::SaveSamples(id, at, pools)) => {
                    history.save_samples(&id, at, &pools).unwrap()
                }
                Effect::Store(StoreCommand::SaveRecord(id, record)) => {
                    history.save_record(&id, &record).unwrap()
                }
                _ => {}
            }
        }
        now += std::time::Duration::from_secs(300);
    }
    let month = Month::containing(now).id;
    let keys = [
        AlertKey::Threshold { account: acme(), pool: PoolId::Global, month, percent: 80 },
        AlertKey::TokenInvalid { token: TokenId("t".into()) },
        AlertKey::TokenExpiry { token: TokenId("t".into()), days: 7 },
    ];
    history.save_alerts(&keys, now).unwrap();
    history.save_regions(&[("id-cgk".to_owned(), "Jakarta, ID".to_owned())].into()).unwrap();
    history.save_mute(Some(now)).unwrap();
}

/// All operations on a history file.
fn live_on(file: &Path) {
    if let Ok(Some(history)) = History::open_to_read(file) {
        let _ = history.load();
    }
    let Ok(mut history) = History::open(file) else { return };
    let _ = history.salt(|| "salt".to_owned());
    let _ = history.used_ids();
    let _ = history.all_samples(Timestamp::MIN);
    let _ = history.samples(&acme(), &PoolId::Global, Timestamp::UNIX_EPOCH);
    let Ok(kept) = history.load() else { return };
    let now = Timestamp::now();
    let mut state = State::new(kept, 1, now);
    show(&state, now);
    let config = Config { accounts: vec![AccountConfig::new(acme(), "Acme")], ..Config::default() };
    let outcome = Ok(Answer { usage: usage(830), scopes: None, linode_label: None });
    let token = Some(TokenId("t".into()));
    let poll = PollId { account: acme(), generation: 1 };
    let events = [
        Event::ConfigLoaded(Box::new(config)),
        Event::PollFinished { poll, token, outcome },
        Event::RoundFinished,
        Event::SystemChanged,
        Event::Tick,
    ];
    for event in events {
        for effect in update(&mut state, event, now) {
            let _ = match effect {
                Effect::Store(StoreCommand::SaveSamples(id, at, pools)) => {
                    history.save_samples(&id, at, &pools)
                }
                Effect::Store(StoreCommand::SaveRecord(id, record)) => history.save_record(&id, &record),
                Effect::Store(StoreCommand::SaveAlerts(keys)) => history.save_alerts(&keys, now),
                _ => Ok(()),
            };
        }
        show(&state, now);
    }
}

/// All frontends.
fn show(state: &State, now: Timestamp) {
    let snapshot = state.snapshot(now);
    let _ = serde_json::to_string(&Report::new(&snapshot)).unwrap();
    let _ = menu::rows(&snapshot, &TimeZone::UTC);
    let _ = Icon::from_snapshot(&snapshot).draw(16);
    let _ = state.wakes_at(now);
}

pub fn history_file() -> Target {
    let (made, file) = (folder().join("made.sqlite3"), folder().join("history.sqlite3"));
    a_history(&made);
    let good = fs::read(&made).unwrap();
    let read = move |bytes: &[u8]| {
        for beside in ["history.sqlite3-wal", "history.sqlite3-shm", "history.sqlite3-journal"] {
            let _ = fs::remove_file(file.with_file_name(beside));
        }
        fs::write(&file, bytes).unwrap();
        live_on(&file);
    };
    Target { longest: good.len() * 2, good: vec![good], read: Box::new(read) }
}

/// Columns, and the values that the program wrote there.
const COLUMNS: [(&str, &str); 13] = [
    ("entries", "account"),
    ("alerts", "account"),
    ("alerts", "kind"),
    ("alerts", "pool"),
    ("alerts", "month"),
    ("alerts", "value"),
    ("samples", "account"),
    ("samples", "pool"),
    ("regions", "id"),
    ("regions", "label"),
    ("ids", "account"),
    ("meta", "value"),
    ("meta", "key"),
];

pub fn history_rows() -> Target {
    let (made, file) = (folder().join("made.sqlite3"), folder().join("history.sqlite3"));
    a_history(&made);
    let record: String = Connection::open(&made)
        .unwrap()
        .query_row("SELECT memory FROM entries", [], |row| row.get(0))
        .unwrap();
    let words =
        ["acme", "threshold", "region:id-cgk", "2026-11", "80", "t/7", "muted_until", "2026-11-01T00:00:00Z"];
    let mut good: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    good.extend((0..12).map(|_| record.clone().into_bytes()));
    let read = move |bytes: &[u8]| {
        for beside in ["history.sqlite3-wal", "history.sqlite3-shm"] {
            let _ = fs::remove_file(file.with_file_name(beside));
        }
        fs::copy(&made, &file).unwrap();
        let db = Connection::open(&file).unwrap();
        let text = String::from_utf8_lossy(bytes);
        let sum =
            bytes.iter().fold(bytes.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
        if bytes.starts_with(b"{") {
            db.execute("UPDATE entries SET memory = ?", [&*text]).unwrap();
        } else {
            let (table, column) = COLUMNS[sum % COLUMNS.len()];
            let _ = db.execute(&format!("UPDATE OR IGNORE {table} SET {column} = ?"), [&*text]);
        }
        let number = i64::from_le_bytes(std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0xff)));
        let column = ["at", "used", "quota", "billable"][sum % 4];
        let _ = db.execute(&format!("UPDATE OR IGNORE samples SET {column} = ?"), [number]);
        drop(db);
        live_on(&file);
    };
    Target { good, longest: 200_000, read: Box::new(read) }
}
