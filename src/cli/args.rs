//! What can be typed: the clap declarations. What it does is in the other files of this folder.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::Resettable;
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

#[cfg(feature = "window")]
use crate::domain::config::AccountId;
use crate::domain::config::ConfigEnum;
use crate::domain::config::template::Template;
use crate::domain::usage::PoolId;
use crate::window_request::Page;

/// What follows the options in `--help` and in the manual page.
const AFTER_HELP: &str = "\
Exit status:
  0  Success
  1  Failure; with `status --check`: warning
  2  Usage or configuration error; with `status --check`: critical
     or exceeded
  3  With `status --check` alone: unknown, or any error

Environment:
  LINODE_BANDWIDTH_CONFIG    Configuration file instead of the default
  LINODE_BANDWIDTH_DATA_DIR  Folder for history, lock and socket
  LINODE_BANDWIDTH_API_URL   API to use instead of the configured one
  LINODE_TOKEN               Token to use if no account is configured
  HTTPS_PROXY, ALL_PROXY, NO_PROXY
                             Proxies; never used for loopback addresses
  SSL_CERT_FILE              Certificates instead of the system's, on
                             Linux
  NO_COLOR                   No colors on a terminal
  RUST_LOG                   Log level: error, warn, info, debug, trace";

/// Network transfer of Linode (Akamai) accounts in the system tray.
#[derive(Debug, Parser)]
#[command(
    name = "linode-bandwidth",
    version,
    propagate_version = true,
    about,
    after_long_help = AFTER_HELP,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Command to run [default: tray]
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the tray in the foreground (the default)
    Tray(Deferred<TrayArgs>),
    /// Fetch current usage and print it
    Status(Deferred<StatusArgs>),
    /// List, add, edit, duplicate, import or remove accounts, or replace a token
    #[command(subcommand)]
    Accounts(Deferred<AccountsCommand>),
    /// List an account's tokens as the API knows them, but never the secrets
    Tokens {
        /// The account's name or id [default: all accounts]
        name: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// List who used the transfer pool this month: Linodes, Object Storage and the rest
    Top {
        /// The account's name or id [default: all accounts]
        name: Option<String>,
        /// Add what each used since then, from the history: day, week, month (back from now) or a date
        #[arg(long, value_name = "DATE", value_parser = back_or_since)]
        since: Option<Timestamp>,
        /// Output format
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Show recorded usage samples
    History(Deferred<HistoryArgs>),
    /// Make the running tray poll now and wait for it to finish
    Refresh,
    /// Check the setup and suggest fixes
    Doctor {
        /// Output format
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
        /// Unlock the keyring first, or set one up; asks for a password
        #[arg(long)]
        unlock: bool,
    },
    /// Open the window, or bring the open one to the front
    Window(Deferred<WindowArgs>),
    /// Poll without a tray and serve the figures for Prometheus
    Exporter(Deferred<ExporterArgs>),
    /// Try the program with sample accounts on a simulated API; leaves your own accounts alone
    Demo(Deferred<DemoArgs>),
    /// Enable, disable or show start at login
    #[command(subcommand)]
    Autostart(Deferred<AutostartCommand>),
    /// Show the configuration file's path or validate it
    #[command(subcommand)]
    Config(Deferred<ConfigCommand>),
    /// Print shell completions
    Completions {
        /// Shell to complete for
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual pages
    Man,
}

/// Arguments or subcommands that clap makes only when their command is typed, or listed for a manual or a completion.
/// Making those of all commands would take a tenth of the instructions of `status --cached`.
#[derive(Debug, Default)]
pub struct Deferred<T>(pub T);

/// Adds arguments to a command, but not the comment on their type, which clap would take for what the command does.
fn with_its_own_about(command: clap::Command, augment: fn(clap::Command) -> clap::Command) -> clap::Command {
    let (about, long_about) = (command.get_about().cloned(), command.get_long_about().cloned());
    augment(command).about(Resettable::from(about)).long_about(Resettable::from(long_about))
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Deferred<T>, clap::Error> {
        T::from_arg_matches(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(|command| with_its_own_about(command, T::augment_args))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command.defer(|command| with_its_own_about(command, T::augment_args_for_update))
    }
}

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command.defer(|command| with_its_own_about(command, T::augment_subcommands))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        command.defer(|command| with_its_own_about(command, T::augment_subcommands_for_update))
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

/// The arguments of `tray`.
#[derive(Debug, Default, Args)]
pub struct TrayArgs {
    /// Open no window if a tray is already running, as at login
    #[arg(long)]
    pub login: bool,
    /// For the window that starts it: where no panel shows the icon, it ends with the window
    #[arg(long, hide = true)]
    pub with_window: bool,
}

/// The arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Table)]
    pub format: StatusFormat,
    /// Print one line per account from a template, such as '{name} {percent}'
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "format")]
    pub template: Option<Template>,
    /// Print the figures of the tray's last poll, without asking the API
    #[arg(long)]
    pub cached: bool,
    /// Only this account, by name or id
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Exit with 0 for ok, 1 warning, 2 critical or exceeded, 3 unknown or any error
    #[arg(long)]
    pub check: bool,
}

/// The arguments of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The account's name or id [default: all accounts]
    pub name: Option<String>,
    /// Only samples since then, such as 2026-11-01 or 2026-11-01T12:00:00Z
    #[arg(long, value_name = "DATE", value_parser = since)]
    pub since: Option<Timestamp>,
    /// Draw this month and the last twelve into this file instead
    #[arg(long, value_name = "FILE.svg", value_parser = svg_file, conflicts_with_all = ["since", "format"])]
    pub plot: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = HistoryFormat::Table)]
    pub format: HistoryFormat,
}

/// How `history` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HistoryFormat {
    /// Columns, for people.
    Table,
    /// RFC 4180, for spreadsheets.
    Csv,
    /// For scripts.
    Json,
}

/// The arguments of `exporter`.
#[derive(Debug, Args)]
pub struct ExporterArgs {
    /// Address to serve on; anyone who can reach it can read the figures
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address, default_value = "127.0.0.1:9489")]
    pub listen: SocketAddr,
    /// File with the token of an account, or of the account LINODE_TOKEN if none is configured
    #[arg(long, value_name = "[NAME=]FILE")]
    pub token_file: Vec<TokenFile>,
    /// Host name to accept besides localhost and IP addresses; '*' for every name
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
}

/// `acme=/run/secrets/acme`, or the file alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFile {
    /// Whose token it holds, by name or id.
    pub account: Option<String>,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for TokenFile {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        // No name of an account is before an equals sign that follows a slash.
        Ok(match text.split_once('=') {
            Some((account, path)) if !account.contains(['/', '\\']) => {
                TokenFile { account: Some(account.to_owned()), path: path.into() }
            }
            _ => TokenFile { account: None, path: text.into() },
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:9489 or [::1]:9489".to_owned())
}

/// The arguments of `window`.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// Page to show
    #[arg(value_parser = page, default_value = "usage")]
    pub page: Page,
    /// Show the figures of this account, by name or id
    #[arg(long, value_name = "NAME", conflicts_with_all = ["edit", "replace_token"])]
    pub account: Option<String>,
    /// Open the form of this account, by name or id
    #[arg(long, value_name = "NAME", conflicts_with = "replace_token")]
    pub edit: Option<String>,
    /// Open the form of this account at its token
    #[arg(long, value_name = "NAME")]
    pub replace_token: Option<String>,
    /// Open the about page
    #[arg(long, hide = true)]
    pub about: bool,
    /// Of the demo, which is not started again where it has ended
    #[arg(long, hide = true)]
    pub demo: bool,
}

/// The arguments of `linode-bandwidth-window`: those of `window`, with accounts by id alone.
#[cfg(feature = "window")]
#[derive(Debug, Parser)]
#[command(
    name = "linode-bandwidth-window",
    version,
    about = "The window of linode-bandwidth, which starts it: see `linode-bandwidth window`"
)]
pub struct WindowProgramArgs {
    /// Page to show
    #[arg(value_parser = page, default_value = "usage")]
    pub page: Page,
    /// Show the figures of this account
    #[arg(long, value_name = "ID", conflicts_with_all = ["edit", "replace_token"])]
    pub account: Option<AccountId>,
    /// Open the form of this account
    #[arg(long, value_name = "ID", conflicts_with = "replace_token")]
    pub edit: Option<AccountId>,
    /// Open the form of this account at its token
    #[arg(long, value_name = "ID")]
    pub replace_token: Option<AccountId>,
    /// Open the about page
    #[arg(long)]
    pub about: bool,
    /// Of the demo, whose tray is not started again where it has ended
    #[arg(long, hide = true)]
    pub demo: bool,
    /// Start the tray and end: from the Start menu and at login on Windows, where the tray's own program would show a
    /// console
    #[arg(long, hide = true, conflicts_with_all = ["page", "account", "edit", "replace_token", "about", "demo"])]
    pub tray: bool,
    /// With --tray: open no window where one is already running
    #[arg(long, hide = true, requires = "tray")]
    pub login: bool,
    /// Show what a notification's link leads to. Alone, so that no link can add an option
    #[arg(long, hide = true, exclusive = true, value_name = "LINK")]
    pub link: Option<String>,
    /// End the tray and its windows, for an installer
    #[arg(long, hide = true, exclusive = true)]
    pub quit_all: bool,
}

/// The arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Print the table once and exit
    #[arg(long)]
    pub once: bool,
    /// Time factor: simulated seconds per real second
    #[arg(long, value_name = "N", value_parser = speed, default_value = "3600")]
    pub speed: f64,
}

/// How `status` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// Columns, for people.
    Table,
    /// Schema 1, for scripts.
    Json,
    /// One line for waybar and similar bars.
    Waybar,
    /// Prometheus text format, for node_exporter's textfile collector.
    Prometheus,
}

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Columns, for people.
    Table,
    /// For scripts.
    Json,
}

/// `accounts …`
#[derive(Debug, Subcommand)]
pub enum AccountsCommand {
    /// List the accounts, but never their tokens
    List {
        /// Output format
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Add an account: ask for its token, verify it with the API and store it
    Add(AddArgs),
    /// Replace an account's token
    Token(TokenArgs),
    /// Import the users of another program's configuration
    Import {
        /// Program to import from
        #[arg(value_enum)]
        from: ImportFrom,
        /// Store the tokens without verifying them
        #[arg(long)]
        no_verify: bool,
    },
    /// Change an account's settings
    Edit(EditArgs),
    /// Copy an account with its settings and its token
    Duplicate {
        /// The account's name or id
        name: String,
        /// Name of the copy [default: NAME copy]
        new_name: Option<String>,
    },
    /// Remove an account and its token
    Remove {
        /// The account's name or id
        name: String,
        /// Also delete its recorded samples
        #[arg(long)]
        forget_history: bool,
        /// Do not ask for confirmation; without a terminal nothing is asked
        #[arg(long)]
        yes: bool,
    },
}

/// The arguments of `accounts add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Name of the account
    pub name: String,
    /// Pool to watch: global, region:ID or linode:NUMBER
    #[arg(long, value_name = "W", default_value = "global")]
    pub watch: PoolId,
    /// Read the token from standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// Store the token without verifying it
    #[arg(long)]
    pub no_verify: bool,
    /// Start a new history if an account of this name was removed
    #[arg(long)]
    pub new_history: bool,
    /// Program that prints the token, instead of the keyring; takes the rest of the line
    #[arg(
        long,
        value_name = "PROGRAM [ARGUMENT]",
        num_args = 1..,
        allow_hyphen_values = true,
        conflicts_with = "token_stdin"
    )]
    pub token_command: Option<Vec<String>>,
}

/// A program whose users can be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportFrom {
    /// Linode's own command line program.
    LinodeCli,
}

/// The arguments of `accounts edit`.
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The account's name or id
    pub name: String,
    /// New name
    #[arg(long = "name", value_name = "N")]
    pub new_name: Option<String>,
    /// Pool to watch: global, region:ID or linode:NUMBER
    #[arg(long, value_name = "W")]
    pub watch: Option<PoolId>,
    /// Thresholds in percent, rising, such as 50,80,100; "default" for the global ones
    #[arg(long, value_name = "T")]
    pub thresholds: Option<String>,
    /// percent, used, used_and_total or left; "default" for the global setting
    #[arg(long, value_name = "S")]
    pub show_as: Option<String>,
    /// Mute its notifications
    #[arg(long, conflicts_with = "unmute")]
    pub mute: bool,
    /// Unmute its notifications
    #[arg(long)]
    pub unmute: bool,
    /// Poll the account
    #[arg(long, conflicts_with = "disable")]
    pub enable: bool,
    /// Do not poll the account
    #[arg(long)]
    pub disable: bool,
    /// Program that prints the token, instead of the keyring; takes the rest of the line. "default" for the keyring
    #[arg(long, value_name = "PROGRAM [ARGUMENT]", num_args = 1.., allow_hyphen_values = true)]
    pub token_command: Option<Vec<String>>,
}

/// The arguments of `accounts token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// The account's name or id
    pub name: String,
    /// Read the token from standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// Store the token without verifying it
    #[arg(long)]
    pub no_verify: bool,
}

/// `autostart …`
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum AutostartCommand {
    /// Start at login
    On,
    /// Do not start at login
    Off,
    /// Show whether it starts at login
    Status,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the file's path
    Path,
    /// Validate the file
    Check,
}

fn page(word: &str) -> Result<Page, String> {
    let words: Vec<&str> = Page::VARIANTS.iter().map(|(word, _)| *word).collect();
    Page::parse(word).ok_or_else(|| format!("there are {}", words.join(", ")))
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed >= 0.0);
    speed.ok_or_else(|| "must be a number from 0, such as 3600 for an hour per second".to_owned())
}

/// A file without an ending is taken as it is: `/dev/stdout`.
fn svg_file(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    let ending = file.extension().map(|ending| ending.to_ascii_lowercase());
    if file.is_dir() {
        Err("this is a folder: give a file in it, such as usage.svg".to_owned())
    } else if ending.is_some_and(|ending| ending != "svg") {
        Err("the plot is an SVG file: use a name that ends in .svg".to_owned())
    } else {
        Ok(file)
    }
}

/// A day of the user's, from its first instant on, or an instant.
fn since(word: &str) -> Result<Timestamp, String> {
    // A date alone: jiff would take more for one, and drop it.
    let day = || word.parse::<Date>().ok().filter(|_| word.len() == "2026-11-01".len());
    let midnight = |day: Date| day.to_zoned(TimeZone::system()).ok().map(|zoned| zoned.timestamp());
    let at = word.parse().ok().or_else(|| day().and_then(midnight));
    at.ok_or_else(|| "must be a date such as 2026-11-01 or a time such as 2026-11-01T12:00:00Z".to_owned())
}

/// A day, week or month back from now, or a date in the past.
fn back_or_since(word: &str) -> Result<Timestamp, String> {
    let now = Zoned::now();
    let back = match word {
        "day" => now.checked_sub(1.day()),
        "week" => now.checked_sub(1.week()),
        "month" => now.checked_sub(1.month()),
        date => {
            let at = since(date).map_err(|why| {
                format!("must be day, week or month, or {why}", why = why.trim_start_matches("must be "))
            })?;
            return if at <= now.timestamp() { Ok(at) } else { Err("is in the future".to_owned()) };
        }
    };
    back.map(|back| back.timestamp()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn deferred_arguments_do_not_change_what_a_command_says_it_does() {
        let mut command = Cli::command();
        let abouts = |command: &clap::Command| {
            command.get_subcommands().map(|one| one.get_about().cloned()).collect::<Vec<_>>()
        };
        let declared = abouts(&command);
        command.build();
        assert!(declared.iter().all(Option::is_some));
        assert_eq!(abouts(&command), declared);
    }
}
