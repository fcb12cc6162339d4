//! `window`: starts the second program, so that a graphics fault can't crash the tray and no other process
//! loads graphics code.

use std::process::Command;

use super::args::WindowArgs;
use super::{CliError, context};
use crate::app::sibling::Sibling;
use crate::app::window_opener;
use crate::domain::config::AccountId;
use crate::platform::subprocess::replace;
use crate::storage::paths::Paths;
use crate::window_request::View;

/// Shows the window until it is closed, or brings an open one to the front. Returns the exit code.
pub fn run(args: &WindowArgs) -> Result<u8, CliError> {
    let program = Sibling::window().map_err(CliError::runtime)?;
    let view = view(args, &context::paths()?)?;
    let mut command = Command::new(program.path());
    command.args(window_opener::arguments(&view)).env_remove(window_opener::INDIRECT_VARIABLE);
    if args.demo {
        command.arg("--demo");
    }
    replace(command).map_err(|error| CliError::runtime(program.explain(error)))
}

fn view(args: &WindowArgs, paths: &Paths) -> Result<View, CliError> {
    if let Some(name) = &args.account {
        return Ok(View::Account(id(name, paths)?));
    }
    Ok(match (&args.edit, &args.replace_token) {
        (Some(name), _) => View::Edit(id(name, paths)?),
        (None, Some(name)) => View::ReplaceToken(id(name, paths)?),
        (None, None) if args.about => View::About,
        (None, None) => View::Page(args.page),
    })
}

fn id(name: &str, paths: &Paths) -> Result<AccountId, CliError> {
    match context::load(paths) {
        Ok(config) => context::account(&config, name).map(|account| account.id.clone()),
        // The window shows the configuration error.
        Err(error) => name.parse().map_err(|_| CliError::usage(error)),
    }
}
