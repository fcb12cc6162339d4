//! The tray as the owner of everything, for the commands and the window.

use crate::app::requests::Requests;
use crate::domain::page::WindowRequest;
use crate::ipc::message::{Answer, OwnerKind, Request};
use crate::ipc::{Answering, Cancelled, Owner};
use crate::poller::{Inbox, Input};
use crate::watch;

/// The tray, or the demo's.
pub struct TrayOwner {
    /// Which of the two.
    pub kind: OwnerKind,
    /// What the window may ask for.
    pub requests: Requests,
    /// The poller's.
    pub inbox: Inbox,
}

impl Owner for TrayOwner {
    fn kind(&self) -> OwnerKind {
        self.kind
    }

    fn answer(&self, request: Request, cancelled: Cancelled) -> Answering {
        let (requests, inbox) = (self.requests.clone(), self.inbox.clone());
        Box::pin(async move {
            match request {
                Request::Open(WindowRequest { view, activation }) => {
                    let _ = inbox.send(Input::Open(WindowRequest { view, activation }));
                    Answer::Done(Ok(()))
                }
                // Another tray may poll in the place of one whose session is gone, and of no other.
                Request::TakeOver if watch::session::is_gone().await => {
                    let _ = inbox.send(Input::Quit);
                    Answer::Done(Ok(()))
                }
                request @ (Request::TakeOver | Request::MakeWay) => {
                    request.failed("the running tray goes on as it is".to_owned())
                }
                request => requests.answer(request, cancelled).await,
            }
        })
    }

    fn quit(&self) {
        let _ = self.inbox.send(Input::Quit);
    }
}
