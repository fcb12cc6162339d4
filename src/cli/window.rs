//! `window`: a process of its own, so that a fault in graphics can't take the tray down.

use super::{CliError, session};
use crate::domain::page::Page;
use crate::window::{self, Backend};

/// Shows the window until it is closed; when one is open already, brings that one to the front.
pub fn run(page: Page) -> Result<(), CliError> {
    let backend = Backend { paths: session::paths()?, tokens: session::tokens()? };
    window::open(page, backend).map_err(CliError::failed)
}
