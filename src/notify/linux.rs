//! The desktop's notification server, over the session bus.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify_rust::{Hint, NotificationResponse, Urgency};
use tokio::task::AbortHandle;

use super::{Outcome, Report, offer_of};
use crate::domain::alert::{Notification, Offer};
use crate::domain::text::{escaped, left_to_right};
use crate::store::paths::notification_picture;
use crate::tray::icon::Rgba;

/// A server that has not taken a notification by then is taken for dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows notifications; a new one about the same entry replaces the old one.
pub struct Notifier {
    report: Report,
    /// Where the pictures are put for the server to read.
    folder: PathBuf,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

/// The notification that was shown last about a topic.
struct Slot {
    id: u32,
    waiting: AbortHandle,
}

impl Notifier {
    /// A notifier that reports to `report`, with its pictures in `folder`.
    pub fn new(report: Report, folder: PathBuf) -> Notifier {
        Notifier { report, folder, slots: Arc::default() }
    }

    /// Shows `notification` beside `icon`, off the caller's path.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let (report, slots) = (self.report.clone(), self.slots.clone());
        let topic = notification.topic().to_owned();
        let picture = notification_picture(&self.folder, &topic);
        tokio::spawn(async move {
            let lock = || slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let replaced = lock().get(&topic).map(|slot| slot.id);
            // On a task of its own, so that a failure of the library's stays there; and not left waiting for a server
            // that hangs: each try would hold a connection of its own for ever.
            let mut showing = tokio::spawn(show(notification.clone(), icon, picture, replaced));
            let tried = tokio::time::timeout(PATIENCE, &mut showing).await;
            showing.abort();
            let shown = match tried {
                Ok(Ok(Ok(shown))) => shown,
                failed => {
                    let why = match failed {
                        Ok(Ok(Err(error))) => error.to_string(),
                        Ok(_) => "the library failed".to_owned(),
                        Err(_) => "the notification server does not answer".to_owned(),
                    };
                    return report.tell(&notification, Outcome::Undelivered(why));
                }
            };
            report.tell(&notification, Outcome::Delivered);
            let id = shown.id();
            // Ends with the notification, or when another takes its place.
            let waiting = tokio::spawn(async move {
                let answered = |answer: &NotificationResponse| {
                    if let Some(offer) = offer_of(&notification, answer) {
                        report.tell(&notification, Outcome::Taken(offer));
                    }
                };
                shown.wait_for_action_async(answered).await;
            });
            if let Some(old) = lock().insert(topic, Slot { id, waiting: waiting.abort_handle() }) {
                old.waiting.abort();
            }
        });
    }
}

async fn show(
    notification: Notification,
    icon: Rgba,
    picture: PathBuf,
    replaced: Option<u32>,
) -> notify_rust::error::Result<notify_rust::NotificationHandle> {
    let offered = capabilities().await;
    let can = |what: &str| offered.iter().any(|capability| capability == what);
    let body = left_to_right(&notification.body);
    let body = if can("body-markup") { escaped(&body) } else { body.into_owned() };
    let mut shown = notify_rust::Notification::new();
    shown
        .appname("Linode Bandwidth")
        .summary(&left_to_right(&notification.summary))
        .body(&body)
        .hint(Hint::DesktopEntry("linode-bandwidth".to_owned()))
        .urgency(if notification.critical { Urgency::Critical } else { Urgency::Normal });
    // By a file: the library's way to send pixels asks the server for its version with a call that must not be made on
    // a runtime.
    let (drawn, file) = (icon, picture.clone());
    match tokio::task::spawn_blocking(move || drawn.save_png(&file)).await {
        Ok(Ok(())) => drop(shown.hint(Hint::ImagePath(picture.to_string_lossy().into_owned()))),
        Ok(Err(error)) => tracing::warn!("{}: {error}", picture.display()),
        Err(error) => tracing::warn!("{error}"),
    }
    if can("actions") && !notification.offers.is_empty() {
        // The click on the notification itself. Most servers show no button for it, this one does.
        shown.action("default", Offer::Open.label());
        let has_button = server().await.is_ok_and(|name| name.starts_with("Xfce"));
        for (at, offer) in notification.offers.iter().enumerate() {
            if !(has_button && *offer == Offer::Open) {
                shown.action(&at.to_string(), offer.label());
            }
        }
    }
    if let Some(id) = replaced {
        shown.id(id);
    }
    shown.show_async().await
}

/// What the server can do; nothing, if it does not say.
async fn capabilities() -> Vec<String> {
    ask("GetCapabilities").await.unwrap_or_default()
}

/// The name and version of the server that shows notifications.
///
/// # Errors
/// When there is none.
pub async fn server() -> zbus::Result<String> {
    let (name, _, version, _): (String, String, String, String) = ask("GetServerInformation").await?;
    Ok(format!("{name} {version}"))
}

async fn ask<T: serde::de::DeserializeOwned + zbus::zvariant::Type>(method: &str) -> zbus::Result<T> {
    const NAME: &str = "org.freedesktop.Notifications";
    let bus = zbus::Connection::session().await?;
    let path = "/org/freedesktop/Notifications";
    bus.call_method(Some(NAME), path, Some(NAME), method, &()).await?.body().deserialize()
}
