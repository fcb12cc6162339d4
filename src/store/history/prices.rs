//! What a GB over quota costs, as last heard.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{History, HistoryError, schema};
use crate::domain::usage::PoolId;

/// The version that brought the table.
const SINCE: i64 = 2;

impl History {
    /// Keeps US dollars a GB over quota, by pool, in place of those kept before.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn keep_prices(&mut self, prices: &BTreeMap<PoolId, f64>, at: Timestamp) -> Result<(), HistoryError> {
        let keep = |db: &mut Connection| -> rusqlite::Result<()> {
            let keeping = db.transaction()?;
            keeping.execute("DELETE FROM prices", [])?;
            for (pool, usd) in prices {
                let insert = "INSERT INTO prices VALUES (?, ?, ?)";
                keeping.execute(insert, params![pool.to_string(), usd, at.as_second()])?;
            }
            keeping.commit()
        };
        keep(&mut self.db).map_err(self.at())
    }

    /// US dollars a GB over quota, by pool; empty when they were never heard, or the file is of a version before them.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be read.
    pub fn prices(&self) -> Result<BTreeMap<PoolId, f64>, HistoryError> {
        let read = || -> rusqlite::Result<BTreeMap<PoolId, f64>> {
            // A reader leaves an older file as it is.
            if schema::version(&self.db)? < SINCE {
                return Ok(BTreeMap::new());
            }
            let mut select = self.db.prepare("SELECT pool, usd_per_gb FROM prices")?;
            let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
            let rows = rows.collect::<rusqlite::Result<Vec<(String, f64)>>>()?;
            Ok(rows.into_iter().filter_map(|(pool, usd)| Some((pool.parse().ok()?, usd))).collect())
        };
        read().map_err(self.at())
    }
}
