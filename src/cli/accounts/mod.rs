//! `accounts …`

mod add;
mod edit;
mod import;
mod list;
mod token_prompt;

use std::io::{self, IsTerminal};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{AccountsCommand, ImportFrom, TokenArgs};
use super::output::Output;
use super::{CliError, context};
use crate::app::accounts::token_command::{self, TokenCommandError};
use crate::app::accounts::{self, Added, Verified};
use crate::app::ipc::message::Request;
use crate::app::ipc::{self, send_request};
use crate::domain::config::AccountConfig;
use crate::domain::text::{history_goes_on, quoted};
use crate::storage::paths::Paths;

pub fn run(command: AccountsCommand, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let changes = !matches!(command, AccountsCommand::List { .. } | AccountsCommand::Token(_));
    let done = carry_out(&paths, command, output);
    // A failed command may have changed something first.
    if changes {
        context::runtime()?.block_on(ipc::notify_config_changed(&paths.data_dir));
    }
    done
}

fn carry_out(paths: &Paths, command: AccountsCommand, output: &mut Output) -> Result<(), CliError> {
    match command {
        AccountsCommand::List { format } => list::run(paths, format, output),
        AccountsCommand::Add(args) => add::run(paths, &args, output),
        AccountsCommand::Token(args) => replace_token(paths, &args, output),
        AccountsCommand::Import { from: ImportFrom::LinodeCli, no_verify } => {
            import::run(paths, no_verify, output)
        }
        AccountsCommand::Edit(args) => edit::run(paths, &args, output),
        AccountsCommand::Duplicate { name, new_name } => duplicate(paths, &name, new_name.as_deref(), output),
        AccountsCommand::Remove { name, forget_history, yes } => {
            remove(paths, &name, forget_history, yes, output)
        }
    }
}

/// Rejects a command that contains a token: the configuration, the shell history and `ps` would show it.
fn check_token_command(command: Option<&[String]>) -> Result<(), CliError> {
    if command.map(token_command::check) == Some(Err(TokenCommandError::ContainsToken)) {
        return Err(CliError::Usage(
            "--token-command contains a token, which would be in plain text in the configuration: name a program that \
             prints the token, such as `pass show linode`, or store the token in the keyring with --token-stdin"
                .to_owned(),
        ));
    }
    Ok(())
}

/// The message after adding an account.
fn added_line(name: &str, added: &Added, figures: &str) -> String {
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    let since = added.since.map(|since| format!(". {}", history_goes_on(since, now, &zone)));
    format!("Added {} (id {}): {figures}{}", quoted(name), added.id, since.unwrap_or_default())
}

/// Asks for the new token, verifies it, replaces the old one and notifies the running tray.
fn replace_token(paths: &Paths, args: &TokenArgs, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let account = context::account(&config, &args.name)?;
    if account.token_command.is_some() {
        let hint = format!(
            "{} gets its token from token_command: change what that prints, or change the command with `accounts edit --token-command`",
            quoted(&account.name)
        );
        return Err(CliError::Usage(hint));
    }
    let token = token_prompt::ask(&account.name, args.token_stdin)?;
    context::runtime()?.block_on(async {
        let answer = match args.no_verify {
            true => None,
            false => Some(token_prompt::verify(&config, &account.watch, &token).await?),
        };
        let tokens = context::tokens();
        let euuid = answer.as_ref().and_then(Verified::euuid);
        let (mut same, mut former) = (Vec::new(), None);
        if let Some(euuid) = euuid {
            same = accounts::same_account(paths, &config, Some(&account.id), euuid);
            former = accounts::linode_account(paths, &config, &account.id, &tokens).await;
        }
        tokens.write(&account.id, &token).await.map_err(CliError::runtime)?;
        accounts::set_linode_account(paths, &account.id, euuid);
        // Fails if no tray is running.
        let stored = Request::TokenStored(account.id.clone());
        let _ = send_request(&paths.data_dir, stored, Duration::from_secs(2)).await;
        let figures = token_prompt::figures(answer.as_ref(), &account.watch, output);
        let other = answer.as_ref().and_then(|new| accounts::other_account_warning(former.as_deref(), new));
        for warning in other.into_iter().chain(accounts::same_account_warning(&same)) {
            output.warning(&warning);
        }
        output.line(&format!("Replaced the token of {}: {figures}", quoted(&account.name)));
        Ok(())
    })
}

/// Copies an account and its token, or neither.
fn duplicate(paths: &Paths, name: &str, new_name: Option<&str>, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let original = context::account(&config, name)?;
    let runtime = context::runtime_with_thread()?;
    let (id, called) = accounts::duplicate(paths, &context::tokens(), runtime.handle(), original, new_name)?;
    output.line(&format!("Copied {} to {} (id {id})", quoted(&original.name), quoted(&called)));
    Ok(())
}

/// Asks the user to confirm the removal.
fn confirmed(account: &AccountConfig, output: &mut Output) -> Result<bool, CliError> {
    let token = match account.token_command {
        Some(_) => "",
        None => " Its token is deleted from the keyring; Linode shows a token only once.",
    };
    output.error_line(&format!("Remove {}?{token} [y/N]", quoted(&account.name)));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(CliError::runtime)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Removes the account, its token and, if requested, its samples.
fn remove(
    paths: &Paths,
    name: &str,
    forget_history: bool,
    yes: bool,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let account = context::account(&config, name)?;
    if !yes && io::stdin().is_terminal() && !confirmed(account, output)? {
        return Err(CliError::runtime("nothing was removed"));
    }
    let runtime = context::runtime_with_thread()?;
    accounts::remove(paths, &context::tokens(), runtime.handle(), account, forget_history)?;
    output.line(&format!("Removed {}", quoted(&account.name)));
    Ok(())
}
