//! `accounts …`

mod add;
mod list;
mod remove;
mod secret;
mod token;

use super::args::AccountsCommand;
use super::output::Output;
use super::{CliError, session};

/// Does what `command` says.
pub fn run(command: AccountsCommand, output: &mut Output) -> Result<(), CliError> {
    let paths = session::paths()?;
    match command {
        AccountsCommand::List { format } => list::run(&paths, format, output),
        AccountsCommand::Add(args) => add::run(&paths, &args, output),
        AccountsCommand::Token(args) => token::run(&paths, &args, output),
        AccountsCommand::Remove { name, forget_history } => {
            remove::run(&paths, &name, forget_history, output)
        }
    }
}
