//! What a GB over quota costs, as last heard.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{History, HistoryError, schema};
use crate::domain::price::Prices;
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
}

/// What a GB over quota costs, and when that was heard; nothing when it never was, or the file is of a version before it.
pub(super) fn kept(db: &Connection) -> rusqlite::Result<(Prices, Option<Timestamp>)> {
    // A reader leaves an older file as it is.
    if schema::version(db)? < SINCE {
        return Ok((Prices::default(), None));
    }
    let mut select = db.prepare("SELECT pool, usd_per_gb, kept_at FROM prices")?;
    let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    let rows = rows.collect::<rusqlite::Result<Vec<(String, f64, i64)>>>()?;
    let kept_at = rows.iter().map(|(_, _, at)| *at).max().and_then(|at| Timestamp::from_second(at).ok());
    let prices = rows.into_iter().filter_map(|(pool, usd, _)| Some((pool.parse().ok()?, usd)));
    Ok((Prices::new(prices), kept_at))
}
