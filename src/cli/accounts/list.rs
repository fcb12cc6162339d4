//! `accounts list`

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::args::ListFormat;
use crate::cli::output::{Columns, Output};
use crate::cli::{CliError, context};
use crate::domain::config::{AccountConfig, Config, ConfigEnum};
use crate::domain::snapshot::Snapshot;
use crate::domain::state::State;
use crate::domain::text::{clock, isolated};
use crate::storage::paths::Paths;

/// An account in the JSON output, without its token.
#[derive(Serialize)]
struct AccountReport<'a> {
    id: &'a str,
    name: &'a str,
    watch: String,
    /// The name of the watched region or Linode, if the tray has fetched it.
    watch_name: Option<String>,
    thresholds: &'a [u16],
    show_as: &'static str,
    /// The token's source: `keyring` or `command`.
    token_source: &'static str,
    muted: bool,
    /// Until when a notification's button muted it; `null` where none did.
    muted_until: Option<Timestamp>,
    enabled: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    accounts: &'a [AccountReport<'a>],
}

fn account_report<'a>(config: &'a Config, account: &'a AccountConfig, known: &Snapshot) -> AccountReport<'a> {
    let known = known.accounts.iter().find(|known| known.id == account.id);
    let muted_until = known.and_then(|known| known.muted_until).filter(|_| !account.muted);
    AccountReport {
        id: account.id.as_str(),
        name: &account.name,
        watch: account.watch.to_string(),
        watch_name: known.and_then(|known| known.watch_name.clone()),
        thresholds: config.thresholds_of(account),
        show_as: config.show_as_of(account).as_str(),
        token_source: if account.token_command.is_some() { "command" } else { "keyring" },
        muted: account.muted || muted_until.is_some(),
        muted_until,
        enabled: account.enabled,
    }
}

/// Lists the accounts in the file's order.
pub fn run(paths: &Paths, format: ListFormat, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let known = known(paths, &config);
    let accounts: Vec<AccountReport<'_>> =
        config.accounts.iter().map(|account| account_report(&config, account, &known)).collect();
    match format {
        ListFormat::Json => {
            let report = Report { schema: 2, accounts: &accounts };
            output.line(&serde_json::to_string(&report).map_err(CliError::runtime)?);
        }
        ListFormat::Table if accounts.is_empty() => {
            output.error_line(context::NO_ACCOUNT);
        }
        ListFormat::Table => {
            let mut rows =
                vec![["NAME", "ID", "WATCH", "THRESHOLDS", "TOKEN", ""].map(str::to_owned).to_vec()];
            rows.extend(accounts.iter().map(cells));
            output
                .table(&rows, &Columns { names: &[0], ..Columns::default() })
                .iter()
                .for_each(|line| output.line(line));
        }
    }
    Ok(())
}

/// The tray's last snapshot; empty if it can't be read.
fn known(paths: &Paths, config: &Config) -> Snapshot {
    let kept = context::load_persisted(paths).map(|(kept, _)| kept).unwrap_or_default();
    State::snapshot_of_persisted(kept, Ok(config.clone()), Timestamp::now())
}

fn cells(account: &AccountReport<'_>) -> Vec<String> {
    let thresholds: Vec<String> = account.thresholds.iter().map(u16::to_string).collect();
    let until = account.muted_until.map(|until| clock(until, Timestamp::now(), &TimeZone::system()));
    let muted = until.map_or_else(|| "muted".to_owned(), |until| format!("muted until {until}"));
    let states = [(account.muted, muted), (!account.enabled, "disabled".to_owned())];
    let states: Vec<String> = states.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    vec![
        account.name.to_owned(),
        account.id.to_owned(),
        account
            .watch_name
            .as_ref()
            .map_or_else(|| account.watch.clone(), |name| format!("{} ({})", account.watch, isolated(name))),
        thresholds.join(", "),
        account.token_source.to_owned(),
        states.join(", "),
    ]
}
