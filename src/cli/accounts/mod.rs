//! `accounts …`

mod add;
mod duplicate;
mod edit;
mod import;
mod list;
mod remove;
mod token;
mod token_prompt;

use super::args::{AccountsCommand, ImportFrom};
use super::output::Output;
use super::{CliError, context};
use crate::app::ipc;
use crate::storage::paths::Paths;

/// Does what `command` says.
pub fn run(command: AccountsCommand, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let changes = !matches!(command, AccountsCommand::List { .. } | AccountsCommand::Token(_));
    let done = carry_out(&paths, command, output);
    // One that failed may have changed something before that.
    if changes {
        context::runtime()?.block_on(ipc::tell_of_change(&paths.data_dir));
    }
    done
}

fn carry_out(paths: &Paths, command: AccountsCommand, output: &mut Output) -> Result<(), CliError> {
    match command {
        AccountsCommand::List { format } => list::run(paths, format, output),
        AccountsCommand::Add(args) => add::run(paths, &args, output),
        AccountsCommand::Token(args) => token::run(paths, &args, output),
        AccountsCommand::Import { from: ImportFrom::LinodeCli, no_verify } => {
            import::run(paths, no_verify, output)
        }
        AccountsCommand::Edit(args) => edit::run(paths, &args, output),
        AccountsCommand::Duplicate { name, new_name } => {
            duplicate::run(paths, &name, new_name.as_deref(), output)
        }
        AccountsCommand::Remove { name, forget_history } => remove::run(paths, &name, forget_history, output),
    }
}
