//! Notifications without UserNotifications: for a bare program, and until the user has answered. Buttons are left out,
//! because the library would look twice a second whether they were clicked.

use std::path::Path;
use std::sync::Once;

use crate::domain::alert::Notification;
use crate::platform::app_identity::BUNDLE_ID;

static NAMED: Once = Once::new();

/// Shows `notification` beside the picture in that file.
///
/// # Errors
/// What the library says.
pub(super) fn show(notification: &Notification, picture: Option<&Path>) -> Result<(), String> {
    // Before the first notification. Otherwise the library would look for an application by a name that does not exist,
    // and macOS would ask the user where it is.
    NAMED.call_once(|| {
        if let Err(error) = notify_rust::set_application(BUNDLE_ID) {
            tracing::warn!("notifications need the program to be installed as an application: {error}");
        }
    });
    let mut shown = notify_rust::Notification::new();
    shown.appname("Linode Bandwidth").summary(&notification.summary).body(&notification.body);
    if let Some(picture) = picture {
        shown.image_path(&picture.to_string_lossy());
    }
    // Dropping the handle is what sends it.
    shown.show().map(drop).map_err(|error| error.to_string())
}
