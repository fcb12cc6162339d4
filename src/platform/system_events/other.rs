//! Systems without sleep and network events here: the clock jumps after a sleep too, and failed polls are
//! retried on schedule.

use std::io;

use super::Sender;

pub(super) use super::clock::poll as watch_clock;

pub(super) async fn watch_sleep(_: Sender) {}

pub(super) async fn watch_network(_: Sender) {}

/// These systems report time zone changes to windows only.
pub(super) async fn watch_time_zone(_on_change: impl Fn()) -> io::Result<()> {
    Ok(())
}
