//! The window's connection to the tray, on a separate thread. It starts the tray if none runs, reconnects when it
//! returns, and answers requests with an error while there is none.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::app::ipc::message::{Answer, ClientMessage, OwnerKind, Request, ServerMessage};
use crate::app::ipc::{self, Connection, IpcError};
use crate::app::sibling::Sibling;
use crate::app::tray_launcher::StartedTray;
use crate::domain::snapshot::StateUpdate;
use crate::window_request::{View, WindowRequest};

/// How often to look for a tray that has ended or is starting.
const RETRY_EVERY: Duration = Duration::from_millis(500);
const START_RETRY_EVERY: Duration = Duration::from_millis(20);
/// How long a tray may take to start. It reads the history first.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the window waits for the first figures before it opens without them.
const FIRST_STATE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a connection ends with its tray.
pub const TRAY_ENDED: &str = "The tray has ended.";

/// The error for requests while no tray runs.
pub const NO_TRAY: &str = "The tray is not running. Start it, then try again.";

/// The window's commands to the connection.
#[derive(Debug)]
pub enum Command {
    /// A request to the tray; the answer has the same number.
    Request(u64, Request),
    /// Cancel the request with this number.
    Cancel(u64),
    /// Quit the tray.
    Quit,
    /// Start a tray if none runs.
    Start,
    /// Restart the tray.
    Restart,
}

/// Events from the connection.
#[derive(Debug)]
pub enum OwnerEvent {
    /// The tray's state.
    State(Box<StateUpdate>),
    /// The answer to a request.
    Answer(u64, Answer),
    /// Bring the window to the front and show this.
    Show(WindowRequest),
    /// There is no tray, and why.
    Lost(Lost),
    /// The window has nothing left to show.
    Closed,
}

/// Why there is no tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It has ended, or could not be started, with the message to show.
    Ended(String),
    /// It has another version.
    Updated,
}

/// What to do with a window that may draw nothing at the moment.
#[derive(Debug)]
pub enum Wake {
    /// Draw what is new.
    Repaint,
    /// Come to the front and show this.
    Show(WindowRequest),
    Close,
}

/// The window's end of the connection.
pub struct OwnerLink {
    commands: UnboundedSender<Command>,
    events: Receiver<OwnerEvent>,
    /// What arrived while the window waited for its first figures.
    first: Option<OwnerEvent>,
    unsaved: Arc<AtomicBool>,
}

/// The other end, for the connection's thread, or for a test.
pub struct OwnerEnd {
    /// The window's commands.
    pub commands: UnboundedReceiver<Command>,
    /// The events for the window.
    pub events: Sender<OwnerEvent>,
    /// Whether the window has unsaved changes.
    pub unsaved: Arc<AtomicBool>,
}

impl OwnerLink {
    pub fn pair() -> (OwnerLink, OwnerEnd) {
        let (commands, wanted) = unbounded_channel();
        let (told, events) = channel();
        let unsaved = Arc::<AtomicBool>::default();
        let end = OwnerEnd { commands: wanted, events: told, unsaved: unsaved.clone() };
        (OwnerLink { commands, events, first: None, unsaved }, end)
    }

    /// Sets whether the window has unsaved changes.
    pub fn set_unsaved(&self, unsaved: bool) {
        self.unsaved.store(unsaved, Ordering::Relaxed);
    }

    /// Sends a command without waiting.
    pub fn send(&self, command: Command) {
        // Without the thread the window is closing anyway.
        let _ = self.commands.send(command);
    }

    /// The next event that has arrived.
    pub fn next_event(&mut self) -> Option<OwnerEvent> {
        self.first.take().or_else(|| self.events.try_recv().ok())
    }

    /// Waits for the first figures. Returns `false` if another window shows the request.
    pub fn wait_for_first(&mut self) -> bool {
        match self.events.recv_timeout(FIRST_STATE_TIMEOUT) {
            Ok(OwnerEvent::Closed) | Err(RecvTimeoutError::Disconnected) => false,
            Ok(event) => {
                self.first = Some(event);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
        }
    }
}

/// How to reach the tray, and how to start it.
#[derive(Debug, Clone)]
pub struct Tray {
    /// The tray's data folder.
    pub data_dir: PathBuf,
    /// The program to start; `None` if it must not be started.
    pub program: Option<Sibling>,
}

/// Connects to `tray` on a new thread, for a window that shows `request`. Calls `wake` after every event.
///
/// # Errors
/// If the system can't start a thread.
pub fn connect(
    tray: Tray,
    request: WindowRequest,
    end: OwnerEnd,
    wake: Arc<dyn Fn(Wake) + Send + Sync>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("owner".into());
    let OwnerEnd { commands, events, unsaved } = end;
    let work = move || {
        let mut link = Link { tray, commands, events, unsaved, wake, pending: HashMap::new() };
        runtime.block_on(link.run(request));
    };
    thread.spawn(work).map(drop)
}

struct Link {
    tray: Tray,
    commands: UnboundedReceiver<Command>,
    events: Sender<OwnerEvent>,
    unsaved: Arc<AtomicBool>,
    wake: Arc<dyn Fn(Wake) + Send + Sync>,
    /// The answer that each pending request gets if the tray ends.
    pending: HashMap<u64, Answer>,
}

enum Ended {
    /// The window was closed, or has nothing to show.
    Window,
    /// The tray has ended.
    Tray(String),
    /// The user restarts the tray.
    Restart,
}

impl Link {
    async fn run(&mut self, mut request: WindowRequest) {
        let mut connected = self.start().await;
        loop {
            let lost = match connected {
                Ok(connection) => match self.stay(connection, request).await {
                    Ended::Window => return,
                    Ended::Tray(why) => Lost::Ended(why),
                    Ended::Restart => {
                        connected = self.restart().await;
                        request = WindowRequest::default();
                        continue;
                    }
                },
                Err(lost) => lost,
            };
            request = WindowRequest::default();
            for (id, failure) in std::mem::take(&mut self.pending) {
                self.emit(OwnerEvent::Answer(id, failure));
            }
            self.emit(OwnerEvent::Lost(lost));
            match self.wait_for_tray().await {
                Some(next) => connected = next,
                None => return,
            }
        }
    }

    /// Waits until a tray runs or the user starts one; `None` if the window was closed first.
    async fn wait_for_tray(&mut self) -> Option<Result<Connection, Lost>> {
        let mut retry = tokio::time::interval(RETRY_EVERY);
        loop {
            tokio::select! {
                command = self.commands.recv() => match command? {
                    Command::Request(id, request) => {
                        self.emit(OwnerEvent::Answer(id, request.failed(NO_TRAY.to_owned())));
                    }
                    Command::Cancel(_) | Command::Quit => {}
                    Command::Start => return Some(self.start().await),
                    Command::Restart => return Some(self.restart().await),
                },
                _ = retry.tick() => {
                    if let Ok(connection) = Connection::open(&self.tray.data_dir).await
                        && connection.owner() != OwnerKind::Exporter
                    {
                        return Some(Ok(connection));
                    }
                }
            }
        }
    }

    /// Connects to the running tray, or to a new one.
    async fn start(&self) -> Result<Connection, Lost> {
        match Connection::open(&self.tray.data_dir).await {
            // An exporter makes way for a tray.
            Ok(connection) if connection.owner() == OwnerKind::Exporter => self.launch().await,
            Ok(connection) => Ok(connection),
            Err(IpcError::NotRunning) => self.launch().await,
            Err(error) => Err(lost(&error)),
        }
    }

    async fn restart(&self) -> Result<Connection, Lost> {
        ipc::quit(&self.tray.data_dir).await.map_err(|error| lost(&error))?;
        self.launch().await
    }

    async fn launch(&self) -> Result<Connection, Lost> {
        let Some(program) = &self.tray.program else {
            return Err(Lost::Ended(TRAY_ENDED.to_owned()));
        };
        let could_not = |why: &str| Lost::Ended(format!("The tray could not be started: {why}"));
        let started = StartedTray::start(program, &["--with-window"]);
        let mut tray = started.map_err(|why| could_not(&why))?;
        let deadline = tokio::time::Instant::now() + START_TIMEOUT;
        loop {
            match Connection::open(&self.tray.data_dir).await {
                Ok(connection) if connection.owner() != OwnerKind::Exporter => {
                    tray.reap();
                    return Ok(connection);
                }
                Err(error @ IpcError::Updated) => return Err(lost(&error)),
                _ => {}
            }
            if let Some(why) = tray.failure() {
                return Err(could_not(&why));
            }
            if tokio::time::Instant::now() > deadline {
                tray.reap();
                return Err(could_not("it took too long."));
            }
            tokio::time::sleep(START_RETRY_EVERY).await;
        }
    }

    /// Forwards messages in both directions until one side ends.
    async fn stay(&mut self, mut connection: Connection, request: WindowRequest) -> Ended {
        let gone = |error: &dyn std::fmt::Display| {
            Ended::Tray(format!("The connection to the tray was lost: {error}"))
        };
        if let Err(error) = connection.send(&ClientMessage::Subscribe(Some(request))).await {
            return gone(&error);
        }
        // The user quits: nothing is left to show when the tray has ended.
        let mut quits = false;
        loop {
            let sent = tokio::select! {
                message = connection.receive() => match message {
                    Ok(Some(message)) => match self.handle_message(message) {
                        Some(Reply::None) => Ok(()),
                        Some(Reply::Heard) => connection.send(&ClientMessage::Shown).await,
                        Some(Reply::Quit) => {
                            quits = true;
                            connection.send(&ClientMessage::Quit).await
                        }
                        Some(Reply::Ended(ended)) => return ended,
                        None => return Ended::Window,
                    },
                    Ok(None) if connection.owner() == OwnerKind::Demo || quits && !self.has_unsaved() => {
                        self.emit(OwnerEvent::Closed);
                        return Ended::Window;
                    }
                    Ok(None) => return Ended::Tray(TRAY_ENDED.to_owned()),
                    Err(error) => return gone(&error),
                },
                command = self.commands.recv() => match command {
                    Some(Command::Request(id, request)) => {
                        let failed = request.failed("The tray stopped before this was done.".to_owned());
                        self.pending.insert(id, failed);
                        connection.send(&ClientMessage::Request(id, request)).await
                    }
                    Some(Command::Cancel(id)) => connection.send(&ClientMessage::Cancel(id)).await,
                    Some(Command::Quit) => {
                        quits = true;
                        connection.send(&ClientMessage::Quit).await
                    }
                    Some(Command::Start) => Ok(()),
                    Some(Command::Restart) => return Ended::Restart,
                    None => return Ended::Window,
                },
            };
            if let Err(error) = sent {
                return gone(&error);
            }
        }
    }

    /// Forwards a message to the window; `None` if the window must close.
    fn handle_message(&mut self, message: ServerMessage) -> Option<Reply> {
        match message {
            ServerMessage::Hello(_) => {}
            ServerMessage::State(state) => self.emit(OwnerEvent::State(state)),
            ServerMessage::Answer(id, answer) => {
                self.pending.remove(&id);
                self.emit(OwnerEvent::Answer(id, answer));
            }
            // Handled here, because the loop of a covered window may not run.
            ServerMessage::Show(WindowRequest { view: View::Quit, .. }) if !self.has_unsaved() => {
                return Some(Reply::Quit);
            }
            ServerMessage::Show(request) => {
                self.emit(OwnerEvent::Show(request));
                return Some(Reply::Heard);
            }
            ServerMessage::ShownElsewhere => {
                self.emit(OwnerEvent::Closed);
                return None;
            }
            ServerMessage::Error(why) => return Some(Reply::Ended(Ended::Tray(why))),
        }
        Some(Reply::None)
    }

    fn has_unsaved(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }

    fn emit(&self, event: OwnerEvent) {
        let wake = match &event {
            OwnerEvent::Show(request) => Wake::Show(request.clone()),
            OwnerEvent::Closed => Wake::Close,
            OwnerEvent::State(_) | OwnerEvent::Answer(..) | OwnerEvent::Lost(_) => Wake::Repaint,
        };
        let _ = self.events.send(event);
        (self.wake)(wake);
    }
}

/// The reply to the tray.
enum Reply {
    None,
    Heard,
    Quit,
    Ended(Ended),
}

fn lost(error: &IpcError) -> Lost {
    match error {
        IpcError::Updated => Lost::Updated,
        error => Lost::Ended(format!("The tray can't be reached: {error}")),
    }
}
