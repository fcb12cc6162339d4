//! `linode-bandwidth-window`: the second program.

use std::io;

use super::args::WindowProgramArgs;
use super::output::Output;
use super::{CliError, begin, demo, session};
use crate::domain::page::{View, WindowRequest};
use crate::window::{self, Backend};

/// Does what the command line says; the exit code.
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
    let paths = session::paths()?;
    let tokens = if args.demo { demo::tokens(&paths.data_dir)? } else { session::tokens()? };
    let until = args.demo.then_some(the_demo_ends as fn());
    let request = WindowRequest { view: view(args), activation: session::activation_token() };
    window::open(request, Backend { paths, tokens }, until).map_err(CliError::failed)
}

fn view(args: WindowProgramArgs) -> View {
    match (args.edit, args.replace_token) {
        (Some(id), _) => View::Edit(id),
        (None, Some(id)) => View::ReplaceToken(id),
        (None, None) if args.about => View::About,
        (None, None) => View::Page(args.page),
    }
}

/// Returns when the demo has ended, however: it holds the other end of standard input.
fn the_demo_ends() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
}
