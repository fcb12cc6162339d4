//! Notifications of macOS. Their library waits, so each is shown on a thread of its own.

mod macos;

use macos as system;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify_rust::NotificationResponse;

use super::{ITSELF, Outcome, Outcomes, action_for};
use crate::domain::alert::Notification;
use crate::storage::paths::notification_picture;
use crate::tray::icon::Rgba;

/// Shows notifications.
pub struct Notifier {
    outcomes: Outcomes,
    /// Where the pictures are put for the system to read.
    folder: PathBuf,
}

impl Notifier {
    /// A notifier that passes outcomes to `report` and keeps its pictures in `folder`.
    pub fn new(report: impl Fn(Outcome) + Send + Sync + 'static, folder: PathBuf) -> Notifier {
        let outcomes = Outcomes(Arc::new(report));
        Notifier { outcomes, folder }
    }

    /// Shows `notification` beside `icon`, off the caller's path.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let outcomes = self.outcomes.clone();
        let picture = notification_picture(&self.folder, notification.topic());
        tokio::task::spawn_blocking(move || {
            let shown = match build(&notification, &icon, &picture).show() {
                Ok(shown) => shown,
                Err(error) => return outcomes.undelivered(&notification, error),
            };
            if notification.actions.is_empty() {
                // On macOS that is what sends it.
                drop(shown);
                return outcomes.delivered(&notification);
            }
            // Before anybody has answered: that may take days.
            outcomes.delivered(&notification);
            let answered = |answer: &NotificationResponse| {
                let key = match answer {
                    NotificationResponse::Default => ITSELF,
                    NotificationResponse::Action(key) => key.as_str(),
                    _ => return,
                };
                if let Some(action) = action_for(&notification, key) {
                    outcomes.invoked(action, None);
                }
            };
            if let Err(error) = shown.wait_for_response(answered) {
                tracing::warn!("a notification's answer is lost: {error}");
            }
        });
    }

    /// The system has no way to take back what is shown.
    pub fn withdraw(&self, _topic: &str) {}

    pub async fn end(self) {}
}

fn build(notification: &Notification, icon: &Rgba, picture: &Path) -> notify_rust::Notification {
    let mut shown = notify_rust::Notification::new();
    shown.appname("Linode Bandwidth").summary(&notification.summary).body(&notification.body);
    system::set_platform_options(&mut shown, notification);
    match icon.save_png(picture) {
        Ok(()) => drop(shown.image_path(&picture.to_string_lossy())),
        Err(error) => tracing::warn!("{}: {error}", picture.display()),
    }
    for (at, offer) in notification.actions.iter().enumerate() {
        shown.action(&at.to_string(), offer.label());
    }
    shown
}
