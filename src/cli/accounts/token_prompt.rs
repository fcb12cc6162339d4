//! Reads a token from the user and verifies it.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;

use secrecy::zeroize::Zeroizing;

use crate::app::accounts::{self, AccountError, Verified};
use crate::cli::CliError;
use crate::cli::output::Output;
use crate::domain::config::Config;
use crate::domain::failure::{EntryState, Failure};
use crate::domain::text;
use crate::domain::token::Token;
use crate::domain::usage::PoolId;

/// Longer than any token; limits reading of a file piped in by mistake.
const MAX_INPUT_BYTES: u64 = 64 * 1024;

/// Reads the token from standard input, or from a hidden prompt on the terminal.
pub fn ask(name: &str, from_stdin: bool) -> Result<Arc<Token>, Unverified> {
    let text = read_text(name, from_stdin).map_err(Unverified::Else)?;
    Token::new(text.to_string()).map(Arc::new).map_err(|error| Unverified::Token(error.to_string()))
}

fn read_text(name: &str, from_stdin: bool) -> Result<Zeroizing<String>, CliError> {
    if from_stdin {
        let mut text = Zeroizing::new(String::new());
        io::stdin().take(MAX_INPUT_BYTES).read_to_string(&mut text).map_err(|error| {
            CliError::Runtime(format!("the token can't be read from standard input: {error}"))
        })?;
        Ok(text)
    } else if io::stdin().is_terminal() {
        let prompt = format!("Personal Access Token of {} (not shown): ", text::isolated(name));
        let typed = rpassword::prompt_password(prompt).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => CliError::runtime("no token was given; nothing was changed"),
            _ => CliError::runtime(error),
        })?;
        Ok(Zeroizing::new(typed))
    } else {
        let hint = "no terminal to ask for the token on: pipe it in with --token-stdin";
        Err(CliError::Usage(hint.to_owned()))
    }
}

pub enum Unverified {
    /// The token is malformed, rejected or lacks a scope.
    Token(String),
    /// Another error.
    Else(CliError),
}

impl From<Unverified> for CliError {
    fn from(unverified: Unverified) -> CliError {
        match unverified {
            Unverified::Token(why) => CliError::Runtime(why),
            Unverified::Else(error) => error,
        }
    }
}

/// Verifies `token` by fetching the account's pool and the token's details.
pub async fn verify(config: &Config, watch: &PoolId, token: &Token) -> Result<Verified, Unverified> {
    accounts::verify(&config.api_url, watch, token).await.map_err(|error| match error {
        AccountError::Api(failure) => refused(failure),
        AccountError::NoRegion { .. } => Unverified::Else(CliError::usage(error)),
        error => Unverified::Else(CliError::runtime(error)),
    })
}

fn refused(failure: Failure) -> Unverified {
    let said = failure.to_string();
    let hint = match failure.state() {
        EntryState::TokenInvalid | EntryState::ScopeMissing => return Unverified::Token(said),
        EntryState::Forbidden => "give its user that role, or use another user's token",
        _ => "try again, or use --no-verify to store the token unverified",
    };
    let said = format!("{}; nothing was changed: {hint}", said.trim_end_matches('.'));
    Unverified::Else(CliError::Runtime(said))
}

/// The verified figures for `watch`, or a note that they were not verified. Warns if the token can do more than
/// read.
pub fn figures(verified: Option<&Verified>, watch: &PoolId, output: &mut Output) -> String {
    let Some(Verified { answer, no_pool, .. }) = verified else { return "not verified".to_owned() };
    if let Some(region) = no_pool {
        output.warning(&text::no_pool_in(region));
    }
    if let Some(warning) = accounts::warning(answer.scopes.as_ref(), watch) {
        output.warning(&warning);
    }
    text::usage_sentence(&answer.usage.for_pool(watch).pool)
}
