//! `accounts duplicate`

use crate::app::accounts;
use crate::cli::output::Output;
use crate::cli::{CliError, context};
use crate::domain::text::quoted;
use crate::storage::paths::Paths;

/// Copies an account below itself, and its token; neither, if one of them fails.
pub fn run(paths: &Paths, name: &str, new_name: Option<&str>, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let original = context::account(&config, name)?;
    let runtime = context::runtime_beside()?;
    let (id, called) = accounts::duplicate(paths, &context::tokens(), runtime.handle(), original, new_name)?;
    output.line(&format!("Copied {} to {} (id {id})", quoted(&original.name), quoted(&called)));
    Ok(())
}
