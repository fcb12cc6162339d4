//! `tokens`: what the API lists of an account's tokens.

use jiff::Timestamp;
use serde::Serialize;

use super::args::ListFormat;
use super::output::{Output, columns};
use super::{CliError, session};
use crate::domain::config::{Account, Config};
use crate::domain::failure::Failure;
use crate::domain::text::isolated;
use crate::domain::token::ListedToken;
use crate::linode::Client;
use crate::poller::{Rounds, Tokens};

/// A token as scripts get it: never its secret, nor the part of it that the API shows.
#[derive(Serialize)]
struct Row<'a> {
    account: &'a str,
    label: Option<&'a str>,
    created_at: Option<String>,
    /// Null for never.
    expires_at: Option<String>,
    scopes: &'a [String],
    read_only: bool,
    /// Whether it is the one that this entry uses.
    ours: bool,
}

/// Lists the tokens of the entry called `name`, or of all entries.
pub fn run(name: Option<&str>, format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let paths = session::paths()?;
    let config = session::config(&paths)?;
    let accounts: Vec<&Account> = match name {
        Some(word) => vec![session::account(&config, word)?],
        None => config.accounts.iter().filter(|account| account.enabled).collect(),
    };
    let mut listed = Vec::new();
    let (mut answered, mut failed) = (false, None);
    let runtime = session::runtime()?;
    let rounds = Rounds::new(Tokens::Keyring(session::keyring()?), session::fingerprints());
    if format == ListFormat::Table {
        runtime.block_on(rounds.unlock(&session::in_keyring(accounts.iter().copied())));
    }
    for account in accounts {
        match runtime.block_on(ask(&config, account, &rounds))? {
            Ok(tokens) => {
                answered = true;
                listed.extend(tokens.into_iter().map(|token| (account.name.clone(), token)));
            }
            // The other accounts' tokens are listed all the same.
            Err(failure) => {
                failed = failed.or(Some(CliError::Failed(format!("{}: {failure}", isolated(&account.name)))))
            }
        }
    }
    match failed {
        // Nothing was learned: no list, not even an empty one.
        Some(error) if !answered => Err(error),
        failed => print(&listed, format, output).and(failed.map_or(Ok(()), Err)),
    }
}

async fn ask(
    config: &Config,
    account: &Account,
    rounds: &Rounds,
) -> Result<Result<Vec<ListedToken>, Failure>, CliError> {
    let client = Client::new(config.api_url.clone()).map_err(CliError::failed)?;
    Ok(match rounds.token(&account.id, account.token_command.as_deref()).await {
        Ok(token) => client.tokens(&token, Timestamp::now()).await,
        Err(failure) => Err(failure),
    })
}

fn print(listed: &[(String, ListedToken)], format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let rows: Vec<Row<'_>> = listed.iter().map(|(account, token)| row(account, token)).collect();
    match format {
        ListFormat::Json => output.line(&serde_json::to_string(&rows).map_err(CliError::failed)?),
        ListFormat::Table if rows.is_empty() => output.note("No tokens to list."),
        ListFormat::Table => {
            let heads = ["ACCOUNT", "LABEL", "CREATED", "EXPIRES", "SCOPES", ""];
            let mut lines = vec![heads.map(str::to_owned).to_vec()];
            lines.extend(rows.iter().map(cells));
            columns(&lines, &[]).iter().for_each(|line| output.line(line));
        }
    }
    Ok(())
}

fn row<'a>(account: &'a str, token: &'a ListedToken) -> Row<'a> {
    Row {
        account,
        label: token.info.label.as_deref(),
        created_at: token.created_at.map(|at| at.to_string()),
        expires_at: token.info.expires_at.map(|at| at.to_string()),
        scopes: token.info.scopes.words(),
        read_only: token.info.scopes.read_only(),
        ours: token.ours,
    }
}

fn cells(row: &Row<'_>) -> Vec<String> {
    let day = |at: &Option<String>| at.as_ref().and_then(|at| at.get(..10)).map(str::to_owned);
    let marks = [(row.ours, "this entry's"), (!row.read_only, "can do more than read")];
    let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    vec![
        isolated(row.account).into_owned(),
        isolated(row.label.unwrap_or("-")).into_owned(),
        day(&row.created_at).unwrap_or_else(|| "-".to_owned()),
        day(&row.expires_at).unwrap_or_else(|| "never".to_owned()),
        row.scopes.join(" "),
        marks.join(", "),
    ]
}
