//! `window`: a process of its own, so that a fault in graphics can't take the tray down.

use std::io;

use super::args::WindowArgs;
use super::{CliError, demo, session};
use crate::domain::config::AccountId;
use crate::domain::page::{View, WindowRequest};
use crate::store::paths::Paths;
use crate::window::{self, Backend};

/// Shows the window until it is closed; when one is open already, brings that one to the front.
pub fn run(args: &WindowArgs) -> Result<(), CliError> {
    let paths = session::paths()?;
    let view = view(args, &paths)?;
    let tokens = if args.demo { demo::tokens(&paths.data_dir)? } else { session::tokens()? };
    let until = args.demo.then_some(the_demo_ends as fn());
    window::open(
        WindowRequest { view, activation: session::activation_token() },
        Backend { paths, tokens },
        until,
    )
    .map_err(CliError::failed)
}

/// Returns when the demo has ended, however: it holds the other end of standard input.
fn the_demo_ends() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
}

fn view(args: &WindowArgs, paths: &Paths) -> Result<View, CliError> {
    Ok(match (&args.edit, &args.replace_token) {
        (Some(name), _) => View::Edit(id(name, paths)?),
        (None, Some(name)) => View::ReplaceToken(id(name, paths)?),
        (None, None) if args.about => View::About,
        (None, None) => View::Page(args.page),
    })
}

fn id(name: &str, paths: &Paths) -> Result<AccountId, CliError> {
    match session::load(paths) {
        Ok(config) => session::account(&config, name).map(|account| account.id.clone()),
        // The window says what is wrong with the file.
        Err(error) => name.parse().map_err(|_| CliError::wrong(error)),
    }
}
