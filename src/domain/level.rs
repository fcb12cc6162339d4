//! How bad a pool's figure is.

use serde::{Deserialize, Serialize};

use super::usage::Pool;

/// How far a pool is towards costing money, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Below the first threshold.
    Ok,
    /// At or above the first threshold.
    Warning,
    /// At or above the last threshold below 100 %.
    Critical,
    /// At or above 100 %, whatever the thresholds.
    Exceeded,
}

impl Level {
    /// All of them, worst last.
    pub const ALL: [Level; 4] = [Level::Ok, Level::Warning, Level::Critical, Level::Exceeded];

    /// The level of `pool` by rising `thresholds` in percent.
    pub fn of_pool(pool: &Pool, thresholds: &[u16]) -> Level {
        let last_below_100 = thresholds.iter().rev().find(|&&t| t < 100);
        if pool.reaches(100) {
            Level::Exceeded
        } else if last_below_100.is_some_and(|&t| pool.reaches(t)) {
            Level::Critical
        } else if thresholds.first().is_some_and(|&t| pool.reaches(t)) {
            Level::Warning
        } else {
            Level::Ok
        }
    }

    /// The word for it in `status` and for scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Critical => "critical",
            Level::Exceeded => "exceeded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_thresholds() {
        let table: &[(u64, &[u16], Level)] = &[
            (79, &[80, 90, 100], Level::Ok),
            (80, &[80, 90, 100], Level::Warning),
            (90, &[80, 90, 100], Level::Critical),
            (99, &[80, 90, 100], Level::Critical),
            (100, &[80, 90, 100], Level::Exceeded),
            (85, &[80], Level::Critical),
            (99, &[120], Level::Ok),
            (100, &[120], Level::Exceeded),
            (50, &[50, 150], Level::Critical),
        ];
        for (used, thresholds, level) in table {
            assert_eq!(
                Level::of_pool(&Pool::from_gb(*used, 100, 0), thresholds),
                *level,
                "{used} {thresholds:?}"
            );
        }
        assert_eq!(Level::of_pool(&Pool::from_gb(1, 0, 0), &[80]), Level::Exceeded);
        assert_eq!(Level::of_pool(&Pool::default(), &[80]), Level::Ok);
    }
}
