//! `man`: a page for the program and one for each subcommand, from the same declarations that are parsed.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::CliError;
use super::args::Cli;
use super::output::Output;

/// Prints the pages, one after the other.
pub fn run(output: &mut Output) -> Result<(), CliError> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    write_pages(&command, &date().to_string(), &mut pages).map_err(CliError::runtime)?;
    output.text(&String::from_utf8_lossy(&pages));
    Ok(())
}

/// Today, or the day that packagers name so that a package is the same whenever it is built.
fn date() -> Date {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let at = epoch.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_else(Timestamp::now);
    at.to_zoned(TimeZone::UTC).date()
}

fn write_pages(command: &Command, date: &str, pages: &mut Vec<u8>) -> io::Result<()> {
    Man::new(command.clone()).date(date).manual("User Commands").render(pages)?;
    command.get_subcommands().try_for_each(|subcommand| write_pages(subcommand, date, pages))
}
