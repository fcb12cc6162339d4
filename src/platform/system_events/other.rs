//! Systems whose sleep and network nothing here watches: the clock jumps after a sleep too, and a failed poll is retried
//! on schedule.

use std::io;

use super::Sender;

pub(super) use super::clock::poll as watch_clock;

pub(super) async fn watch_sleep(_: Sender) {}

pub(super) async fn watch_network(_: Sender) {}

/// Such a system reports a change of the time zone to windows only.
pub(super) async fn watch_time_zone(_on_change: impl Fn()) -> io::Result<()> {
    Ok(())
}
