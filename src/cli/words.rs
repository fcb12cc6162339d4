//! Words that are no command, in one line that says which are.

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, Error};

use super::output::Output;
use super::status;

/// Help and version go to standard output; anything else is one line. The exit code.
pub fn explained<Words: CommandFactory>(said: &Error, output: &mut Output) -> u8 {
    let program = Words::command();
    match said.kind() {
        ErrorKind::DisplayHelp => output.text(&said.to_string()),
        // clap names the subcommand; it is one program with one version.
        ErrorKind::DisplayVersion => output.text(&program.render_version()),
        _ => return refused(said, &program, output),
    }
    0
}

fn refused(said: &Error, program: &Command, output: &mut Output) -> u8 {
    let words: Vec<String> = std::env::args_os().skip(1).map(|w| w.to_string_lossy().into_owned()).collect();
    output.error(&match said.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => which_command(program, &words),
        _ => format!("{}; see {} --help", in_one_line(said), program.get_name()),
    });
    // A monitoring plugin that was set up wrongly knows nothing: 2 would be an alarm.
    let check = words.first().is_some_and(|word| word == "status") && words.iter().any(|w| w == "--check");
    if check { status::UNKNOWN } else { 2 }
}

/// What clap says, without the usage and the pointers that follow it, and with its tips in brackets.
fn in_one_line(said: &Error) -> String {
    let text = said.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let parts: Vec<String> = lines
        .map(|line| match line.strip_prefix("tip: ") {
            Some(tip) => format!("({tip})"),
            None => line.to_owned(),
        })
        .collect();
    let line = parts.join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

/// `accounts needs a command: list, add, …`
fn which_command(all: &Command, words: &[String]) -> String {
    let group = words.iter().find_map(|word| all.find_subcommand(word)).unwrap_or(all);
    let commands: Vec<&str> = group.get_subcommands().map(Command::get_name).collect();
    let name = group.get_name();
    format!("{name} needs a command: {}; see linode-bandwidth {name} --help", commands.join(", "))
}
