//! `completions SHELL`, from the same declarations that are parsed.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::args::Cli;
use super::output::Output;

/// Prints what `shell` is to read.
pub fn run(shell: Shell, output: &mut Output) {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete 4.6.11 takes the hyphen of a program's name for the space before a subcommand, in one of two places
    // that are to be the same, and nothing behind a subcommand is completed.
    output.text(&script.replace("linode__subcmd__bandwidth", "linode__bandwidth"));
}
