//! `status`: one round of polls without alerts, or the last figures.

pub mod table;
mod waybar;

use std::env::VarError;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{StatusArgs, StatusFormat};
use super::output::Output;
use super::{CliError, context};
use crate::app::poller::once::{Prompting, begin, give_up, poll};
use crate::app::poller::{Fetcher, TokenSource};
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::domain::failure::EntryState;
use crate::domain::level::Level;
use crate::domain::report::Report;
use crate::domain::snapshot::{AccountSnapshot, Snapshot};
use crate::domain::state::{PersistedState, State};
use crate::domain::token::{InvalidToken, Token};
use crate::metrics;
use crate::storage::keyring::Keyring;

/// The exit code of `--check` for an unknown state.
pub const UNKNOWN: u8 = 3;
/// The variable with a token, and the name of its temporary account.
pub const LINODE_TOKEN: &str = "LINODE_TOKEN";

/// The time limit for a bar's line: a keyring and an API that both time out.
const BAR_TIMEOUT: Duration = Duration::from_secs(30);

/// Prints the figures and returns the exit code.
pub fn run(args: &StatusArgs, output: &mut Output) -> Result<u8, CliError> {
    // A bar shows nothing without a line or with an exit code other than 0, so the line contains the error.
    let (snapshot, trouble) = match (snapshot(args), args.format) {
        (Ok(found), _) => found,
        (Err(error), StatusFormat::Waybar) => (left(args, &error), None),
        (Err(error), _) => return Err(error),
    };
    print(&snapshot, trouble.as_deref(), args, output)?;
    Ok(if args.check { check(&snapshot) } else { 0 })
}

/// The snapshot without a valid configuration: the tray's last figures and the error.
fn left(args: &StatusArgs, error: &CliError) -> Snapshot {
    let kept = context::paths().and_then(|paths| context::load_persisted(&paths));
    let kept = kept.map(|(kept, _)| kept).unwrap_or_default();
    let mut snapshot = State::snapshot_of_persisted(kept, Err(error.to_string()), Timestamp::now());
    if let Some(wanted) = &args.account {
        snapshot.accounts.retain(|account| account.name == *wanted || account.id.as_str() == wanted);
    }
    snapshot
}

/// The snapshot, and the problem that made it incomplete.
fn snapshot(args: &StatusArgs) -> Result<(Snapshot, Option<String>), CliError> {
    let paths = context::paths()?;
    let mut config = context::config(&paths)?;
    let tokens = match token_from_environment(&config)? {
        Some(token) => {
            config
                .accounts
                .push(AccountConfig::new(AccountId::from_name(LINODE_TOKEN, |_| false), LINODE_TOKEN));
            TokenSource::Fixed(token)
        }
        None => TokenSource::Keyring(Keyring::new()),
    };
    let wanted = args.account.as_ref().map(|word| context::account(&config, word).map(|a| a.id.clone()));
    let wanted = wanted.transpose()?;
    let keep = |id: &AccountId| wanted.as_ref().is_none_or(|wanted| wanted == id);
    let (kept, fingerprints, trouble) = match (context::load_persisted(&paths), args.format) {
        (Ok((kept, fingerprints)), _) => (kept, fingerprints, None),
        (Err(error), StatusFormat::Waybar) => {
            (PersistedState::default(), context::fingerprints(), Some(error.to_string()))
        }
        (Err(error), _) => return Err(error),
    };
    let (mut state, asks) = begin(kept, config);
    if !args.cached {
        let asks = asks.into_iter().filter(|ask| keep(&ask.poll.account)).collect();
        // Only for people: scripts, bars and monitoring poll often, without a user to answer.
        let prompting = match args.format {
            StatusFormat::Table if !args.check && args.template.is_none() => Prompting::Allowed,
            _ => Prompting::Never,
        };
        let fetcher = Fetcher::new(tokens, fingerprints);
        let limit = (args.format == StatusFormat::Waybar).then_some(BAR_TIMEOUT);
        let runtime = context::runtime()?;
        runtime.block_on(async {
            let polling = poll(&mut state, asks, fetcher, prompting);
            match limit {
                None => polling.await,
                Some(limit) if tokio::time::timeout(limit, polling).await.is_err() => give_up(&mut state),
                Some(_) => {}
            }
        });
        // Don't wait for requests that are still running.
        runtime.shutdown_background();
    }
    let mut snapshot = state.snapshot(Timestamp::now());
    snapshot.accounts.retain(|account| keep(&account.id));
    Ok((snapshot, trouble))
}

/// The environment's token, if no account is configured.
pub fn token_from_environment(config: &Config) -> Result<Option<Arc<Token>>, CliError> {
    let token = match std::env::var(LINODE_TOKEN) {
        _ if !config.accounts.is_empty() => return Ok(None),
        Ok(text) if text.is_empty() => return Ok(None),
        Ok(text) => Token::new(text),
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(_)) => Err(InvalidToken::Characters),
    };
    let token = token.map_err(|error| CliError::Usage(format!("{LINODE_TOKEN}: {error}")))?;
    Ok(Some(Arc::new(token)))
}

fn print(
    snapshot: &Snapshot,
    trouble: Option<&str>,
    args: &StatusArgs,
    output: &mut Output,
) -> Result<(), CliError> {
    match args.format {
        StatusFormat::Json => {
            let report = serde_json::to_string(&Report::new(snapshot)).map_err(CliError::runtime)?;
            output.line(&report);
        }
        StatusFormat::Waybar => {
            let line = waybar::Line::new(snapshot, trouble, &TimeZone::system());
            output.line(&serde_json::to_string(&line).map_err(CliError::runtime)?);
        }
        StatusFormat::Prometheus => {
            output.text(&metrics::render(snapshot, None, metrics::Format::Text).map_err(CliError::runtime)?);
        }
        StatusFormat::Table if snapshot.accounts.is_empty() => {
            output.error_line(context::NO_ACCOUNT);
        }
        StatusFormat::Table if let Some(template) = &args.template => {
            let (now, zone) = (snapshot.generated_at, TimeZone::system());
            let lines = snapshot.accounts.iter().map(|a| template.render(a, &a.name, now, &zone));
            lines.for_each(|line| output.line(&line));
        }
        StatusFormat::Table => table::lines(snapshot, output).iter().for_each(|line| output.line(line)),
    }
    Ok(())
}

/// As monitoring plugins do: unknown is worse than any known level.
fn check(snapshot: &Snapshot) -> u8 {
    if snapshot.config_problem.is_some() {
        return UNKNOWN;
    }
    let code = |account: &AccountSnapshot| match (account.state, account.level) {
        (EntryState::Ok, Some(Level::Ok)) => 0,
        (EntryState::Ok, Some(Level::Warning)) => 1,
        (EntryState::Ok, Some(Level::Critical | Level::Exceeded)) => 2,
        _ => UNKNOWN,
    };
    let enabled = snapshot.accounts.iter().filter(|account| !account.disabled());
    enabled.map(code).max().unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{AccountRecord, Reading};
    use crate::domain::usage::{Pool, PoolId, Usage};

    #[test]
    fn last_months_figures_are_marked() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut record = AccountRecord { name: "Acme".to_owned(), ..AccountRecord::default() };
        for (time, used) in [("2026-12-01T04:58:00Z", 1009), ("2026-12-01T05:03:00Z", 1010)] {
            let regions = vec![("id-cgk".to_owned(), Pool::from_gb(95, 100, 0))];
            let usage = Usage { pool: Pool::from_gb(used, 1000, 0), regions };
            record.take_reading(Reading { at: at(time), watch: PoolId::Global, usage });
        }
        let records = [("acme".parse().unwrap(), record)].into();
        let now = at("2026-12-01T05:04:00Z");
        let snapshot = State::new(PersistedState { records, ..Default::default() }, 0, now).snapshot(now);
        let lines = table::lines(&snapshot, &Output::new());
        let ends = ["UPDATED", "", "are not available yet.", "  still November's"];
        assert!(lines.iter().zip(ends).all(|(line, end)| line.trim_end().ends_with(end)), "{lines:#?}");
        assert!(lines[1].contains("  -  still November's"), "{lines:#?}");
        let line = serde_json::to_value(waybar::Line::new(&snapshot, None, &TimeZone::UTC)).unwrap();
        assert_eq!(
            (&line["text"], &line["class"]),
            (&"Acme 101% (still November's)".into(), &"stale".into())
        );
        let tooltip = line["tooltip"].as_str().unwrap();
        assert!(tooltip.contains("\n1,010 of 1,000 GB · still November's\nUpdated "), "{tooltip}");
    }
}
