//! `accounts …`

mod add;
mod duplicate;
mod edit;
mod import;
mod list;
mod remove;
mod secret;
mod token;

use super::args::{AccountsCommand, ImportFrom};
use super::output::Output;
use super::{CliError, session};

/// Does what `command` says.
pub fn run(command: AccountsCommand, output: &mut Output) -> Result<(), CliError> {
    let paths = session::paths()?;
    match command {
        AccountsCommand::List { format } => list::run(&paths, format, output),
        AccountsCommand::Add(args) => add::run(&paths, &args, output),
        AccountsCommand::Token(args) => token::run(&paths, &args, output),
        AccountsCommand::Import { from: ImportFrom::LinodeCli, no_verify } => {
            import::run(&paths, no_verify, output)
        }
        AccountsCommand::Edit(args) => edit::run(&paths, &args, output),
        AccountsCommand::Duplicate { name, new_name } => {
            duplicate::run(&paths, &name, new_name.as_deref(), output)
        }
        AccountsCommand::Remove { name, forget_history } => {
            remove::run(&paths, &name, forget_history, output)
        }
    }
}
