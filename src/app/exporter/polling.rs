//! The poller's loop without a desktop, in turns with a tray.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{ExporterContext, ExporterError, MetricsState};
use crate::app::instance_lock;
use crate::app::ipc::message::{Answer, OwnerKind, Request};
use crate::app::ipc::{self, Answering, Cancelled, Listening, Owner};
use crate::app::poller::{ConfigSource, Frontend, Inbox, Input, Poller};
use crate::app::requests::Requests;
use crate::domain::alert::Notification;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::Event;
use crate::platform::{memory, system_events};
use crate::storage::token_store::TokenStore;

/// How often it looks whether the process that polls has ended.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Wakes the process that waits for the lock once the lock is free.
type Waiting = oneshot::Sender<()>;

/// Polls when no other process does, and puts what comes on `state`, until `ended` is.
///
/// # Errors
/// [`ExporterError`] when the store can't be used.
pub async fn run(
    source: &ExporterContext,
    state: &Arc<MetricsState>,
    ended: impl Future<Output = ()>,
) -> Result<(), ExporterError> {
    memory::share_one_heap();
    let reload = watch_config(source);
    tokio::pin!(ended);
    loop {
        match instance_lock::try_acquire(&source.paths.lock_file())? {
            None => state.follow(),
            Some(claim) => {
                let Some(waiting) = poll(source, state, &reload, &mut ended).await? else { return Ok(()) };
                state.follow();
                drop(claim);
                let _ = waiting.send(());
            }
        }
        // A tray that was made way for is faster than this.
        tokio::select! {
            () = &mut ended => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Polls until `ended`, or until somebody else wants to.
async fn poll(
    source: &ExporterContext,
    state: &Arc<MetricsState>,
    reload: &Reload,
    mut ended: impl Future<Output = ()> + Unpin,
) -> Result<Option<Waiting>, ExporterError> {
    let (paths, tokens) = (source.paths.clone(), source.tokens());
    let opened = tokio::task::spawn_blocking(move || Poller::open(&paths, tokens)).await;
    let poller = opened.map_err(std::io::Error::other)??;
    let inbox = poller.inbox();
    let to_read = source.clone();
    let config = ConfigSource::new(source.paths.config_file.clone(), move || to_read.read_config());
    let poller = poller.reading(config);
    reload.into(Some(inbox.clone()));
    let (wants, mut wanted) = mpsc::unbounded_channel();
    let _listening = listen(source, inbox.clone(), wants);
    let changed = inbox.clone();
    let _machine = system_events::watch(move |event| drop(changed.send(event.into())));
    let polling = poller.run(ExporterFrontend { state: state.clone(), inbox: inbox.clone() });
    tokio::pin!(polling);
    let waiting = tokio::select! {
        () = &mut polling => None,
        () = &mut ended => None,
        Some(waiting) = wanted.recv() => Some(waiting),
    };
    reload.into(None);
    let _ = inbox.send(Input::Quit);
    polling.await;
    Ok(waiting)
}

/// The exporter as the one that polls. It has no window, and makes way for a tray.
struct ExporterOwner {
    requests: Requests,
    inbox: Inbox,
    wants: mpsc::UnboundedSender<Waiting>,
}

impl Owner for ExporterOwner {
    fn kind(&self) -> OwnerKind {
        OwnerKind::Exporter
    }

    fn answer(&self, request: Request, cancelled: Cancelled) -> Answering {
        let (requests, wants) = (self.requests.clone(), self.wants.clone());
        Box::pin(async move {
            match request {
                Request::MakeWay => {
                    let (waiting, free) = oneshot::channel();
                    if wants.send(waiting).is_ok() {
                        let _ = free.await;
                    }
                    Answer::Done(Ok(()))
                }
                request @ (Request::Refresh | Request::ReadConfig | Request::TokenStored(_)) => {
                    requests.answer(request, cancelled).await
                }
                request => request.failed("an exporter is running, which can't do that".to_owned()),
            }
        })
    }

    fn quit(&self) {
        let _ = self.inbox.send(Input::Quit);
    }
}

fn listen(
    source: &ExporterContext,
    inbox: Inbox,
    wants: mpsc::UnboundedSender<Waiting>,
) -> Option<Listening> {
    let requests = Requests::new(&source.paths, TokenStore::Keyring(source.keyring.clone()), inbox.clone());
    let owner = Arc::new(ExporterOwner { requests, inbox, wants });
    match ipc::serve(&source.paths.data_dir, owner, None) {
        Ok(listening) => Some(listening),
        Err(error) => {
            tracing::warn!("other commands can't reach this exporter: {error}");
            None
        }
    }
}

/// Who hears that the configuration was changed: the poller, while there is one.
struct Reload(Arc<Mutex<Option<Inbox>>>);

impl Reload {
    fn into(&self, inbox: Option<Inbox>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = inbox;
    }
}

fn watch_config(source: &ExporterContext) -> Reload {
    let reload = Reload(Arc::default());
    let to = reload.0.clone();
    let changed = move || {
        if let Some(inbox) = &*to.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = inbox.send(Input::ReadConfig(None));
        }
    };
    if let Err(error) = system_events::file_watcher::watch(&source.paths.config_file, changed) {
        tracing::warn!("{}: {error}", system_events::file_watcher::CONFIG_NOT_WATCHED);
    }
    reload
}

/// The frontend of a poller that only serves its figures. Its alerts go to the log, and that the disk is full, say.
struct ExporterFrontend {
    state: Arc<MetricsState>,
    inbox: Inbox,
}

impl Frontend for ExporterFrontend {
    async fn render(&mut self, snapshot: Snapshot) {
        self.state.set_snapshot(snapshot);
    }

    fn notify(&mut self, notification: Notification, _: Snapshot) {
        let body: Vec<&str> = notification.body.lines().collect();
        tracing::warn!("{}: {}", notification.summary, body.join("; "));
        let _ = self.inbox.send(Event::Delivered(notification.keys).into());
    }

    fn on_event(&mut self, event: &Event) {
        match event {
            Event::PollFinished { poll, outcome: Err(failure), .. } => {
                self.state.failed(&poll.account, failure.state());
            }
            Event::HistoryWriteStatus(Some(why)) => {
                tracing::warn!("{why}; the figures are still served")
            }
            Event::HistoryWriteStatus(None) => {
                tracing::warn!("the history can be written again: nothing is missing")
            }
            _ => {}
        }
    }
}
