//! The history file: samples, account records and sent alerts, in SQLite.
//!
//! One process writes it (the tray or the exporter) while others read. The schema is in `schema`.

mod alerts;
mod consumers;
mod downsampling;
pub mod export;
mod forecast_samples;
mod prices;
mod samples;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::domain::account::AccountRecord;
use crate::domain::config::AccountId;
use crate::domain::state::PersistedState;
use crate::platform::private_file;

pub use consumers::ConsumerSeries;
pub use downsampling::Downsampling;
pub use samples::Series;
use schema::{APPLICATION_ID, VERSION};
pub use writer::HistoryWriter;

/// How long readers and writers wait for each other.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between retries where SQLite ignores its busy timeout.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// Why the history file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It was written by a newer version of the program.
    #[error(
        "{} was written by a newer linode-bandwidth (version {version}, this one reads up to {VERSION}): update this program",
        path.display()
    )]
    Newer { path: PathBuf, version: i64 },
    /// It belongs to another program.
    #[error("{} is not a history file of linode-bandwidth: move it away, or set LINODE_BANDWIDTH_DATA_DIR", path.display())]
    Foreign { path: PathBuf },
    /// SQLite can't read or write it.
    #[error("the history file {} can't be used: {}; {}", path.display(), in_words(path, source), self.hint())]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    /// The file or its folder can't be created or made private.
    #[error("the history file {} can't be created: {}; {}", path.display(), private_file::in_words(source), self.hint())]
    Io { path: PathBuf, source: std::io::Error },
}

/// SQLite also reports a full disk as an I/O error.
fn is_disk_full(path: &Path, error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => true,
        Some(ErrorCode::SystemIoFailure) => {
            let tried = private_file::try_write(private_file::directory_of(path));
            tried.is_err_and(|error| private_file::is_full(&error))
        }
        _ => false,
    }
}

fn in_words(path: &Path, error: &rusqlite::Error) -> String {
    if is_disk_full(path, error) { "the disk is full".to_owned() } else { error.to_string() }
}

impl HistoryError {
    /// Advice for the user.
    pub fn hint(&self) -> &'static str {
        const ROOM: &str = "free some disk space and try again";
        const RIGHTS: &str =
            "make the file and its folder writable for yourself, or set LINODE_BANDWIDTH_DATA_DIR";
        match self {
            HistoryError::Newer { .. } => "update this program",
            HistoryError::Foreign { .. } => "move it away, or set LINODE_BANDWIDTH_DATA_DIR",
            HistoryError::Io { source, .. } if private_file::is_full(source) => ROOM,
            HistoryError::Io { .. } => RIGHTS,
            HistoryError::Sqlite { path, source } if is_disk_full(path, source) => ROOM,
            HistoryError::Sqlite { source, .. } => match source.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    "move it away and start the tray again, without the samples in it"
                }
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    "another program has locked it: try again when that has ended"
                }
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => RIGHTS,
                Some(ErrorCode::SystemIoFailure) => "check the disk and try again",
                Some(
                    ErrorCode::OutOfMemory
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OperationInterrupted
                    | ErrorCode::SchemaChanged,
                ) => "try again",
                _ => "if it is damaged, move it away and start the tray again",
            },
        }
    }

    /// Whether the cause is the disk rather than the file: the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            HistoryError::Newer { .. } | HistoryError::Foreign { .. } => false,
            HistoryError::Io { .. } => true,
            HistoryError::Sqlite { source, .. } => source.sqlite_error_code().is_some_and(|code| {
                matches!(
                    code,
                    ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::PermissionDenied
                        | ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                )
            }),
        }
    }

    fn cannot_open(&self) -> bool {
        let HistoryError::Sqlite { source, .. } = self else { return false };
        // A full disk causes the last one.
        let codes = [ErrorCode::CannotOpen, ErrorCode::ReadOnly, ErrorCode::SystemIoFailure];
        source.sqlite_error_code().is_some_and(|code| codes.contains(&code))
    }

    /// Why nothing is written, as a menu row.
    pub fn write_status(&self) -> String {
        let (path, why) = match self {
            HistoryError::Newer { .. } | HistoryError::Foreign { .. } => return self.to_string(),
            HistoryError::Io { path, source } => (path, private_file::in_words(source)),
            HistoryError::Sqlite { path, source } => match source.sqlite_error_code() {
                _ if is_disk_full(path, source) => (path, in_words(path, source)),
                Some(ErrorCode::ReadOnly) => (path, "it is read-only".to_owned()),
                _ => (path, source.to_string()),
            },
        };
        format!("{} can't be written: {why}. The program tries again on its own", path.display())
    }
}

pub struct History {
    db: Connection,
    path: PathBuf,
}

impl History {
    /// Opens the file for writing. Creates it if it is missing, readable by its owner only because it reveals
    /// server usage.
    ///
    /// # Errors
    /// [`HistoryError`] if it is newer, foreign, damaged or can't be created.
    pub fn open(path: &Path) -> Result<History, HistoryError> {
        private_file::create_file(path).map_err(|source| HistoryError::Io { path: path.into(), source })?;
        let at = |source| HistoryError::Sqlite { path: path.to_owned(), source };
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(at)?;
        let mut history = History { db, path: path.to_owned() };
        history.db.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
        let version = history.check()?;
        if (1..VERSION).contains(&version) {
            history.back_up(version)?;
        }
        history.prepare().map_err(at)?;
        Ok(history)
    }

    /// Copies the file, which has an older schema, next to it before it is migrated: the version of the program before
    /// this one can't read a migrated file. A copy that is there stays.
    fn back_up(&self, version: i64) -> Result<(), HistoryError> {
        let beside = |end: &str| {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        };
        let (copy, part) =
            (beside(&format!(".v{version}")), beside(&format!(".v{version}.{}", std::process::id())));
        if copy.exists() {
            return Ok(());
        }
        let io = |source| HistoryError::Io { path: copy.clone(), source };
        // SQLite fills an empty file, and this one only its owner can read.
        private_file::create_file(&part).map_err(io)?;
        let copied = self.db.execute("VACUUM INTO ?", [part.to_string_lossy()]);
        let copied = copied.map_err(|source| HistoryError::Sqlite { path: part.clone(), source });
        let kept = copied.and_then(|_| std::fs::rename(&part, &copy).map_err(io));
        if kept.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        kept
    }

    /// A history in memory only.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] if SQLite fails.
    pub fn in_memory() -> Result<History, HistoryError> {
        let path = PathBuf::from(":memory:");
        let at = |source| HistoryError::Sqlite { path: path.clone(), source };
        let db = Connection::open_in_memory().map_err(at)?;
        let mut history = History { db, path: path.clone() };
        history.prepare().map_err(at)?;
        Ok(history)
    }

    /// Opens the file for reading while another process may write it; `None` if there is no history yet.
    ///
    /// # Errors
    /// As [`History::open`].
    pub fn open_to_read(path: &Path) -> Result<Option<History>, HistoryError> {
        let at = |source| HistoryError::Sqlite { path: path.to_owned(), source };
        if !path.exists() {
            return Ok(None);
        }
        let open = |db: rusqlite::Result<Connection>| -> Result<Option<History>, HistoryError> {
            let history = History { db: db.map_err(at)?, path: path.to_owned() };
            history.db.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
            let version = history.check()?;
            Ok((version > 0).then_some(history))
        };
        match open(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)) {
            // On a full or read-only disk, SQLite can't create its WAL files, and no process writes.
            Err(error) if error.cannot_open() => {
                let Ok(mut url) = url::Url::from_file_path(path) else { return Err(error) };
                url.set_query(Some("immutable=1"));
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
                open(Connection::open_with_flags(url.as_str(), flags)).map_err(|_| error)
            }
            opened => opened,
        }
    }

    fn check(&self) -> Result<i64, HistoryError> {
        let pragma = |name| self.db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let at = |source| HistoryError::Sqlite { path: self.path.clone(), source };
        // In one transaction: another process may be creating the file.
        let _reading = self.db.unchecked_transaction().map_err(at)?;
        let (version, application) =
            (pragma("user_version").map_err(at)?, pragma("application_id").map_err(at)?);
        let tables: i64 =
            self.db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(at)?;
        match (version, application) {
            (0, 0) if tables == 0 => Ok(0),
            (newer, APPLICATION_ID) if newer > VERSION => {
                Err(HistoryError::Newer { path: self.path.clone(), version: newer })
            }
            (version, APPLICATION_ID) => Ok(version),
            _ => Err(HistoryError::Foreign { path: self.path.clone() }),
        }
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        // FULL keeps a stored sample over a power cut. At one write every few minutes, it costs nothing.
        self.use_wal()?;
        self.db.pragma_update(None, "synchronous", "FULL")?;
        self.db.pragma_update(None, "cache_size", -256)?;
        schema::migrate(&mut self.db)
    }

    /// Switching to WAL ignores `busy_timeout`, so retry while another process has the file open.
    fn use_wal(&self) -> rusqlite::Result<()> {
        let deadline = Instant::now() + BUSY_TIMEOUT;
        loop {
            match self.db.pragma_update(None, "journal_mode", "WAL") {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && Instant::now() < deadline =>
                {
                    thread::sleep(RETRY_INTERVAL);
                }
                done => return done,
            }
        }
    }

    fn at(&self) -> impl Fn(rusqlite::Error) -> HistoryError + '_ {
        |source| HistoryError::Sqlite { path: self.path.clone(), source }
    }

    /// Loads the persisted state. Leaves out unreadable records: the account's next poll restores them.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn load(&self) -> Result<PersistedState, HistoryError> {
        let read = || -> rusqlite::Result<PersistedState> {
            // One consistent view while others write.
            let db = self.db.unchecked_transaction()?;
            let mut kept = PersistedState { sent_alerts: alerts::load(&db)?, ..PersistedState::default() };
            let mut entries = db.prepare("SELECT account, memory FROM entries")?;
            let mut samples = forecast_samples::select(&db)?;
            let rows =
                entries.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            for row in rows {
                let (account, record) = row?;
                match (account.parse::<AccountId>(), serde_json::from_str::<AccountRecord>(&record)) {
                    (Ok(id), Ok(record)) => {
                        kept.samples
                            .insert(id.clone(), forecast_samples::samples(&mut samples, &id, &record)?);
                        kept.records.insert(id, record);
                    }
                    (_, Err(error)) => tracing::warn!("what was kept of {account:?} can't be read: {error}"),
                    (Err(error), _) => tracing::warn!("{error}"),
                }
            }
            let mut regions = db.prepare("SELECT id, label FROM regions")?;
            let rows = regions.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            kept.regions = rows.collect::<rusqlite::Result<_>>()?;
            (kept.prices, kept.prices_told_at) = prices::load(&db)?;
            kept.breakdowns = consumers::latest(&db)?;
            let ids = kept.records.keys().map(|id| Ok((id.clone(), self.meta(&retired(id))?.is_some())));
            let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
            kept.retired = ids.into_iter().filter_map(|(id, retired)| retired.then_some(id)).collect();
            kept.muted_until = self.meta("muted_until")?.and_then(|text| text.parse().ok());
            Ok(kept)
        };
        read().map_err(self.at())
    }

    /// Stores an account's record.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_record(&mut self, id: &AccountId, record: &AccountRecord) -> Result<(), HistoryError> {
        let keep = |db: &Connection| -> rusqlite::Result<()> {
            let json = serde_json::to_string(record)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            db.execute("INSERT OR IGNORE INTO ids VALUES (?)", [id.as_str()])?;
            db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", [id.as_str(), json.as_str()])?;
            db.execute("DELETE FROM meta WHERE key = ?", [retired(id)])?;
            Ok(())
        };
        keep(&self.db).map_err(self.at())
    }

    /// Marks an account's record as no longer configured. Its samples stay too, unless the account was deleted:
    /// the writer may have stored one more before it learned of that.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn retire_record(&mut self, id: &AccountId) -> Result<(), HistoryError> {
        if self.meta(&forgotten(id)).map_err(self.at())?.is_some() {
            return self.delete_account(id);
        }
        self.set_meta(&retired(id), "").map_err(self.at())
    }

    /// The unconfigured account with samples whose last name was `name`, with the time of its first sample.
    /// Skips accounts for which `is_configured` is true, and those of another Linode account than `euuid` if
    /// both are known.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn former_account(
        &self,
        name: &str,
        euuid: Option<&str>,
        is_configured: impl Fn(&AccountId) -> bool,
    ) -> Result<Option<(AccountId, Timestamp)>, HistoryError> {
        let read = || -> rusqlite::Result<Option<(AccountId, Timestamp)>> {
            let mut entries = self.db.prepare(
                "SELECT account, memory, min(at) FROM entries JOIN samples USING (account)
                 GROUP BY account ORDER BY max(at) DESC",
            )?;
            let mut rows = entries.query([])?;
            while let Some(row) = rows.next()? {
                let (account, record): (String, String) = (row.get(0)?, row.get(1)?);
                let is_it = serde_json::from_str::<AccountRecord>(&record).is_ok_and(|it| it.name == name);
                let id = account.parse().ok().filter(|id| is_it && !is_configured(id));
                let (Some(id), Ok(first)) = (id, Timestamp::from_second(row.get(2)?)) else { continue };
                if self.meta(&forgotten(&id))?.is_some() {
                    continue;
                }
                let other = self.meta(&linode_account(&id))?;
                if other.is_none() || euuid.is_none() || other.as_deref() == euuid {
                    return Ok(Some((id, first)));
                }
            }
            Ok(None)
        };
        read().map_err(self.at())
    }

    /// Stores Akamai's id of the Linode account that an account's token belongs to; `None` if it is not known.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn set_linode_account(&mut self, id: &AccountId, euuid: Option<&str>) -> Result<(), HistoryError> {
        let key = linode_account(id);
        let stored = match euuid {
            Some(euuid) => self.set_meta(&key, euuid),
            None => self.db.execute("DELETE FROM meta WHERE key = ?", [key]).map(drop),
        };
        stored.map_err(self.at())
    }

    /// The id of the Linode account that an account's token belongs to, if a verification found it.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn linode_account(&self, id: &AccountId) -> Result<Option<String>, HistoryError> {
        self.meta(&linode_account(id)).map_err(self.at())
    }

    /// Deletes an account's record, samples and alerts.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn delete_account(&mut self, id: &AccountId) -> Result<(), HistoryError> {
        let forget = |db: &mut Connection| -> rusqlite::Result<()> {
            let forgetting = db.transaction()?;
            consumers::delete(&forgetting, id)?;
            for table in ["entries", "samples", "alerts"] {
                forgetting.execute(&format!("DELETE FROM {table} WHERE account = ?"), [id.as_str()])?;
            }
            forgetting.execute("DELETE FROM meta WHERE key IN (?, ?)", [retired(id), linode_account(id)])?;
            forgetting.execute("INSERT OR REPLACE INTO meta VALUES (?, '')", [forgotten(id)])?;
            forgetting.commit()
        };
        forget(&mut self.db).map_err(self.at())
    }

    /// All ids in use now or before. Ids are never reused, because samples and keyring entries refer to them.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn used_ids(&self) -> Result<Vec<String>, HistoryError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            self.db.prepare("SELECT account FROM ids")?.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(self.at())
    }

    /// Stores that an id is in use.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn reserve_id(&mut self, id: &AccountId) -> Result<(), HistoryError> {
        self.db.execute("INSERT OR IGNORE INTO ids VALUES (?)", [id.as_str()]).map_err(self.at())?;
        Ok(())
    }

    /// The salt of this file's token fingerprints; creates it with `new` if there is none.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read or written.
    pub fn salt(&self, new: impl FnOnce() -> String) -> Result<String, HistoryError> {
        if let Some(salt) = self.meta("salt").map_err(self.at())? {
            return Ok(salt);
        }
        let salt = new();
        if !self.db.is_readonly("main").unwrap_or(true) {
            self.set_meta("salt", &salt).map_err(self.at())?;
        }
        Ok(salt)
    }

    fn meta(&self, key: &str) -> rusqlite::Result<Option<String>> {
        self.db.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional()
    }

    fn set_meta(&self, key: &str, value: &str) -> rusqlite::Result<()> {
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])?;
        Ok(())
    }
}

/// Key that marks a deleted account.
fn forgotten(id: &AccountId) -> String {
    format!("forgotten:{id}")
}

/// Key that marks an account that is no longer configured.
fn retired(id: &AccountId) -> String {
    format!("removed:{id}")
}

/// Key of the Linode account that an account's token belongs to.
fn linode_account(id: &AccountId) -> String {
    format!("linode_account:{id}")
}

#[cfg(test)]
mod tests;
