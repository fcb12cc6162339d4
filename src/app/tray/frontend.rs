//! The tray's frontend: icon and notifications.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::actions::{handle_notification_outcome, handle_tray_event};
use crate::app::poller::{Frontend, Poller};
use crate::app::requests::Requests;
use crate::app::window_opener::WindowOpener;
use crate::domain::alert::Notification;
use crate::domain::config::IconAccount;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::Event;
use crate::notifications::Notifier;
use crate::platform::system_events;
use crate::tray::icon::{Icon, Rgba};
use crate::tray::{EventLoopHandle, Tray, TrayError, TrayEvent};
use crate::window_request::WindowRequest;

/// The side of a notification's picture, in pixels. Windows shows it at 48 pixels, times the screen's scale.
const NOTIFICATION_ICON: u32 = if cfg!(windows) { 144 } else { 64 };

/// The image of a notification: the icon of the account that it is about, or of the first one that it lists.
pub(super) fn notification_icon(notification: &Notification, snapshot: &Snapshot) -> Rgba {
    let whose = notification.leads_to.clone().map(IconAccount::Id);
    let icon_account = whose.unwrap_or_else(|| snapshot.icon_account.clone());
    let snapshot = Snapshot { icon_account, ..snapshot.clone() };
    Icon::from_snapshot(&snapshot).draw(NOTIFICATION_ICON)
}

/// Handlers for actions in the menu and in notifications.
#[derive(Clone)]
pub struct TrayActions {
    /// Opens the window.
    pub opener: WindowOpener,
    /// Changes accounts.
    pub requests: Requests,
}

/// Icon and notifications.
pub struct DesktopFrontend {
    /// `None` if no icon can be shown.
    tray: Option<Tray>,
    notifier: Notifier,
    opener: WindowOpener,
    /// The time zone of the times that are shown.
    zone: TimeZone,
}

impl DesktopFrontend {
    /// Shows the icon for `poller`'s state. Images of notifications go to `folder`.
    ///
    /// # Errors
    /// [`TrayError`] if no icon can be shown, together with a frontend that has none.
    pub async fn start(
        event_loop: EventLoopHandle,
        poller: &Poller,
        folder: PathBuf,
        actions: TrayActions,
    ) -> Result<DesktopFrontend, (TrayError, DesktopFrontend)> {
        let TrayActions { opener, requests } = actions;
        let inbox = poller.inbox();
        let notifier = Notifier::new(handle_notification_outcome(inbox.clone()), folder);
        // The demo has no entry there, and must not get one.
        let at_login = poller.snapshot().starts_at_login.is_some();
        #[cfg(windows)]
        let notifier = if at_login { notifier } else { notifier.without_links() };
        let happened = move |event| {
            if event != TrayEvent::PointerEntered || at_login {
                handle_tray_event(event, &inbox, &requests);
            }
        };
        let zone = system_events::time_zone::current();
        let started = Tray::start(event_loop, &poller.snapshot(), &zone, happened).await;
        let desktop = DesktopFrontend { tray: None, notifier, opener, zone };
        match started {
            Ok(tray) => Ok(DesktopFrontend { tray: Some(tray), ..desktop }),
            Err(error) => Err((error, desktop)),
        }
    }

    /// Runs `poller` and shows its state until the user quits.
    pub async fn run(mut self, poller: Poller) {
        poller.run(&mut self).await;
        let icon = async {
            if let Some(tray) = self.tray {
                tray.end().await;
            }
        };
        tokio::join!(icon, self.notifier.end());
    }
}

impl Frontend for &mut DesktopFrontend {
    async fn render(&mut self, snapshot: Snapshot) {
        if let Some(tray) = &mut self.tray {
            tray.show(&snapshot, &self.zone).await;
        }
    }

    fn notify(&mut self, notification: Notification, snapshot: Snapshot) {
        let picture = notification_icon(&notification, &snapshot);
        self.notifier.show(notification, picture);
    }

    fn withdraw(&mut self, topic: &str) {
        self.notifier.withdraw(topic);
    }

    fn on_event(&mut self, event: &Event) {
        if let Event::TimeZoneChanged(zone) = event {
            self.zone = zone.clone();
        }
    }

    fn open(&mut self, request: WindowRequest) {
        self.opener.open(request);
    }
}
