//! `history --plot`

use std::path::Path;

use jiff::tz::TimeZone;

use super::svg;
use crate::cli::CliError;
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::domain::plot::{PlotContext, Plots, PoolHistory, pool_name};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::isolated;
use crate::domain::usage::PoolId;
use crate::platform::private_file;
use crate::storage::atomic_write;
use crate::storage::history::{History, Series};

/// The data of the plots.
pub struct Sources<'a> {
    /// `None` before the first sample.
    pub history: Option<&'a History>,
    pub config: &'a Config,
    /// The latest figures.
    pub snapshot: &'a Snapshot,
}

/// Writes the plots of `series` to `file`. Includes the watched pool of each of `accounts`, even without
/// samples.
pub fn write(
    file: &Path,
    accounts: &[&AccountConfig],
    mut series: Vec<Series>,
    sources: &Sources<'_>,
) -> Result<(), CliError> {
    for account in accounts {
        if !series.iter().any(|(id, _)| *id == account.id) {
            series.push((account.id.clone(), account.watch.clone()));
        }
    }
    if series.is_empty() {
        let said = "nothing to plot yet: add an account with `linode-bandwidth accounts add NAME`";
        return Err(CliError::Runtime(said.to_owned()));
    }
    let pictures = series.iter().map(|(id, pool)| plots(id, pool, sources)).collect::<Result<Vec<_>, _>>()?;
    let text = svg::draw(&pictures).map_err(CliError::runtime)?;
    atomic_write::replace(file, text.as_bytes()).map_err(|error| {
        CliError::Runtime(format!("{} can't be written: {}", file.display(), private_file::in_words(&error)))
    })
}

fn plots(id: &AccountId, pool: &PoolId, sources: &Sources<'_>) -> Result<Plots, CliError> {
    let Sources { history, config, snapshot } = sources;
    let now = snapshot.generated_at;
    let history = match history {
        Some(history) => history.pool_history(id, pool, now).map_err(CliError::runtime)?,
        None => PoolHistory::default(),
    };
    let account = config.account(id);
    let thresholds = account.map_or(config.thresholds.as_slice(), |account| config.thresholds_of(account));
    let zone = TimeZone::system();
    let around = PlotContext { thresholds, forecast: snapshot.forecast(id, pool), now, zone: &zone };
    let name = account.map_or_else(|| id.to_string(), |account| account.name.clone());
    let title = format!("{} · {}", isolated(&name), pool_name(pool, snapshot.watch_name(pool)));
    Ok(Plots::new(title, &history, around))
}
