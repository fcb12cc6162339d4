//! Notifications of Windows and macOS. Their libraries wait, so each is shown on a thread of its own.

#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;

use std::path::{Path, PathBuf};

use notify_rust::NotificationResponse;

use super::{ITSELF, Outcome, Report, offer_of};
use crate::domain::alert::Notification;
use crate::storage::paths::notification_picture;
use crate::tray::icon::Rgba;

/// Shows notifications.
pub struct Notifier {
    report: Report,
    /// Where the pictures are put for the system to read.
    folder: PathBuf,
}

impl Notifier {
    /// A notifier that reports to `report`, with its pictures in `folder`.
    pub fn new(report: Report, folder: PathBuf) -> Notifier {
        Notifier { report, folder }
    }

    /// Shows `notification` beside `icon`, off the caller's path.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let report = self.report.clone();
        let picture = notification_picture(&self.folder, notification.topic());
        tokio::task::spawn_blocking(move || {
            let shown = match dressed(&notification, &icon, &picture).show() {
                Ok(shown) => shown,
                Err(error) => return report.tell(&notification, Outcome::Undelivered(error.to_string())),
            };
            if notification.offers.is_empty() {
                // On macOS that is what sends it.
                drop(shown);
                return report.tell(&notification, Outcome::Delivered);
            }
            // Before anybody has answered: that may take days.
            report.tell(&notification, Outcome::Delivered);
            let answered = |answer: &NotificationResponse| {
                let key = match answer {
                    NotificationResponse::Default => ITSELF,
                    NotificationResponse::Action(key) => key.as_str(),
                    _ => return,
                };
                if let Some(offer) = offer_of(&notification, key) {
                    report.tell(&notification, Outcome::Taken(offer, None));
                }
            };
            if let Err(error) = shown.wait_for_response(answered) {
                tracing::warn!("a notification's answer is lost: {error}");
            }
        });
    }

    /// The system has no way to take back what is shown.
    pub fn withdraw(&self, _topic: &str) {}

    /// The same.
    pub async fn end(self) {}
}

fn dressed(notification: &Notification, icon: &Rgba, picture: &Path) -> notify_rust::Notification {
    let mut shown = notify_rust::Notification::new();
    shown.appname("Linode Bandwidth").summary(&notification.summary).body(&notification.body);
    system::dress(&mut shown, notification);
    match icon.save_png(picture) {
        Ok(()) => drop(shown.image_path(&picture.to_string_lossy())),
        Err(error) => tracing::warn!("{}: {error}", picture.display()),
    }
    for (at, offer) in notification.offers.iter().enumerate() {
        shown.action(&at.to_string(), offer.label());
    }
    shown
}
