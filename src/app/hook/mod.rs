//! `on_alert`: the user's program, run at every alert with the alert's facts in its environment.

use std::ffi::{OsStr, OsString};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

use crate::domain::alert::Alert;
use crate::domain::alert::facts::{Fact, NAMES};
use crate::domain::snapshot::Snapshot;
use crate::domain::token::Token;
use crate::platform::subprocess::{ChildProcess, SubprocessError};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How much of what it prints is logged, in bytes of each of its two outputs.
const LOGGED: u64 = 64 * 1024;
/// The longest line that is logged whole, in characters.
const LINE: usize = 1000;

/// Runs `command`, a program and its arguments, for each of `alerts`, one after the other. `snapshot` says who used most of
/// their pools. What goes wrong is a warning.
pub async fn run(command: Vec<String>, alerts: Vec<Alert>, snapshot: Snapshot) {
    for alert in alerts {
        let account = snapshot.accounts.iter().find(|account| account.id == alert.account);
        let breakdown = account.and_then(|account| account.breakdown.as_deref());
        let facts = [alert.facts(), alert.top_facts(breakdown)].concat();
        if let Err(error) = run_once(&command, &facts, LIMIT).await {
            tracing::warn!("on_alert: {error}");
        }
    }
}

async fn run_once(command: &[String], facts: &[Fact], limit: Duration) -> Result<(), SubprocessError> {
    let mut child = ChildProcess::start(command, |command| {
        command.stderr(Stdio::piped());
        set_environment(command, facts);
    })?;
    let (output, errors) = (child.stdout(), child.stderr());
    let reading = async {
        tokio::join!(
            log(output, |line| tracing::info!("on_alert: {line}")),
            log(errors, |line| tracing::warn!("on_alert: {line}"))
        );
    };
    child.wait(limit, reading).await
}

/// The program's own environment without what may hold a token, and with the facts.
fn set_environment(command: &mut Command, facts: &[Fact]) {
    for (name, value) in std::env::vars_os() {
        if may_hold_a_token(&name, &value) {
            command.env_remove(name);
        }
    }
    for name in NAMES {
        command.env_remove(name);
    }
    for (name, value) in facts {
        // No variable can hold a NUL; a name from the API could.
        command.env(name, value.replace('\0', ""));
    }
}

/// Tokens of ours and of linode-cli, where systemd puts secrets, and whatever looks like a token.
fn may_hold_a_token(name: &OsStr, value: &OsString) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    name == "CREDENTIALS_DIRECTORY"
        || (name.starts_with("LINODE_") && name.contains("TOKEN"))
        || Token::looks_like_token(&value.to_string_lossy())
}

/// Tells each line. What is longer than is of use is read and dropped, so that the program never waits for a reader.
async fn log(output: Option<impl AsyncRead + Unpin>, tell: impl Fn(&str)) {
    let Some(output) = output else { return };
    let mut lines = BufReader::new(output).take(LOGGED);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        let text: String = text.trim_end().chars().take(LINE).collect();
        if !text.is_empty() {
            tell(&Token::mask(&text));
        }
        line.clear();
    }
    let _ = tokio::io::copy(lines.get_mut(), &mut tokio::io::sink()).await;
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
