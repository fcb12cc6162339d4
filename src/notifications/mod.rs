//! An alert's notification on the desktop. What it says is decided in `domain::alert`.

#[cfg(any(windows, target_os = "macos"))]
mod desktop;
#[cfg(target_os = "linux")]
mod linux;

use crate::app::poller::{Inbox, Input};
use crate::domain::alert::{Notification, Offer};
use crate::domain::page::ActivationToken;

#[cfg(any(windows, target_os = "macos"))]
pub use desktop::Notifier;
#[cfg(target_os = "linux")]
pub use linux::{Notifier, server};

/// What comes of a notification.
enum Outcome {
    /// It was shown.
    Delivered,
    /// It could not be shown, and why.
    Undelivered(String),
    /// The user took an offer, with the activation token for what comes of it.
    Taken(Offer, Option<ActivationToken>),
}

/// What a click on the notification itself is called; a button is called by its number.
const ITSELF: &str = "default";

/// The button that was clicked, or the notification itself, as what is offered.
fn offer_of(notification: &Notification, key: &str) -> Option<Offer> {
    match key {
        ITSELF => Some(Offer::Open),
        number => number.parse().ok().and_then(|at: usize| notification.offers.get(at)).cloned(),
    }
}

/// Where outcomes go.
#[derive(Clone)]
pub struct Report {
    inbox: Inbox,
    taken: fn(Offer, Option<ActivationToken>) -> Option<Input>,
}

impl Report {
    /// Reports to `inbox`; `taken` turns an offer that the user took into what is to happen.
    pub fn new(inbox: Inbox, taken: fn(Offer, Option<ActivationToken>) -> Option<Input>) -> Report {
        Report { inbox, taken }
    }

    fn tell(&self, notification: &Notification, outcome: Outcome) {
        use crate::domain::state::Event;
        let keys = notification.settles.clone();
        let input = match outcome {
            Outcome::Delivered => Some(Event::Delivered(keys).into()),
            Outcome::Undelivered(why) => {
                tracing::warn!("a notification could not be shown: {why}");
                Some(Event::Undelivered(keys).into())
            }
            Outcome::Taken(offer, activation) => (self.taken)(offer, activation),
        };
        input.into_iter().for_each(|input| drop(self.inbox.send(input)));
    }
}
