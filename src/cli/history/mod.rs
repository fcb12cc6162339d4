//! `history`: prints the stored samples.

mod plot;
mod svg;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::args::{HistoryArgs, HistoryFormat};
use super::output::{Columns, Output};
use super::{CliError, context};
use crate::app::poller::once;
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::domain::sample::Sample;
use crate::domain::text;
use crate::domain::usage::{Pool, PoolId};
use crate::storage::history::export::{ExportRow, csv};
use crate::storage::history::{History, Series};

/// Printed if there are no samples yet.
const NONE_YET: &str = "No samples yet: the tray records one at every poll.";

struct PoolSamples {
    account: AccountId,
    name: String,
    pool: PoolId,
    samples: Vec<Sample>,
}

/// Prints the samples of the named account, or of all accounts.
pub fn run(args: &HistoryArgs, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    // Samples are readable without a valid configuration; accounts are then shown by id.
    let (config, problem) = match context::config(&paths) {
        Err(error) if args.plot.is_none() && paths.history_file().exists() => {
            (Config::default(), Some(error))
        }
        config => (config?, None),
    };
    let history = History::open_to_read(&paths.history_file()).map_err(CliError::runtime)?;
    let series = match &history {
        Some(history) => history.series().map_err(CliError::runtime)?,
        None => Vec::new(),
    };
    let series = match (chosen(series, args.name.as_deref(), &config), problem) {
        (Err(_), Some(problem)) => return Err(problem),
        (series, problem) => {
            problem.iter().for_each(|problem| output.warning(&problem.to_string()));
            series?
        }
    };
    if let Some(file) = &args.plot {
        let named = |account: &&AccountConfig| {
            args.name.as_deref().is_none_or(|word| config.find(word) == Some(*account))
        };
        let accounts: Vec<&AccountConfig> = config.accounts.iter().filter(named).collect();
        let (kept, _) = context::load_persisted(&paths)?;
        let (state, _) = once::begin(kept, config.clone());
        let snapshot = state.snapshot(Timestamp::now());
        let sources = plot::Sources { history: history.as_ref(), config: &config, snapshot: &snapshot };
        plot::write(file, &accounts, series, &sources)?;
        output.line(&format!("Saved the plot to {}", file.display()));
        return Ok(());
    }
    let since = args.since.unwrap_or(Timestamp::MIN);
    let mut kept = Vec::new();
    for (account, pool) in series {
        let Some(history) = &history else { continue };
        let samples = history.samples(&account, &pool, since).map_err(CliError::runtime)?;
        kept.push(PoolSamples { name: name_of(&account, &config), account, pool, samples });
    }
    kept.retain(|kept| !kept.samples.is_empty());
    print(&kept, args, output)
}

/// The pools of account `word`, or of all accounts, in the configuration's order. Samples outlive their
/// account: those of removed accounts come last, under their ids.
fn chosen(mut series: Vec<Series>, word: Option<&str>, config: &Config) -> Result<Vec<Series>, CliError> {
    if let Some(word) = word {
        let removed = series.iter().map(|(account, _)| account).find(|account| account.as_str() == word);
        let id = match (config.find(word), removed) {
            (Some(account), _) => account.id.clone(),
            (None, Some(removed)) => removed.clone(),
            (None, None) => context::account(config, word)?.id.clone(),
        };
        series.retain(|(account, _)| *account == id);
    }
    let place = |id: &AccountId| config.accounts.iter().position(|account| account.id == *id);
    series
        .sort_by_key(|(account, pool)| (place(account).unwrap_or(usize::MAX), account.clone(), pool.clone()));
    Ok(series)
}

fn name_of(id: &AccountId, config: &Config) -> String {
    let account = config.account(id);
    account.map_or_else(|| id.to_string(), |account| account.name.clone())
}

fn print(kept: &[PoolSamples], args: &HistoryArgs, output: &mut Output) -> Result<(), CliError> {
    match args.format {
        HistoryFormat::Csv => {
            let text = csv(&records(kept)).map_err(CliError::runtime)?;
            output.text(&String::from_utf8_lossy(&text));
        }
        HistoryFormat::Json => {
            #[derive(Serialize)]
            struct Samples {
                schema: u32,
                samples: Vec<ExportRow>,
            }
            let samples = Samples { schema: 1, samples: records(kept) };
            output.line(&serde_json::to_string(&samples).map_err(CliError::runtime)?);
        }
        HistoryFormat::Table if kept.is_empty() => output.error_line(match args.since {
            Some(_) => "No samples since then.",
            None => NONE_YET,
        }),
        HistoryFormat::Table => {
            let zone = TimeZone::system();
            let mut rows = vec![["ACCOUNT", "POOL", "TIME", "USED", "OF", "%"].map(str::to_owned).to_vec()];
            rows.extend(kept.iter().flat_map(|kept| kept.samples.iter().map(|s| cells(kept, s, &zone))));
            let columns = Columns { right: &[3, 4, 5], names: &[0], optional: &[4] };
            output.text(&(output.table(&rows, &columns).join("\n") + "\n"));
        }
    }
    Ok(())
}

fn records(kept: &[PoolSamples]) -> Vec<ExportRow> {
    let of = |kept: &PoolSamples| -> Vec<ExportRow> {
        kept.samples.iter().map(|s| ExportRow::new(&kept.account, &kept.name, &kept.pool, s)).collect()
    };
    kept.iter().flat_map(of).collect()
}

fn cells(kept: &PoolSamples, sample: &Sample, zone: &TimeZone) -> Vec<String> {
    let percent = sample.pool.percent().as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let Pool { used, quota, .. } = sample.pool;
    vec![
        kept.name.clone(),
        kept.pool.to_string(),
        sample.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        text::gigabytes(used),
        text::gigabytes(quota),
        percent,
    ]
}
