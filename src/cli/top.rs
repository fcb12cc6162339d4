//! `top`: who used an account's pools this month, and since a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::args::ListFormat;
use super::output::{Columns, Output};
use super::{CliError, context};
use crate::api::{Client, top};
use crate::app::poller::{Fetcher, TokenSource};
use crate::domain::breakdown::ConsumerId;
use crate::domain::config::AccountConfig;
use crate::domain::failure::{EntryState, Failure};
use crate::domain::month::Month;
use crate::domain::price::cents;
use crate::domain::report::Seconds;
use crate::domain::text;
use crate::domain::token::Token;
use crate::domain::top::{RecordedConsumer, RecordedPool, Top, TopRow};
use crate::domain::usage::{GB, Percent, PoolId};
use crate::storage::history::{ConsumerSeries, History, HistoryError};
use crate::storage::keyring::Keyring;
use crate::storage::paths::Paths;

/// Why there are no changes to list.
const NOT_RECORDED_YET: &str = "who used it is not recorded yet: the tray does so every breakdown_interval.";
const RECORDING_IS_OFF: &str = "who used it is not recorded: breakdown_interval is off.";
const WATCHES_A_LINODE: &str =
    "who used it is not recorded for one Linode: name an account that watches a pool.";

/// The result for one account.
struct AccountResult<'a> {
    account: &'a AccountConfig,
    outcome: Result<Top, Failure>,
    /// The time from which on changes are counted, or why there are none. `None` if nobody asked for them.
    changes: Option<Result<Timestamp, String>>,
}

impl AccountResult<'_> {
    /// The rows for people: none without what they asked for.
    fn rows(&self) -> impl Iterator<Item = &TopRow> {
        let shown = !matches!(self.changes, Some(Err(_)));
        self.outcome.iter().filter(move |_| shown).flat_map(|top| &top.rows)
    }

    fn error(&self) -> Option<String> {
        match (&self.outcome, &self.changes) {
            (Err(failure), _) => Some(failure.to_string()),
            (Ok(_), Some(Err(why))) => Some(why.clone()),
            (Ok(top), _) => top.gaps(),
        }
    }
}

/// Lists who used the pools of account `name`, or of all enabled accounts, once per token.
pub fn run(
    name: Option<&str>,
    since: Option<Timestamp>,
    format: ListFormat,
    output: &mut Output,
) -> Result<(), CliError> {
    let paths = context::paths()?;
    let config = context::config(&paths)?;
    let accounts: Vec<&AccountConfig> = match name {
        Some(word) => vec![context::account(&config, word)?],
        None => {
            let mut all: Vec<&AccountConfig> =
                config.accounts.iter().filter(|account| account.enabled).collect();
            // Of accounts with the same token, the first is queried: put those of a region last, as they list
            // only a part. Nothing is recorded of those that watch a Linode.
            all.sort_by_key(|account| match account.watch {
                PoolId::Global => 0,
                PoolId::Region(_) => 1,
                PoolId::Linode(_) => {
                    if since.is_some() {
                        2
                    } else {
                        0
                    }
                }
            });
            all
        }
    };
    if config.accounts.is_empty() && format == ListFormat::Table {
        output.error_line(context::NO_ACCOUNT);
        return Ok(());
    }
    let client = Client::new(config.api_url.clone()).map_err(CliError::runtime)?;
    let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), context::fingerprints());
    let mut results = context::runtime()?.block_on(async {
        if format == ListFormat::Table {
            fetcher.unlock(&context::in_keyring(accounts.iter().copied())).await;
        }
        fetch(accounts, &client, &fetcher).await
    });
    if let Some(since) = since {
        let not_recorded = match config.breakdown_interval {
            Some(_) => NOT_RECORDED_YET,
            None => RECORDING_IS_OFF,
        };
        add_changes(&mut results, &paths, since, not_recorded).map_err(CliError::runtime)?;
    }
    let shown =
        |result: &AccountResult<'_>| result.outcome.is_ok() && !matches!(result.changes, Some(Err(_)));
    match results.iter().any(shown) || results.is_empty() {
        true => print(&results, since, format, output)?,
        // JSON output includes the failures; people get only the error line.
        false if format == ListFormat::Json => print(&results, since, format, output)?,
        false => {}
    }
    let errors = results
        .iter()
        .filter_map(|result| Some(format!("{}: {}", text::isolated(&result.account.name), result.error()?)));
    let errors: Vec<String> = errors.collect();
    if errors.is_empty() { Ok(()) } else { Err(CliError::Runtime(errors.join("; "))) }
}

async fn fetch<'a>(
    accounts: Vec<&'a AccountConfig>,
    client: &Client,
    fetcher: &Fetcher,
) -> Vec<AccountResult<'a>> {
    let fingerprints = context::fingerprints();
    let (mut seen, mut all) = (BTreeSet::new(), Vec::new());
    for account in accounts {
        let token: Result<Arc<Token>, Failure> =
            fetcher.token(&account.id, account.token_command.as_deref()).await;
        let outcome = match token {
            Ok(token) if !seen.insert(fingerprints.fingerprint(&token)) => continue,
            Ok(token) => top(client, &token, &account.watch).await,
            Err(failure) => Err(failure),
        };
        all.push(AccountResult { account, outcome, changes: None });
    }
    all
}

/// Adds the changes since `since` by what the history has recorded.
fn add_changes(
    results: &mut [AccountResult<'_>],
    paths: &Paths,
    since: Timestamp,
    not_recorded: &str,
) -> Result<(), HistoryError> {
    let history = History::open_to_read(&paths.history_file())?;
    let now = Timestamp::now();
    for AccountResult { account, outcome, changes } in results {
        let Ok(top) = outcome else { continue };
        if matches!(account.watch, PoolId::Linode(_)) {
            *changes = Some(Err(WATCHES_A_LINODE.to_owned()));
            continue;
        }
        for pool in top.pools() {
            let recorded =
                history.as_ref().map(|history| recorded(history, account, &pool, since)).transpose()?;
            let known = match recorded.flatten() {
                None => Err(not_recorded.to_owned()),
                Some(recorded) if recorded.recorded_from > since => Err(format!(
                    "who used it is known from {} on: ask with a later --since.",
                    local(recorded.recorded_from)
                )),
                Some(recorded) => {
                    top.add_changes(&recorded, since, now);
                    Ok(recorded.counted_from(since))
                }
            };
            if pool == account.watch {
                *changes = Some(known);
            }
        }
    }
    Ok(())
}

/// The recorded consumers of a pool from the month of `since` on; `None` if there was no breakdown yet.
fn recorded(
    history: &History,
    account: &AccountConfig,
    pool: &PoolId,
    since: Timestamp,
) -> Result<Option<RecordedPool>, HistoryError> {
    let Some(recorded_from) = history.consumers_recorded_from(&account.id, pool)? else { return Ok(None) };
    let all = history.consumer_series(&account.id, pool, Month::containing(since).starts_at)?;
    let consumer = |series: ConsumerSeries| {
        let ConsumerSeries { consumer, label, region, samples } = series;
        RecordedConsumer { consumer, label, region, samples }
    };
    let consumers = all.into_iter().map(consumer).collect();
    Ok(Some(RecordedPool { pool: pool.clone(), recorded_from, consumers }))
}

/// `2026-11-22 14:02`
fn local(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn print(
    results: &[AccountResult<'_>],
    since: Option<Timestamp>,
    format: ListFormat,
    output: &mut Output,
) -> Result<(), CliError> {
    match format {
        ListFormat::Json => {
            let accounts = results.iter().map(AccountReport::from_result).collect();
            let report = Report { schema: 2, since: since.map(Seconds), accounts };
            output.line(&serde_json::to_string(&report).map_err(CliError::runtime)?);
        }
        ListFormat::Table if results.iter().all(|result| result.rows().next().is_none()) => {
            output.error_line("No Linodes to list.");
        }
        ListFormat::Table => print_table(results, since.is_some(), output),
    }
    Ok(())
}

fn print_table(results: &[AccountResult<'_>], changes: bool, output: &mut Output) {
    let heads = match changes {
        true => &["ACCOUNT", "CONSUMER", "REGION", "CHANGE", "SHARE", "USED", "POOL", "ID"][..],
        false => &["ACCOUNT", "CONSUMER", "REGION", "USED", "SHARE", "POOL", "ID"],
    };
    let mut lines = vec![heads.iter().copied().map(str::to_owned).collect::<Vec<_>>()];
    for result in results {
        lines.extend(result.rows().map(|row| cells(&result.account.name, row, changes)));
    }
    let columns = match changes {
        true => Columns { right: &[3, 4, 5, 7], names: &[0, 1], optional: &[7, 6] },
        false => Columns { right: &[3, 4, 6], names: &[0, 1], optional: &[6, 5] },
    };
    output.table(&lines, &columns).iter().for_each(|line| output.line(line));
    for result in results {
        if let Some(Ok(from)) = result.changes {
            let name = text::isolated(&result.account.name);
            output.line(&format!("{name}: CHANGE and its SHARE are counted from {}.", local(from)));
        }
    }
}

fn cells(account: &str, row: &TopRow, changes: bool) -> Vec<String> {
    let or_dash = |known: Option<String>| known.unwrap_or_else(|| "-".to_owned());
    let percent = |share: Option<Percent>| or_dash(share.map(|share| share.to_string()));
    let used = or_dash(row.used.map(text::gigabytes));
    let figures = match changes {
        true => vec![or_dash(row.change.map(text::gigabytes)), percent(row.share_of_change), used],
        false => vec![used, percent(row.share)],
    };
    let pool = match (&row.pool, row.usd) {
        (Some(pool), _) => pool.to_string(),
        (None, Some(usd)) => format!("none, {}", text::dollars(usd)),
        (None, None) => "none".to_owned(),
    };
    let id = row.consumer.and_then(ConsumerId::number);
    let first = [account.to_owned(), row.label.clone(), row.region.clone()];
    first.into_iter().chain(figures).chain([pool, or_dash(id.map(|id| id.to_string()))]).collect()
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    since: Option<Seconds>,
    accounts: Vec<AccountReport<'a>>,
}

#[derive(Serialize)]
struct AccountReport<'a> {
    id: &'a str,
    name: &'a str,
    watch: String,
    counted_from: Option<Seconds>,
    /// Why there are no changes, although they were asked for.
    changes_error: Option<&'a str>,
    consumers: Vec<ConsumerReport<'a>>,
    error: Option<ErrorReport>,
}

#[derive(Serialize)]
struct ConsumerReport<'a> {
    kind: &'a str,
    id: Option<u64>,
    label: &'a str,
    region: Option<&'a str>,
    pool: Option<String>,
    used_gb: Option<f64>,
    share: Option<f64>,
    percent_of_pool: Option<f64>,
    cost_usd: Option<f64>,
    change_gb: Option<f64>,
    share_of_change: Option<f64>,
    error: Option<ErrorReport>,
}

#[derive(Serialize)]
struct ErrorReport {
    kind: EntryState,
    message: String,
}

impl ErrorReport {
    fn from_failure(failure: &Failure) -> ErrorReport {
        ErrorReport { kind: failure.state(), message: failure.to_string() }
    }
}

impl<'a> AccountReport<'a> {
    fn from_result(result: &'a AccountResult<'_>) -> AccountReport<'a> {
        let gb = |bytes: u64| bytes as f64 / GB as f64;
        let percent = |share: Option<Percent>| share.map(|share| share.rounded());
        let consumer = |row: &'a TopRow| ConsumerReport {
            kind: row.consumer.map_or("rest", ConsumerId::kind),
            id: row.consumer.and_then(ConsumerId::number),
            label: &row.label,
            region: Some(row.region.as_str()).filter(|region| !region.is_empty()),
            pool: row.pool.as_ref().map(PoolId::to_string),
            used_gb: row.used.map(gb),
            share: percent(row.share),
            percent_of_pool: percent(row.percent),
            cost_usd: row.usd.map(|usd| cents(usd) as f64 / 100.0),
            change_gb: row.change.map(gb),
            share_of_change: percent(row.share_of_change),
            error: row.failure.as_ref().map(ErrorReport::from_failure),
        };
        AccountReport {
            id: result.account.id.as_str(),
            name: &result.account.name,
            watch: result.account.watch.to_string(),
            counted_from: result.changes.as_ref().and_then(|from| from.as_ref().ok().copied().map(Seconds)),
            changes_error: result.changes.as_ref().and_then(|from| from.as_ref().err()).map(String::as_str),
            consumers: result.outcome.iter().flat_map(|top| &top.rows).map(consumer).collect(),
            error: result.outcome.as_ref().err().map(ErrorReport::from_failure),
        }
    }
}
