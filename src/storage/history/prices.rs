//! Overage prices.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{History, HistoryError, schema};
use crate::domain::price::Prices;

/// The first schema version with the table.
const SINCE_VERSION: i64 = 2;

impl History {
    /// Replaces the stored prices, in US dollars per GB.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_prices(&mut self, prices: &Prices, at: Timestamp) -> Result<(), HistoryError> {
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

/// Loads the prices and when they were fetched; empty if they never were, or the file has an older schema.
pub(super) fn load(db: &Connection) -> rusqlite::Result<(Prices, Option<Timestamp>)> {
    // A reader does not migrate the file.
    if schema::version(db)? < SINCE_VERSION {
        return Ok((Prices::default(), None));
    }
    let mut select = db.prepare("SELECT pool, usd_per_gb, kept_at FROM prices")?;
    let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    let rows = rows.collect::<rusqlite::Result<Vec<(String, f64, i64)>>>()?;
    let kept_at = rows.iter().map(|(_, _, at)| *at).max().and_then(|at| Timestamp::from_second(at).ok());
    Ok((Prices::from_stored(rows.into_iter().map(|(name, usd, _)| (name, usd))), kept_at))
}
