//! `accounts token`

use std::time::Duration;

use super::token_prompt;
use crate::app::ipc::message::Request;
use crate::app::ipc::tell;
use crate::cli::args::TokenArgs;
use crate::cli::output::Output;
use crate::cli::{CliError, context};
use crate::domain::text::quoted;
use crate::storage::keyring::Keyring;
use crate::storage::paths::Paths;

/// Asks for the new token, verifies it, puts it into the old one's place, and tells the running tray.
pub fn run(paths: &Paths, args: &TokenArgs, output: &mut Output) -> Result<(), CliError> {
    let config = context::config(paths)?;
    let account = context::account(&config, &args.name)?;
    if account.token_command.is_some() {
        let hint =
            format!("{} has its token from token_command: change what that prints", quoted(&account.name));
        return Err(CliError::Usage(hint));
    }
    let token = token_prompt::ask(&account.name, args.token_stdin)?;
    context::runtime()?.block_on(async {
        let answer = match args.no_verify {
            true => None,
            false => Some(token_prompt::verify(&config, &account.watch, &token).await?),
        };
        Keyring::new().write(&account.id, &token).await.map_err(CliError::runtime)?;
        // With no tray running there is nobody to tell.
        let stored = Request::TokenStored(account.id.clone());
        let _ = tell(&paths.data_dir, stored, Duration::from_secs(2)).await;
        let figures = token_prompt::figures(answer.as_ref(), &account.watch, output);
        output.line(&format!("Replaced the token of {}: {figures}", quoted(&account.name)));
        Ok(())
    })
}
