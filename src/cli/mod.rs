//! The commands. `args` declares the command line; each command has its own file.

mod accounts;
pub mod args;
mod autostart;
mod config;
mod context;
mod demo;
mod doctor;
mod exporter;
mod generated;
mod history;
mod output;
mod refresh;
mod status;
mod tokens;
mod top;
mod tray;
mod window;
#[cfg(feature = "window")]
mod window_program;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use args::{Cli, Command, Deferred};
use output::Output;

use crate::app::accounts::AccountError;
use crate::storage::config::EditError;
use crate::storage::keyring::{KeyringError, OR_TOKEN_COMMAND};

#[cfg(feature = "window")]
pub use window_program::run as run_window;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Invalid arguments or configuration: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A failure at run time: exit code 1.
    #[error("{0}")]
    Runtime(String),
}

impl CliError {
    fn runtime(error: impl std::fmt::Display) -> CliError {
        CliError::Runtime(error.to_string())
    }

    fn usage(error: impl std::fmt::Display) -> CliError {
        CliError::Usage(error.to_string())
    }

    fn code(&self) -> u8 {
        match self {
            CliError::Usage(_) => 2,
            CliError::Runtime(_) => 1,
        }
    }
}

impl From<EditError> for CliError {
    fn from(error: EditError) -> CliError {
        match error {
            // Invalid input, or an unreadable file.
            EditError::Broken(_) | EditError::Refused(_) | EditError::NameTaken { .. } => {
                CliError::usage(error)
            }
            _ => CliError::runtime(error),
        }
    }
}

impl From<AccountError> for CliError {
    fn from(error: AccountError) -> CliError {
        match error {
            AccountError::Edit(error) => error.into(),
            AccountError::Keyring(KeyringError::Unavailable(_)) => {
                let said = error.to_string();
                // The full advice with the command replaces it.
                let said = said.strip_suffix(OR_TOKEN_COMMAND).unwrap_or(&said);
                CliError::Runtime(format!(
                    "{said}, or get the token from a command: accounts add NAME --token-command pass show linode"
                ))
            }
            error => CliError::runtime(error),
        }
    }
}

/// Runs the command line and returns the exit code.
pub fn run() -> u8 {
    let mut output = Output::new();
    let cli = match begin::<Cli>(&mut output) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let check = matches!(&cli.command, Some(Command::Status(Deferred(args))) if args.check);
    let done = match cli.command.unwrap_or(Command::Tray(Deferred::default())) {
        Command::Tray(Deferred(args)) => tray::run(&args, &mut output).map(|()| 0),
        Command::Status(Deferred(args)) => status::run(&args, &mut output),
        Command::Accounts(Deferred(command)) => accounts::run(command, &mut output).map(|()| 0),
        Command::Tokens { name, format } => tokens::run(name.as_deref(), format, &mut output).map(|()| 0),
        Command::Top { name, since, format } => {
            top::run(name.as_deref(), since, format, &mut output).map(|()| 0)
        }
        Command::History(Deferred(args)) => history::run(&args, &mut output).map(|()| 0),
        Command::Refresh => refresh::run(&mut output),
        Command::Doctor { format, unlock } => doctor::run(format, unlock, &mut output),
        Command::Demo(Deferred(args)) => demo::run(&args, &mut output).map(|()| 0),
        Command::Exporter(Deferred(args)) => exporter::run(&args, &mut output).map(|()| 0),
        Command::Window(Deferred(args)) => window::run(&args),
        Command::Autostart(Deferred(command)) => autostart::run(command, &mut output).map(|()| 0),
        Command::Config(Deferred(command)) => config::run(&command, &mut output).map(|()| 0),
        Command::Completions { shell } => {
            generated::completions(shell, &mut output);
            Ok(0)
        }
        Command::Man => generated::manual(&mut output).map(|()| 0),
    };
    let written = |code| match output.write_error() {
        None => Ok(code),
        Some(error) => Err(CliError::Runtime(format!("can't write to standard output: {error}"))),
    };
    done.and_then(written).unwrap_or_else(|error| {
        output.error(&error);
        if check { status::UNKNOWN } else { error.code() }
    })
}

/// Start-up of both programs: hardening, arguments and logging. Returns the exit code if there is nothing more
/// to do.
fn begin<Args: Parser>(output: &mut Output) -> Result<Args, u8> {
    // Before hardening, and before the process has a token.
    if crate::api::proxy::asked() {
        return Err(0);
    }
    let hardened = crate::platform::hardening::harden();
    let args = Args::try_parse().map_err(|error| print_parse_error::<Args>(&error, output))?;
    log_by_environment(output);
    if let Err(error) = hardened {
        tracing::warn!("a crash might leave a core dump: {error}");
    }
    Ok(args)
}

/// Prints clap's help, version or usage error, and returns the exit code.
fn print_parse_error<Args: CommandFactory>(error: &clap::Error, output: &mut Output) -> u8 {
    match error.kind() {
        // clap would print the subcommand's name; there is only one program version.
        ErrorKind::DisplayVersion => output.text(&Args::command().render_version()),
        _ if !error.use_stderr() => output.text(&error.to_string()),
        _ => {
            output.usage_error(error);
            let words: Vec<_> = std::env::args_os().skip(1).collect();
            // UNKNOWN for a misconfigured monitoring check: 2 would mean critical.
            let check = words.first().is_some_and(|word| word == "status")
                && words.iter().any(|word| word == "--check");
            return if check { status::UNKNOWN } else { 2 };
        }
    }
    0
}

/// Whether `text` is a single word that is not a log level: probably a typo.
fn is_no_level(text: &str) -> bool {
    let word = text.chars().all(|letter| letter.is_ascii_alphanumeric());
    word && text.parse::<tracing_subscriber::filter::LevelFilter>().is_err()
}

/// Sets the log level from `RUST_LOG`. Libraries log errors only, at any level: their finer messages might
/// contain secrets.
fn log_by_environment(output: &mut Output) {
    use tracing::Level;
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    let asked = std::env::var_os("RUST_LOG").filter(|text| !text.is_empty());
    let asked = asked.and_then(|text| {
        let targets = text.to_str().filter(|text| !is_no_level(text)).and_then(|text| text.parse().ok());
        if targets.is_none() {
            output.error_line(
                "RUST_LOG is invalid and ignored: use a level such as RUST_LOG=info. Levels: error, warn, info, debug, trace.",
            );
        }
        targets
    });
    let asked: Option<Targets> = asked;
    let ours = asked.map_or(Level::WARN.into(), |targets| {
        let level =
            targets.iter().filter(|(name, _)| name.starts_with("linode_bandwidth")).map(|(_, level)| level);
        level.max().or(targets.default_level()).unwrap_or(Level::WARN.into())
    });
    let filter = Targets::new().with_target("linode_bandwidth", ours).with_default(Level::ERROR);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}
