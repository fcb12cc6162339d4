//! `config path|check`

use super::args::ConfigCommand;
use super::output::Output;
use super::{CliError, context};

/// Prints where the file is, or whether it reads.
pub fn run(command: &ConfigCommand, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let path = paths.config_file.display();
    match command {
        ConfigCommand::Path => output.line(&path.to_string()),
        ConfigCommand::Check => {
            let count = context::config(&paths)?.accounts.len();
            let accounts = if count == 1 { "account" } else { "accounts" };
            if paths.config_file.exists() {
                output.line(&format!("{path}: OK ({count} {accounts})"));
            } else {
                output.line(&format!("{path}: not found; using defaults"));
            }
        }
    }
    Ok(())
}
