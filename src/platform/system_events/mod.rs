//! System events: wake from sleep, network and file changes, signals, the end of the session.

mod clock;
pub mod file_watcher;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod session;
pub mod signals;
pub mod time_zone;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;
#[cfg(windows)]
pub use windows::{end_with_session, watch_screen};

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::domain::state::Event;
use crate::platform::task::boxed;

/// Events are merged until there is this much quiet: a wake causes events of the clock, the bus and the
/// network.
const QUIET: Duration = Duration::from_secs(1);
/// The maximum delay while events continue.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// A change that may affect the next poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SystemEvent {
    Woke,
    /// The clock was set, or the machine slept.
    ClockJumped,
    /// There is a new default route.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "failed polls are retried on schedule there")
    )]
    NetworkChanged,
}

type Sender = mpsc::UnboundedSender<SystemEvent>;

/// A running watch, which ends when this is dropped.
#[must_use]
pub struct Watch {
    _tasks: JoinSet<()>,
}

/// Calls `on_event` after sleep, a change of the clock or a new network. Merges the many system events of one
/// change into one event.
pub fn watch(on_event: impl Fn(Event) + Send + 'static) -> Watch {
    let (sender, receiver) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(boxed(system::watch_sleep(sender.clone())));
    tasks.spawn(boxed(system::watch_clock(sender.clone())));
    tasks.spawn(boxed(system::watch_network(sender)));
    tasks.spawn(boxed(debounce(receiver, QUIET, on_event)));
    Watch { _tasks: tasks }
}

async fn debounce(
    mut events: mpsc::UnboundedReceiver<SystemEvent>,
    quiet: Duration,
    on_event: impl Fn(Event),
) {
    while let Some(first) = events.recv().await {
        tracing::info!(?first, "the machine has changed");
        let latest = Instant::now() + MAX_DELAY;
        while let Ok(Some(event)) = timeout_at(latest.min(Instant::now() + quiet), events.recv()).await {
            tracing::debug!(?event);
        }
        on_event(Event::SystemChanged);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn merges_simultaneous_system_events() {
        let (sender, receiver) = mpsc::unbounded_channel();
        let count = Cell::new(0);
        let (reported, mut reports) = mpsc::unbounded_channel();
        let debouncing = debounce(receiver, Duration::ZERO, |event| {
            assert_eq!(event, Event::SystemChanged);
            count.set(count.get() + 1);
            reported.send(()).unwrap();
        });
        use SystemEvent::{ClockJumped, NetworkChanged, Woke};
        for event in [Woke, ClockJumped, NetworkChanged, NetworkChanged] {
            sender.send(event).unwrap();
        }
        let play = async {
            reports.recv().await.unwrap();
            assert_eq!(count.get(), 1);
            sender.send(NetworkChanged).unwrap();
            reports.recv().await.unwrap();
            drop(sender);
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { tokio::join!(debouncing, play) });
        assert_eq!(count.get(), 2);
    }
}
