//! The main loop: passes events to the domain and runs the effects it returns.

mod config_source;
mod fetcher;
pub mod once;
mod token_command;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::app::hook;
use crate::app::instance_lock;
use crate::app::ipc::Subscribers;
use crate::domain::alert::Notification;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::{Effect, Event, State, update};
use crate::platform::{system_events, task};
use crate::storage;
use crate::storage::history::{History, HistoryError, HistoryWriter};
use crate::storage::paths::Paths;
use crate::window_request::WindowRequest;

pub use config_source::ConfigSource;
use config_source::When;
pub use fetcher::{Fetcher, TokenOverride, TokenSource};
pub use token_command::run as token_of_command;

/// How long quitting waits for a notification server. The end of a session leaves a second or so.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a refresh waits until the configuration file is read. It may be on a network disk that is gone.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// Extra time after the poll interval before the configuration file is checked, while nothing is polled.
const LOOK_SLACK: Duration = Duration::from_secs(60);

/// An input of the loop.
#[derive(Debug)]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// The user wants fresh figures; answered when they are there.
    Refresh(oneshot::Sender<()>),
    /// The user wants to see this in the window.
    Open(WindowRequest),
    /// The configuration file was changed, or may have been; answered when it has been read.
    ReadConfig(Option<oneshot::Sender<()>>),
    /// A read of the configuration has finished; answered when the result is shown.
    ConfigRead(Option<oneshot::Sender<()>>),
    /// A client wants the state.
    Publish,
    /// Show this notification, which is not an alert.
    Tell(Box<Notification>),
    /// The user wants the program to end.
    Quit,
}

impl From<Event> for Input {
    fn from(event: Event) -> Input {
        Input::Event(event)
    }
}

/// Sends inputs to the loop.
pub type Inbox = mpsc::UnboundedSender<Input>;

/// A frontend: shows the state and notifies.
pub trait Frontend {
    /// Shows `snapshot`. Called after every change, so it must be cheap when nothing differs.
    fn render(&mut self, snapshot: Snapshot) -> impl Future<Output = ()>;
    /// Shows a notification for `snapshot`, and reports `Delivered` or `Undelivered` to the inbox.
    fn notify(&mut self, notification: Notification, snapshot: Snapshot);
    /// Closes the notification about `topic`, if it is still shown.
    fn withdraw(&mut self, _topic: &str) {}
    /// Called with each event before the state is updated.
    fn on_event(&mut self, _event: &Event) {}
    /// Opens the window, if this frontend has one.
    fn open(&mut self, _request: WindowRequest) {}
}

/// The state of the loop.
pub struct Poller {
    state: State,
    fetcher: Arc<Fetcher>,
    history: HistoryWriter,
    /// The configuration file, read again while the loop runs; `None` if the configuration does not change.
    config: Option<Arc<ConfigSource>>,
    looked_at: Instant,
    inbox: Inbox,
    inputs: mpsc::UnboundedReceiver<Input>,
    refreshers: Vec<oneshot::Sender<()>>,
    /// Resolved once the configuration that was read is shown.
    readers: Vec<oneshot::Sender<()>>,
    /// The clients that receive the state.
    subscribers: Option<Subscribers>,
    /// Unfinished rounds and open password dialogs. A round includes the alerts and look-ups that follow from its
    /// answers.
    in_flight: usize,
    pending_effects: Vec<Effect>,
}

/// Why there is no poller.
#[derive(Debug, thiserror::Error)]
pub enum PollerError {
    /// The history file can't be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The thread that writes the history can't be started.
    #[error("can't start a thread: {0}")]
    Thread(#[from] io::Error),
}

impl Poller {
    /// A poller of the accounts at `paths`, with tokens from `tokens`. Nothing happens before [`Poller::run`]. May
    /// block on disk access.
    ///
    /// # Errors
    /// [`PollerError`].
    pub fn open(paths: &Paths, tokens: TokenSource) -> Result<Poller, PollerError> {
        let (history, kept, fingerprints) = storage::open_for_writing(paths)?;
        let state = State::new(kept, instance_lock::seed(), Timestamp::now());
        Poller::new(state, Fetcher::new(tokens, fingerprints), history)
    }

    /// A poller over `state` that writes to `history`, or to the file at its path once that can be opened.
    ///
    /// # Errors
    /// [`PollerError::Thread`].
    pub fn new(
        state: State,
        fetcher: Fetcher,
        history: Result<History, PathBuf>,
    ) -> Result<Poller, PollerError> {
        let (inbox, inputs) = mpsc::unbounded_channel();
        let to_tell = inbox.clone();
        let tell = move |problem| drop(to_tell.send(Event::HistoryWriteStatus(problem).into()));
        Ok(Poller {
            state: state.in_zone(system_events::time_zone::current()),
            fetcher: Arc::new(fetcher),
            history: HistoryWriter::start(history, tell)?,
            config: None,
            looked_at: Instant::now(),
            inbox,
            inputs,
            refreshers: Vec::new(),
            readers: Vec::new(),
            subscribers: None,
            in_flight: 0,
            pending_effects: Vec::new(),
        })
    }

    /// The same, but allowed to show the keyring's password dialog once.
    pub fn unlocking_once(self) -> Poller {
        Poller { state: self.state.unlocking_once(), ..self }
    }

    /// Reads the configuration from `source`, now and while it runs.
    pub fn reading(mut self, source: ConfigSource) -> Poller {
        source.read(When::Now, |event| self.begin(event));
        self.config = Some(Arc::new(source));
        self
    }

    /// Publishes the state to `subscribers`.
    pub fn publishing(self, subscribers: Subscribers) -> Poller {
        Poller { subscribers: Some(subscribers), ..self }
    }

    /// A sender of inputs to the loop.
    pub fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// The state to show.
    pub fn snapshot(&self) -> Snapshot {
        self.state.snapshot(Timestamp::now())
    }

    /// Applies `event` before anything is shown. [`Poller::run`] runs its effects.
    pub fn begin(&mut self, event: Event) {
        self.pending_effects.extend(update(&mut self.state, event, Timestamp::now()));
    }

    /// Runs until [`Input::Quit`], and writes everything queued before it returns.
    pub async fn run(mut self, mut frontend: impl Frontend) {
        let pending_effects = std::mem::take(&mut self.pending_effects);
        self.carry_out(pending_effects, &mut frontend);
        loop {
            // Handles all waiting inputs before drawing.
            let input = match self.inputs.try_recv() {
                Ok(input) => input,
                Err(_) => {
                    frontend.render(self.snapshot()).await;
                    self.publish();
                    self.finish_refreshes();
                    self.next().await
                }
            };
            let event = match input {
                Input::Quit => return self.end(&mut frontend).await,
                Input::Event(event) => event,
                Input::Open(request) => {
                    frontend.open(request);
                    continue;
                }
                Input::Tell(notification) => {
                    frontend.notify(*notification, self.snapshot());
                    continue;
                }
                Input::ReadConfig(done) => {
                    self.read_config(When::Now, done);
                    continue;
                }
                Input::ConfigRead(done) => {
                    self.in_flight = self.in_flight.saturating_sub(1);
                    self.readers.extend(done);
                    continue;
                }
                Input::Publish => continue,
                Input::Refresh(done) => {
                    self.refreshers.push(done);
                    Event::RefreshRequested
                }
            };
            self.handle_event(event, &mut frontend);
        }
    }

    /// Waits for a notification that is being shown and records it; otherwise the next start would show it again.
    async fn end(mut self, frontend: &mut impl Frontend) {
        let latest = Instant::now() + SHUTDOWN_TIMEOUT;
        while self.state.has_pending_alerts() {
            match tokio::time::timeout_at(latest, self.inputs.recv()).await {
                Ok(Some(Input::Event(event @ (Event::Delivered(_) | Event::Undelivered(_))))) => {
                    self.handle_event(event, frontend);
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        // Dropping it writes what is queued, which can take seconds on a busy disk.
        let history = self.history;
        let _ = tokio::task::spawn_blocking(move || drop(history)).await;
    }

    /// The next input, or a tick when the state changes without one.
    async fn next(&mut self) -> Input {
        let now = Timestamp::now();
        let wakes_at = self
            .state
            .wakes_at(now)
            .map(|at| Instant::now() + Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
        let look_at =
            self.config.is_some().then(|| self.looked_at + self.state.config().poll_interval + LOOK_SLACK);
        let Some(next) = wakes_at.into_iter().chain(look_at).min() else {
            return self.inputs.recv().await.unwrap_or(Input::Quit);
        };
        tokio::select! {
            input = self.inputs.recv() => input.unwrap_or(Input::Quit),
            () = tokio::time::sleep_until(next) => Input::Event(Event::Tick),
        }
    }

    /// Reads the configuration without blocking the loop; `done` completes when the result is shown.
    fn read_config(&mut self, when: When, done: Option<oneshot::Sender<()>>) {
        let Some(config) = self.config.clone() else { return };
        self.looked_at = Instant::now();
        self.in_flight += 1;
        let inbox = self.inbox.clone();
        task::spawn(async move {
            let to_tell = inbox.clone();
            let read = tokio::task::spawn_blocking(move || {
                config.read(when, |event| drop(to_tell.send(Input::Event(event))));
            });
            let _ = tokio::time::timeout(READ_TIMEOUT, read).await;
            let _ = inbox.send(Input::ConfigRead(done));
        });
    }

    fn handle_event(&mut self, event: Event, frontend: &mut impl Frontend) {
        tracing::debug!(?event);
        frontend.on_event(&event);
        if matches!(event, Event::RoundFinished | Event::UnlockFinished) {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        // Every poll begins with one of these.
        if matches!(event, Event::Tick | Event::RefreshRequested) {
            self.read_config(When::IfChanged, None);
        }
        let effects = update(&mut self.state, event, Timestamp::now());
        self.carry_out(effects, frontend);
    }

    fn carry_out(&mut self, effects: Vec<Effect>, frontend: &mut impl Frontend) {
        for effect in effects {
            match effect {
                Effect::Poll(asks) => {
                    self.in_flight += 1;
                    let (fetcher, inbox) = (self.fetcher.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    task::spawn(async move {
                        // Before the answers, because they may cause notifications.
                        let _ =
                            inbox.send(Event::TimeZoneChanged(system_events::time_zone::current()).into());
                        fetcher.poll_all(api_url, asks, |event| drop(inbox.send(Input::Event(event)))).await;
                    });
                }
                Effect::UnlockKeyring(accounts) => {
                    self.in_flight += 1;
                    let (fetcher, inbox) = (self.fetcher.clone(), self.inbox.clone());
                    task::spawn(async move {
                        fetcher.unlock(&accounts).await;
                        let _ = inbox.send(Event::UnlockFinished.into());
                    });
                }
                Effect::FetchRegionLabels => {
                    let (fetcher, inbox) = (self.fetcher.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    task::spawn(async move {
                        match fetcher.regions(api_url.clone()).await {
                            Ok(regions) => {
                                drop(inbox.send(Event::RegionLabelsFetched(api_url, regions).into()))
                            }
                            Err(failure) => {
                                tracing::info!("no names of regions: {failure}");
                                let _ = inbox.send(Event::RegionLabelsFailed(api_url).into());
                            }
                        }
                    });
                }
                Effect::FetchPrices => {
                    let (fetcher, inbox) = (self.fetcher.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    task::spawn(async move {
                        match fetcher.prices(api_url.clone()).await {
                            Ok(prices) => drop(inbox.send(Event::PricesFetched(api_url, prices).into())),
                            Err(failure) => {
                                tracing::info!("no prices: {failure}");
                                let _ = inbox.send(Event::PricesFailed(api_url).into());
                            }
                        }
                    });
                }
                Effect::FetchBreakdowns(asks, limit) => {
                    let (fetcher, inbox) = (self.fetcher.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    task::spawn(async move {
                        fetcher
                            .breakdowns(api_url, asks, limit, |event| drop(inbox.send(event.into())))
                            .await;
                    });
                }
                Effect::RunHook(command, alerts) => {
                    drop(task::spawn(hook::run(command, alerts, self.snapshot())));
                }
                Effect::Withdraw(topic) => frontend.withdraw(&topic),
                Effect::Notify(notification) => frontend.notify(notification, self.snapshot()),
                Effect::Store(command) => self.history.enqueue(command, Timestamp::now()),
            }
        }
    }

    fn publish(&self) {
        if let Some(subscribers) = &self.subscribers {
            subscribers.publish(|| self.state.state_update(Timestamp::now()));
        }
    }

    /// Resolves pending requests once their result is shown. A refresh also waits until it is in the history.
    fn finish_refreshes(&mut self) {
        for done in self.readers.drain(..) {
            let _ = done.send(());
        }
        if self.in_flight == 0 && !self.refreshers.is_empty() {
            let refreshers = std::mem::take(&mut self.refreshers);
            self.history.after_write(|| {
                for done in refreshers {
                    let _ = done.send(());
                }
            });
        }
    }
}
