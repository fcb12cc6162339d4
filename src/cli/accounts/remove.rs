//! `accounts remove`

use crate::app::accounts;
use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::domain::text::quoted;
use crate::storage::paths::Paths;

/// Removes the entry, then its token, and its samples where that is asked for.
pub fn run(paths: &Paths, name: &str, forget_history: bool, output: &mut Output) -> Result<(), CliError> {
    let config = session::config(paths)?;
    let account = session::account(&config, name)?;
    let runtime = session::runtime_beside()?;
    accounts::remove(paths, &session::tokens()?, runtime.handle(), account, forget_history)?;
    output.line(&format!("Removed {}", quoted(&account.name)));
    Ok(())
}
