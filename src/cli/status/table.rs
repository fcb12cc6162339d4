//! `status --format table`

use jiff::tz::TimeZone;

use crate::cli::output::{Output, Tone, columns};
use crate::domain::failure::EntryState;
use crate::domain::report::explanation;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::text;
use crate::domain::usage::Pool;

/// The entries, their regions below them, and what is wrong with them.
pub fn lines(snapshot: &Snapshot, output: &Output) -> Vec<String> {
    let zone = TimeZone::system();
    let mut rows = vec![["ACCOUNT", "USED", "OF", "%", "STATE", "UPDATED"].map(str::to_owned).to_vec()];
    let mut tones = vec![Tone::Plain];
    let mut notes = vec![None];
    for account in &snapshot.accounts {
        rows.push(row(account, snapshot, &zone));
        tones.push(tone(account));
        notes.push(explanation(account));
        for region in &account.regions {
            rows.push(cells(&format!("  {}", region.label), Some(&region.pool), region.level.as_str()));
            tones.push(if account.is_old() { Tone::Faint } else { region.level.into() });
            notes.push(None);
        }
    }
    let mut lines = Vec::new();
    for ((line, tone), note) in columns(&rows, &[1, 2, 3]).into_iter().zip(tones).zip(notes) {
        lines.push(output.painted(&line, tone));
        lines.extend(note.map(|note| format!("  {note}")));
    }
    lines.push(format!("The month {}.", text::resets_in(&snapshot.month, snapshot.generated_at)));
    lines
}

fn tone(account: &AccountSnapshot) -> Tone {
    match account.state {
        EntryState::Ok => account.level.map_or(Tone::Plain, Tone::from),
        EntryState::Pending | EntryState::Stale | EntryState::Disabled => Tone::Faint,
        _ => Tone::Alarm,
    }
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
