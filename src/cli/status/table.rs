//! `status --format table`

use jiff::tz::TimeZone;

use crate::cli::output::{Columns, Output, Tone};
use crate::domain::failure::EntryState;
use crate::domain::forecast::Forecast;
use crate::domain::report::explanation;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::text;
use crate::domain::usage::Pool;

const HEADINGS: [&str; 7] = ["ACCOUNT", "USED", "OF", "%", "FORECAST", "STATE", "UPDATED"];

const COLUMNS: Columns<'_> = Columns { right: &[1, 2, 3, 4], names: &[0], optional: &[6, 4] };

/// The accounts, with their regions and problems below them.
pub fn lines(snapshot: &Snapshot, output: &Output) -> Vec<String> {
    let zone = TimeZone::system();
    let mut rows = vec![HEADINGS.map(str::to_owned).to_vec()];
    let mut tones = vec![Tone::Plain];
    let mut notes = vec![Vec::new()];
    for account in &snapshot.accounts {
        rows.push(row(account, snapshot, &zone));
        tones.push(tone(account));
        notes.push(explanation(account).into_iter().chain(going_over(account, snapshot, &zone)).collect());
        for region in &account.regions {
            let (pool, forecast) = (Some(&region.pool), region.forecast.as_ref());
            let state = region.still_of.map_or_else(|| region.level.as_str().to_owned(), text::still);
            rows.push(cells(&format!("  {}", region.label), pool, forecast, &state));
            let old = account.is_old() || region.still_of.is_some();
            tones.push(if old { Tone::Faint } else { region.level.into() });
            notes.push(Vec::new());
        }
    }
    let mut lines = Vec::new();
    for ((line, tone), note) in output.table(&rows, &COLUMNS).into_iter().zip(tones).zip(notes) {
        lines.push(output.styled(&line, tone));
        lines.extend(note.iter().flat_map(|note| output.note(note)));
    }
    lines.push(format!("The month {}.", text::resets_in(&snapshot.month, snapshot.generated_at)));
    lines
}

/// The watched pool's forecast overage and when it runs out, for current figures only.
fn going_over(account: &AccountSnapshot, snapshot: &Snapshot, zone: &TimeZone) -> Option<String> {
    let forecast = account.forecast.filter(|forecast| forecast.over > 0 && !account.is_old())?;
    let runs_out = text::runs_out(&forecast, &account.pool?, snapshot.generated_at, zone);
    let runs_out = runs_out.map(|sentence| format!(" {sentence}.")).unwrap_or_default();
    Some(format!("{}.{runs_out}", text::on_pace(&forecast)))
}

fn tone(account: &AccountSnapshot) -> Tone {
    match account.state {
        EntryState::Ok if account.is_old() => Tone::Faint,
        EntryState::Ok => account.level.map_or(Tone::Plain, Tone::from),
        EntryState::Pending | EntryState::Stale | EntryState::Disabled => Tone::Faint,
        _ => Tone::Alarm,
    }
}

fn row(account: &AccountSnapshot, snapshot: &Snapshot, zone: &TimeZone) -> Vec<String> {
    let state = match (account.state, account.still_of, account.level) {
        (EntryState::Ok, Some(month), _) => text::still(month),
        (EntryState::Ok, None, Some(_)) if account.has_no_pool() && account.worst_region().is_none() => {
            "no pool yet".to_owned()
        }
        (EntryState::Ok, None, Some(level)) => text::level_in_words(level.as_str(), account),
        (state, ..) => state.as_str().to_owned(),
    };
    let updated = account.updated_at.map(|at| text::clock(at, snapshot.generated_at, zone));
    let mut cells = cells(&account.name, account.pool.as_ref(), account.forecast.as_ref(), &state);
    cells.push(updated.unwrap_or_else(|| "-".to_owned()));
    cells
}

fn cells(name: &str, pool: Option<&Pool>, forecast: Option<&Forecast>, state: &str) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        name.to_owned(),
        or_dash(pool.map(|pool| text::gigabytes(pool.used))),
        or_dash(pool.filter(|pool| !pool.metered).map(|pool| text::gigabytes(pool.quota))),
        or_dash(pool.and_then(Pool::percent).map(|percent| percent.to_string())),
        or_dash(forecast.map(|forecast| text::gigabytes(forecast.used))),
        state.to_owned(),
    ]
}
