//! Notifications of macOS: by the framework UserNotifications in an application that the user has allowed to notify, else
//! in the older way, without buttons.

mod center;
mod legacy;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

use self::center::Permission;
use super::{ITSELF, Outcome, Outcomes, action_for};
use crate::domain::alert::{Notification, NotificationAction};
use crate::storage::paths::notification_picture;
use crate::tray::icon::Rgba;

pub use self::center::{Permission as NotificationPermission, permission};

/// Why alerts of a program that the user has muted are not delivered.
const OFF: &str = "notifications of Linode Bandwidth are off in macOS' settings";

/// Shows notifications; a new one about the same account replaces the old one.
pub struct Notifier {
    outcomes: Outcomes,
    /// Where the pictures are put for the system to read.
    folder: PathBuf,
    shown: Shown,
    /// For a thread of its own, because the center makes its callers wait. One after another, so that what is withdrawn
    /// was shown before.
    jobs: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// What was shown last about each topic.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<HashMap<String, Notification>>>);

impl Shown {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Notification>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notifier {
    /// A notifier that passes outcomes to `report` and keeps its pictures in `folder`. Asks the user for permission, if
    /// they have not been asked: it is they who start the program the first time.
    pub fn new(report: impl Fn(Outcome) + Send + Sync + 'static, folder: PathBuf) -> Notifier {
        let outcomes = Outcomes(Arc::new(report));
        let shown = Shown::default();
        let (known, clicked) = (shown.clone(), outcomes.clone());
        center::on_click(move |topic, action| {
            let key = match action {
                center::Click::Itself => ITSELF,
                center::Click::Button(key) => key,
            };
            let action = match known.lock().get(topic) {
                Some(notification) => action_for(notification, key),
                // It was shown before this process started.
                None => Some(NotificationAction::Open(None)),
            };
            if let Some(action) = action {
                clicked.invoked(action, None);
            }
        });
        let (jobs, work) = mpsc::channel::<Job>();
        let started = thread::Builder::new()
            .name("notifications".into())
            .spawn(move || work.into_iter().for_each(|job| job()));
        if let Err(error) = started {
            tracing::warn!("notifications can't be shown: {error}");
        }
        let notifier = Notifier { outcomes, folder, shown, jobs };
        notifier.run(center::ask_permission);
        notifier
    }

    fn run(&self, job: impl FnOnce() + Send + 'static) {
        let _ = self.jobs.send(Box::new(job));
    }

    /// Shows `notification` beside `icon`, off the caller's path.
    pub fn show(&self, notification: Notification, icon: Rgba) {
        let (outcomes, shown) = (self.outcomes.clone(), self.shown.clone());
        let picture = notification_picture(&self.folder, notification.topic());
        self.run(move || {
            let saved = icon.save_png(&picture);
            let saved = saved.inspect_err(|error| tracing::warn!("{}: {error}", picture.display()));
            let picture = saved.is_ok().then_some(picture.as_path());
            let showing = match center::permission() {
                Permission::Granted => {
                    shown.lock().insert(notification.topic().to_owned(), notification.clone());
                    center::show(&notification, picture)
                }
                Permission::Denied => Err(OFF.to_owned()),
                Permission::NotAsked | Permission::Unavailable => legacy::show(&notification, picture),
            };
            match showing {
                Ok(()) => outcomes.delivered(&notification),
                Err(why) => outcomes.undelivered(&notification, why),
            }
        });
    }

    /// Takes what is shown about `topic` out of the notification center, off the caller's path.
    pub fn withdraw(&self, topic: &str) {
        let topic = topic.to_owned();
        self.run(move || center::remove(&[&topic]));
    }

    /// Removes notifications with buttons: the next start would not know what they were about.
    pub async fn end(self) {
        let shown = self.shown.lock();
        let with_buttons = shown.iter().filter(|(_, notification)| !notification.actions.is_empty());
        center::remove(&with_buttons.map(|(topic, _)| topic.as_str()).collect::<Vec<_>>());
    }
}
