//! Rows of sent alerts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{History, HistoryError};
use crate::domain::alert::{AlertKey, drop_old_alerts};
use crate::domain::token::TokenId;

/// An alert's columns: account, kind, pool, month, value.
type Columns = [String; 5];

fn columns(key: &AlertKey) -> Columns {
    match key {
        AlertKey::Threshold { account, pool, month, percent } => [
            account.to_string(),
            "threshold".to_owned(),
            pool.to_string(),
            month.to_string(),
            percent.to_string(),
        ],
        AlertKey::Forecast { account, pool, month } => {
            [account.to_string(), "forecast".to_owned(), pool.to_string(), month.to_string(), String::new()]
        }
        AlertKey::Spike { account, pool, month, day } => {
            [account.to_string(), "spike".to_owned(), pool.to_string(), month.to_string(), day.to_string()]
        }
        AlertKey::TokenInvalid { token: TokenId(token) } => {
            [String::new(), "token_invalid".to_owned(), String::new(), String::new(), token.clone()]
        }
        AlertKey::NoHost => {
            [String::new(), "no_host".to_owned(), String::new(), String::new(), String::new()]
        }
        AlertKey::TokenExpiry { token: TokenId(token), days } => {
            let value = format!("{token}/{days}");
            [String::new(), "token_expiry".to_owned(), String::new(), String::new(), value]
        }
    }
}

fn key([account, kind, pool, month, value]: &Columns) -> Option<AlertKey> {
    match kind.as_str() {
        "threshold" => Some(AlertKey::Threshold {
            account: account.parse().ok()?,
            pool: pool.parse().ok()?,
            month: month.parse().ok()?,
            percent: value.parse().ok()?,
        }),
        "forecast" => Some(AlertKey::Forecast {
            account: account.parse().ok()?,
            pool: pool.parse().ok()?,
            month: month.parse().ok()?,
        }),
        "spike" => Some(AlertKey::Spike {
            account: account.parse().ok()?,
            pool: pool.parse().ok()?,
            month: month.parse().ok()?,
            day: value.parse().ok()?,
        }),
        "token_expiry" => {
            let (token, days) = value.split_once('/')?;
            Some(AlertKey::TokenExpiry { token: TokenId(token.to_owned()), days: days.parse().ok()? })
        }
        "no_host" => Some(AlertKey::NoHost),
        "token_invalid" => Some(AlertKey::TokenInvalid { token: TokenId(value.clone()) }),
        _ => None,
    }
}

/// Loads the sent alerts, except kinds that this version does not know.
pub(super) fn load(db: &Connection) -> rusqlite::Result<BTreeSet<AlertKey>> {
    let mut select = db.prepare("SELECT account, kind, pool, month, value FROM alerts")?;
    let rows = select
        .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))?
        .collect::<rusqlite::Result<Vec<Columns>>>()?;
    Ok(rows.iter().filter_map(key).collect())
}

impl History {
    /// Stores that these alerts were sent at `at`.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_alerts(&mut self, keys: &[AlertKey], at: Timestamp) -> Result<(), HistoryError> {
        let keep = |db: &mut Connection| -> rusqlite::Result<()> {
            let keeping = db.transaction()?;
            for [account, kind, pool, month, value] in keys.iter().map(columns) {
                let insert = "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?, ?)";
                keeping.execute(insert, params![account, kind, pool, month, value, at.as_second()])?;
            }
            keeping.commit()
        };
        keep(&mut self.db).map_err(self.at())
    }

    /// Deletes the alerts of old months.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub(super) fn drop_old_alerts(&mut self) -> Result<(), HistoryError> {
        let drop = |db: &mut Connection| -> rusqlite::Result<()> {
            let all = load(db)?;
            let mut kept = all.clone();
            drop_old_alerts(&mut kept);
            let dropping = db.transaction()?;
            for columns in all.difference(&kept).map(columns) {
                let delete = "DELETE FROM alerts WHERE (account, kind, pool, month, value) = (?, ?, ?, ?, ?)";
                dropping.execute(delete, columns)?;
            }
            dropping.commit()
        };
        drop(&mut self.db).map_err(self.at())
    }

    /// Stores the labels of regions.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_regions(&mut self, regions: &BTreeMap<String, String>) -> Result<(), HistoryError> {
        let keep = |db: &mut Connection| -> rusqlite::Result<()> {
            let keeping = db.transaction()?;
            for (id, label) in regions {
                keeping.execute("INSERT OR REPLACE INTO regions VALUES (?, ?)", [id, label])?;
            }
            keeping.commit()
        };
        keep(&mut self.db).map_err(self.at())
    }

    /// Stores the end of the mute of all notifications; `None` for no mute.
    ///
    /// # Errors
    /// [`HistoryError::Sqlite`] when the file can't be written.
    pub fn save_mute(&mut self, until: Option<Timestamp>) -> Result<(), HistoryError> {
        let text = until.map(|at| at.to_string()).unwrap_or_default();
        self.set_meta("muted_until", &text).map_err(self.at())
    }
}
