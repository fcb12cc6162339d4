//! Reads and writes samples.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{History, HistoryError};
use crate::domain::config::AccountId;
use crate::domain::month::{Month, MonthId};
use crate::domain::plot::{MONTHS, PoolHistory};
use crate::domain::sample::Sample;
use crate::domain::usage::{Pool, PoolId};

/// An account and one of its pools.
pub type Series = (AccountId, PoolId);

impl History {
    /// Stores samples taken at `at`.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_samples(
        &mut self,
        id: &AccountId,
        at: Timestamp,
        pools: &[(PoolId, Pool)],
    ) -> Result<(), HistoryError> {
        self.save_rows(id, pools.iter().map(|(pool, figures)| (pool, at, figures)))
    }

    /// Stores samples of one pool of an account, all or none.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_series(
        &mut self,
        id: &AccountId,
        pool: &PoolId,
        samples: &[Sample],
    ) -> Result<(), HistoryError> {
        self.save_rows(id, samples.iter().map(|sample| (pool, sample.at, &sample.pool)))
    }

    fn save_rows<'a>(
        &mut self,
        id: &AccountId,
        rows: impl Iterator<Item = (&'a PoolId, Timestamp, &'a Pool)>,
    ) -> Result<(), HistoryError> {
        let keep = |db: &mut Connection| -> rusqlite::Result<()> {
            let keeping = db.transaction()?;
            {
                let mut insert =
                    keeping.prepare("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?)")?;
                for (pool, at, Pool { used, quota, billable, .. }) in rows {
                    let (used, quota, billable) = (whole(*used), whole(*quota), whole(*billable));
                    insert.execute(params![
                        id.as_str(),
                        pool.to_string(),
                        at.as_second(),
                        used,
                        quota,
                        billable
                    ])?;
                }
            }
            keeping.commit()
        };
        keep(&mut self.db).map_err(self.at())
    }

    /// The samples of one pool of an account since `since`, oldest first.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn samples(
        &self,
        account: &AccountId,
        pool: &PoolId,
        since: Timestamp,
    ) -> Result<Vec<Sample>, HistoryError> {
        let read = || -> rusqlite::Result<Vec<Sample>> {
            let mut select = self.db.prepare(
                "SELECT at, used, quota, billable FROM samples WHERE account = ? AND pool = ? AND at >= ? \
                 ORDER BY at",
            )?;
            let rows =
                select.query_map(params![account.as_str(), pool.to_string(), since.as_second()], sample)?;
            rows.collect()
        };
        read().map_err(self.at())
    }

    /// The samples of all accounts and pools since `since`, oldest first, including accounts that are no longer
    /// configured.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn all_samples(&self, since: Timestamp) -> Result<BTreeMap<Series, Vec<Sample>>, HistoryError> {
        // One consistent view while others write.
        let _reading = self.db.unchecked_transaction().map_err(self.at())?;
        let mut all = BTreeMap::new();
        for (account, pool) in self.series()? {
            let samples = self.samples(&account, &pool, since)?;
            all.insert((account, pool), samples);
        }
        all.retain(|_, samples| !samples.is_empty());
        Ok(all)
    }

    /// The data of a pool's plots at `now`: this month's samples and the last one of each earlier month.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn pool_history(
        &self,
        account: &AccountId,
        pool: &PoolId,
        now: Timestamp,
    ) -> Result<PoolHistory, HistoryError> {
        let month = Month::containing(now);
        let read = || -> rusqlite::Result<Vec<(MonthId, Sample)>> {
            let mut select = self.db.prepare(
                "SELECT at, used, quota, billable FROM samples \
                 WHERE account = ? AND pool = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT 1",
            )?;
            let (account, pool) = (account.as_str(), pool.to_string());
            let mut before = Vec::new();
            for id in (1..MONTHS).rev().map(|back| month.id.back(back)) {
                let (from, to) = (id.starts_at().as_second(), id.next().starts_at().as_second());
                let last = select.query_row(params![account, pool, from, to], sample).optional()?;
                before.extend(last.map(|sample| (id, sample)));
            }
            Ok(before)
        };
        let before = read().map_err(self.at())?;
        Ok(PoolHistory { month: self.samples(account, pool, month.starts_at)?, before })
    }

    /// All accounts and pools with samples.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn series(&self) -> Result<Vec<Series>, HistoryError> {
        let read = || -> rusqlite::Result<Vec<Series>> {
            let mut all = Vec::new();
            let mut last = None;
            while let Some((account, pool)) = next_series(&self.db, last.as_ref())? {
                all.extend(account.parse().ok().zip(pool.parse().ok()));
                last = Some((account, pool));
            }
            Ok(all)
        };
        read().map_err(self.at())
    }
}

/// The account and pool after `last`, in key order. One index lookup, however many samples each has.
pub(super) fn next_series(
    db: &Connection,
    last: Option<&(String, String)>,
) -> rusqlite::Result<Option<(String, String)>> {
    let (account, pool) = last.map_or(("", ""), |(account, pool)| (account, pool));
    let mut select = db.prepare(
        "SELECT account, pool FROM samples WHERE (account, pool) > (?, ?) ORDER BY account, pool LIMIT 1",
    )?;
    select.query_row([account, pool], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn sample(row: &Row<'_>) -> rusqlite::Result<Sample> {
    let bytes = |column| row.get::<_, i64>(column).map(|bytes| u64::try_from(bytes).unwrap_or(0));
    let at = Timestamp::from_second(row.get(0)?).unwrap_or_default();
    Ok(Sample { at, pool: Pool { used: bytes(1)?, quota: bytes(2)?, billable: bytes(3)?, metered: false } })
}

/// SQLite's integers are signed; no transfer and no id comes close to their maximum.
pub(super) fn whole(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
