//! The machine itself: it slept, its clock was set, it has another network. Each tells of it in its own way and often
//! several times; here it becomes one event.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::{clock, network, sleep};
use crate::domain::state::Event;

/// A change is over when nothing was told for so long: a wake brings signs of the clock, of the bus and of the network.
const QUIET: Duration = Duration::from_secs(1);
/// And after so long although signs go on.
const AT_LATEST: Duration = Duration::from_secs(5);

/// Something that may have changed what a poll brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The machine woke from sleep.
    Woke,
    /// The clock went otherwise than time does: it was set, or the machine slept.
    ClockJumped,
    /// There is another way to the internet than before.
    Network,
}

/// Where signs go.
pub type Signs = mpsc::UnboundedSender<Sign>;

/// The watch over the machine; it ends with its value.
#[must_use]
pub struct Watch {
    _tasks: JoinSet<()>,
}

/// Tells of the machine's changes.
pub fn watch(tell: impl Fn(Event) + Send + 'static) -> Watch {
    let (sign, signs) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(sleep::watch(sign.clone()));
    tasks.spawn(clock::watch(sign.clone()));
    tasks.spawn(network::watch(sign));
    tasks.spawn(gather(signs, QUIET, tell));
    Watch { _tasks: tasks }
}

/// One event for all signs of a change.
async fn gather(mut signs: mpsc::UnboundedReceiver<Sign>, quiet: Duration, tell: impl Fn(Event)) {
    while let Some(first) = signs.recv().await {
        tracing::info!(?first, "the machine has changed");
        let latest = Instant::now() + AT_LATEST;
        while let Ok(Some(sign)) = timeout_at(latest.min(Instant::now() + quiet), signs.recv()).await {
            tracing::debug!(?sign);
        }
        tell(Event::SystemChanged);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn several_signs_at_once_are_one_event_and_a_later_one_is_another() {
        let (sign, signs) = mpsc::unbounded_channel();
        let told = Cell::new(0);
        let (heard, mut hears) = mpsc::unbounded_channel();
        let gathering = gather(signs, Duration::ZERO, |event| {
            assert_eq!(event, Event::SystemChanged);
            told.set(told.get() + 1);
            heard.send(()).unwrap();
        });
        for each in [Sign::Woke, Sign::ClockJumped, Sign::Network, Sign::Network] {
            sign.send(each).unwrap();
        }
        let play = async {
            hears.recv().await.unwrap();
            assert_eq!(told.get(), 1);
            sign.send(Sign::Network).unwrap();
            hears.recv().await.unwrap();
            drop(sign);
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { tokio::join!(gathering, play) });
        assert_eq!(told.get(), 2);
    }
}
