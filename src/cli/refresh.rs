//! `refresh`

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::output::Output;
use super::{CliError, context};
use crate::app::ipc::message::Request;
use crate::app::ipc::send_request;
use crate::domain::snapshot::AccountSnapshot;
use crate::domain::state::State;
use crate::domain::text::{clock, isolated};
use crate::storage::paths::Paths;

/// Longer than polling many unreachable accounts, and than typing the keyring's password.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(3600);

/// Makes the running tray poll, waits for it, and prints failed accounts and until when rate-limited ones wait.
/// The exit code is 1 if all accounts failed.
pub fn run(output: &mut Output) -> Result<u8, CliError> {
    let paths = context::paths()?;
    let asked = send_request(&paths.data_dir, Request::Refresh, REFRESH_TIMEOUT);
    context::runtime()?.block_on(asked).map_err(CliError::runtime)?;
    let (failures, count) = failures(&paths);
    failures.iter().for_each(|line| output.error_line(line));
    Ok(u8::from(!failures.is_empty() && failures.len() == count))
}

/// A line per failed account and the number of polled accounts, from the tray's persisted state. Empty if that
/// can't be read: the refresh succeeded anyway.
fn failures(paths: &Paths) -> (Vec<String>, usize) {
    let (Ok((kept, _)), Ok(config)) = (context::load_persisted(paths), context::config(paths)) else {
        return Default::default();
    };
    let (now, zone) = (Timestamp::now(), TimeZone::system());
    let mut accounts = State::snapshot_of_persisted(kept, Ok(config), now).accounts;
    accounts.retain(|account| !account.disabled());
    let line = |account: &AccountSnapshot| {
        let failure = account.failure.as_ref()?;
        let again = account.waits_until.map(|until| format!(" Next try at {}.", clock(until, now, &zone)));
        Some(format!("{}: {failure}{}", isolated(&account.name), again.unwrap_or_default()))
    };
    (accounts.iter().filter_map(line).collect(), accounts.len())
}
