//! Windows' notifications (toasts).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use url::Url;
use windows::Data::Xml::Dom::XmlDocument;
use windows::Foundation::TypedEventHandler;
use windows::UI::Notifications::{
    NotificationSetting, ToastActivatedEventArgs, ToastFailedEventArgs, ToastNotification,
    ToastNotificationManager, ToastNotifier,
};
use windows::core::{HSTRING, IInspectable, Interface};

use super::toast::{self, Clicks};
use super::{ITSELF, Outcome, Outcomes, action_for};
use crate::domain::alert::Notification;
use crate::platform::app_identity::{self, APP_ID};
use crate::storage::paths::notification_picture;
use crate::tray::icon::Rgba;

/// The group of this program's toasts; tags are unique within it.
const GROUP: &str = "accounts";

static REGISTERED: Once = Once::new();

/// Shows notifications; a new one about the same account replaces the old one.
pub struct Notifier {
    outcomes: Outcomes,
    /// The folder of the images, which the system reads from files.
    folder: PathBuf,
    clicks: Clicks,
}

/// Why a toast can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum ToastError {
    #[error("{0}")]
    Muted(&'static str),
    #[error("Windows says {0}")]
    Windows(#[from] windows::core::Error),
}

impl Notifier {
    /// A notifier that passes outcomes to `report` and keeps its images in `folder`.
    pub fn new(report: impl Fn(Outcome) + Send + Sync + 'static, folder: PathBuf) -> Notifier {
        Notifier { outcomes: Outcomes(Arc::new(report)), folder, clicks: Clicks::Links }
    }

    /// The same for the demo, whose window can't be opened by a link.
    pub fn without_links(self) -> Notifier {
        Notifier { clicks: Clicks::Told, ..self }
    }

    /// Shows `notification` with `icon`, without blocking.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let (outcomes, clicks) = (self.outcomes.clone(), self.clicks);
        let picture = notification_picture(&self.folder, notification.topic());
        tokio::task::spawn_blocking(move || match show(&notification, &icon, &picture, clicks, &outcomes) {
            Ok(()) => outcomes.delivered(&notification),
            Err(error) => outcomes.undelivered(&notification, error),
        });
    }

    /// Removes the toast about `topic` from the screen and the notification center, without blocking.
    pub fn withdraw(&self, topic: &str) {
        let tag = HSTRING::from(toast::tag(topic));
        tokio::task::spawn_blocking(move || {
            let removed = ToastNotificationManager::History().and_then(|shown| {
                shown.RemoveGroupedTagWithId(&tag, &HSTRING::from(GROUP), &HSTRING::from(APP_ID))
            });
            if let Err(error) = removed {
                tracing::debug!("a notification could not be withdrawn: {error}");
            }
        });
    }

    /// Does nothing: a click on a remaining toast opens a link.
    pub async fn end(self) {}
}

fn show(
    notification: &Notification,
    icon: &Rgba,
    picture: &Path,
    clicks: Clicks,
    outcomes: &Outcomes,
) -> Result<(), ToastError> {
    let notifier = notifier()?;
    if let Some(why) = muted(&notifier) {
        return Err(ToastError::Muted(why));
    }
    let saved = icon.save_png(picture).inspect_err(|error| tracing::warn!("{}: {error}", picture.display()));
    let address = saved.ok().and_then(|()| Url::from_file_path(picture).ok());
    let document = XmlDocument::new()?;
    document.LoadXml(&HSTRING::from(toast::xml(notification, address.as_ref().map(Url::as_str), clicks)))?;
    let shown = ToastNotification::CreateToastNotification(&document)?;
    shown.SetTag(&HSTRING::from(toast::tag(notification.topic())))?;
    shown.SetGroup(&HSTRING::from(GROUP))?;
    shown.Failed(&TypedEventHandler::new(|_, event: windows::core::Ref<ToastFailedEventArgs>| {
        let code = event.as_ref().and_then(|event| event.ErrorCode().ok());
        tracing::warn!("a notification could not be shown: {code:?}");
        Ok(())
    }))?;
    if clicks == Clicks::Told {
        let (notification, outcomes) = (notification.clone(), outcomes.clone());
        shown.Activated(&TypedEventHandler::new(move |_, event: windows::core::Ref<IInspectable>| {
            let event = event.as_ref().and_then(|event| event.cast::<ToastActivatedEventArgs>().ok());
            let key = event.and_then(|event| event.Arguments().ok()).unwrap_or_default().to_string();
            if let Some(action) = action_for(&notification, if key.is_empty() { ITSELF } else { &key }) {
                outcomes.invoked(action, None);
            }
            Ok(())
        }))?;
    }
    Ok(notifier.Show(&shown)?)
}

fn notifier() -> Result<ToastNotifier, ToastError> {
    // Windows shows no toast for an unknown id.
    REGISTERED.call_once(app_identity::register);
    Ok(ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(APP_ID))?)
}

/// Why Windows would not show a toast. It reports no error when it gets one.
fn muted(notifier: &ToastNotifier) -> Option<&'static str> {
    // There is no setting before the first toast.
    match notifier.Setting().ok()? {
        NotificationSetting::DisabledForApplication => {
            Some("notifications of Linode Bandwidth are off in Windows' settings")
        }
        NotificationSetting::DisabledForUser => Some("notifications are off in Windows' settings"),
        NotificationSetting::DisabledByGroupPolicy => Some("an administrator has turned notifications off"),
        NotificationSetting::DisabledByManifest => {
            Some("Windows does not allow this program's notifications")
        }
        _ => None,
    }
}

/// Whether Windows shows this program's notifications.
///
/// # Errors
/// [`ToastError`] with the reason.
pub fn setting() -> Result<(), ToastError> {
    match muted(&notifier()?) {
        Some(why) => Err(ToastError::Muted(why)),
        None => Ok(()),
    }
}
