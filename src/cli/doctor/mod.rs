//! `doctor`: looks at everything that the program needs.

mod desktop;
mod files;
mod tokens;

use serde::Serialize;

use super::args::ListFormat;
use super::output::{Output, Tone};
use super::{CliError, context};
use crate::app::sibling::Sibling;
use crate::domain::text;
use crate::storage::keyring::Keyring;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be, or not set up yet.
    Ok,
    /// It works, and could do harm.
    Warning,
    /// It does not work.
    Wrong,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: a word that stays the same.
    check: &'static str,
    /// Whether it works.
    ok: bool,
    level: Level,
    /// What was found.
    #[serde(serialize_with = "for_programs")]
    message: String,
    /// What to do about it, or first; null where there is nothing to do.
    hint: Option<String>,
}

fn for_programs<S: serde::Serializer>(message: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text::for_programs(message))
}

impl Finding {
    fn pass(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, ok: true, level: Level::Ok, message: message.into(), hint: None }
    }

    /// Nothing is wrong, and there is something to do.
    fn advise(check: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { hint: Some(hint.into()), ..Finding::pass(check, message) }
    }

    fn warn(check: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { level: Level::Warning, ..Finding::advise(check, message, hint) }
    }

    fn fail(check: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Finding {
        Finding { ok: false, level: Level::Wrong, ..Finding::advise(check, message, hint) }
    }
}

/// What to do about a keyring that is locked.
const UNLOCK: &str =
    "unlock it: run `linode-bandwidth doctor --unlock`, or choose \"Unlock keyring…\" in the tray's menu";

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    ok: bool,
    findings: &'a [Finding],
}

/// Prints what was found; exit code 1 if something is wrong. With `unlock`, the keyring may ask the user first.
pub fn run(format: ListFormat, unlock: bool, output: &mut Output) -> Result<u8, CliError> {
    let paths = context::paths();
    let config = paths.as_ref().ok().map(context::load);
    let mut findings = match (&paths, &config) {
        (Ok(paths), Some(config)) => files::look(paths, config),
        (Err(error), _) => {
            vec![Finding::fail("home", error.to_string(), "or set HOME to your home directory")]
        }
        (Ok(_), None) => Vec::new(),
    };
    findings.extend(window());
    context::runtime()?.block_on(async {
        // One for all: KeePassXC asks its user for each connection.
        let keyring = Keyring::new();
        // A file that does not read has no accounts to try, but the way to the API can be looked at all the same.
        let config = config.and_then(Result::ok).or_else(context::default_config);
        let accounts = config.iter().flat_map(|config| &config.accounts).filter(|account| account.enabled);
        findings.extend(desktop::look(&keyring, &Vec::from_iter(accounts), unlock).await);
        if let Some(config) = config {
            findings.extend(tokens::look(paths.as_ref().ok(), config, keyring).await);
        }
    });
    let ok = findings.iter().all(|finding| finding.ok);
    match format {
        ListFormat::Json => {
            let report = Report { schema: 2, ok, findings: &findings };
            output.line(&serde_json::to_string(&report).map_err(CliError::runtime)?);
        }
        ListFormat::Table => print(&findings, output),
    }
    Ok(u8::from(!ok))
}

/// Whether the program with the window is where it is looked for. A build without it, for servers, misses nothing.
fn window() -> Option<Finding> {
    let check = "window";
    let window = Sibling::window().ok().filter(|_| cfg!(feature = "window"))?;
    let path = window.path().display();
    Some(if window.path().exists() {
        Finding::pass(check, format!("opened by {path}"))
    } else {
        let hint = "install the complete package, or build both programs with `cargo build`; the commands and the tray work without it";
        Finding::warn(check, format!("can't be opened: {path} does not exist"), hint)
    })
}

fn print(findings: &[Finding], output: &mut Output) {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    for Finding { check, level, message, hint, .. } in findings {
        let (mark, tone) = match level {
            Level::Ok => ("ok   ", Tone::Plain),
            Level::Warning => ("warn ", Tone::Warning),
            Level::Wrong => ("wrong", Tone::Alarm),
        };
        let mark = output.styled(mark, tone);
        output.line(&format!("{mark}  {check:<width$}  {message}"));
        if let Some(hint) = hint {
            output.line(&format!("{:indent$}→ {hint}", "", indent = width + 9));
        }
    }
}
