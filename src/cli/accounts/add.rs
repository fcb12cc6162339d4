//! `accounts add`

use super::secret;
use crate::cli::args::AddArgs;
use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::domain::config::{Account, AccountId, check_name};
use crate::domain::text;
use crate::store::config;
use crate::store::history::History;
use crate::store::paths::Paths;

/// Asks for the token, verifies it, and keeps token and entry; nothing, if one of these fails.
pub fn run(paths: &Paths, args: &AddArgs, output: &mut Output) -> Result<(), CliError> {
    let config = session::config(paths)?;
    check_name(&args.name).map_err(|error| CliError::Wrong(format!("{:?}: {error}", args.name)))?;
    if config.accounts.iter().any(|account| account.name == args.name) {
        let hint =
            format!("there is an account {:?} already; take another name, or `accounts token`", args.name);
        return Err(CliError::Wrong(hint));
    }
    let token = secret::ask(&args.name, args.token_stdin)?;
    let mut history = History::open(&paths.history_file()).map_err(CliError::failed)?;
    let used = history.ids_used().map_err(CliError::failed)?;
    let taken =
        |id: &str| used.iter().any(|u| u == id) || config.accounts.iter().any(|a| a.id.as_str() == id);
    let id = AccountId::made_from(&args.name, taken);
    let figures = session::runtime()?.block_on(async {
        let answer = match args.no_verify {
            true => None,
            false => Some(secret::verify(&config, &args.watch, &token, output).await?),
        };
        let keyring = session::keyring()?;
        keyring.write(&id, &token).await.map_err(CliError::failed)?;
        let account = Account { watch: args.watch.clone(), ..Account::new(id.clone(), &args.name) };
        if let Err(error) = config::edit(&paths.config_file, |draft| draft.add(&account)) {
            // Nothing is kept half.
            let _ = keyring.remove(&id).await;
            return Err(CliError::failed(error));
        }
        Ok(answer.map(|answer| answer.usage.seen_from(&args.watch).pool))
    })?;
    history.use_id(&id).map_err(CliError::failed)?;
    let figures = figures.map_or_else(|| "not verified".to_owned(), |pool| text::usage(&pool));
    output.line(&format!("Added {:?} (id {id}): {figures}", args.name));
    Ok(())
}
