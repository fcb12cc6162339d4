//! `accounts add`

use super::secret;
use crate::accounts;
use crate::cli::args::AddArgs;
use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::domain::config::{Account, AccountId, Config, check_name};
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
    let blank = AccountId::made_from(&args.name, |_| false);
    let account = Account { watch: args.watch.clone(), ..Account::new(blank, &args.name) };
    let id = accounts::add(paths, &session::tokens()?, &runtime, &account, &token)?;
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
