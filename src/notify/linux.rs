//! The desktop's notification server, over the session bus.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify_rust::{Hint, Image, NotificationResponse, Urgency};
use tokio::task::AbortHandle;

use super::{Outcome, Report};
use crate::domain::alert::Notification;
use crate::domain::config::AccountId;
use crate::domain::text::escaped;
use crate::tray::icon::Rgba;

/// A server that has not taken a notification by then is taken for dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows notifications; a new one about the same entry replaces the old one.
pub struct Notifier {
    report: Report,
    slots: Arc<Mutex<HashMap<Option<AccountId>, Slot>>>,
}

/// The notification that was shown last about an entry.
struct Slot {
    id: u32,
    waiting: AbortHandle,
}

impl Notifier {
    /// A notifier that reports to `report`.
    pub fn new(report: Report) -> Notifier {
        Notifier { report, slots: Arc::default() }
    }

    /// Shows `notification` beside `icon`, off the caller's path.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let (report, slots) = (self.report.clone(), self.slots.clone());
        tokio::spawn(async move {
            let lock = || slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let replaced = lock().get(&notification.account).map(|slot| slot.id);
            let shown = match tokio::time::timeout(PATIENCE, show(&notification, icon, replaced)).await {
                Ok(Ok(shown)) => shown,
                Ok(Err(error)) => return report.tell(&notification, Outcome::Undelivered(error.to_string())),
                Err(_) => {
                    let why = "the notification server does not answer".to_owned();
                    return report.tell(&notification, Outcome::Undelivered(why));
                }
            };
            report.tell(&notification, Outcome::Delivered);
            let id = shown.id();
            let (slot, report) = (notification.account.clone(), report.clone());
            // Ends with the notification, or when another takes its slot.
            let waiting = tokio::spawn(async move {
                shown
                    .wait_for_action_async(|answer: &NotificationResponse| {
                        let NotificationResponse::Action(key) = answer else { return };
                        let offer = key.parse().ok().and_then(|at: usize| notification.offers.get(at));
                        if let Some(offer) = offer {
                            report.tell(&notification, Outcome::Taken(offer.clone()));
                        }
                    })
                    .await;
            });
            if let Some(old) = lock().insert(slot, Slot { id, waiting: waiting.abort_handle() }) {
                old.waiting.abort();
            }
        });
    }
}

async fn show(
    notification: &Notification,
    icon: Rgba,
    replaced: Option<u32>,
) -> notify_rust::error::Result<notify_rust::NotificationHandle> {
    let server = capabilities().await;
    let can = |what: &str| server.iter().any(|capability| capability == what);
    let body = if can("body-markup") { escaped(&notification.body) } else { notification.body.clone() };
    let mut shown = notify_rust::Notification::new();
    shown
        .appname("Linode Bandwidth")
        .summary(&notification.summary)
        .body(&body)
        .hint(Hint::DesktopEntry("linode-bandwidth".to_owned()))
        .urgency(if notification.critical { Urgency::Critical } else { Urgency::Normal });
    if can("actions") {
        for (at, offer) in notification.offers.iter().enumerate() {
            shown.action(&at.to_string(), offer.label());
        }
    }
    let side = |length: u32| i32::try_from(length).unwrap_or_default();
    if let Ok(image) = Image::from_rgba(side(icon.width), side(icon.height), icon.data) {
        shown.image_data(image);
    }
    if let Some(id) = replaced {
        shown.id(id);
    }
    shown.show_async().await
}

/// What the server can do; nothing, if it does not say.
async fn capabilities() -> Vec<String> {
    const NAME: &str = "org.freedesktop.Notifications";
    let ask = async {
        let bus = zbus::Connection::session().await?;
        let path = "/org/freedesktop/Notifications";
        bus.call_method(Some(NAME), path, Some(NAME), "GetCapabilities", &()).await?.body().deserialize()
    };
    ask.await.unwrap_or_default()
}
