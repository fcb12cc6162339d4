//! The desktop's notification server, over the session bus.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use zbus::message::Type;
use zbus::zvariant::Value;
use zbus::{MatchRule, MessageStream};

use super::{ITSELF, Outcome, Outcomes, action_for};
use crate::domain::alert::{Notification, NotificationAction};
use crate::domain::text::{escaped, left_to_right};
use crate::platform::task;
use crate::storage::paths::notification_picture;
use crate::tray::icon::Rgba;
use crate::window_request::ActivationToken;

/// A server that has not taken a notification by then is taken for dead.
const SERVER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the end of the program waits for the server. The end of a session leaves a second or so.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

const INTERFACE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;
    fn get_server_information(&self) -> zbus::Result<(String, String, String, String)>;
    #[allow(clippy::too_many_arguments, reason = "as the specification has it")]
    fn notify(
        &self,
        name: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<&str>,
        hints: HashMap<&str, Value<'_>>,
        timeout: i32,
    ) -> zbus::Result<u32>;
    fn close_notification(&self, id: u32) -> zbus::Result<()>;
}

/// Shows notifications; a new one about the same account replaces the old one.
pub struct Notifier {
    outcomes: Outcomes,
    /// Where the pictures are put for the server to read.
    folder: PathBuf,
    slots: Slots,
}

#[derive(Clone, Default)]
struct Slots(Arc<Mutex<Topics>>);

#[derive(Default)]
struct Topics {
    /// What was shown last about each.
    last: HashMap<String, Slot>,
    /// Topics to close as soon as they are shown.
    withdrawn: HashSet<String>,
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, Topics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The notification that was shown last about a topic.
struct Slot {
    id: u32,
    waiting: AbortHandle,
    /// While it is on the screen.
    shown: Weak<Shown>,
}

/// A notification on the screen, with its connection: some servers let only that one close it.
struct Shown {
    server: NotificationsProxy<'static>,
    id: u32,
    has_buttons: bool,
}

impl Shown {
    async fn close(&self) {
        let closed = tokio::time::timeout(SERVER_TIMEOUT, self.server.close_notification(self.id)).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("a notification could not be closed: {closed:?}");
        }
    }
}

impl Notifier {
    /// A notifier that passes outcomes to `report` and keeps its pictures in `folder`.
    pub fn new(report: impl Fn(Outcome) + Send + Sync + 'static, folder: PathBuf) -> Notifier {
        let outcomes = Outcomes(Arc::new(report));
        Notifier { outcomes, folder, slots: Slots::default() }
    }

    /// Shows `notification` beside `icon`, off the caller's path.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let (outcomes, slots) = (self.outcomes.clone(), self.slots.clone());
        let topic = notification.topic().to_owned();
        let picture = notification_picture(&self.folder, &topic);
        slots.lock().withdrawn.remove(&topic);
        task::spawn(async move {
            let replaced = slots.lock().last.get(&topic).map(|slot| slot.id);
            let showing = show(&notification, icon, &picture, replaced);
            let (shown, mut answers) = match tokio::time::timeout(SERVER_TIMEOUT, showing).await {
                Ok(Ok(shown)) => shown,
                Ok(Err(error)) => return outcomes.undelivered(&notification, error),
                Err(_) => {
                    let why = "the notification server does not answer";
                    return outcomes.undelivered(&notification, why);
                }
            };
            let shown = Arc::new(shown);
            // Ends with the notification, or when another takes its place.
            let (waited_for, asked, to) = (shown.clone(), notification.clone(), outcomes.clone());
            let waiting = task::spawn(async move {
                if let Some((key, activation)) = answer(&mut answers, waited_for.id).await
                    && let Some(action) = action_for(&asked, &key)
                {
                    to.invoked(action, activation);
                }
            });
            let waiting = waiting.abort_handle();
            let slot = Slot { id: shown.id, waiting, shown: Arc::downgrade(&shown) };
            let unwanted = {
                let Topics { last, withdrawn } = &mut *slots.lock();
                if let Some(old) = last.insert(topic.clone(), slot) {
                    old.waiting.abort();
                }
                withdrawn.contains(&topic)
            };
            // Insert first: the receiver may quit the program, which then closes what is registered here.
            outcomes.delivered(&notification);
            if unwanted {
                shown.close().await;
            }
        });
    }

    /// Closes what is shown about `topic`, off the caller's path.
    pub fn withdraw(&self, topic: &str) {
        let Topics { last, withdrawn } = &mut *self.slots.lock();
        match last.get(topic).and_then(|slot| slot.shown.upgrade()) {
            Some(shown) => drop(task::spawn(async move { shown.close().await })),
            // Perhaps the server has it in its hands.
            None => drop(withdrawn.insert(topic.to_owned())),
        }
    }

    /// Closes notifications with buttons, which would do nothing any more.
    pub async fn end(self) {
        let on_screen: Vec<_> =
            self.slots.lock().last.values().filter_map(|slot| slot.shown.upgrade()).collect();
        let closing = async {
            for shown in on_screen.iter().filter(|shown| shown.has_buttons) {
                shown.close().await;
            }
        };
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, closing).await;
    }
}

/// Shows it over a connection of its own, which ends with what is returned: itself, and the signals about it and about
/// others. Some servers tell nobody but that connection.
async fn show(
    notification: &Notification,
    icon: Rgba,
    picture: &Path,
    replaced: Option<u32>,
) -> zbus::Result<(Shown, MessageStream)> {
    let bus = zbus::Connection::session().await?;
    let server = NotificationsProxy::new(&bus).await?;
    let offered = server.get_capabilities().await.unwrap_or_default();
    let can = |what: &str| offered.iter().any(|capability| capability == what);
    let body = left_to_right(&notification.body);
    let body = if can("body-markup") { escaped(&body) } else { body.into_owned() };
    let mut hints = HashMap::from([
        ("desktop-entry", Value::from("linode-bandwidth")),
        ("urgency", Value::from(if notification.critical { 2_u8 } else { 1 })),
    ]);
    let (drawn, file) = (icon, picture.to_owned());
    match tokio::task::spawn_blocking(move || drawn.save_png(&file)).await {
        Ok(Ok(())) => drop(hints.insert("image-path", Value::from(picture.to_string_lossy().into_owned()))),
        Ok(Err(error)) => tracing::warn!("{}: {error}", picture.display()),
        Err(error) => tracing::warn!("{error}"),
    }
    let mut actions = Vec::new();
    if can("actions") && !notification.actions.is_empty() {
        // The click on the notification itself. Most servers show no button for it, this one does.
        actions.extend([ITSELF.to_owned(), NotificationAction::Open(None).label().to_owned()]);
        let has_button =
            server.get_server_information().await.is_ok_and(|(name, ..)| name.starts_with("Xfce"));
        for (at, offer) in notification.actions.iter().enumerate() {
            if !(has_button && matches!(offer, NotificationAction::Open(_))) {
                actions.extend([at.to_string(), offer.label().to_owned()]);
            }
        }
    }
    let signals = MatchRule::builder().msg_type(Type::Signal).interface(INTERFACE)?.path(PATH)?.build();
    let answers = MessageStream::for_match_rule(signals, &bus, None).await?;
    let (summary, replaced) = (left_to_right(&notification.summary), replaced.unwrap_or_default());
    let has_buttons = !actions.is_empty();
    let actions = actions.iter().map(String::as_str).collect();
    let id = server.notify("Linode Bandwidth", replaced, "", &summary, &body, actions, hints, -1).await?;
    Ok((Shown { server, id, has_buttons }, answers))
}

/// The key of what was clicked in the notification with this number, and the activation token that came before it; `None`
/// when it was closed.
async fn answer(told: &mut MessageStream, id: u32) -> Option<(String, Option<ActivationToken>)> {
    let mut activation = None;
    while let Some(Ok(signal)) = next(told).await {
        let (header, body) = (signal.header(), signal.body());
        let closed = body.deserialize::<(u32, u32)>().is_ok_and(|(of, _)| of == id);
        let words =
            body.deserialize::<(u32, String)>().ok().filter(|(of, _)| *of == id).map(|(_, word)| word);
        match (header.member().map(|name| name.as_str()), words) {
            (Some("ActivationToken"), Some(given)) => activation = ActivationToken::new(&given),
            (Some("ActionInvoked"), Some(key)) => return Some((key, activation)),
            (Some("NotificationClosed"), _) if closed => return None,
            _ => {}
        }
    }
    None
}

async fn next(told: &mut MessageStream) -> Option<zbus::Result<zbus::Message>> {
    use zbus::export::futures_core::Stream;
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *told).poll_next(context)).await
}

/// The name and version of the server that shows notifications.
///
/// # Errors
/// When there is none.
pub async fn server() -> zbus::Result<String> {
    let bus = zbus::Connection::session().await?;
    let (name, _, version, _) = NotificationsProxy::new(&bus).await?.get_server_information().await?;
    Ok(format!("{name} {version}"))
}
