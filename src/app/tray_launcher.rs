//! Starts the tray from the window's program: for a window without one, and on Windows at login and from the Start menu,
//! where the tray's own program would show a console for a moment.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::app::sibling::Sibling;
use crate::domain::token::Token;
use crate::platform::subprocess::detach;

/// How long a start is watched for a failure. A second start asks the running tray for its window, for which it takes two
/// seconds at most.
const FAILURE_TIMEOUT: Duration = Duration::from_secs(5);

/// A tray that was started and outlives this program.
pub struct StartedTray {
    child: Child,
    /// Its standard error. Not a pipe: nobody reads it after this program has ended.
    errors: File,
}

impl StartedTray {
    /// Starts `program` with `options`.
    ///
    /// # Errors
    /// In words.
    pub fn start(program: &Sibling, options: &[&str]) -> Result<StartedTray, String> {
        let errors = tempfile::tempfile().and_then(|file| Ok((file.try_clone()?, file)));
        let (theirs, errors) = errors.map_err(|error: io::Error| error.to_string())?;
        let mut command = Command::new(program.path());
        command.arg("tray").args(options).stdin(Stdio::null()).stdout(Stdio::null()).stderr(theirs);
        detach(&mut command);
        let child = command.spawn().map_err(|error| program.explain(error).to_string())?;
        Ok(StartedTray { child, errors })
    }

    /// Why it has ended, if it has with a failure.
    pub fn failure(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        (!status.success()).then(|| last_error_line(&mut self.errors, &status.to_string()))
    }

    /// Waits until it has ended, or has run for a while.
    ///
    /// # Errors
    /// The last line that it said, where it failed.
    pub async fn watch(mut self) -> Result<(), String> {
        let _ = tokio::time::timeout(FAILURE_TIMEOUT, self.child.wait()).await;
        self.failure().map_or(Ok(()), Err)
    }

    /// Takes note of its end, which somebody has to. It may come before this program's.
    pub fn reap(mut self) {
        tokio::spawn(async move { self.child.wait().await });
    }
}

/// Its last line of standard error, without what may be a token.
fn last_error_line(errors: &mut File, otherwise: &str) -> String {
    let mut said = Vec::new();
    let _ = errors.rewind().and_then(|()| errors.take(64 * 1024).read_to_end(&mut said));
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    last.map_or_else(|| format!("it ended with {otherwise}"), Token::mask)
}
