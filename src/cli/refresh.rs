//! `refresh`

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::output::Output;
use super::{CliError, context};
use crate::app::ipc::message::Request;
use crate::app::ipc::tell;
use crate::domain::state::State;
use crate::domain::text::{clock, isolated};
use crate::storage::paths::Paths;

/// Longer than a poll of many accounts takes when nobody answers, and than somebody looks for the keyring's password.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(3600);

/// Makes the running tray poll and waits for it. Prints until when an account that is rate limited waits.
pub fn run(output: &mut Output) -> Result<(), CliError> {
    let paths = context::paths()?;
    let asked = tell(&paths.data_dir, Request::Refresh, REFRESH_TIMEOUT);
    context::runtime()?.block_on(asked).map_err(CliError::runtime)?;
    waiting(&paths).iter().for_each(|line| output.line(line));
    Ok(())
}

/// By what the tray has kept. Where that can't be read, it was refreshed all the same.
fn waiting(paths: &Paths) -> Vec<String> {
    let (Ok((kept, _)), Ok(config)) = (context::load_persisted(paths), context::config(paths)) else {
        return Vec::new();
    };
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    let accounts = State::snapshot_of_persisted(kept, Ok(config), now).accounts.into_iter();
    let waiting = accounts.filter(|account| !account.disabled()).filter_map(|account| {
        let (until, failure) = (account.waits_until?, account.failure?);
        Some(format!("{}: {failure} Asked again at {}.", isolated(&account.name), clock(until, now, &zone)))
    });
    waiting.collect()
}
