//! The notification centre.

use std::sync::Once;

use crate::domain::alert::Notification;

/// The bundle's identifier.
const BUNDLE_ID: &str = "io.github.linode-bandwidth";

static NAMED: Once = Once::new();

/// Names the application before the first notification. Otherwise the library would look for one by a name that does
/// not exist, and macOS would ask the user where it is.
pub(super) fn set_platform_options(_shown: &mut notify_rust::Notification, _notification: &Notification) {
    NAMED.call_once(|| {
        if let Err(error) = notify_rust::set_application(BUNDLE_ID) {
            tracing::warn!("notifications need the program to be installed as a bundle: {error}");
        }
    });
}
