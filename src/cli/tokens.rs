//! `tokens`: lists an account's tokens from the API.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use tokio::task::JoinSet;

use super::args::ListFormat;
use super::output::{Columns, Output};
use super::{CliError, context};
use crate::api::Client;
use crate::app::poller::{Fetcher, TokenSource};
use crate::domain::config::AccountConfig;
use crate::domain::failure::Failure;
use crate::domain::text::isolated;
use crate::domain::token::ListedToken;
use crate::storage::keyring::Keyring;

const MAX_CONCURRENT_REQUESTS: usize = 8;

/// A token in the JSON output, without its secret and the part that the API returns.
#[derive(Serialize)]
struct Row<'a> {
    /// The account's id.
    account: &'a str,
    name: &'a str,
    label: Option<&'a str>,
    created_at: Option<String>,
    /// Null if it never expires.
    expires_at: Option<String>,
    scopes: &'a [String],
    read_only: bool,
    /// Whether the account uses this token.
    ours: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    tokens: Vec<Row<'a>>,
}

/// The result for one account.
struct AccountResult<'a> {
    account: &'a AccountConfig,
    outcome: Result<Vec<ListedToken>, Failure>,
}

/// Lists the tokens of account `name`, or of all enabled accounts, with duplicates removed.
pub fn run(name: Option<&str>, format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let config = context::config(&paths)?;
    let accounts: Vec<&AccountConfig> = match name {
        Some(word) => vec![context::account(&config, word)?],
        None => config.accounts.iter().filter(|account| account.enabled).collect(),
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
    let error = results.iter().find_map(|result| {
        let failure = result.outcome.as_ref().err()?;
        Some(CliError::Runtime(format!("{}: {failure}", isolated(&result.account.name))))
    });
    match error {
        // If all accounts failed, print only the error, not an empty list.
        Some(error) if results.iter().all(|result| result.outcome.is_err()) => Err(error),
        // Otherwise list the other accounts' tokens too.
        error => print(&results, format, output).and(error.map_or(Ok(()), Err)),
    }
}

async fn fetch<'a>(
    accounts: Vec<&'a AccountConfig>,
    client: &Client,
    fetcher: &Fetcher,
) -> Vec<AccountResult<'a>> {
    let fingerprints = context::fingerprints();
    let (mut seen, mut asking, mut all) = (BTreeSet::new(), JoinSet::new(), Vec::new());
    for (at, account) in accounts.iter().enumerate() {
        match fetcher.token(&account.id, account.token_command.as_deref()).await {
            // Accounts with the same token have the same list.
            Ok(token) if !seen.insert(fingerprints.fingerprint(&token)) => {}
            Ok(token) => {
                while asking.len() >= MAX_CONCURRENT_REQUESTS {
                    all.extend(asking.join_next().await.and_then(Result::ok));
                }
                let client = client.clone();
                asking.spawn(async move { (at, client.tokens(&token, Timestamp::now()).await) });
            }
            Err(failure) => all.push((at, Err(failure))),
        }
    }
    while let Some(answered) = asking.join_next().await {
        all.extend(answered.ok());
    }
    all.sort_by_key(|(at, _)| *at);
    let account = |(at, outcome)| Some(AccountResult { account: *accounts.get(at)?, outcome });
    all.into_iter().filter_map(account).collect()
}

fn print(results: &[AccountResult<'_>], format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let rows: Vec<Row<'_>> = results
        .iter()
        .flat_map(|AccountResult { account, outcome }| {
            outcome.iter().flatten().map(|token| row(account, token))
        })
        .collect();
    match format {
        ListFormat::Json => {
            let report = Report { schema: 2, tokens: rows };
            output.line(&serde_json::to_string(&report).map_err(CliError::runtime)?);
        }
        ListFormat::Table if rows.is_empty() => output.error_line("No tokens to list."),
        ListFormat::Table => {
            let heads = ["ACCOUNT", "LABEL", "CREATED", "EXPIRES", "SCOPES", ""];
            let mut lines = vec![heads.map(str::to_owned).to_vec()];
            lines.extend(rows.iter().map(cells));
            let columns = Columns { names: &[0, 1], optional: &[2], ..Columns::default() };
            output.table(&lines, &columns).iter().for_each(|line| output.line(line));
        }
    }
    Ok(())
}

fn row<'a>(account: &'a AccountConfig, token: &'a ListedToken) -> Row<'a> {
    Row {
        account: account.id.as_str(),
        name: &account.name,
        label: token.info.label.as_deref(),
        created_at: token.created_at.map(|at| at.to_string()),
        expires_at: token.info.expires_at.map(|at| at.to_string()),
        scopes: token.info.scopes.names(),
        read_only: token.info.scopes.read_only(),
        ours: token.ours,
    }
}

fn cells(row: &Row<'_>) -> Vec<String> {
    let day = |at: &Option<String>| at.as_ref().and_then(|at| at.get(..10)).map(str::to_owned);
    let marks = [(row.ours, "this account's"), (!row.read_only, "can do more than read")];
    let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    vec![
        row.name.to_owned(),
        row.label.unwrap_or("-").to_owned(),
        day(&row.created_at).unwrap_or_else(|| "-".to_owned()),
        day(&row.expires_at).unwrap_or_else(|| "never".to_owned()),
        row.scopes.join(" "),
        marks.join(", "),
    ]
}
