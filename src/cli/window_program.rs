//! `linode-bandwidth-window`, the second program.

use super::args::WindowProgramArgs;
use super::output::Output;
use super::{CliError, begin, context};
use crate::app::sibling::Sibling;
use crate::app::window_opener::activation_token;
use crate::platform::system_events;
use crate::window;
use crate::window_request::{View, WindowRequest};

/// Runs the command line and returns the exit code.
pub fn run() -> u8 {
    let mut output = Output::new();
    match begin(&mut output) {
        Ok(args) => show(args).map_or_else(
            |error| {
                output.error(&error);
                error.code()
            },
            |()| 0,
        ),
        Err(code) => code,
    }
}

fn show(args: WindowProgramArgs) -> Result<(), CliError> {
    let paths = context::paths()?;
    let tray = match args.demo {
        true => None,
        false => Some(Sibling::tray().map_err(CliError::runtime)?),
    };
    let (activation, display) = (activation_token(), system_events::session::named_display());
    let request = WindowRequest { view: view(args), activation, display };
    window::open(request, &paths, tray).map_err(CliError::runtime)
}

fn view(args: WindowProgramArgs) -> View {
    if let Some(id) = args.account {
        return View::Account(id);
    }
    match (args.edit, args.replace_token) {
        (Some(id), _) => View::Edit(id),
        (None, Some(id)) => View::ReplaceToken(id),
        (None, None) if args.about => View::About,
        (None, None) => View::Page(args.page),
    }
}
