//! What a GB costs, as last heard.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{History, HistoryError, schema};
use crate::domain::price::Prices;

/// The version that brought the table.
const SINCE: i64 = 2;

impl History {
    /// Keeps US dollars per GB in place of those kept before.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn keep_prices(&mut self, prices: &Prices, at: Timestamp) -> Result<(), HistoryError> {
        let keep = |db: &mut Connection| -> rusqlite::Result<()> {
            let keeping = db.transaction()?;
            keeping.execute("DELETE FROM prices", [])?;
            for (name, usd) in prices.stored() {
                let insert = "INSERT INTO prices VALUES (?, ?, ?)";
                keeping.execute(insert, params![name, usd, at.as_second()])?;
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
    Ok((Prices::from_stored(rows.into_iter().map(|(name, usd, _)| (name, usd))), kept_at))
}
