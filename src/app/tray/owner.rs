//! The tray as the owner of everything, for the commands and the window.

use crate::app::ipc::message::{Answer, OwnerKind, Request};
use crate::app::ipc::{Answering, Asking, Cancelled, Owner};
use crate::app::poller::{Inbox, Input};
use crate::app::requests::Requests;
use crate::platform::system_events;

/// The tray, or the demo's tray.
pub struct TrayOwner {
    /// Whether it is the tray or the demo.
    pub kind: OwnerKind,
    /// Handles the window's requests.
    pub requests: Requests,
    /// The poller's inbox.
    pub inbox: Inbox,
}

impl Owner for TrayOwner {
    fn kind(&self) -> OwnerKind {
        self.kind
    }

    fn answer(&self, request: Request, cancelled: Cancelled) -> Answering {
        let (kind, requests, inbox) = (self.kind, self.requests.clone(), self.inbox.clone());
        Box::pin(async move {
            match request {
                Request::Open(wanted) => {
                    if !system_events::session::window_display().await.is(&wanted.display) {
                        return Answer::Done(Err("its windows are on another display".to_owned()));
                    }
                    let _ = inbox.send(Input::Open(wanted));
                    Answer::Done(Ok(()))
                }
                request @ Request::StartAtLogin(_) if kind != OwnerKind::Tray => {
                    request.failed("the demo does not start at login".to_owned())
                }
                // Another tray may take over only if this one's session is gone.
                Request::TakeOver if system_events::session::is_gone().await => {
                    let _ = inbox.send(Input::Quit);
                    Answer::Done(Ok(()))
                }
                request @ (Request::TakeOver | Request::MakeWay) => {
                    request.failed("the running tray keeps running".to_owned())
                }
                request => requests.answer(request, cancelled).await,
            }
        })
    }

    fn quit(&self) {
        let _ = self.inbox.send(Input::Quit);
    }

    fn show_window(&self, session: &str) -> Asking {
        let session = session.to_owned();
        Box::pin(async move { system_events::session::bus_id().await.is_some_and(|own| own == session) })
    }
}
