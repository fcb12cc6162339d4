//! The system's time zone, which changes on a journey.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use jiff::tz::{TimeZone, reset_system_time_zone_cache};

#[cfg(target_os = "linux")]
pub use linux::changed;
#[cfg(not(target_os = "linux"))]
pub use other::changed;

/// The time zone as it is now.
pub fn current() -> TimeZone {
    forget();
    TimeZone::system()
}

/// Has the library look at the system's time zone again. By itself it does so every five minutes.
pub fn forget() {
    reset_system_time_zone_cache();
}

/// Tells of the time zone whenever the system says that it may have changed. Where that says nothing, each poll asks.
pub fn watch(tell: impl Fn(TimeZone) + Send + Sync + 'static) {
    tokio::spawn(async move {
        let told = changed(|| tell(current())).await;
        if let Err(error) = told {
            tracing::info!("each poll asks for the time zone: {error}");
        }
    });
}
