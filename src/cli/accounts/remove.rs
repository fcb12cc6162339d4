//! `accounts remove`

use crate::app::accounts;
use crate::cli::output::Output;
use crate::cli::{CliError, context};
use crate::domain::text::quoted;
use crate::storage::paths::Paths;

/// Removes the account, then its token, and its samples where that is asked for.
pub fn run(paths: &Paths, name: &str, forget_history: bool, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let account = context::account(&config, name)?;
    let runtime = context::runtime_beside()?;
    accounts::remove(paths, &context::tokens(), runtime.handle(), account, forget_history)?;
    output.line(&format!("Removed {}", quoted(&account.name)));
    Ok(())
}
