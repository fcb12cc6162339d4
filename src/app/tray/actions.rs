//! Turns clicks on the icon, its menu and notifications into what the program does.

use std::ffi::OsString;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::app::ipc::message::{Answer, Request};
use crate::app::poller::{Inbox, Input};
use crate::app::requests::Requests;
use crate::domain::alert::{Notification, NotificationAction};
use crate::domain::month::Month;
use crate::domain::state::Event;
use crate::notifications::Outcome;
use crate::platform::{autostart, system_events, task};
use crate::storage::config::Patch;
use crate::tray::TrayEvent;
use crate::tray::menu::Action;
use crate::window_request::{ActivationToken, View, WindowRequest};

/// The page of Cloud Manager that shows the transfer pool.
const CLOUD_MANAGER: &str = "https://cloud.linode.com/linodes";

/// What a click asks for.
pub(super) enum UserAction {
    /// Show this in the window.
    Open(WindowRequest),
    /// Run these requests in order. If one fails, this is the heading of the notification.
    Ask(&'static str, Vec<Request>),
    /// Open a page in the browser.
    Page(&'static str),
    /// Open the configuration file in an editor.
    OpenConfiguration,
    /// Checks what the system sends no events for.
    LookAgain,
    /// Quit, unless the window has unsaved changes.
    Quit,
    /// Quit now.
    End,
}

impl UserAction {
    pub(super) fn from_event(event: TrayEvent) -> UserAction {
        let action = match event {
            TrayEvent::OpenWindow(request) => return UserAction::Open(request),
            TrayEvent::PointerEntered => return UserAction::LookAgain,
            TrayEvent::SessionEnded => return UserAction::End,
            TrayEvent::MenuItemSelected(action) => action,
        };
        let muted = "Could not mute notifications";
        match action {
            Action::Open(view) => UserAction::Open(view.into()),
            Action::Refresh => UserAction::Ask("Could not refresh", vec![Request::Refresh]),
            Action::UnlockKeyring => UserAction::Ask("Could not unlock the keyring", vec![Request::Unlock]),
            Action::Mute(time) => {
                let until = time.ends_at(Timestamp::now(), &system_events::time_zone::current());
                UserAction::Ask(muted, vec![Request::Mute(None, Some(until))])
            }
            Action::Unmute => UserAction::Ask(muted, vec![Request::Mute(None, None)]),
            Action::Duplicate(id) => {
                UserAction::Ask("Could not duplicate the account", vec![Request::Duplicate(id)])
            }
            Action::MuteAccount(id, to_mute) => UserAction::Ask(
                muted,
                vec![Request::Change(id, Patch::from_iter([("muted", to_mute.into())]))],
            ),
            Action::StartAtLogin(on) => {
                UserAction::Ask("Could not change start at login", vec![Request::StartAtLogin(on)])
            }
            Action::OpenConfiguration => UserAction::OpenConfiguration,
            Action::OpenCloudManager => UserAction::Page(CLOUD_MANAGER),
            Action::Quit => UserAction::Quit,
        }
    }
}

/// Runs what the user asked for without blocking the tray.
pub(super) fn handle_tray_event(event: TrayEvent, inbox: &Inbox, requests: &Requests) {
    match UserAction::from_event(event) {
        UserAction::Open(request) => drop(inbox.send(Input::Open(request))),
        UserAction::Ask(failed, asked) => ask(failed, asked, requests, inbox),
        UserAction::Page(page) => open_in_its_program(page.into()),
        UserAction::OpenConfiguration => open_in_its_program(requests.config_file().into()),
        UserAction::LookAgain => {
            let inbox = inbox.clone();
            tokio::task::spawn_blocking(move || {
                drop(inbox.send(Event::AutostartChanged(autostart::status_mark()).into()))
            });
        }
        UserAction::Quit => drop(inbox.send(Input::Open(View::Quit.into()))),
        UserAction::End => drop(inbox.send(Input::Quit)),
    }
}

pub(super) fn ask(failed: &'static str, asked: Vec<Request>, requests: &Requests, inbox: &Inbox) {
    let (requests, inbox) = (requests.clone(), inbox.clone());
    task::spawn(async move {
        for request in asked {
            let (_kept, cancelled) = oneshot::channel();
            if let Some(trouble) = error_notification(failed, &requests.answer(request, cancelled).await) {
                let _ = inbox.send(Input::Tell(Box::new(trouble)));
            }
        }
    });
}

/// The notification with the heading `failed` if `answer` is a failure.
pub(super) fn error_notification(failed: &'static str, answer: &Answer) -> Option<Notification> {
    let (Answer::Changed(Err(why)) | Answer::Done(Err(why))) = answer else { return None };
    tracing::warn!("{failed}: {why}");
    Some(Notification::error(failed, why.clone()))
}

/// Forwards the outcome of a notification to the poller behind `inbox`.
pub(super) fn handle_notification_outcome(inbox: Inbox) -> impl Fn(Outcome) + Send + Sync + 'static {
    move |outcome| {
        let input = match outcome {
            Outcome::Delivered(keys) => Event::Delivered(keys).into(),
            Outcome::Undelivered(keys) => Event::Undelivered(keys).into(),
            Outcome::ActionInvoked(action, activation) => input_for(action, activation),
        };
        let _ = inbox.send(input);
    }
}

fn input_for(action: NotificationAction, activation: Option<ActivationToken>) -> Input {
    match action {
        NotificationAction::MuteForThisMonth(id) => {
            Event::Mute(Some(id), Some(Month::containing(Timestamp::now()).ends_at)).into()
        }
        NotificationAction::ReplaceToken(id) => {
            Input::Open(WindowRequest { activation, ..View::ReplaceToken(id).into() })
        }
        NotificationAction::Open(account) => {
            let view = account.map(View::Account).unwrap_or_default();
            Input::Open(WindowRequest { activation, ..view.into() })
        }
    }
}

/// Opens a page or a file in the desktop's default program.
pub(super) fn open_in_its_program(what: OsString) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = open::that_detached(&what) {
            tracing::warn!("{} can't be opened: {error}", what.display());
        }
    });
}
