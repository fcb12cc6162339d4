//! The schema, one step a version: a new file takes them all, an older one those that it lacks.

use rusqlite::{Connection, TransactionBehavior};

/// The version that this program writes (`PRAGMA user_version`).
pub(super) const VERSION: i64 = STEPS.len() as i64;
/// `LnBw`: tells the file from other SQLite files.
pub(super) const APPLICATION_ID: i64 = 0x4C6E_4277;

/// What leads from each version to the next, beginning with an empty file. A step that was released never changes.
const STEPS: [&str; 2] = [include_str!("1.sql"), include_str!("2.sql")];

/// Brings the file to [`VERSION`], in one transaction: killed in between it is as it was.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    if version(db)? >= VERSION {
        return Ok(());
    }
    // Two processes may begin at once: the second one waits here, and finds it done.
    let migrating = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(version(&migrating)?).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        migrating.execute_batch(step)?;
    }
    if done < STEPS.len() {
        migrating.pragma_update(None, "application_id", APPLICATION_ID)?;
        migrating.pragma_update(None, "user_version", VERSION)?;
    }
    migrating.commit()
}

/// The file's version; 0 for one that is empty.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}
