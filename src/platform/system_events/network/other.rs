//! Nothing is asked here yet: a failed poll is tried again in its time.

use crate::platform::system_events::machine::Signs;

/// Ends at once.
pub async fn watch(_signs: Signs) {}
