//! `linode-bandwidth-window`, the second program.

use super::args::WindowProgramArgs;
use super::output::Output;
use super::{CliError, begin, context};
use crate::app::ipc::{self, IpcError};
use crate::app::sibling::Sibling;
use crate::app::tray_launcher::StartedTray;
use crate::app::window_opener::activation_token;
use crate::platform::{app_identity, console, system_events};
use crate::window;
use crate::window_request::{View, WindowRequest};

/// Runs the command line and returns the exit code.
pub fn run() -> u8 {
    let mut output = Output::new();
    match begin(&mut output) {
        Ok(args) => show(args).map_or_else(
            |error| {
                if !console::show_error(&error.to_string()) {
                    output.error(&error);
                }
                error.code()
            },
            |()| 0,
        ),
        Err(code) => code,
    }
}

fn show(args: WindowProgramArgs) -> Result<(), CliError> {
    app_identity::adopt();
    // What the user clicked on gave this process the right to come to the front; the window may be another's.
    app_identity::allow_foreground();
    let paths = context::paths()?;
    if args.tray {
        return start_tray(args.login);
    }
    if args.quit_all {
        return match context::runtime()?.block_on(ipc::end(&paths.data_dir)) {
            Ok(()) | Err(IpcError::NotRunning) => Ok(()),
            Err(error) => Err(CliError::runtime(error)),
        };
    }
    let tray = match args.demo {
        true => None,
        false => Some(Sibling::tray().map_err(CliError::runtime)?),
    };
    let (activation, display) = (activation_token(), system_events::session::named_display());
    let request = WindowRequest { view: view(args)?, activation, display };
    window::open(request, &paths, tray).map_err(CliError::runtime)
}

/// Starts the tray, and returns once that runs.
fn start_tray(login: bool) -> Result<(), CliError> {
    let program = Sibling::tray().map_err(CliError::runtime)?;
    let options: &[&str] = if login { &["--login"] } else { &[] };
    context::runtime()?
        .block_on(async { StartedTray::start(&program, options)?.watch().await })
        .map_err(CliError::Runtime)
}

fn view(args: WindowProgramArgs) -> Result<View, CliError> {
    if let Some(link) = args.link {
        return View::from_link(&link)
            .ok_or_else(|| CliError::usage("Linode Bandwidth can't open this link"));
    }
    if let Some(id) = args.account {
        return Ok(View::Account(id));
    }
    Ok(match (args.edit, args.replace_token) {
        (Some(id), _) => View::Edit(id),
        (None, Some(id)) => View::ReplaceToken(id),
        (None, None) if args.about => View::About,
        (None, None) => View::Page(args.page),
    })
}
