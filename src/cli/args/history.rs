//! Of `history`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The account's name or id [default: all accounts]
    pub name: Option<String>,
    /// Only samples since then, such as 2026-11-01 or 2026-11-01T12:00:00Z
    #[arg(long, value_name = "DATE", value_parser = since)]
    pub since: Option<Timestamp>,
    /// Draw this month and the last twelve into this file instead
    #[arg(long, value_name = "FILE.svg", conflicts_with_all = ["since", "format"])]
    pub plot: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = HistoryFormat::Table)]
    pub format: HistoryFormat,
}

/// How `history` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// Columns, for people.
    Table,
    /// RFC 4180, for spreadsheets.
    Csv,
    /// For scripts.
    Json,
}

/// A day of the user's, from its first instant on, or an instant.
fn since(word: &str) -> Result<Timestamp, String> {
    // A date alone: jiff would take more for one, and drop it.
    let day = || word.parse::<Date>().ok().filter(|_| word.len() == "2026-11-01".len());
    let midnight = |day: Date| day.to_zoned(TimeZone::system()).ok().map(|zoned| zoned.timestamp());
    let at = word.parse().ok().or_else(|| day().and_then(midnight));
    at.ok_or_else(|| "give a day like 2026-11-01, or a time like 2026-11-01T12:00:00Z".to_owned())
}
