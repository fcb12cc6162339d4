//! `accounts edit`

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::check_token_command;
use crate::app::accounts;
use crate::app::ipc::message::Request;
use crate::app::ipc::{self, IpcError};
use crate::app::poller::token_of_command;
use crate::cli::args::EditArgs;
use crate::cli::output::Output;
use crate::cli::{CliError, context};
use crate::domain::account::AccountRecord;
use crate::domain::config::{AccountConfig, AccountId, Config, ConfigEnum, ShowAs, check_name};
use crate::domain::text::{self, quoted};
use crate::domain::usage::PoolId;
use crate::storage::config::{self, Patch};
use crate::storage::history::History;
use crate::storage::paths::Paths;

/// How long the tray may take to unmute an account.
const MUTE_TIMEOUT: Duration = Duration::from_secs(3);

/// The value that resets an account's setting.
const DEFAULT: &str = "default";

/// Applies all changes or none.
pub fn run(paths: &Paths, args: &EditArgs, output: &mut Output) -> Result<(), CliError> {
    let current = context::config(paths)?;
    let account = context::account(&current, &args.name)?;
    check_token_command(args.token_command.as_deref())?;
    if let Some(name) = &args.new_name {
        check_name(name).map_err(|error| CliError::Usage(format!("{}: {error}", quoted(name))))?;
    }
    let patch = patch(args)?;
    if patch.is_empty() {
        return Err(CliError::Usage(
            "nothing to change: give at least one option, see `linode-bandwidth accounts edit --help`"
                .to_owned(),
        ));
    }
    let runtime = context::runtime()?;
    if let Some(watch) = &args.watch {
        runtime.block_on(accounts::check_region(&current.api_url, watch)).map_err(CliError::usage)?;
    }
    config::edit(&paths.config_file, |editor| Ok::<_, CliError>(editor.patch_account(&account.id, &patch)?))?;
    if args.unmute {
        runtime.block_on(end_mute(paths, &account.id))?;
    }
    output.line(&format!("Changed {}", quoted(args.new_name.as_ref().unwrap_or(&account.name))));
    if let Some(watch @ PoolId::Region(_)) = &args.watch
        && let Some(region) = runtime.block_on(region_without_pool(args, &current, account, watch))
    {
        output.warning(&text::no_pool_in(&region));
    }
    // A failure is only a warning: the command may need something unavailable for now, such as a locked key.
    if let Some(Some(command)) = token_command(args)
        && let Err(why) = runtime.block_on(token_of_command(command))
    {
        output.warning(&why.to_string());
    }
    Ok(())
}

/// Ends a mute that a notification's button began: by the running tray, or in the history where none runs.
async fn end_mute(paths: &Paths, id: &AccountId) -> Result<(), CliError> {
    let unmute = Request::Mute(Some(id.clone()), None);
    match ipc::send_request(&paths.data_dir, unmute, MUTE_TIMEOUT).await {
        Err(IpcError::NotRunning) if paths.history_file().is_file() => {
            let mut history = History::open(&paths.history_file()).map_err(CliError::runtime)?;
            let mut records = history.load().map_err(CliError::runtime)?.records;
            match records.remove(id).filter(|record| record.muted_until.is_some()) {
                None => Ok(()),
                Some(record) => {
                    let unmuted = AccountRecord { muted_until: None, ..record };
                    history.save_record(id, &unmuted).map_err(CliError::runtime)
                }
            }
        }
        Ok(()) | Err(IpcError::NotRunning) => Ok(()),
        Err(error) => Err(CliError::runtime(error)),
    }
}

/// The region's name if Linode reports no pool in it for the account's token.
async fn region_without_pool(
    args: &EditArgs,
    config: &Config,
    account: &AccountConfig,
    watch: &PoolId,
) -> Option<String> {
    let command = token_command(args).unwrap_or(account.token_command.as_deref());
    let token = match command {
        Some(command) => token_of_command(command).await.map(Arc::new).ok()?,
        None => context::tokens().read(&account.id).await.ok()?,
    };
    accounts::verify(&config.api_url, watch, &token).await.ok()?.no_pool
}

/// The new command; `Some(None)` removes it.
fn token_command(args: &EditArgs) -> Option<Option<&[String]>> {
    let command = args.token_command.as_deref()?;
    Some(Some(command).filter(|command| *command != [DEFAULT]))
}

fn patch(args: &EditArgs) -> Result<Patch, CliError> {
    let thresholds = args.thresholds.as_deref().map(thresholds).transpose()?;
    let show_as = args.show_as.as_deref().map(show_as).transpose()?;
    let switch = |on: bool, off: bool| (on || off).then(|| json!(on));
    let changes = [
        ("name", args.new_name.as_ref().map(|name| json!(name))),
        ("watch", args.watch.as_ref().map(|pool| json!(pool))),
        ("thresholds", thresholds.map(|thresholds| json!(thresholds))),
        ("show_as", show_as.map(|show_as| json!(show_as))),
        ("token_command", token_command(args).map(|command| json!(command))),
        ("muted", switch(args.mute, args.unmute)),
        ("enabled", switch(args.enable, args.disable)),
    ];
    Ok(changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

fn thresholds(text: &str) -> Result<Option<Vec<u16>>, CliError> {
    if text == DEFAULT {
        return Ok(None);
    }
    let numbers = text.split(',').map(|number| number.trim().trim_end_matches('%').parse());
    let numbers: Result<Vec<u16>, _> = numbers.collect();
    let wrong = || {
        CliError::Usage(format!(
            "--thresholds {text:?}: must be whole percentages such as 50,80,100, or default"
        ))
    };
    numbers.map(Some).map_err(|_| wrong())
}

fn show_as(text: &str) -> Result<Option<ShowAs>, CliError> {
    if text == DEFAULT {
        return Ok(None);
    }
    let words: Vec<&str> = ShowAs::VARIANTS.iter().map(|(word, _)| *word).collect();
    let wrong = || CliError::Usage(format!("--show-as {text:?}: must be {} or default", words.join(", ")));
    ShowAs::parse(text).map(Some).ok_or_else(wrong)
}
