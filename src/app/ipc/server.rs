//! The owner's end: who may connect, how many, and what they get.
//!
//! The poller never waits for a client: it hands over its newest state and continues. A client that does not read is
//! dropped after [`WRITE_TIMEOUT`].

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::line::{self, LineReader};
use super::message::{Answer, ClientMessage, Hello, OwnerKind, PROTOCOL, Request, ServerMessage};
use super::{IpcError, UPDATED, system};
use crate::domain::snapshot::StateUpdate;
use crate::platform::task::{self, boxed};
use crate::window_request::{DisplayNames, WindowRequest};

/// How long a client may be silent without a running request.
const LINE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to read what was sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a window may take to acknowledge what to show.
const SHOW_TIMEOUT: Duration = Duration::from_secs(2);
/// How many clients without a subscription are served at the same time; more have to wait.
const MAX_CLIENTS: usize = 32;
/// How many clients may subscribe; more are refused. They have a limit of their own, so that windows can't block a
/// `refresh`.
const MAX_SUBSCRIBERS: usize = 16;
/// How many requests of one client may run at the same time; more are refused.
const MAX_REQUESTS: usize = 32;

/// The future of an answer.
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The future of a yes or no.
pub type Asking = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Completes when the client cancels the request.
pub type Cancelled = oneshot::Receiver<()>;

/// The program that owns state, keyring, history and configuration.
pub trait Owner: Send + Sync + 'static {
    fn kind(&self) -> OwnerKind;
    /// Answers `request`.
    fn answer(&self, request: Request, cancelled: Cancelled) -> Answering;
    /// Ends the program.
    fn quit(&self);
    /// Whether the owner's own icon is in the session with this bus.
    fn show_window(&self, _session: &str) -> Asking {
        Box::pin(std::future::ready(false))
    }
}

/// The clients that receive the state, including at most one window per display and one icon per session.
#[derive(Clone)]
pub struct Subscribers(Arc<Inner>);

struct Inner {
    state: watch::Sender<Option<Arc<Published>>>,
    /// Makes the owner publish its state.
    ask: Box<dyn Fn() + Send + Sync>,
    open: Mutex<Vec<OpenWindow>>,
    windows: watch::Sender<usize>,
    closing: watch::Sender<bool>,
    /// The sessions that have a client's icon.
    sessions: Mutex<HashSet<String>>,
    places: Arc<Semaphore>,
}

/// A state, and its lines, which are written when the first client needs them.
struct Published {
    state: StateUpdate,
    lines: OnceLock<Zeroizing<Vec<u8>>>,
}

/// An open window: its display, and the channel to it.
struct OpenWindow {
    display: DisplayNames,
    shows: mpsc::Sender<Show>,
}

/// What to show, and where to send the acknowledgment.
type Show = (WindowRequest, oneshot::Sender<()>);

impl Subscribers {
    /// No subscribers. `ask` makes the owner call [`Subscribers::publish`] soon.
    pub fn new(ask: impl Fn() + Send + Sync + 'static) -> Subscribers {
        Subscribers(Arc::new(Inner {
            state: watch::Sender::new(None),
            ask: Box::new(ask),
            open: Mutex::default(),
            windows: watch::Sender::new(0),
            closing: watch::Sender::new(false),
            sessions: Mutex::default(),
            places: Arc::new(Semaphore::new(MAX_SUBSCRIBERS)),
        }))
    }

    /// Sends `state` to the clients if it has changed. It is only made if there are clients.
    pub fn publish(&self, state: impl FnOnce() -> StateUpdate) {
        if !self.has_any() {
            return;
        }
        let state = state();
        self.0.state.send_if_modified(|last| {
            let changed = last.as_ref().is_none_or(|last| last.differs_from(&state));
            if changed {
                *last = Some(Arc::new(Published { state, lines: OnceLock::new() }));
            }
            changed
        });
    }

    /// Makes the open window on the request's display show it. Returns whether there is such a window and it answered.
    pub async fn show(&self, request: WindowRequest) -> bool {
        let there = |window: &&OpenWindow| window.display.is(&request.display);
        let window = self.open().iter().find(there).map(|window| window.shows.clone());
        let Some(window) = window else { return false };
        let (heard, hears) = oneshot::channel();
        let asked = async { window.send((request, heard)).await.is_ok() && hears.await.is_ok() };
        tokio::time::timeout(SHOW_TIMEOUT, asked).await.unwrap_or(false)
    }

    /// Whether any client receives the state.
    pub fn has_any(&self) -> bool {
        self.0.state.receiver_count() > 0
    }

    /// Waits until a window is open.
    pub async fn window_opened(&self) {
        let _ = self.0.windows.subscribe().wait_for(|count| *count > 0).await;
    }

    /// Waits until no window is open.
    pub async fn window_closed(&self) {
        let _ = self.0.windows.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Closes all windows, now and from now on, and waits for a while until they are.
    async fn close_windows(&self) {
        self.0.closing.send_replace(true);
        let _ = tokio::time::timeout(SHOW_TIMEOUT, self.window_closed()).await;
    }

    fn open(&self) -> MutexGuard<'_, Vec<OpenWindow>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to the state.
    fn subscribe(&self) -> watch::Receiver<Option<Arc<Published>>> {
        if !self.has_any() {
            // The old state is from the time of the last client.
            self.0.state.send_replace(None);
        }
        let mut states = self.0.state.subscribe();
        states.mark_changed();
        (self.0.ask)();
        states
    }
}

impl Published {
    fn differs_from(&self, new: &StateUpdate) -> bool {
        let StateUpdate { config, snapshot, regions } = &self.state;
        let mut snapshot = snapshot.clone();
        snapshot.generated_at = new.snapshot.generated_at;
        (config, &snapshot, regions) != (&new.config, &new.snapshot, &new.regions)
    }

    fn lines(&self) -> io::Result<&[u8]> {
        #[derive(Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Message<'a> {
            State(&'a StateUpdate),
        }
        if let Some(lines) = self.lines.get() {
            return Ok(lines);
        }
        let lines = line::lines(&Message::State(&self.state))?;
        Ok(self.lines.get_or_init(|| lines))
    }
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    accepting: AbortHandle,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Err(error) = system::remove(&self.path) {
            tracing::debug!("{}: {error}", self.path.display());
        }
    }
}

/// Listens on the socket at `path` for this user's other programs, with `subscribers` if the owner has any.
///
/// # Errors
/// [`IpcError::Socket`] if the socket can't be made. The caller holds the
/// [`InstanceLock`](crate::app::instance_lock::InstanceLock).
pub fn listen(
    path: &Path,
    owner: Arc<dyn Owner>,
    subscribers: Option<Subscribers>,
) -> Result<Listening, IpcError> {
    let socket = |source| IpcError::Socket { path: path.to_owned(), source };
    let listener = system::listen(path).map_err(socket)?;
    let places = Arc::new(Semaphore::new(MAX_CLIENTS));
    let accepting = task::spawn(async move {
        while let Ok(place) = places.clone().acquire_owned().await {
            match system::accept(&listener).await {
                Ok(Some(stream)) => {
                    let client = Client::new(stream, owner.clone(), subscribers.clone(), place);
                    task::spawn(async move {
                        if let Err(error) = client.serve().await {
                            tracing::debug!("a client: {error}");
                        }
                    });
                }
                Ok(None) => tracing::warn!("another user's process tried the control socket"),
                // For example, no file descriptor is free. Clients try again.
                Err(error) => {
                    tracing::warn!("the control socket: {error}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    });
    Ok(Listening { path: path.to_owned(), accepting: accepting.abort_handle() })
}

/// A connected client.
struct Client<S> {
    reader: LineReader<ReadHalf<S>>,
    writer: WriteHalf<S>,
    owner: Arc<dyn Owner>,
    subscribers: Option<Subscribers>,
    /// The client's permit, from those for clients or for subscribers.
    place: OwnedSemaphorePermit,
    requests: JoinSet<(u64, Answer)>,
    cancels: HashMap<u64, oneshot::Sender<()>>,
    states: Option<watch::Receiver<Option<Arc<Published>>>>,
    shows: Option<mpsc::Receiver<Show>>,
    closing: Option<watch::Receiver<bool>>,
    /// Callers that wait for the window's acknowledgment, in order.
    hearing: Vec<oneshot::Sender<()>>,
    window: Option<WindowPlace>,
    icon: Option<IconPlace>,
}

/// The reservation of a session's icon, until it is dropped.
struct IconPlace {
    subscribers: Subscribers,
    session: String,
}

impl IconPlace {
    /// Reserves the icon; `None` if the session already has one.
    fn acquire(subscribers: &Subscribers, session: String) -> Option<IconPlace> {
        let free = subscribers.sessions().insert(session.clone());
        free.then(|| IconPlace { subscribers: subscribers.clone(), session })
    }
}

impl Drop for IconPlace {
    fn drop(&mut self) {
        self.subscribers.sessions().remove(&self.session);
    }
}

/// The reservation of a display's window, until it is dropped or another window takes it.
struct WindowPlace {
    subscribers: Subscribers,
    /// Weak, so that a window notices when it was replaced.
    shows: mpsc::WeakSender<Show>,
}

impl Drop for WindowPlace {
    fn drop(&mut self) {
        if let Some(mine) = self.shows.upgrade() {
            self.subscribers.open().retain(|window| !window.shows.same_channel(&mine));
        }
        self.subscribers.0.windows.send_modify(|count| *count -= 1);
    }
}

/// The next event of a client.
enum Next {
    Line(Option<Zeroizing<Vec<u8>>>),
    Answered(u64, Answer),
    State,
    Show(Show),
    /// Another window has replaced it.
    Replaced,
    /// All windows are to close.
    Closing,
    /// It was silent for too long.
    Silent,
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Client<S> {
    fn new(
        stream: S,
        owner: Arc<dyn Owner>,
        subscribers: Option<Subscribers>,
        place: OwnedSemaphorePermit,
    ) -> Client<S> {
        let (reader, writer) = tokio::io::split(stream);
        Client {
            reader: LineReader::new(reader),
            writer,
            owner,
            subscribers,
            place,
            requests: JoinSet::new(),
            cancels: HashMap::new(),
            states: None,
            shows: None,
            closing: None,
            hearing: Vec::new(),
            window: None,
            icon: None,
        }
    }

    async fn serve(mut self) -> io::Result<()> {
        if !self.handshake().await? {
            return Ok(());
        }
        loop {
            match self.next().await? {
                Next::Line(Some(line)) => match read(&line)? {
                    ClientMessage::Hello(_) => return Err(io::Error::other("a second hello")),
                    ClientMessage::Request(id, request) => self.begin(id, request).await?,
                    ClientMessage::Cancel(id) => drop(self.cancels.remove(&id).map(|cancel| cancel.send(()))),
                    ClientMessage::Subscribe(request) => {
                        if !self.subscribe(request).await? {
                            return Ok(());
                        }
                    }
                    ClientMessage::Follow(session) => {
                        if !self.follow(session).await? {
                            return Ok(());
                        }
                    }
                    ClientMessage::Shown => {
                        if !self.hearing.is_empty() {
                            let _ = self.hearing.remove(0).send(());
                        }
                    }
                    ClientMessage::Quit => self.owner.quit(),
                    ClientMessage::End => {
                        if let Some(subscribers) = &self.subscribers {
                            subscribers.close_windows().await;
                        }
                        self.owner.quit();
                    }
                },
                Next::Line(None) => return Ok(()),
                Next::Answered(id, answer) => {
                    self.cancels.remove(&id);
                    self.send(&ServerMessage::Answer(id, answer)).await?;
                }
                Next::State => {
                    let state = self.states.as_mut().and_then(|states| states.borrow_and_update().clone());
                    if let Some(state) = state {
                        self.send_lines(state.lines()?).await?;
                    }
                }
                Next::Show((request, heard)) => {
                    self.send(&ServerMessage::Show(request)).await?;
                    self.hearing.push(heard);
                }
                Next::Replaced => return Ok(()),
                Next::Closing => {
                    self.send(&ServerMessage::ShownElsewhere).await?;
                    return Ok(());
                }
                Next::Silent => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
    }

    /// Reads the client's hello and answers it. Returns whether both use the same version.
    async fn handshake(&mut self) -> io::Result<bool> {
        let Next::Line(Some(line)) = self.next().await? else { return Ok(false) };
        let hello = Hello::new(Some(self.owner.kind()));
        let ClientMessage::Hello(client) = read(&line)? else { return Ok(false) };
        self.send(&ServerMessage::Hello(hello)).await?;
        if client.protocol == PROTOCOL {
            return Ok(true);
        }
        self.send(&ServerMessage::Error(UPDATED.to_owned())).await?;
        // The only request that every version may make of every other.
        if let Next::Line(Some(line)) = self.next().await?
            && let ClientMessage::Quit = read(&line)?
        {
            self.owner.quit();
        }
        Ok(false)
    }

    async fn next(&mut self) -> io::Result<Next> {
        let idle = self.requests.is_empty() && self.states.is_none();
        let silence = async {
            if idle {
                tokio::time::sleep(LINE_TIMEOUT).await;
            } else {
                std::future::pending().await
            }
        };
        let changed = async {
            match &mut self.states {
                Some(states) => states.changed().await.map_err(io::Error::other),
                None => std::future::pending().await,
            }
        };
        let show = async {
            match &mut self.shows {
                Some(shows) => shows.recv().await,
                None => std::future::pending().await,
            }
        };
        let closing = async {
            let told = match &mut self.closing {
                Some(closing) => closing.wait_for(|closing| *closing).await.is_ok(),
                None => false,
            };
            if !told {
                std::future::pending().await
            }
        };
        Ok(tokio::select! {
            line = self.reader.line() => Next::Line(line?),
            Some(answered) = self.requests.join_next() => {
                let (id, answer) = answered.map_err(io::Error::other)?;
                Next::Answered(id, answer)
            }
            changed = changed => {
                changed?;
                Next::State
            }
            show = show => show.map_or(Next::Replaced, Next::Show),
            () = closing => Next::Closing,
            () = silence => Next::Silent,
        })
    }

    async fn begin(&mut self, id: u64, request: Request) -> io::Result<()> {
        if self.requests.len() >= MAX_REQUESTS {
            let why = "Too many requests at once. Wait until some have finished.";
            return self.send(&ServerMessage::Answer(id, request.failed(why.to_owned()))).await;
        }
        let (cancel, cancelled) = oneshot::channel();
        if self.cancels.insert(id, cancel).is_some() {
            return Err(io::Error::other("two requests have the same number"));
        }
        let answering = self.owner.answer(request, cancelled);
        self.requests.spawn(boxed(async move { (id, answering.await) }));
        Ok(())
    }

    /// A permit for a subscriber; `None` if there is none left, after telling the client.
    async fn claim_icon_place(&mut self) -> io::Result<Option<(Subscribers, OwnedSemaphorePermit)>> {
        let Some(subscribers) = self.subscribers.clone() else {
            self.send(&ServerMessage::Error("This program has no window.".to_owned())).await?;
            return Ok(None);
        };
        let Ok(place) = subscribers.0.places.clone().try_acquire_owned() else {
            let why = "Too many windows are connected to the tray: close one of them.";
            self.send(&ServerMessage::Error(why.to_owned())).await?;
            return Ok(None);
        };
        Ok(Some((subscribers, place)))
    }

    /// Returns whether the connection continues.
    async fn follow(&mut self, session: String) -> io::Result<bool> {
        let Some((subscribers, place)) = self.claim_icon_place().await? else { return Ok(false) };
        let owners = self.owner.show_window(&session).await;
        self.icon = (!owners).then(|| IconPlace::acquire(&subscribers, session)).flatten();
        if self.icon.is_none() {
            self.send(&ServerMessage::ShownElsewhere).await?;
            return Ok(false);
        }
        self.place = place;
        self.states = Some(subscribers.subscribe());
        Ok(true)
    }

    /// Returns whether the connection continues.
    async fn subscribe(&mut self, request: Option<WindowRequest>) -> io::Result<bool> {
        let Some((subscribers, place)) = self.claim_icon_place().await? else { return Ok(false) };
        if let Some(request) = request {
            let display = request.display.clone();
            if subscribers.show(request).await {
                self.send(&ServerMessage::ShownElsewhere).await?;
                return Ok(false);
            }
            // The previous window does not answer, so this one replaces it.
            let (sender, shows) = mpsc::channel(4);
            self.window = Some(WindowPlace { subscribers: subscribers.clone(), shows: sender.downgrade() });
            let mut open = subscribers.open();
            open.retain(|window| !window.display.is(&display));
            open.push(OpenWindow { display, shows: sender });
            drop(open);
            subscribers.0.windows.send_modify(|count| *count += 1);
            self.shows = Some(shows);
            self.closing = Some(subscribers.0.closing.subscribe());
        }
        self.place = place;
        self.states = Some(subscribers.subscribe());
        Ok(true)
    }

    async fn send(&mut self, message: &ServerMessage) -> io::Result<()> {
        let lines = line::lines(message)?;
        self.send_lines(&lines).await
    }

    async fn send_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        tokio::time::timeout(WRITE_TIMEOUT, self.writer.write_all(lines)).await.map_err(io::Error::from)?
    }
}

fn read(line: &[u8]) -> io::Result<ClientMessage> {
    // Leaves serde's message out, because it may quote the text.
    serde_json::from_slice(line)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a line is not a message"))
}
