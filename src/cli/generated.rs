//! `completions` and `man`, generated from the clap declarations.

use std::io;

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::CliError;
use super::args::Cli;
use super::output::Output;

/// Prints the completion script of `shell`.
pub fn completions(shell: Shell, output: &mut Output) {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete 4.6.11 treats the hyphen in a program's name as a subcommand separator in one of two places
    // that must match, so nothing after a subcommand would be completed.
    output.text(&script.replace("linode__subcmd__bandwidth", "linode__bandwidth"));
}

/// Prints the manual: one page for the program and one per subcommand.
pub fn manual(output: &mut Output) -> Result<(), CliError> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    write_pages(&command, &date().to_string(), &mut pages).map_err(CliError::runtime)?;
    output.text(&String::from_utf8_lossy(&pages));
    Ok(())
}

/// Today, or the date of `SOURCE_DATE_EPOCH` for reproducible packages.
fn date() -> Date {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let at = epoch.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_else(Timestamp::now);
    at.to_zoned(TimeZone::UTC).date()
}

fn write_pages(command: &Command, date: &str, pages: &mut Vec<u8>) -> io::Result<()> {
    Man::new(command.clone()).date(date).manual("User Commands").render(pages)?;
    command.get_subcommands().try_for_each(|subcommand| write_pages(subcommand, date, pages))
}
