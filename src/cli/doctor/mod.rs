//! `doctor`: checks everything that the program needs.

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

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// Fine, or not set up yet.
    Ok,
    /// It works but could do harm.
    Warning,
    Wrong,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable identifier.
    check: &'static str,
    ok: bool,
    level: Level,
    #[serde(serialize_with = "for_programs")]
    message: String,
    /// The fix or its first step; null if there is nothing to do.
    hint: Option<String>,
}

fn for_programs<S: serde::Serializer>(message: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text::for_programs(message))
}

impl Finding {
    fn pass(check: &'static str, message: impl Into<String>) -> Finding {
        Finding { check, ok: true, level: Level::Ok, message: message.into(), hint: None }
    }

    /// A finding without a problem, but with advice.
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

/// Advice about a locked keyring.
const UNLOCK: &str =
    "unlock it: run `linode-bandwidth doctor --unlock`, or choose \"Unlock keyring…\" in the tray's menu";

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    ok: bool,
    findings: &'a [Finding],
}

/// Prints the findings; the exit code is 1 if a check fails. With `unlock`, the keyring may ask the user first.
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
        // Shared, because KeePassXC asks its user once per connection.
        let keyring = Keyring::new();
        // Without a valid configuration there are no accounts, but the API can still be checked.
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

/// Checks that the window's program exists. Builds without it, for servers, don't need it.
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
        let start = format!("{}  {check:<width$}  ", output.styled(mark, tone));
        let indent = width + 9;
        let mut lines = output.wrapped(&start, message, indent);
        if let Some(hint) = hint {
            lines.extend(output.wrapped(&format!("{:indent$}→ ", ""), hint, indent + 2));
        }
        lines.iter().for_each(|line| output.line(line));
    }
}
