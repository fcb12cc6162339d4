//! Deletes old samples, one pool at a time. `domain::sample` selects them.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::samples::next_series;
use super::{History, HistoryError, consumers};
use crate::domain::sample::expired_samples;

/// A transaction of this size takes a few milliseconds.
const MAX_ROWS_PER_TRANSACTION: usize = 2000;

/// The progress of a downsampling run.
#[derive(Debug)]
pub struct Downsampling {
    months: u16,
    now: Timestamp,
    /// The last finished account and pool.
    last: Option<(String, String)>,
}

impl Downsampling {
    /// Starts a run that keeps `months` months as of `now`.
    pub fn new(months: u16, now: Timestamp) -> Downsampling {
        Downsampling { months, now, last: None }
    }
}

impl History {
    /// Downsamples the next pool; `None` when all are done.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] if the file can't be written; the remaining samples stay complete.
    pub fn downsample_next(
        &mut self,
        downsampling: Downsampling,
    ) -> Result<Option<Downsampling>, HistoryError> {
        let Downsampling { months, now, last } = downsampling;
        if last.is_none() {
            self.drop_old_alerts()?;
        }
        let next = next_series(&self.db, last.as_ref()).map_err(self.at())?;
        let Some(series) = next else { return Ok(None) };
        let thin = |db: &mut Connection| -> rusqlite::Result<()> {
            let gone = expired_samples(&times(db, &series)?, months, now);
            for some in gone.chunks(MAX_ROWS_PER_TRANSACTION) {
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
            consumers::downsample(db, &series, months, now)
        };
        thin(&mut self.db).map_err(self.at())?;
        Ok(Some(Downsampling { months, now, last: Some(series) }))
    }
}

fn times(db: &Connection, (account, pool): &(String, String)) -> rusqlite::Result<Vec<Timestamp>> {
    let mut select = db.prepare("SELECT at FROM samples WHERE account = ? AND pool = ? ORDER BY at")?;
    let times = select.query_map([account, pool], |row| row.get::<_, i64>(0))?;
    times.map(|at| at.map(|at| Timestamp::from_second(at).unwrap_or_default())).collect()
}
