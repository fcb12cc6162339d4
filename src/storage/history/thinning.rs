//! Thinning samples out, a pool at a time. Which go is `domain::sample`'s to say.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::samples::next_series;
use super::{History, HistoryError};
use crate::domain::sample::expired_samples;

/// How many rows one transaction deletes: a few milliseconds.
const AT_ONCE: usize = 2000;

/// How far a thinning has come.
#[derive(Debug)]
pub struct Thinning {
    months: u16,
    now: Timestamp,
    /// The entry and pool that were thinned last.
    last: Option<(String, String)>,
}

impl Thinning {
    /// One that keeps the samples of `months` months as they are to be at `now`.
    pub fn new(months: u16, now: Timestamp) -> Thinning {
        Thinning { months, now, last: None }
    }
}

impl History {
    /// Thins the next pool out; `None` when there is none left.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written; the samples that are left are whole.
    pub fn thin_next(&mut self, thinning: Thinning) -> Result<Option<Thinning>, HistoryError> {
        let Thinning { months, now, last } = thinning;
        if last.is_none() {
            self.drop_old_alerts()?;
        }
        let next = next_series(&self.db, last.as_ref()).map_err(self.at())?;
        let Some(series) = next else { return Ok(None) };
        let thin = |db: &mut Connection| -> rusqlite::Result<()> {
            let gone = expired_samples(&times(db, &series)?, months, now);
            for some in gone.chunks(AT_ONCE) {
                let dropping = db.transaction()?;
                {
                    let mut drop =
                        dropping.prepare("DELETE FROM samples WHERE account = ? AND pool = ? AND at = ?")?;
                    for at in some {
                        drop.execute(params![series.0, series.1, at.as_second()])?;
                    }
                }
                dropping.commit()?;
            }
            Ok(())
        };
        thin(&mut self.db).map_err(self.at())?;
        Ok(Some(Thinning { months, now, last: Some(series) }))
    }
}

fn times(db: &Connection, (account, pool): &(String, String)) -> rusqlite::Result<Vec<Timestamp>> {
    let mut select = db.prepare("SELECT at FROM samples WHERE account = ? AND pool = ? ORDER BY at")?;
    let times = select.query_map([account, pool], |row| row.get::<_, i64>(0))?;
    times.map(|at| at.map(|at| Timestamp::from_second(at).unwrap_or_default())).collect()
}
