//! `refresh`

use std::time::Duration;

use super::{CliError, session};
use crate::instance::{Wish, tell};

/// Longer than a poll of many entries takes when nobody answers.
const PATIENCE: Duration = Duration::from_secs(180);

/// Asks the running tray to poll, and waits until it has.
pub fn run() -> Result<(), CliError> {
    let socket = session::paths()?.control_socket();
    session::runtime()?.block_on(tell(&socket, &Wish::Refresh, PATIENCE)).map_err(CliError::failed)
}
