//! `accounts duplicate`

use super::keep;
use crate::cli::output::Output;
use crate::cli::{CliError, session};
use crate::store::config::Draft;
use crate::store::paths::Paths;

/// Copies an entry below itself, and its token; neither, if one of them fails.
pub fn run(paths: &Paths, name: &str, new_name: Option<&str>, output: &mut Output) -> Result<(), CliError> {
    let config = session::config(paths)?;
    let original = session::account(&config, name)?;
    let runtime = session::runtime()?;
    // What token_command prints is the copy's too.
    let token = match &original.token_command {
        Some(_) => None,
        None => Some(runtime.block_on(session::keyring()?.read(&original.id)).map_err(CliError::failed)?),
    };
    let (id, called) = keep::entry(
        paths,
        token.as_ref(),
        &runtime,
        |draft| new_name.map_or_else(|| copys_name(draft, &original.name), str::to_owned),
        |draft, id, name| draft.duplicate(&original.id, id, name),
    )?;
    output.line(&format!("Copied {:?} to {called:?} (id {id})", original.name));
    Ok(())
}

/// `Acme copy`, numbered when there is one already.
fn copys_name(draft: &Draft, name: &str) -> String {
    let copy: String = format!("{} copy", name.chars().take(95).collect::<String>().trim_end());
    if draft.config().accounts.iter().any(|account| account.name == copy) {
        draft.fresh_name(&copy)
    } else {
        copy
    }
}
