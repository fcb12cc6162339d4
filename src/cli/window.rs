//! `window`: starts the second program, so that a fault in graphics can't take the tray down, and no other process has its
//! code.

use std::process::Command;

use super::args::WindowArgs;
use super::{CliError, context};
use crate::app::sibling::Sibling;
use crate::app::window_opener;
use crate::domain::config::AccountId;
use crate::platform::subprocess::replace;
use crate::storage::paths::Paths;
use crate::window_request::View;

/// Shows the window until it is closed; when one is open already, brings that one to the front. The exit code.
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
        // The window says what is wrong with the file.
        Err(error) => name.parse().map_err(|_| CliError::usage(error)),
    }
}
