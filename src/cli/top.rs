//! `top`: an account's Linodes by usage this month.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::args::ListFormat;
use super::output::{Columns, Output};
use super::{CliError, context};
use crate::api::{Client, top};
use crate::app::poller::{Fetcher, TokenSource};
use crate::domain::config::AccountConfig;
use crate::domain::failure::{EntryState, Failure};
use crate::domain::linodes::{LinodeUsage, Top};
use crate::domain::price::cents;
use crate::domain::text;
use crate::domain::token::Token;
use crate::domain::usage::{GB, PoolId};
use crate::storage::keyring::Keyring;

/// The result for one account.
struct AccountResult<'a> {
    account: &'a AccountConfig,
    outcome: Result<Top, Failure>,
}

/// Lists the Linodes of account `name`, or of all enabled accounts, once per token.
pub fn run(name: Option<&str>, format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let config = context::config(&paths)?;
    let accounts: Vec<&AccountConfig> = match name {
        Some(word) => vec![context::account(&config, word)?],
        None => {
            let mut all: Vec<&AccountConfig> =
                config.accounts.iter().filter(|account| account.enabled).collect();
            // Of accounts with the same token, the first is queried: put those of a region last, as they list
            // only a part.
            all.sort_by_key(|account| matches!(account.watch, PoolId::Region(_)));
            all
        }
    };
    if config.accounts.is_empty() && format == ListFormat::Table {
        output.error_line(context::NO_ACCOUNT);
        return Ok(());
    }
    let client = Client::new(config.api_url.clone()).map_err(CliError::runtime)?;
    let fetcher = Fetcher::new(TokenSource::Keyring(Keyring::new()), context::fingerprints());
    let results = context::runtime()?.block_on(async {
        if format == ListFormat::Table {
            fetcher.unlock(&context::in_keyring(accounts.iter().copied())).await;
        }
        fetch(accounts, &client, &fetcher).await
    });
    match results.iter().any(|result| result.outcome.is_ok()) || results.is_empty() {
        true => print(&results, format, output)?,
        // JSON output includes the failures; people get only the error line.
        false if format == ListFormat::Json => print(&results, format, output)?,
        false => {}
    }
    let errors = results.iter().filter_map(|result| {
        let error = match &result.outcome {
            Ok(top) => top.gaps()?,
            Err(failure) => failure.to_string(),
        };
        Some(format!("{}: {error}", text::isolated(&result.account.name)))
    });
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
        all.push(AccountResult { account, outcome });
    }
    all
}

fn print(results: &[AccountResult<'_>], format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let count: usize = results.iter().flat_map(|result| &result.outcome).map(|top| top.rows.len()).sum();
    match format {
        ListFormat::Json => {
            let report =
                Report { schema: 1, accounts: results.iter().map(AccountReport::from_result).collect() };
            output.line(&serde_json::to_string(&report).map_err(CliError::runtime)?);
        }
        ListFormat::Table if count == 0 => output.error_line("No Linodes to list."),
        ListFormat::Table => {
            let heads = ["ACCOUNT", "LINODE", "REGION", "USED", "OF POOL", "POOL", "ID"];
            let mut lines = vec![heads.map(str::to_owned).to_vec()];
            for AccountResult { account, outcome } in results {
                lines.extend(outcome.iter().flat_map(|top| &top.rows).map(|row| cells(&account.name, row)));
            }
            let columns = Columns { right: &[3, 4, 6], names: &[0, 1], optional: &[6, 5] };
            output.table(&lines, &columns).iter().for_each(|line| output.line(line));
        }
    }
    Ok(())
}

fn cells(account: &str, row: &LinodeUsage) -> Vec<String> {
    let dash = || "-".to_owned();
    vec![
        account.to_owned(),
        row.linode.label.clone(),
        row.linode.region.clone(),
        row.used.as_ref().map_or_else(|_| dash(), |used| text::gigabytes(*used)),
        row.percent.map_or_else(dash, |percent| percent.to_string()),
        match (&row.pool, row.usd) {
            (Some(pool), _) => pool.to_string(),
            (None, Some(usd)) => format!("none, {}", text::dollars(usd)),
            (None, None) => "none".to_owned(),
        },
        row.linode.id.to_string(),
    ]
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    accounts: Vec<AccountReport<'a>>,
}

#[derive(Serialize)]
struct AccountReport<'a> {
    id: &'a str,
    name: &'a str,
    watch: String,
    linodes: Vec<LinodeReport<'a>>,
    error: Option<ErrorReport>,
}

#[derive(Serialize)]
struct LinodeReport<'a> {
    id: u64,
    label: &'a str,
    region: &'a str,
    pool: Option<String>,
    used_gb: Option<f64>,
    percent_of_pool: Option<f64>,
    cost_usd: Option<f64>,
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
        let linode = |row: &'a LinodeUsage| LinodeReport {
            id: row.linode.id,
            label: &row.linode.label,
            region: &row.linode.region,
            pool: row.pool.as_ref().map(PoolId::to_string),
            used_gb: row.used.as_ref().ok().map(|used| *used as f64 / GB as f64),
            percent_of_pool: row.percent.map(|percent| percent.rounded()),
            cost_usd: row.usd.map(|usd| cents(usd) as f64 / 100.0),
            error: row.used.as_ref().err().map(ErrorReport::from_failure),
        };
        AccountReport {
            id: result.account.id.as_str(),
            name: &result.account.name,
            watch: result.account.watch.to_string(),
            linodes: result.outcome.iter().flat_map(|top| &top.rows).map(linode).collect(),
            error: result.outcome.as_ref().err().map(ErrorReport::from_failure),
        }
    }
}
