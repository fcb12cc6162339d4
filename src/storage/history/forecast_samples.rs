//! Samples for forecasts and spikes after a restart.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Statement, params};

use super::{History, HistoryError};
use crate::domain::account::AccountRecord;
use crate::domain::config::AccountId;
use crate::domain::forecast::{PAST_DAYS, SLOT_SECONDS};
use crate::domain::month::Month;
use crate::domain::spike::DAYS_KEPT;
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

/// Bytes used by account, pool and time, rising in time.
type SamplesByAccount = BTreeMap<AccountId, BTreeMap<PoolId, Vec<(Timestamp, u64)>>>;

impl History {
    /// The last sample of each of the last hours before `now`, of all accounts.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn hourly_samples(&self, now: Timestamp) -> Result<SamplesByAccount, HistoryError> {
        let since = now.checked_sub(SignedDuration::from_hours(24 * DAYS_KEPT)).unwrap_or(now).as_second();
        let mut all = SamplesByAccount::new();
        for (account, pool) in self.series()? {
            let read = || -> rusqlite::Result<Vec<(Timestamp, u64)>> {
                let mut select = self.db.prepare(
                    "SELECT max(at), used FROM samples WHERE account = ? AND pool = ? AND at BETWEEN ? AND ?
                     GROUP BY at / 3600 ORDER BY 1",
                )?;
                let range = params![account.as_str(), pool.to_string(), since, now.as_second()];
                let rows =
                    select.query_map(range, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
                let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
                let sample = |(at, used): (i64, i64)| {
                    Some((Timestamp::from_second(at).ok()?, u64::try_from(used).unwrap_or_default()))
                };
                Ok(rows.into_iter().filter_map(sample).collect())
            };
            let samples = read().map_err(self.at())?;
            all.entry(account.clone()).or_default().insert(pool, samples);
        }
        Ok(all)
    }
}
