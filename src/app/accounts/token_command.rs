//! A program that prints an account's token, written as one line.

use std::env;
use std::path::Path;

use crate::domain::config::contains_token;

/// Why a command can't be an account's `token_command`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenCommandError {
    /// The command is empty.
    #[error("Enter a program that prints the token, such as: pass show linode")]
    Empty,
    /// A quote is not closed.
    #[error("A quote is not closed. Put ' or \" on both sides of an argument with spaces.")]
    OpenQuote,
    /// The command contains a token, which the configuration, the shell's history and `ps` would show.
    #[error(
        "This command contains a token, which the configuration file would show. Enter a program that prints it."
    )]
    ContainsToken,
}

/// Splits `line` into a program and its arguments with a shell's rules for words and quotes. Variables and pipes are
/// not supported.
///
/// # Errors
/// [`TokenCommandError`]
pub fn split(line: &str) -> Result<Vec<String>, TokenCommandError> {
    let words = shlex::split(line).ok_or(TokenCommandError::OpenQuote)?;
    check(&words)?;
    Ok(words)
}

/// The line that [`split`] splits into `command`.
pub fn join(command: &[String]) -> String {
    let joined = shlex::try_join(command.iter().map(String::as_str));
    // Only a NUL can't be quoted, and the configuration can't contain one.
    joined.unwrap_or_else(|_| command.join(" "))
}

/// Rejects a command that can't print a token, or that contains one.
///
/// # Errors
/// [`TokenCommandError`]
pub fn check(command: &[String]) -> Result<(), TokenCommandError> {
    if contains_token(command) {
        return Err(TokenCommandError::ContainsToken);
    }
    match command.first() {
        Some(program) if !program.trim().is_empty() => Ok(()),
        _ => Err(TokenCommandError::Empty),
    }
}

/// Whether `program` exists: as a path, or as a name in `PATH`.
pub fn is_installed(program: &str) -> bool {
    let is_file = |path: &Path| {
        let with = |extension: &str| path.with_file_name(file_name(path) + extension).is_file();
        path.is_file() || cfg!(windows) && [".exe", ".com", ".bat", ".cmd"].into_iter().any(with)
    };
    if program.contains(std::path::is_separator) {
        return is_file(Path::new(program));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| is_file(&folder.join(program)))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it_and_joined_again() {
        for (line, words) in [
            ("pass show linode", vec!["pass", "show", "linode"]),
            ("  op read 'op://Private/My token/x' ", vec!["op", "read", "op://Private/My token/x"]),
            (r#"sh -c "cat ~/a | head -1" """#, vec!["sh", "-c", "cat ~/a | head -1", ""]),
            (r"'C:\Program Files\x.exe' -q", vec![r"C:\Program Files\x.exe", "-q"]),
            ("echo it\\'s", vec!["echo", "it's"]),
        ] {
            let split_words = split(line).unwrap();
            assert_eq!(split_words, words);
            assert_eq!(split(&join(&split_words)).unwrap(), words, "{line}");
        }
        assert_eq!(
            join(&["pass".to_owned(), "show".to_owned(), "my linode".to_owned()]),
            "pass show 'my linode'"
        );
    }

    #[test]
    fn what_can_print_no_token_is_refused() {
        let token = "5ec2e7".repeat(10) + "5ec2";
        assert_eq!(split(" "), Err(TokenCommandError::Empty));
        assert_eq!(split("'' show"), Err(TokenCommandError::Empty));
        assert_eq!(split("pass show 'linode"), Err(TokenCommandError::OpenQuote));
        assert_eq!(split(&format!("echo {token}")), Err(TokenCommandError::ContainsToken));
        assert_eq!(split(&format!("--token={token}")), Err(TokenCommandError::ContainsToken));
    }

    #[test]
    fn a_program_is_found_by_name_and_by_path() {
        let shell = if cfg!(windows) { "cmd" } else { "sh" };
        assert!(is_installed(shell));
        let here = env::current_exe().unwrap();
        assert!(is_installed(here.to_str().unwrap()));
        assert!(
            !is_installed("no-such-program-here") && !is_installed("/no/such/program") && !is_installed("")
        );
    }
}
