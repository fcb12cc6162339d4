//! `autostart on|off|status`

use super::CliError;
use super::args::AutostartCommand;
use super::output::Output;
use crate::platform::autostart::{self, Status};

/// Changes the setting if requested, and prints it.
pub fn run(command: AutostartCommand, output: &mut Output) -> Result<(), CliError> {
    match command {
        AutostartCommand::On => autostart::set(true).map_err(CliError::runtime)?,
        AutostartCommand::Off => autostart::set(false).map_err(CliError::runtime)?,
        AutostartCommand::Status => {}
    }
    let line = match autostart::status().map_err(CliError::runtime)? {
        Status::On(program) => format!("on: {program} starts at login"),
        Status::Off => "off: it does not start at login".to_owned(),
        Status::Broken(program) => format!(
            "off: {program} is set to start at login but does not exist. Fix: linode-bandwidth autostart on"
        ),
    };
    output.line(&line);
    Ok(())
}
