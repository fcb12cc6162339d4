//! An alert's notification on the desktop. What it says is decided in `domain::alert`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(any(windows, test))]
mod toast;
#[cfg(windows)]
mod windows;

use std::sync::Arc;

use crate::domain::alert::{AlertKey, Notification, NotificationAction};
use crate::window_request::ActivationToken;

#[cfg(target_os = "linux")]
pub use linux::{Notifier, server};
#[cfg(target_os = "macos")]
pub use macos::{NotificationPermission, Notifier, permission};
#[cfg(windows)]
pub use windows::{Notifier, ToastError, setting};

/// The result of showing a notification.
#[derive(Debug)]
pub enum Outcome {
    /// It was shown, and with it these alerts.
    Delivered(Vec<AlertKey>),
    /// These could not be shown.
    Undelivered(Vec<AlertKey>),
    /// The user clicked on it or on a button; with the activation token for a window.
    ActionInvoked(NotificationAction, Option<ActivationToken>),
}

/// Where outcomes go.
#[derive(Clone)]
struct Outcomes(Arc<dyn Fn(Outcome) + Send + Sync>);

impl Outcomes {
    fn delivered(&self, notification: &Notification) {
        (self.0)(Outcome::Delivered(notification.keys.clone()));
    }

    fn undelivered(&self, notification: &Notification, why: impl std::fmt::Display) {
        tracing::warn!("a notification could not be shown: {why}");
        (self.0)(Outcome::Undelivered(notification.keys.clone()));
    }

    fn invoked(&self, action: NotificationAction, activation: Option<ActivationToken>) {
        (self.0)(Outcome::ActionInvoked(action, activation));
    }
}

/// What a click on the notification itself is called; a button is called by its number.
const ITSELF: &str = "default";

/// The button that was clicked, or the notification itself, as an action.
fn action_for(notification: &Notification, key: &str) -> Option<NotificationAction> {
    match key {
        ITSELF => Some(NotificationAction::Open(notification.leads_to.clone())),
        number => number.parse().ok().and_then(|at: usize| notification.actions.get(at)).cloned(),
    }
}
