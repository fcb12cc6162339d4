//! `accounts import linode-cli`

use std::path::PathBuf;

use directories::BaseDirs;

use super::added_line;
use super::token_prompt;
use crate::app::accounts::linode_cli::{self, User};
use crate::app::accounts::{self, NewAccount, Verified};
use crate::cli::output::Output;
use crate::cli::{CliError, context};
use crate::domain::config::{AccountConfig, AccountId, check_name};
use crate::domain::text::{isolated, quoted};
use crate::domain::usage::PoolId;
use crate::storage::paths::Paths;

/// Imports each user with a token whose name is not taken yet. The linode-cli file stays unchanged.
pub fn run(paths: &Paths, no_verify: bool, output: &mut Output) -> Result<(), CliError> {
    let file = file()?;
    let users = read(&file)?;
    if users.is_empty() {
        return Err(CliError::Runtime(format!("{} has no user with a token", file.display())));
    }
    let mut refused = 0;
    for user in &users {
        match import_user(paths, user, no_verify, output) {
            Ok(line) => output.line(&line),
            Err(error) => {
                refused += 1;
                output.error_line(&format!("{}: {error}", isolated(&user.name)));
            }
        }
    }
    match refused {
        0 => Ok(()),
        _ => Err(CliError::Runtime(format!("{refused} of {} users were not imported", users.len()))),
    }
}

/// The path of linode-cli's configuration, as in its `configuration/helpers.py`: `LINODE_CLI_CONFIG`, then the
/// old path if it exists, then the configuration folder.
fn file() -> Result<PathBuf, CliError> {
    if let Some(file) = std::env::var_os("LINODE_CLI_CONFIG").filter(|file| !file.is_empty()) {
        return Ok(file.into());
    }
    let base = BaseDirs::new().ok_or_else(|| {
        CliError::Runtime("no home directory: set LINODE_CLI_CONFIG to linode-cli's file".to_owned())
    })?;
    let old = base.home_dir().join(".linode-cli");
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let config = config.unwrap_or_else(|| base.home_dir().join(".config"));
    Ok(if old.is_file() { old } else { config.join("linode-cli") })
}

fn read(file: &PathBuf) -> Result<Vec<User>, CliError> {
    let wrong = |why: &dyn std::fmt::Display| {
        let hint = "run `linode-cli configure`, or set LINODE_CLI_CONFIG to its file";
        CliError::Runtime(format!("{}: {why}; {hint}", file.display()))
    };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    linode_cli::users(text).ok_or_else(|| wrong(&"it is not a linode-cli configuration"))
}

fn import_user(paths: &Paths, user: &User, no_verify: bool, output: &mut Output) -> Result<String, CliError> {
    let config = context::config(paths)?;
    let name = &user.name;
    check_name(name).map_err(CliError::runtime)?;
    if config.account_with_same_name(name, None).is_some() {
        return Ok(format!("{} already exists", quoted(name)));
    }
    let runtime = context::runtime_with_thread()?;
    let answer = match no_verify {
        true => None,
        false => Some(runtime.block_on(token_prompt::verify(&config, &PoolId::Global, &user.token))?),
    };
    let account = AccountConfig::new(AccountId::from_name(name, |_| false), name);
    let euuid = answer.as_ref().and_then(Verified::euuid);
    let new = NewAccount { account: &account, token: Some(&user.token), euuid, new_history: false };
    let added = accounts::add(paths, &context::tokens(), runtime.handle(), &new)?;
    let figures = token_prompt::figures(answer.as_ref(), &PoolId::Global, output);
    Ok(added_line(name, &added, &figures))
}
