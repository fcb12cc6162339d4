//! Samples of the last polled month and of the two months before, for forecasts after a restart.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Statement, params};

use crate::domain::account::AccountRecord;
use crate::domain::config::AccountId;
use crate::domain::forecast::{PAST_DAYS, SLOT_SECONDS};
use crate::domain::month::Month;
use crate::domain::usage::PoolId;

/// Selects the last sample of each slot of a pool. Prepared once for all accounts.
pub(super) fn select(db: &Connection) -> rusqlite::Result<Statement<'_>> {
    // SQLite takes the other columns from the row with the maximum ("bare columns" in its documentation).
    db.prepare(
        "SELECT max(at), used FROM samples WHERE account = ?1 AND pool = ?2 AND at >= ?3
         GROUP BY (at - ?3) / ?4 ORDER BY 1",
    )
}

/// Runs `select` for each pool of the account's last reading.
pub(super) fn samples(
    select: &mut Statement<'_>,
    id: &AccountId,
    record: &AccountRecord,
) -> rusqlite::Result<BTreeMap<PoolId, Vec<(Timestamp, u64)>>> {
    let mut samples = BTreeMap::new();
    let Some(reading) = &record.reading else { return Ok(samples) };
    // A whole number of slots before the month, so that the month begins with a slot.
    let since = Month::containing(reading.at).starts_at.as_second() - PAST_DAYS as i64 * 86_400;
    for (pool, _) in reading.pools() {
        let rows = select
            .query_map(params![id.as_str(), pool.to_string(), since, SLOT_SECONDS], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let sample = |(at, used): (i64, i64)| {
            Some((Timestamp::from_second(at).ok()?, u64::try_from(used).unwrap_or_default()))
        };
        samples.insert(pool, rows.into_iter().filter_map(sample).collect());
    }
    Ok(samples)
}
