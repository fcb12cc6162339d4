//! Reads, writes and thins what each consumer of a pool used.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, params};

use super::samples::whole;
use super::{History, HistoryError, schema};
use crate::domain::breakdown::{
    Breakdown, BreakdownSample, Consumer, ConsumerId, MAX_POOL_FIGURE_AGE, PoolBreakdown, PoolSample,
    SAMPLES_KEPT, push_sample,
};
use crate::domain::config::AccountId;
use crate::domain::daily_usage::{DailyUsage, DailyUsageBuilder};
use crate::domain::month::Month;
use crate::domain::plot::PoolHistory;
use crate::domain::sample::expired_samples;
use crate::domain::usage::PoolId;

/// The first schema version with the tables.
const SINCE_VERSION: i64 = 3;
/// The `kind` of what no consumer accounts for.
const REST: &str = "rest";

/// What a consumer of a pool used in the course of time; `None` for the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerSeries {
    pub consumer: Option<ConsumerId>,
    pub label: String,
    /// The Linode's region, by its id.
    pub region: String,
    /// Bytes used since the month of each time began, rising in time.
    pub samples: Vec<(Timestamp, u64)>,
}

impl History {
    /// Stores a breakdown, all of it or nothing.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_breakdown(&mut self, id: &AccountId, breakdown: &Breakdown) -> Result<(), HistoryError> {
        let keep = |db: &mut Connection| -> rusqlite::Result<()> {
            let keeping = db.transaction()?;
            {
                let mut consumer = keeping.prepare(
                    "INSERT INTO consumers (account, pool, kind, number, label, region) VALUES (?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET label = excluded.label, region = excluded.region RETURNING id",
                )?;
                let mut sample =
                    keeping.prepare("INSERT OR REPLACE INTO consumer_samples VALUES (?, ?, ?)")?;
                let mut save = |pool: &str, kind, number, label: &str, region: &str, used: i64| {
                    let row = params![id.as_str(), pool, kind, number, label, region];
                    let key: i64 = consumer.query_row(row, |row| row.get(0))?;
                    sample.execute(params![key, breakdown.at.as_second(), used]).map(drop)
                };
                for pool in &breakdown.pools {
                    let name = pool.pool.to_string();
                    for Consumer { id, label, region, used } in &pool.consumers {
                        let number = id.number().map_or(0, whole);
                        save(&name, id.kind(), number, label, region, whole(*used))?;
                    }
                    let rest = whole(pool.rest()).saturating_sub(whole(pool.excess()));
                    save(&name, REST, 0, "", "", rest)?;
                }
            }
            keeping.commit()
        };
        keep(&mut self.db).map_err(self.at())
    }

    /// What each consumer of a pool used, and its rest, since `since`. Leaves out those without a sample since then.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn consumer_series(
        &self,
        account: &AccountId,
        pool: &PoolId,
        since: Timestamp,
    ) -> Result<Vec<ConsumerSeries>, HistoryError> {
        let mut all = Vec::new();
        self.each_consumer(account, pool, since, |series| all.push(series))?;
        Ok(all)
    }

    /// Calls `take` with what each consumer of a pool used since `since`, one after the other, the rest last.
    fn each_consumer(
        &self,
        account: &AccountId,
        pool: &PoolId,
        since: Timestamp,
        mut take: impl FnMut(ConsumerSeries),
    ) -> Result<(), HistoryError> {
        let mut read = || -> rusqlite::Result<()> {
            if schema::version(&self.db)? < SINCE_VERSION {
                return Ok(());
            }
            let mut select = self.db.prepare(
                "SELECT kind, number, label, region, at, used FROM consumers JOIN consumer_samples ON id = consumer
                 WHERE account = ? AND pool = ? AND at >= ? ORDER BY kind, number, at",
            )?;
            let mut rows = select.query(params![account.as_str(), pool.to_string(), since.as_second()])?;
            let mut last: Option<ConsumerSeries> = None;
            while let Some(row) = rows.next()? {
                let consumer = consumer_id(row)?;
                let at = Timestamp::from_second(row.get(4)?).unwrap_or_default();
                let sample = (at, u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0));
                match last.as_mut().filter(|series| series.consumer == consumer) {
                    Some(series) => series.samples.push(sample),
                    None => {
                        let (label, region) = (row.get(2)?, row.get(3)?);
                        let next = ConsumerSeries { consumer, label, region, samples: vec![sample] };
                        last.replace(next).into_iter().for_each(&mut take);
                    }
                }
            }
            last.into_iter().for_each(&mut take);
            Ok(())
        };
        read().map_err(self.at())
    }

    /// The figures of each account's breakdowns of the day before its last one, rising in time. Leaves out pools whose
    /// own figure is older than the breakdown.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn breakdown_samples(&self) -> Result<BTreeMap<AccountId, Vec<BreakdownSample>>, HistoryError> {
        let read = || -> rusqlite::Result<BTreeMap<AccountId, Vec<BreakdownSample>>> {
            if schema::version(&self.db)? < SINCE_VERSION {
                return Ok(BTreeMap::new());
            }
            let mut select = self.db.prepare(
                "SELECT kind, number, at, used, pool FROM consumers JOIN consumer_samples ON id = consumer
                 WHERE account = ?1 AND at >= ?2 AND EXISTS (
                     SELECT 1 FROM samples WHERE samples.account = consumers.account
                     AND samples.pool = consumers.pool
                     AND samples.at BETWEEN consumer_samples.at - ?3 AND consumer_samples.at)
                 ORDER BY at, pool",
            )?;
            let mut all = BTreeMap::new();
            for (account, last) in last_times(&self.db)? {
                let Ok(id) = account.parse::<AccountId>() else { continue };
                let since = last.saturating_sub(SAMPLES_KEPT.as_secs());
                let mut rows = select.query(params![account, since, MAX_POOL_FIGURE_AGE.as_secs()])?;
                let mut found: Vec<BreakdownSample> = Vec::new();
                while let Some(row) = rows.next()? {
                    let at = Timestamp::from_second(row.get(2)?).unwrap_or_default();
                    let (used, pool): (i64, String) = (row.get(3)?, row.get(4)?);
                    let Ok(pool) = pool.parse::<PoolId>() else { continue };
                    if found.last().is_none_or(|sample| sample.at != at) {
                        found.push(BreakdownSample { at, pools: Vec::new() });
                    }
                    let Some(sample) = found.last_mut() else { continue };
                    if sample.pools.last().is_none_or(|last| last.pool != pool) {
                        sample.pools.push(PoolSample { pool, used: 0, consumers: Vec::new() });
                    }
                    let Some(pool) = sample.pools.last_mut() else { continue };
                    pool.used = pool.used.saturating_add_signed(used);
                    if let Some(id) = consumer_id(row)? {
                        pool.consumers.push((id, u64::try_from(used).unwrap_or(0)));
                    }
                }
                let samples = all.entry(id).or_insert_with(Vec::new);
                found.into_iter().for_each(|sample| push_sample(samples, sample));
            }
            Ok(all)
        };
        read().map_err(self.at())
    }

    /// Who used a pool on each day of the month of `now` in `zone`; `None` if that is not recorded. `history` is the
    /// pool's. Holds the samples of one consumer at a time: many Linodes have many.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn daily_usage(
        &self,
        (account, pool): (&AccountId, &PoolId),
        history: &PoolHistory,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Option<DailyUsage>, HistoryError> {
        let Some(recorded_from) = self.consumers_recorded_from(account, pool)? else { return Ok(None) };
        let month = Month::containing(now);
        let times = || -> rusqlite::Result<Vec<Timestamp>> {
            let mut select = self.db.prepare(
                "SELECT at FROM consumers JOIN consumer_samples ON id = consumer
                 WHERE account = ? AND pool = ? AND kind = ? AND at >= ? AND at < ? ORDER BY at",
            )?;
            let (from, to) = (month.starts_at.as_second(), month.ends_at.as_second());
            let row = params![account.as_str(), pool.to_string(), REST, from, to];
            let times = select.query_map(row, |row| row.get::<_, i64>(0))?;
            let times = times.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(times.into_iter().filter_map(|at| Timestamp::from_second(at).ok()).collect())
        };
        let times = times().map_err(self.at())?;
        let builder = DailyUsageBuilder::new(history, &times, Some(recorded_from), now, zone);
        let Some(mut builder) = builder else { return Ok(None) };
        self.each_consumer(account, pool, month.starts_at, |series| {
            if series.consumer.is_some() {
                builder.add(series.label, &series.samples);
            }
        })?;
        Ok(Some(builder.finish()))
    }

    /// When the first breakdown of the pool was stored.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn consumers_recorded_from(
        &self,
        account: &AccountId,
        pool: &PoolId,
    ) -> Result<Option<Timestamp>, HistoryError> {
        let read = || -> rusqlite::Result<Option<Timestamp>> {
            if schema::version(&self.db)? < SINCE_VERSION {
                return Ok(None);
            }
            let first: Option<i64> = self.db.query_row(
                "SELECT min(at) FROM consumers JOIN consumer_samples ON id = consumer
                 WHERE account = ? AND pool = ? AND kind = ?",
                params![account.as_str(), pool.to_string(), REST],
                |row| row.get(0),
            )?;
            Ok(first.and_then(|at| Timestamp::from_second(at).ok()))
        };
        read().map_err(self.at())
    }
}

/// The last breakdown of each account. The watched pool comes first: the global one sorts before regions.
pub(super) fn latest(db: &Connection) -> rusqlite::Result<BTreeMap<AccountId, Breakdown>> {
    // A reader does not migrate the file.
    if schema::version(db)? < SINCE_VERSION {
        return Ok(BTreeMap::new());
    }
    let last = last_times(db)?;
    let mut select = db.prepare(
        "SELECT kind, number, label, region, at, used, pool FROM consumers JOIN consumer_samples ON id = consumer
         WHERE account = ? AND at = ? ORDER BY pool, used DESC, label",
    )?;
    let mut all = BTreeMap::new();
    for (account, at) in last {
        let Ok(id) = account.parse::<AccountId>() else { continue };
        let mut pools: Vec<PoolBreakdown> = Vec::new();
        let mut rows = select.query(params![account, at])?;
        while let Some(row) = rows.next()? {
            let Ok(pool) = row.get::<_, String>(6)?.parse::<PoolId>() else { continue };
            let used: i64 = row.get(5)?;
            if pools.last().is_none_or(|last| last.pool != pool) {
                pools.push(PoolBreakdown { pool, used: 0, consumers: Vec::new() });
            }
            let Some(known) = pools.last_mut() else { continue };
            // Consumers and rest add up to what the pool had used.
            known.used = known.used.saturating_add_signed(used);
            if let Some(id) = consumer_id(row)? {
                let used = u64::try_from(used).unwrap_or(0);
                known.consumers.push(Consumer { id, label: row.get(2)?, region: row.get(3)?, used });
            }
        }
        all.insert(id, Breakdown { at: Timestamp::from_second(at).unwrap_or_default(), pools });
    }
    Ok(all)
}

/// When the last breakdown of each account was made: its rest is in every breakdown.
fn last_times(db: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut last = db.prepare(
        "SELECT account, max(at) FROM consumers JOIN consumer_samples ON id = consumer WHERE kind = ? GROUP BY account",
    )?;
    let last = last.query_map([REST], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    last.collect()
}

/// Deletes the expired samples of the pool's consumers, and consumers that have none left.
pub(super) fn downsample(
    db: &mut Connection,
    (account, pool): &(String, String),
    months: u16,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let thinning = db.transaction()?;
    {
        let mut consumers = thinning.prepare("SELECT id FROM consumers WHERE account = ? AND pool = ?")?;
        let ids = consumers.query_map([account, pool], |row| row.get::<_, i64>(0))?;
        let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut times = thinning.prepare("SELECT at FROM consumer_samples WHERE consumer = ? ORDER BY at")?;
        let mut delete = thinning.prepare("DELETE FROM consumer_samples WHERE consumer = ? AND at = ?")?;
        let mut forget = thinning.prepare("DELETE FROM consumers WHERE id = ?")?;
        for id in ids {
            let at = times.query_map([id], |row| row.get::<_, i64>(0))?;
            let at = at.collect::<rusqlite::Result<Vec<_>>>()?;
            let at: Vec<Timestamp> =
                at.into_iter().filter_map(|at| Timestamp::from_second(at).ok()).collect();
            let expired = expired_samples(&at, months, now);
            for time in &expired {
                delete.execute(params![id, time.as_second()])?;
            }
            if expired.len() == at.len() {
                forget.execute([id])?;
            }
        }
    }
    thinning.commit()
}

/// Deletes all consumers of an account.
pub(super) fn delete(db: &Connection, account: &AccountId) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM consumer_samples WHERE consumer IN (SELECT id FROM consumers WHERE account = ?)",
        [account.as_str()],
    )?;
    db.execute("DELETE FROM consumers WHERE account = ?", [account.as_str()])?;
    Ok(())
}

/// The consumer of a row with `kind` and `number` first; `None` for the rest.
fn consumer_id(row: &Row<'_>) -> rusqlite::Result<Option<ConsumerId>> {
    let kind: String = row.get(0)?;
    Ok(match kind.as_str() {
        "linode" => Some(ConsumerId::Linode(u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0))),
        "object_storage" => Some(ConsumerId::ObjectStorage),
        _ => None,
    })
}
