//! `config path|check`

use super::args::ConfigCommand;
use super::output::{Output, few_names};
use super::{CliError, context};
use crate::domain::config::Config;
use crate::domain::text::quoted;

/// Advice about a token in the configuration.
pub const TOKEN_HINT: &str = "revoke it, and make the command read a new one from a password manager";

/// Prints the path of the configuration, or checks it.
pub fn run(command: &ConfigCommand, output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let path = paths.config_file.display();
    match command {
        ConfigCommand::Path => output.line(&path.to_string()),
        ConfigCommand::Check => {
            let config = context::config(&paths)?;
            if let Some(warning) = token_in_command(&config) {
                output.warning(&format!("{warning}: {TOKEN_HINT}"));
            }
            let count = config.accounts.len();
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

/// A warning about accounts with a token in their `token_command`.
pub fn token_in_command(config: &Config) -> Option<String> {
    let names: Vec<_> = config.with_token_in_command().into_iter().map(quoted).collect();
    let account = if names.len() == 1 { "account" } else { "accounts" };
    (!names.is_empty()).then(|| {
        format!("a token is in plain text in the token_command of the {account} {}", few_names(&names))
    })
}
