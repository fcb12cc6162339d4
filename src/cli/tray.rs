//! `tray`: runs the tray in the foreground.

use std::io::{self, IsTerminal};

use super::args::TrayArgs;
use super::output::Output;
use super::{CliError, context};
use crate::app::tray::{self, Started, TrayOptions};
use crate::platform::console;

/// Runs until the user quits. If a tray is already running, opens its window instead.
pub fn run(args: &TrayArgs, output: &mut Output) -> Result<(), CliError> {
    console::close_own();
    let say: fn(&str) = |line| Output::new().error_line(line);
    let options = TrayOptions {
        login: args.login,
        with_window: args.with_window,
        // A tray started by the window has no user at its terminal.
        greet: (io::stderr().is_terminal() && !args.with_window).then_some(say),
    };
    match tray::run(context::paths()?, context::runtime()?, options).map_err(CliError::runtime)? {
        Started::Ran => {}
        Started::AlreadyRunning => output.line("Linode Bandwidth is already running."),
        Started::AskedForWindow | Started::OpenedWindow => {
            output.line("Linode Bandwidth is already running; opened its window.");
        }
    }
    Ok(())
}
