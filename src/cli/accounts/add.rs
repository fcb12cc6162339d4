//! `accounts add`

use std::io::{self, IsTerminal};
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::{added_line, check_token_command, token_prompt};
use crate::app::accounts::token_guide::{INTRODUCTION, ROLES, STEPS};
use crate::app::accounts::{self, NewAccount, Verified};
use crate::app::poller::token_of_command;
use crate::cli::args::AddArgs;
use crate::cli::output::Output;
use crate::cli::{CliError, context};
use crate::domain::config::{AccountConfig, AccountId, Config, check_name};
use crate::domain::text::quoted;
use crate::domain::token::Token;
use crate::storage::config::changeable;
use crate::storage::paths::Paths;

/// Attempts on a terminal after the API rejects a token.
const MAX_ATTEMPTS: usize = 5;

/// Asks for the token, verifies it, and stores the token and the account, or neither. On a terminal, it
/// explains how to create the token and asks again if the API rejects it.
pub fn run(paths: &Paths, args: &AddArgs, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    check(&config, &args.name)?;
    check_token_command(args.token_command.as_deref())?;
    changeable(&paths.config_file)?;
    let runtime = context::runtime_with_thread()?;
    let led = !args.token_stdin && args.token_command.is_none() && io::stdin().is_terminal();
    if led {
        guide(output);
    }
    let mut tried = verified(args, &config, &runtime);
    for _ in 1..MAX_ATTEMPTS {
        match &tried {
            Err(Refused::AskAgain(why)) if led => {
                output.error_line(&format!("{why}\nNothing was stored. Try again:"))
            }
            _ => break,
        }
        tried = verified(args, &config, &runtime);
    }
    let (token, answer) = tried.map_err(|refused| match refused {
        Refused::AskAgain(why) => CliError::Runtime(why),
        Refused::Ends(error) => error,
    })?;
    let euuid = answer.as_ref().and_then(Verified::euuid);
    let same = euuid.map(|euuid| accounts::same_account(paths, &config, None, euuid));
    let new = NewAccount {
        account: &account(args),
        token: Some(&token).filter(|_| args.token_command.is_none()),
        euuid,
        new_history: args.new_history,
    };
    let added = accounts::add(paths, &context::tokens(), runtime.handle(), &new)?;
    let figures = token_prompt::figures(answer.as_ref(), &args.watch, output);
    if let Some(warning) = same.and_then(|same| accounts::same_account_warning(&same)) {
        output.warning(&warning);
    }
    output.line(&added_line(&args.name, &added, &figures));
    Ok(())
}

/// The account from the arguments, with a provisional id.
fn account(args: &AddArgs) -> AccountConfig {
    let blank = AccountId::from_name(&args.name, |_| false);
    AccountConfig {
        watch: args.watch.clone(),
        token_command: args.token_command.clone(),
        ..AccountConfig::new(blank, &args.name)
    }
}

/// Why there is no token to store.
enum Refused {
    /// The token is rejected; another one may work.
    AskAgain(String),
    /// Another token would not help.
    Ends(CliError),
}

fn verified(
    args: &AddArgs,
    config: &Config,
    runtime: &Runtime,
) -> Result<(Arc<Token>, Option<Verified>), Refused> {
    let token = match &args.token_command {
        Some(command) => {
            let token = runtime.block_on(token_of_command(command));
            token.map(Arc::new).map_err(|why| Refused::Ends(CliError::runtime(why)))?
        }
        None => match token_prompt::ask(&args.name, args.token_stdin) {
            Err(token_prompt::Unverified::Token(why)) => return Err(Refused::AskAgain(why)),
            Err(token_prompt::Unverified::Else(error)) => return Err(Refused::Ends(error)),
            Ok(token) => token,
        },
    };
    if args.no_verify {
        return Ok((token, None));
    }
    match runtime.block_on(token_prompt::verify(config, &args.watch, &token)) {
        Ok(answer) => Ok((token, Some(answer))),
        Err(token_prompt::Unverified::Token(why)) => Err(Refused::AskAgain(why)),
        Err(token_prompt::Unverified::Else(error)) => Err(Refused::Ends(error)),
    }
}

/// Prints the steps that the window also shows.
fn guide(output: &mut Output) {
    output.error_line(INTRODUCTION);
    for (at, step) in STEPS.iter().enumerate() {
        output.error_line(&format!("{}. {}", at + 1, step.text));
        if let Some(page) = step.page {
            output.error_line(&format!("   {page}"));
        }
        for (name, value) in step.choices {
            output.error_line(&format!("   {name:<12}{value}"));
        }
    }
    output.error_line(ROLES);
    output.error_line("");
}

/// Validates the name before asking for a token.
fn check(config: &Config, name: &str) -> Result<(), CliError> {
    check_name(name).map_err(|error| CliError::Usage(format!("{}: {error}", quoted(name))))?;
    if let Some(other) = config.account_with_same_name(name, None) {
        let hint = format!(
            "there is an account {} already; choose another name, or replace its token with `accounts token`",
            quoted(&other.name)
        );
        return Err(CliError::Usage(hint));
    }
    Ok(())
}
