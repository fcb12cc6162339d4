//! The notification centre.

use std::sync::Once;

use crate::domain::alert::Notification;

/// The bundle's identifier.
const BUNDLE_ID: &str = "io.github.linode-bandwidth";

static NAMED: Once = Once::new();

/// Says whose it is. Before the first one: the library would look for an application by a name that nobody has, and
/// macOS would ask the user where that is.
pub(super) fn set_platform_options(_shown: &mut notify_rust::Notification, _notification: &Notification) {
    NAMED.call_once(|| {
        if let Err(error) = notify_rust::set_application(BUNDLE_ID) {
            tracing::warn!("notifications need the program to be installed as a bundle: {error}");
        }
    });
}
