//! The loop that holds the state: it takes events up, lets the domain decide, and carries the effects out.

mod config_source;
pub mod once;
mod round;
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
use crate::domain::page::WindowRequest;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::{Effect, Event, State, update};
use crate::platform::system_events;
use crate::storage;
use crate::storage::history::{History, HistoryError, Keeper};
use crate::storage::paths::Paths;

pub use config_source::ConfigSource;
use config_source::When;
pub use round::{Given, Rounds, Tokens};

/// How long the end waits for a notification server. The end of a session leaves a second or so.
const FAREWELL: Duration = Duration::from_millis(500);

/// How long a refresh waits for a look at the configuration file, which may be on a network disk that is gone.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// How much later than a poll would come the file is looked at while nothing is polled.
const LOOK_SLACK: Duration = Duration::from_secs(60);

/// What comes in from the world.
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
    /// What began with [`Input::ReadConfig`] or a poll has ended; answered when what was read is shown.
    ConfigRead(Option<oneshot::Sender<()>>),
    /// A client wants the state.
    Publish,
    /// Tell the user this, which is no alert.
    Tell(Box<Notification>),
    /// The user wants the program to end.
    Quit,
}

impl From<Event> for Input {
    fn from(event: Event) -> Input {
        Input::Event(event)
    }
}

/// Where the world's inputs go.
pub type Inbox = mpsc::UnboundedSender<Input>;

/// What shows the state.
pub trait Face {
    /// Shows `snapshot`; called after every change, and to be cheap when it looks the same.
    fn show(&mut self, snapshot: Snapshot) -> impl Future<Output = ()>;
    /// Tells the user, in the state of `snapshot`; what comes of it goes to the inbox as `Delivered` or `Undelivered`.
    fn notify(&mut self, notification: Notification, snapshot: Snapshot);
    /// Takes back what was told about `topic`, if that is still shown.
    fn withdraw(&mut self, _topic: &str) {}
    /// Hears of what happens, before the state does.
    fn heard(&mut self, _event: &Event) {}
    /// Opens the window, where there is one.
    fn open(&mut self, _request: WindowRequest) {}
}

/// The loop's parts.
pub struct Poller {
    state: State,
    rounds: Arc<Rounds>,
    keeper: Keeper,
    /// What is read again while the loop runs; `None` where the configuration does not change.
    config: Option<Arc<ConfigSource>>,
    looked_at: Instant,
    inbox: Inbox,
    inputs: mpsc::UnboundedReceiver<Input>,
    refreshers: Vec<oneshot::Sender<()>>,
    /// Who waits until what was read is shown.
    readers: Vec<oneshot::Sender<()>>,
    /// The clients that get the state.
    subscribers: Option<Subscribers>,
    /// Rounds that were begun and have not ended, and questions to the user: the alerts and look-ups that follow from the
    /// answers are part of a round.
    under_way: usize,
    begun: Vec<Effect>,
}

/// Why there is no poller.
#[derive(Debug, thiserror::Error)]
pub enum PollerError {
    /// The history file can't be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The history is written on a thread, and there is none to be had.
    #[error("the system gives no thread: {0}")]
    Thread(#[from] io::Error),
}

impl Poller {
    /// A poller of what is stored at `paths`, with tokens from `tokens`; nothing happens before [`Poller::run`]. May wait
    /// for a disk.
    ///
    /// # Errors
    /// [`PollerError`].
    pub fn open(paths: &Paths, tokens: Tokens) -> Result<Poller, PollerError> {
        let (history, kept, fingerprints) = storage::opened(paths)?;
        let state = State::new(kept, instance_lock::seed(), Timestamp::now());
        Poller::new(state, Rounds::new(tokens, fingerprints), history)
    }

    /// A poller over `state` that writes to `history`; in place of one that can't be opened now, its path.
    ///
    /// # Errors
    /// [`PollerError::Thread`].
    pub fn new(
        state: State,
        rounds: Rounds,
        history: Result<History, PathBuf>,
    ) -> Result<Poller, PollerError> {
        let (inbox, inputs) = mpsc::unbounded_channel();
        let to_tell = inbox.clone();
        let tell = move |problem| drop(to_tell.send(Event::Keeping(problem).into()));
        Ok(Poller {
            state: state.in_zone(system_events::zone::current()),
            rounds: Arc::new(rounds),
            keeper: Keeper::start(history, tell)?,
            config: None,
            looked_at: Instant::now(),
            inbox,
            inputs,
            refreshers: Vec::new(),
            readers: Vec::new(),
            subscribers: None,
            under_way: 0,
            begun: Vec::new(),
        })
    }

    /// The same, and it may once have the keyring ask the user to unlock it.
    pub fn unlocking_once(self) -> Poller {
        Poller { state: self.state.unlocking_once(), ..self }
    }

    /// Takes up what `source` reads, now and while it runs.
    pub fn reading(mut self, source: ConfigSource) -> Poller {
        source.read(When::Now, |event| self.begin(event));
        self.config = Some(Arc::new(source));
        self
    }

    /// Tells `subscribers` of the state.
    pub fn publishing(self, subscribers: Subscribers) -> Poller {
        Poller { subscribers: Some(subscribers), ..self }
    }

    /// Where inputs go.
    pub fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// The state as it is to be shown.
    pub fn snapshot(&self) -> Snapshot {
        self.state.snapshot(Timestamp::now())
    }

    /// Takes `event` up before anything is shown; what is to be done about it waits for [`Poller::run`].
    pub fn begin(&mut self, event: Event) {
        self.begun.extend(update(&mut self.state, event, Timestamp::now()));
    }

    /// Runs until [`Input::Quit`]. What was kept by then is written before this returns.
    pub async fn run(mut self, mut face: impl Face) {
        let begun = std::mem::take(&mut self.begun);
        self.carry_out(begun, &mut face);
        loop {
            // Everything that waits is taken up before anything is drawn.
            let input = match self.inputs.try_recv() {
                Ok(input) => input,
                Err(_) => {
                    face.show(self.snapshot()).await;
                    self.publish();
                    self.settle();
                    self.next().await
                }
            };
            let event = match input {
                Input::Quit => return self.end(&mut face).await,
                Input::Event(event) => event,
                Input::Open(request) => {
                    face.open(request);
                    continue;
                }
                Input::Tell(notification) => {
                    face.notify(*notification, self.snapshot());
                    continue;
                }
                Input::ReadConfig(done) => {
                    self.read_config(When::Now, done);
                    continue;
                }
                Input::ConfigRead(done) => {
                    self.under_way = self.under_way.saturating_sub(1);
                    self.readers.extend(done);
                    continue;
                }
                Input::Publish => continue,
                Input::Refresh(done) => {
                    self.refreshers.push(done);
                    Event::RefreshAsked
                }
            };
            self.take(event, &mut face);
        }
    }

    /// A notification that is being shown is written down when it was: the next start would show it again.
    async fn end(mut self, face: &mut impl Face) {
        let latest = Instant::now() + FAREWELL;
        while self.state.telling() {
            match tokio::time::timeout_at(latest, self.inputs.recv()).await {
                Ok(Some(Input::Event(event @ (Event::Delivered(_) | Event::Undelivered(_))))) => {
                    self.take(event, face);
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        // It writes what waits, which takes seconds on a disk that is busy. The other tasks go on meanwhile.
        let keeper = self.keeper;
        let _ = tokio::task::spawn_blocking(move || drop(keeper)).await;
    }

    /// The next input, or a tick when something changes by itself.
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

    /// Has the configuration read, off the loop's path; `done` is told when what was read is shown.
    fn read_config(&mut self, when: When, done: Option<oneshot::Sender<()>>) {
        let Some(config) = self.config.clone() else { return };
        self.looked_at = Instant::now();
        self.under_way += 1;
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            let to_tell = inbox.clone();
            let read = tokio::task::spawn_blocking(move || {
                config.read(when, |event| drop(to_tell.send(Input::Event(event))));
            });
            let _ = tokio::time::timeout(READ_TIMEOUT, read).await;
            let _ = inbox.send(Input::ConfigRead(done));
        });
    }

    fn take(&mut self, event: Event, face: &mut impl Face) {
        tracing::debug!(?event);
        face.heard(&event);
        if matches!(event, Event::RoundEnded | Event::UnlockEnded) {
            self.under_way = self.under_way.saturating_sub(1);
        }
        // Every poll begins with one of these.
        if matches!(event, Event::Tick | Event::RefreshAsked) {
            self.read_config(When::IfChanged, None);
        }
        let effects = update(&mut self.state, event, Timestamp::now());
        self.carry_out(effects, face);
    }

    fn carry_out(&mut self, effects: Vec<Effect>, face: &mut impl Face) {
        for effect in effects {
            match effect {
                Effect::Ask(asks) => {
                    self.under_way += 1;
                    let (rounds, inbox) = (self.rounds.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    tokio::spawn(async move {
                        // Before the answers, which may make a notification.
                        let _ = inbox.send(Event::ZoneTold(system_events::zone::current()).into());
                        rounds.round(api_url, asks, |event| drop(inbox.send(Input::Event(event)))).await;
                    });
                }
                Effect::UnlockKeyring(accounts) => {
                    self.under_way += 1;
                    let (rounds, inbox) = (self.rounds.clone(), self.inbox.clone());
                    tokio::spawn(async move {
                        rounds.unlock(&accounts).await;
                        let _ = inbox.send(Event::UnlockEnded.into());
                    });
                }
                Effect::NameRegions => {
                    let (rounds, inbox) = (self.rounds.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    tokio::spawn(async move {
                        match rounds.regions(api_url.clone()).await {
                            Ok(regions) => drop(inbox.send(Event::RegionsNamed(api_url, regions).into())),
                            Err(failure) => {
                                tracing::info!("no names of regions: {failure}");
                                let _ = inbox.send(Event::RegionsFailed(api_url).into());
                            }
                        }
                    });
                }
                Effect::AskPrices => {
                    let (rounds, inbox) = (self.rounds.clone(), self.inbox.clone());
                    let api_url = self.state.config().api_url.clone();
                    tokio::spawn(async move {
                        match rounds.prices(api_url.clone()).await {
                            Ok(prices) => drop(inbox.send(Event::PricesTold(api_url, prices).into())),
                            Err(failure) => {
                                tracing::info!("no prices: {failure}");
                                let _ = inbox.send(Event::PricesFailed(api_url).into());
                            }
                        }
                    });
                }
                Effect::RunHook(command, alerts) => drop(tokio::spawn(hook::run(command, alerts))),
                Effect::Withdraw(topic) => face.withdraw(topic),
                Effect::Notify(notification) => face.notify(notification, self.snapshot()),
                keep => self.keeper.keep(keep, Timestamp::now()),
            }
        }
    }

    fn publish(&self) {
        if let Some(subscribers) = &self.subscribers {
            subscribers.publish(|| self.state.state_update(Timestamp::now()));
        }
    }

    /// Tells those who asked for it that what they wanted is there and shown, and what follows from it is done.
    fn settle(&mut self) {
        for done in self.readers.drain(..) {
            let _ = done.send(());
        }
        if self.under_way == 0 {
            for done in self.refreshers.drain(..) {
                let _ = done.send(());
            }
        }
    }
}
