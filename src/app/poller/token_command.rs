//! A token from the user's own program (`token_command`), for desktops without a keyring.

use std::pin::pin;
use std::process::Stdio;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;

use crate::domain::failure::Failure;
use crate::domain::token::{InvalidToken, Token};
use crate::platform::subprocess::{ChildProcess, SubprocessError};

/// How long it may take. Too short for a password manager that prompts: it would prompt at every poll.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of its output is read, in bytes: more than any token has.
const MAX_OUTPUT_BYTES: usize = 8192;
/// How much of the end of its standard error is kept, in bytes.
const MAX_STDERR_BYTES: usize = 4096;
/// The longest line of standard error to quote, in characters.
const MAX_STDERR_CHARS: usize = 200;
/// How long its standard error is read after it ended: a process that it left behind may keep it open.
const STDERR_TIMEOUT: Duration = Duration::from_millis(200);
/// Words of its output from this length on are masked in messages, in bytes.
const SHORTEST_SECRET: usize = 4;

/// Runs the program without a shell or input. The first line of its output is the token.
///
/// # Errors
/// [`Failure::TokenCommand`] with what went wrong and the last line of its standard error, but never its output.
pub async fn run(command: &[String]) -> Result<Token, Failure> {
    run_within(COMMAND_TIMEOUT, command).await
}

async fn run_within(limit: Duration, command: &[String]) -> Result<Token, Failure> {
    let failed = |why: String, timed_out| Failure::TokenCommand { why, timed_out };
    let started = ChildProcess::start(command, |command| {
        command.stderr(Stdio::piped());
    });
    let mut child = started.map_err(|error| failed(error.to_string(), false))?;
    let (output, mut errors) = (child.stdout(), LastErrors::new(child.stderr()));
    // Large enough that it is never reallocated, which would leave copies.
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_OUTPUT_BYTES + 64));
    let reading = async {
        if let Some(output) = output {
            let _ = output.take(MAX_OUTPUT_BYTES as u64).read_to_end(&mut text).await;
        }
    };
    let ended = {
        let mut ending = pin!(child.wait(limit, reading));
        tokio::select! {
            ended = &mut ending => ended,
            () = errors.read() => ending.await,
        }
    };
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let why = match ended {
        Ok(()) => match Token::new(String::from_utf8_lossy(first_line).into_owned()) {
            Ok(token) => return Ok(token),
            Err(error) => failed(not_a_token(command, &error), false),
        },
        Err(error) => failed(error.to_string(), matches!(error, SubprocessError::TooLong { .. })),
    };
    let _ = tokio::time::timeout(STDERR_TIMEOUT, errors.read()).await;
    Err(match (why, errors.last_line(&text)) {
        (Failure::TokenCommand { why, timed_out }, Some(line)) => failed(format!("{why}: {line}"), timed_out),
        (why, _) => why,
    })
}

/// The error in words for a command, where nothing can be pasted.
fn not_a_token(command: &[String], error: &InvalidToken) -> String {
    let program = command.first().map_or("", String::as_str);
    match error {
        InvalidToken::Empty => format!("the first line that {program} printed is empty"),
        InvalidToken::Characters => {
            format!("the first line that {program} printed is not a token: it has spaces or other characters")
        }
    }
}

/// The end of what a program prints on standard error.
struct LastErrors {
    from: Option<ChildStderr>,
    end: Vec<u8>,
    /// Whether earlier output was dropped.
    cut: bool,
}

impl LastErrors {
    fn new(from: Option<ChildStderr>) -> LastErrors {
        LastErrors { from, end: Vec::new(), cut: false }
    }

    /// Reads until the stream is closed. Dropping the future loses nothing.
    async fn read(&mut self) {
        let mut some = [0; 1024];
        while let Some(from) = &mut self.from {
            match from.read(&mut some).await {
                Ok(length @ 1..) => {
                    self.end.extend_from_slice(some.get(..length).unwrap_or_default());
                    let over = self.end.len().saturating_sub(MAX_STDERR_BYTES);
                    self.end.drain(..over);
                    self.cut |= over > 0;
                }
                Ok(_) | Err(_) => self.from = None,
            }
        }
    }

    /// The last line that is not blank, with everything from standard output and anything like a token masked.
    fn last_line(&self, output: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(&self.end);
        let mut lines = text.lines();
        if self.cut {
            // It may begin in the middle of a token.
            lines.next();
        }
        let mut line = lines.rfind(|line| !line.trim().is_empty())?.trim().to_owned();
        for secret in String::from_utf8_lossy(output).split_whitespace() {
            if secret.len() >= SHORTEST_SECRET {
                line = line.replace(secret, "***");
            }
        }
        let line = Token::mask(&line.replace(|c: char| c.is_whitespace() || c.is_control(), " "));
        let short: String = line.chars().take(MAX_STDERR_CHARS).collect();
        Some(if short.len() < line.len() { format!("{short}…") } else { line })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn tried_within(limit: Duration, command: &[&str]) -> Result<Token, Failure> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run_within(limit, &command))
    }

    fn tried(command: &[&str]) -> Result<Token, Failure> {
        tried_within(COMMAND_TIMEOUT, command)
    }

    #[test]
    fn the_first_line_is_the_token() {
        assert_eq!(tried(&["printf", "abc\\nsecond line\\n"]).unwrap().expose(), "abc");
    }

    #[test]
    fn what_goes_wrong_is_said_without_what_was_printed() {
        for (command, words) in [
            (&["sh", "-c", "echo hidden; exit 3"][..], "sh ended with exit status: 3"),
            (&["/nonexistent/program"], "/nonexistent/program can't be run"),
            (&["printf", "hid den"], "the first line that printf printed is not a token"),
            (&["true"], "the first line that true printed is empty"),
        ] {
            let said = tried(command).unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
            assert!(!said.contains("hid"), "{said}");
        }
    }

    #[test]
    fn no_shell_looks_at_its_words() {
        let token = tried(&["printf", "%s", "$HOME;`id`|*"]).unwrap();
        assert_eq!(token.expose(), "$HOME;`id`|*");
        let said = tried(&["printf abc"]).unwrap_err().to_string();
        assert!(said.contains("printf abc can't be run"), "{said}");
    }

    #[test]
    fn one_that_does_not_end_is_ended_and_says_so() {
        for command in [&["sleep", "600"][..], &["sh", "-c", "echo hidden; sleep 600"]] {
            let said = tried_within(Duration::from_millis(200), command).unwrap_err().to_string();
            let words = format!("token_command gave no token: {} did not end within 0.2 s", command[0]);
            assert!(said.contains(&words), "{said}");
            assert!(!said.contains("hid"), "{said}");
        }
    }

    /// The message for a shell script that fails.
    fn told(script: &str) -> String {
        tried(&["sh", "-c", script]).unwrap_err().to_string()
    }

    #[test]
    fn the_last_line_of_its_standard_error_is_told() {
        assert_eq!(
            told("echo first >&2; echo 'gpg: no secret key' >&2; echo >&2; exit 2"),
            "token_command gave no token: sh ended with exit status: 2: gpg: no secret key"
        );
        assert_eq!(
            told("echo '\tnot\x07unlocked ' >&2"),
            "token_command gave no token: the first line that sh printed is empty: not unlocked"
        );
        let late = "echo asking >&2; sleep 600";
        let said = tried_within(Duration::from_millis(500), &["sh", "-c", late]).unwrap_err().to_string();
        assert!(said.contains("did not end within 0.5 s"), "{said}");
    }

    #[test]
    fn a_long_line_is_cut_and_many_are_no_trouble() {
        let said = told("head -c 500 /dev/zero | tr '\\0' '-' >&2; exit 1");
        assert!(said.ends_with(&format!(": {}…", "-".repeat(MAX_STDERR_CHARS))), "{said}");
        let said = told("yes 'one more line' | head -n 100000 >&2; echo the last >&2; exit 1");
        assert!(said.ends_with(": the last"), "{said}");
        let said = told("head -c 100000 /dev/zero | tr '\\0' 'x' >&2; exit 1");
        assert!(
            said.ends_with("exit status: 1"),
            "the end of a line without an end may be half a token: {said}"
        );
    }

    #[test]
    fn no_token_is_told_with_it() {
        let token = "0123456789abcdef".repeat(4);
        for script in [
            "echo hidden; echo \"the token is 'hidden'\" >&2; exit 1",
            "echo hidden; set -x; : hidden; exit 1",
            &format!("echo 'no such item: {token}' >&2; exit 1"),
            &format!("echo 'token={token}' >&2; exit 1"),
        ] {
            let said = told(script);
            assert!(!said.contains("hidden") && !said.contains("01234567"), "{said}");
        }
        assert!(
            told("echo hidden; echo \"the token is 'hidden'\" >&2; exit 1").ends_with(": the token is '***'")
        );
    }

    /// Like a password manager's agent, which is started once and stays.
    #[test]
    fn children_holding_standard_error_do_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let id = dir.path().join("id");
        let script = format!("sleep 600 >/dev/null & echo $! > {}; echo abc", id.display());
        assert_eq!(tried_within(Duration::from_secs(600), &["sh", "-c", &script]).unwrap().expose(), "abc");
        let id = std::fs::read_to_string(id).unwrap();
        assert!(
            std::process::Command::new("kill").arg(id.trim()).status().unwrap().success(),
            "it still runs"
        );
    }

    #[test]
    fn ended_command_with_open_output_is_killed_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let id = dir.path().join("id");
        let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; echo abc", id.display());
        let mut limit = Duration::from_millis(100);
        while !id.exists() {
            limit *= 2;
            assert!(tried_within(limit, &["sh", "-c", &script]).is_err());
        }
        let id = std::fs::read_to_string(id).unwrap();
        let runs = || {
            let ps = std::process::Command::new("ps").args(["-o", "stat=", "-p", id.trim()]).output();
            let state = ps.unwrap().stdout;
            !state.is_empty() && !state.starts_with(b"Z")
        };
        while runs() {
            std::thread::yield_now();
        }
    }
}
