//! The schema, one step per version. A new file takes all steps, an older one the missing ones.

use rusqlite::{Connection, TransactionBehavior};

/// The current schema version (`PRAGMA user_version`).
pub(super) const VERSION: i64 = STEPS.len() as i64;
/// `LnBw`: identifies the file among SQLite files.
pub(super) const APPLICATION_ID: i64 = 0x4C6E_4277;

/// The migration to each version from the one before, the first from an empty file. Never change a released
/// step.
const STEPS: [&str; 3] = [include_str!("1.sql"), include_str!("2.sql"), include_str!("3.sql")];

/// Migrates the file to [`VERSION`] in one transaction; a kill in between changes nothing.
pub(super) fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    if version(db)? >= VERSION {
        return Ok(());
    }
    // Two processes may start at once: the second waits here and finds the work done.
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

/// The file's version; 0 if it is empty.
pub(super) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}
