//! A token from a program of the user's (`token_command`), for desktops without a keyring.

use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio::io::AsyncReadExt;

use crate::domain::failure::Failure;
use crate::domain::token::Token;
use crate::program::Running;

/// How long it may take. A password manager that asks its user is not meant: it would be asked at every poll.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs the program, without a shell and without input; the first line that it prints is the token.
///
/// # Errors
/// [`Failure::TokenMissing`] that says what went wrong, never what was printed.
pub(super) async fn run(command: &[String]) -> Result<Token, Failure> {
    run_within(LIMIT, command).await
}

async fn run_within(limit: Duration, command: &[String]) -> Result<Token, Failure> {
    let failed =
        |why: String| Failure::TokenMissing { why: Some(format!("token_command gave no token: {why}")) };
    let mut running = Running::start(command, |_| {}).map_err(|error| failed(error.to_string()))?;
    let output = running.output();
    let reading = async {
        let mut text = Zeroizing::new(Vec::with_capacity(8192));
        if let Some(output) = output {
            let _ = output.take(8192).read_to_end(&mut text).await;
        }
        text
    };
    let text = running.end(limit, reading).await.map_err(|error| failed(error.to_string()))?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Token::new(String::from_utf8_lossy(line).into_owned()).map_err(|error| failed(error.to_string()))
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
        tried_within(LIMIT, command)
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
            (&["printf", "hid den"], "that is not a token"),
            (&["true"], "the token is empty"),
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
}
