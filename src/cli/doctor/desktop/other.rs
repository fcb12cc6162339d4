//! Systems that always have all of it.

use crate::cli::doctor::Finding;

/// The system's own tray, notifications and keyring.
pub async fn look() -> Vec<Finding> {
    ["tray", "notifications", "keyring"].map(|check| Finding::good(check, "the system's own")).into()
}
