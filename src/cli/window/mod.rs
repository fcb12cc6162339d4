//! `window`: starts the second program, so that a fault in graphics can't take the tray down, and no other process has its
//! code.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use std::process::{Command, Stdio};

use super::args::WindowArgs;
use super::{CliError, session};
use crate::app::sibling::Sibling;
use crate::domain::config::{AccountId, ConfigEnum};
use crate::domain::page::View;
use crate::platform::subprocess::{detached, without_console};
use crate::storage::paths::Paths;

/// Shows the window until it is closed; when one is open already, brings that one to the front. The exit code.
pub fn run(args: &WindowArgs) -> Result<u8, CliError> {
    let program = Sibling::window().map_err(CliError::failed)?;
    let view = view(args, &session::paths()?)?;
    let mut command = Command::new(program.path());
    command.args(words(&view));
    if args.demo {
        command.arg("--demo");
    }
    replace(&program, command)
}

/// Has `command` take this program's place, where the system can do that, or runs it to its end; the exit code.
pub fn replace(program: &Sibling, command: Command) -> Result<u8, CliError> {
    system::run(command).map_err(|error| CliError::failed(program.explain(error)))
}

/// Has it opened, or brought to the front, and goes on; only for the display that this program was started on.
pub async fn start() -> Result<(), CliError> {
    let program = Sibling::window().map_err(CliError::failed)?;
    let mut command = tokio::process::Command::new(program.path());
    without_console(&mut command);
    detached(command.stdin(Stdio::null()).stdout(Stdio::null()));
    command.spawn().map(drop).map_err(|error| CliError::failed(program.explain(error)))
}

/// What has the second program show `view`.
pub fn words(view: &View) -> Vec<&str> {
    match view {
        View::Page(page) => vec![page.as_str()],
        View::Edit(id) => vec!["--edit", id.as_str()],
        View::ReplaceToken(id) => vec!["--replace-token", id.as_str()],
        View::About => vec!["--about"],
    }
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
    match session::load(paths) {
        Ok(config) => session::account(&config, name).map(|account| account.id.clone()),
        // The window says what is wrong with the file.
        Err(error) => name.parse().map_err(|_| CliError::wrong(error)),
    }
}
