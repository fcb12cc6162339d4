//! Toasts.

use notify_rust::Urgency;

use crate::domain::alert::Notification;

/// The AppUserModelID. Windows shows toasts of those that it knows: the installer's entry in the start menu brings it.
const APP_ID: &str = "LinodeBandwidth.LinodeBandwidth";

/// Says whose it is and how urgent: a critical one stays until it is dismissed.
pub(super) fn dress(shown: &mut notify_rust::Notification, notification: &Notification) {
    shown.app_id(APP_ID).urgency(if notification.critical { Urgency::Critical } else { Urgency::Normal });
}
