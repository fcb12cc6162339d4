//! `refresh`

use std::time::Duration;

use super::{CliError, session};
use crate::instance::{Wish, tell};

/// Longer than a poll of many accounts takes when nobody answers, and than somebody looks for the keyring's password.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(3600);

/// Asks the running tray to poll, and waits until it has.
pub fn run() -> Result<(), CliError> {
    let socket = session::paths()?.control_socket();
    session::runtime()?.block_on(tell(&socket, &Wish::Refresh, REFRESH_TIMEOUT)).map_err(CliError::failed)
}
