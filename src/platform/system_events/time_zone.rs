//! The system's time zone, which changes on a journey.

use std::io;

use jiff::tz::{TimeZone, reset_system_time_zone_cache};

/// The time zone as it is now.
pub fn current() -> TimeZone {
    forget();
    TimeZone::system()
}

/// Makes jiff read the system's time zone again, which it does every five minutes otherwise.
pub fn forget() {
    reset_system_time_zone_cache();
}

/// Calls `on_change` whenever the system says that the time zone may have changed. Ends at once where it never does.
///
/// # Errors
/// When the system can't be watched.
pub async fn changed(on_change: impl Fn()) -> io::Result<()> {
    super::system::watch_time_zone(on_change).await
}

/// Reports the time zone whenever the system says that it may have changed. Where it does not say, each poll asks.
pub fn watch(on_change: impl Fn(TimeZone) + Send + Sync + 'static) {
    tokio::spawn(async move {
        if let Err(error) = changed(|| on_change(current())).await {
            tracing::info!("each poll asks for the time zone: {error}");
        }
    });
}
