//! What can be typed. What it does is in the other files of this folder.

mod history;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[cfg(feature = "window")]
use crate::domain::config::AccountId;
use crate::domain::config::ConfigEnum;
use crate::domain::usage::PoolId;
use crate::window_request::Page;

pub use history::{HistoryArgs, HistoryFormat};

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
  SSL_CERT_FILE              Certificates instead of the system's
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
    /// What to do; the tray when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the tray program in the foreground (also what happens without a command)
    Tray(TrayArgs),
    /// Ask the API now and print the figures
    Status(StatusArgs),
    /// The account entries: list, add, edit, duplicate, import, remove, replace a token
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// The tokens of an account as the API lists them, never their secrets
    Tokens {
        /// The entry's name or id; all entries when nothing is said
        name: Option<String>,
        /// How to print
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// An account's Linodes by what they used of its transfer pools this month
    Top {
        /// The entry's name or id; all entries when nothing is said
        name: Option<String>,
        /// How to print
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// The samples kept of the last months
    History(HistoryArgs),
    /// Ask the running tray to poll now; returns when it has
    Refresh,
    /// Look at everything that the program needs, and say what is wrong and how to fix it
    Doctor {
        /// How to print
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
        /// Unlock the keyring first, or set one up: it asks for a password
        #[arg(long)]
        unlock: bool,
    },
    /// Open the window, or bring the open one to the front
    Window(WindowArgs),
    /// Poll without a tray, and serve the figures for Prometheus
    Exporter(ExporterArgs),
    /// Show the whole program on a simulated API with sample accounts; touches nothing of yours
    Demo(DemoArgs),
    /// Start at login: turn it on or off, or say what is so
    #[command(subcommand)]
    Autostart(AutostartCommand),
    /// Where the configuration file is, and whether it reads
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completions for a shell
    Completions {
        /// Which shell's
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Of `tray`.
#[derive(Debug, Default, Args)]
pub struct TrayArgs {
    /// As the system's start at login does: where a tray runs already, no window opens
    #[arg(long)]
    pub login: bool,
    /// For the window that starts it: where no panel shows the icon, it ends with the window
    #[arg(long, hide = true)]
    pub with_window: bool,
}

/// Of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t = StatusFormat::Table)]
    pub format: StatusFormat,
    /// Only what the last poll of the tray left, without asking the API
    #[arg(long)]
    pub cached: bool,
    /// Only this entry, by name or id
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Exit 0 ok, 1 warning, 2 critical or exceeded, 3 unknown or any error
    #[arg(long)]
    pub check: bool,
}

/// Of `exporter`.
#[derive(Debug, Args)]
pub struct ExporterArgs {
    /// Where to serve; on another address than loopback anybody who reaches it can read the figures
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address, default_value = "127.0.0.1:9489")]
    pub listen: SocketAddr,
    /// A file that holds a token: an entry's, or that of the entry LINODE_TOKEN while no account is configured
    #[arg(long, value_name = "[NAME=]FILE")]
    pub token_file: Vec<TokenFile>,
    /// A host name by which it may be asked, beside localhost and addresses; '*' for every name
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
        // No name of an entry is before an equals sign that follows a slash.
        Ok(match text.split_once('=') {
            Some((account, path)) if !account.contains(['/', '\\']) => {
                TokenFile { account: Some(account.to_owned()), path: path.into() }
            }
            _ => TokenFile { account: None, path: text.into() },
        })
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an address and a port, such as 127.0.0.1:9489 or [::1]:9489".to_owned())
}

/// Of `window`.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// The page to show
    #[arg(value_parser = page, default_value = "usage")]
    pub page: Page,
    /// The form of this entry, by name or id
    #[arg(long, value_name = "NAME", conflicts_with = "replace_token")]
    pub edit: Option<String>,
    /// The form of this entry, at the field of its token
    #[arg(long, value_name = "NAME")]
    pub replace_token: Option<String>,
    /// What program this is
    #[arg(long, hide = true)]
    pub about: bool,
    /// Of the demo, which is not started again where it has ended
    #[arg(long, hide = true)]
    pub demo: bool,
}

/// Of `linode-bandwidth-window`: those of `window`, with entries by id alone.
#[cfg(feature = "window")]
#[derive(Debug, Parser)]
#[command(
    name = "linode-bandwidth-window",
    version,
    about = "The window of linode-bandwidth, which starts it: see `linode-bandwidth window`"
)]
pub struct WindowProgramArgs {
    /// The page to show
    #[arg(value_parser = page, default_value = "usage")]
    pub page: Page,
    /// The form of this entry
    #[arg(long, value_name = "ID", conflicts_with = "replace_token")]
    pub edit: Option<AccountId>,
    /// The form of this entry, at the field of its token
    #[arg(long, value_name = "ID")]
    pub replace_token: Option<AccountId>,
    /// What program this is
    #[arg(long)]
    pub about: bool,
    /// Of the demo, whose tray is not started again where it has ended
    #[arg(long, hide = true)]
    pub demo: bool,
}

/// Of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Print the table once and end
    #[arg(long)]
    pub once: bool,
    /// How many seconds of the sample accounts a second is
    #[arg(long, value_name = "N", default_value_t = 3600.0)]
    pub speed: f64,
}

/// How `status` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// Columns, for people.
    Table,
    /// Schema 1, for scripts.
    Json,
    /// One line for waybar and its like.
    Waybar,
    /// Prometheus' text format, for node_exporter's textfile collector.
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
    /// List the entries, never a token
    List {
        /// How to print
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Add an entry: asks for its token and verifies it with the API before it is kept
    Add(AddArgs),
    /// Replace an entry's token
    Token(TokenArgs),
    /// Take over the users of another program's configuration
    Import {
        /// Which program's
        #[arg(value_enum)]
        from: ImportFrom,
        /// Keep the tokens without asking the API
        #[arg(long)]
        no_verify: bool,
    },
    /// Change an entry's settings
    Edit(EditArgs),
    /// Copy an entry with all of its configuration and its token
    Duplicate {
        /// The entry's name or id
        name: String,
        /// What to call the copy
        new_name: Option<String>,
    },
    /// Remove an entry and its token
    Remove {
        /// The entry's name or id
        name: String,
        /// Its samples too
        #[arg(long)]
        forget_history: bool,
    },
}

/// Of `accounts add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// What to call it
    pub name: String,
    /// What to watch: global, region:ID or linode:NUMBER
    #[arg(long, value_name = "W", default_value = "global")]
    pub watch: PoolId,
    /// Read the token from standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// Keep the token without asking the API
    #[arg(long)]
    pub no_verify: bool,
}

/// A program whose users can be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportFrom {
    /// Linode's own command line program.
    LinodeCli,
}

/// Of `accounts edit`.
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The entry's name or id
    pub name: String,
    /// What to call it from now on
    #[arg(long = "name", value_name = "N")]
    pub new_name: Option<String>,
    /// What to watch: global, region:ID or linode:NUMBER
    #[arg(long, value_name = "W")]
    pub watch: Option<PoolId>,
    /// Percent, rising, such as 50,80,100; "default" for those of all entries
    #[arg(long, value_name = "T")]
    pub thresholds: Option<String>,
    /// percent, used or used_and_total; "default" for that of all entries
    #[arg(long, value_name = "S")]
    pub show_as: Option<String>,
    /// Hold its notifications back
    #[arg(long, conflicts_with = "unmute")]
    pub mute: bool,
    /// No longer hold its notifications back
    #[arg(long)]
    pub unmute: bool,
    /// Poll it
    #[arg(long, conflicts_with = "disable")]
    pub enable: bool,
    /// Do not poll it
    #[arg(long)]
    pub disable: bool,
}

/// Of `accounts token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// The entry's name or id
    pub name: String,
    /// Read the token from standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// Keep the token without asking the API
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
    /// Say whether it starts at login
    Status,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print where the file is
    Path,
    /// Say whether the file reads, or where it does not
    Check,
}

fn page(word: &str) -> Result<Page, String> {
    let words: Vec<&str> = Page::VARIANTS.iter().map(|(word, _)| *word).collect();
    Page::parse(word).ok_or_else(|| format!("there are {}", words.join(", ")))
}
