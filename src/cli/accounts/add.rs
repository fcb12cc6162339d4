//! `accounts add`

use tokio::runtime::Runtime;

use super::secret;
use crate::cli::args::AddArgs;
use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::domain::config::{Account, AccountId, Config, check_name};
use crate::domain::token::Token;
use crate::store::config;
use crate::store::history::History;
use crate::store::paths::Paths;

/// Asks for the token, verifies it, and keeps token and entry; nothing, if one of these fails.
pub fn run(paths: &Paths, args: &AddArgs, output: &mut Output) -> Result<(), CliError> {
    let config = session::config(paths)?;
    check(&config, &args.name)?;
    let token = secret::ask(&args.name, args.token_stdin)?;
    let runtime = session::runtime()?;
    let answer = match args.no_verify {
        true => None,
        false => Some(runtime.block_on(secret::verify(&config, &args.watch, &token))?),
    };
    let id = keep(paths, args, &token, &runtime)?;
    let figures = secret::figures(answer.as_ref(), &args.watch, output);
    output.line(&format!("Added {:?} (id {id}): {figures}", args.name));
    Ok(())
}

/// Before the user is asked for a token.
fn check(config: &Config, name: &str) -> Result<(), CliError> {
    check_name(name).map_err(|error| CliError::Wrong(format!("{name:?}: {error}")))?;
    if config.accounts.iter().any(|account| account.name == name) {
        let hint = format!(
            "there is an account {name:?} already; take another name, or replace its token with `accounts token`"
        );
        return Err(CliError::Wrong(hint));
    }
    Ok(())
}

/// Keeps the token and then the entry, under the lock of the configuration: another `accounts add` at the same time
/// must not take the same id, nor the token that goes with it.
fn keep(paths: &Paths, args: &AddArgs, token: &Token, runtime: &Runtime) -> Result<AccountId, CliError> {
    let mut history = History::open(&paths.history_file()).map_err(CliError::failed)?;
    let keyring = session::keyring()?;
    let mut stored = None;
    let kept = config::edit(&paths.config_file, |draft| {
        let used = history.ids_used().map_err(CliError::failed)?;
        let id = draft.fresh_id(&args.name, |id| used.iter().any(|used| used == id));
        runtime.block_on(keyring.write(&id, token)).map_err(CliError::failed)?;
        stored = Some(id.clone());
        draft.add(&Account { watch: args.watch.clone(), ..Account::new(id.clone(), &args.name) })?;
        history.use_id(&id).map_err(CliError::failed)?;
        Ok(id)
    });
    if let (Err(_), Some(id)) = (&kept, stored) {
        // Nothing is kept half.
        let _ = runtime.block_on(keyring.remove(&id));
    }
    kept
}
