//! `man`: one page with every command, from the same declarations that are parsed.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use roff::{Roff, bold, roman};

use super::CliError;
use super::args::Cli;
use super::output::Output;

/// What an apostrophe is to groff, and to others.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LINODE_BANDWIDTH_CONFIG", "The configuration file, instead of the one in its usual place."),
    ("LINODE_BANDWIDTH_DATA_DIR", "The folder for history, lock and socket."),
    ("LINODE_BANDWIDTH_API_URL", "Where the API is; goes before the configuration."),
    ("LINODE_TOKEN", "A token that is used while no account is configured."),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "Proxies; an address of this machine is never asked through one."),
    ("SSL_CERT_FILE", "Certificates to trust instead of the system's."),
    ("NO_COLOR", "No colours on a terminal."),
    ("RUST_LOG", "What is logged on standard error: error, warn, info, debug or trace."),
];

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Done."),
    ("1", "It failed. With \"status --check\": a warning."),
    ("2", "The words or the configuration are wrong. With \"status --check\": critical or exceeded."),
    ("3", "With \"status --check\" alone: unknown, or any error."),
];

const FILES: &[(&str, &str)] = &[
    ("$XDG_CONFIG_HOME/linode-bandwidth/config.toml", "The configuration. Tokens are never in it."),
    ("$XDG_DATA_HOME/linode-bandwidth/history.sqlite3", "The samples."),
];

/// Prints the page.
pub fn run(output: &mut Output) -> Result<(), CliError> {
    let page = page(&date().to_string()).map_err(CliError::failed)?;
    output.text(&String::from_utf8_lossy(&page));
    Ok(())
}

/// Today, or the day that packagers name so that a package is the same whenever it is built.
fn date() -> Date {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let at = epoch.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_else(Timestamp::now);
    at.to_zoned(TimeZone::UTC).date()
}

fn page(date: &str) -> io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    let version = format!("linode-bandwidth {}", env!("CARGO_PKG_VERSION"));
    let mut title = Roff::new();
    page.extend_from_slice(APOSTROPHE.as_bytes());
    title.control("TH", ["LINODE-BANDWIDTH", "1", date, &version, "User Commands"]);
    body(&mut page, &title.to_roff())?;
    let mut part = Vec::new();
    man.render_name_section(&mut part)?;
    man.render_synopsis_section(&mut part)?;
    man.render_description_section(&mut part)?;
    body(&mut page, &String::from_utf8_lossy(&part))?;
    heading(&mut page, "SH", "COMMANDS")?;
    for subcommand in command.get_subcommands() {
        describe(&mut page, subcommand)?;
    }
    let mut part = Vec::new();
    man.render_options_section(&mut part)?;
    body(&mut page, &String::from_utf8_lossy(&part))?;
    for (title, items) in [("EXIT STATUS", EXIT_STATUS), ("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)] {
        heading(&mut page, "SH", title)?;
        for (tag, text) in items {
            let mut roff = Roff::new();
            roff.control("TP", []).text([bold(*tag)]).text([roman(*text)]);
            body(&mut page, &roff.to_roff())?;
        }
    }
    Ok(page)
}

/// The command, or those that it is made of, each with what can follow it.
fn describe(page: &mut Vec<u8>, command: &Command) -> io::Result<()> {
    if command.has_subcommands() {
        return command.get_subcommands().try_for_each(|subcommand| describe(page, subcommand));
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.split_whitespace().skip(2).collect::<Vec<_>>().join(" ");
    heading(page, "SS", &usage)?;
    let mut roff = Roff::new();
    roff.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default())]);
    body(page, &roff.to_roff())?;
    let own = command.clone().mut_args(|argument| {
        let everywhere = matches!(argument.get_id().as_str(), "help" | "version");
        argument.hide(everywhere)
    });
    let mut options = Vec::new();
    Man::new(own).render_options_section(&mut options)?;
    body(page, &String::from_utf8_lossy(&options).replace(".SH OPTIONS\n", ""))
}

fn heading(page: &mut Vec<u8>, level: &str, title: &str) -> io::Result<()> {
    let mut roff = Roff::new();
    roff.control(level, [title]);
    body(page, &roff.to_roff())
}

/// Without what the library puts before each part, and without the breaks beside a space, which are one already.
fn body(page: &mut Vec<u8>, part: &str) -> io::Result<()> {
    use io::Write;
    let mut kept = part.lines().filter(|line| *line != ".br" && !line.contains(".ds Aq"));
    kept.try_for_each(|line| writeln!(page, "{line}"))
}
