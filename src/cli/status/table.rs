//! `status --format table`

use jiff::tz::TimeZone;

use crate::cli::output::{Output, columns};
use crate::domain::level::Level;
use crate::domain::report::explanation;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::text;
use crate::domain::usage::Pool;

/// The entries, their regions below them, and what is wrong with them.
pub fn lines(snapshot: &Snapshot, output: &Output) -> Vec<String> {
    let zone = TimeZone::system();
    let mut rows = vec![["ACCOUNT", "USED", "OF", "%", "STATE", "UPDATED"].map(str::to_owned).to_vec()];
    let mut levels = vec![None];
    let mut notes = vec![None];
    for account in &snapshot.accounts {
        rows.push(row(account, snapshot, &zone));
        levels.push(account.level);
        notes.push(explanation(account));
        for region in &account.regions {
            rows.push(cells(&format!("  {}", region.label), Some(&region.pool), region.level.as_str()));
            levels.push(Some(region.level));
            notes.push(None);
        }
    }
    let mut lines = Vec::new();
    for ((line, level), note) in columns(&rows, &[1, 2, 3]).into_iter().zip(levels).zip(notes) {
        let plain = level.is_none_or(|level| level == Level::Ok);
        lines.push(if plain { line } else { output.coloured(&line, level) });
        lines.extend(note.map(|note| format!("  {note}")));
    }
    lines.push(format!("The month {}.", text::resets_in(&snapshot.month, snapshot.generated_at)));
    lines
}

fn row(account: &AccountSnapshot, snapshot: &Snapshot, zone: &TimeZone) -> Vec<String> {
    let state = match (account.is_old() || account.pool.is_none(), account.level) {
        (false, Some(level)) => level.as_str(),
        _ => account.state.as_str(),
    };
    let updated = account.updated_at.map(|at| text::clock(at, snapshot.generated_at, zone));
    let mut cells = cells(&account.name, account.pool.as_ref(), state);
    cells.push(updated.unwrap_or_else(|| "-".to_owned()));
    cells
}

fn cells(name: &str, pool: Option<&Pool>, state: &str) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        name.to_owned(),
        or_dash(pool.map(|pool| text::gigabytes(pool.used))),
        or_dash(pool.map(|pool| text::gigabytes(pool.quota))),
        or_dash(pool.and_then(Pool::percent).map(|percent| percent.to_string())),
        state.to_owned(),
    ]
}
