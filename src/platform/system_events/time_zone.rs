//! The system's time zone, which changes when the user travels.

use std::io;

use jiff::tz::{TimeZone, reset_system_time_zone_cache};

use crate::platform::task;

/// The current time zone.
pub fn current() -> TimeZone {
    forget();
    TimeZone::system()
}

/// Clears jiff's cache of the time zone, which otherwise lasts five minutes.
pub fn forget() {
    reset_system_time_zone_cache();
}

/// Calls `on_change` when the time zone may have changed. Returns at once if the system can't report it.
///
/// # Errors
/// If the system can't be watched.
pub async fn changed(on_change: impl Fn()) -> io::Result<()> {
    super::system::watch_time_zone(on_change).await
}

/// Reports the time zone when it may have changed. If the system can't report it, each poll reads the zone.
pub fn watch(on_change: impl Fn(TimeZone) + Send + Sync + 'static) {
    task::spawn(async move {
        if let Err(error) = changed(|| on_change(current())).await {
            tracing::info!("each poll asks for the time zone: {error}");
        }
    });
}
