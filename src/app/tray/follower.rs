//! The icon in a session while the user's tray runs in another session. It shows that tray's state and forwards the
//! user's actions to it. It neither polls, alerts nor records. When that tray ends, this one takes its place.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::actions::{UserAction, error_notification, handle_notification_outcome, open_in_its_program};
use super::frontend::notification_icon;
use super::{TrayStartError, claim};
use crate::app::instance_lock::InstanceLock;
use crate::app::ipc::message::{ClientMessage, Request, ServerMessage};
use crate::app::ipc::{Connection, IpcError};
use crate::app::poller::Input;
use crate::app::sibling::Sibling;
use crate::app::window_opener::WindowOpener;
use crate::domain::alert::Notification;
use crate::domain::snapshot::{Snapshot, StateUpdate};
use crate::notifications::Notifier;
use crate::platform::subprocess::replace;
use crate::platform::task::boxed;
use crate::platform::{system_events, tray_host};
use crate::storage::paths::Paths;
use crate::tray::{EventLoopHandle, Tray};

/// How long the tray may take to send its state.
const STATE_TIMEOUT: Duration = Duration::from_secs(5);
/// How often to look for the tray while neither it nor its lock is available.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// The tray of another session, and its state.
pub type Elsewhere = (Connection, Box<StateUpdate>);

/// Where the running tray shows its icon.
pub enum Found {
    /// In another session only.
    Elsewhere(Elsewhere),
    /// In this session.
    Here,
    /// It has another version.
    Updated,
    /// It does not answer, or there is none.
    Unknown,
}

/// Asks the tray of `data_dir` for its state, to show an icon in this session.
pub async fn find(data_dir: &Path) -> Found {
    let asked = async {
        let session = system_events::session::bus_id().await?;
        let mut tray = match Connection::open(data_dir).await {
            Ok(tray) => tray,
            Err(IpcError::Updated) => return Some(Found::Updated),
            Err(_) => return None,
        };
        tray.send(&ClientMessage::Follow(session)).await.ok()?;
        match tray.receive().await.ok()?? {
            ServerMessage::State(state) => Some(Found::Elsewhere((tray, state))),
            ServerMessage::ShownElsewhere => Some(Found::Here),
            _ => None,
        }
    };
    tokio::time::timeout(STATE_TIMEOUT, asked).await.ok().flatten().unwrap_or(Found::Unknown)
}

/// Shows the icon until the user quits (`None`) or this process gets the lock and can poll.
pub async fn follow(
    paths: &Paths,
    event_loop: EventLoopHandle,
    (connection, state): Elsewhere,
    greeting: Option<fn(&str)>,
) -> Result<Option<InstanceLock>, TrayStartError> {
    let (inbox, mut inputs) = mpsc::unbounded_channel();
    let (chose, mut chosen) = mpsc::unbounded_channel();
    let zone = system_events::time_zone::current();
    let happened = move |event| drop(chose.send(event));
    let tray = Tray::start(event_loop, &state.snapshot, &zone, happened).await?;
    let mut tasks = JoinSet::new();
    if let Some(say) = greeting {
        tasks.spawn(boxed(print_welcome(say)));
    }
    let travelled = inbox.clone();
    tasks.spawn(boxed(async move {
        let tell = || drop(travelled.send(Input::Publish));
        if let Err(error) = system_events::time_zone::changed(tell).await {
            tracing::info!("each poll asks for the time zone: {error}");
        }
    }));
    let mut follower = Follower {
        tray,
        config_file: paths.config_file.clone(),
        opener: WindowOpener::new(paths, None, inbox.clone())?,
        notifier: Notifier::new(handle_notification_outcome(inbox), paths.data_dir.clone()),
        snapshot: state.snapshot,
        link: Link::Tray(Box::new(connection)),
        asked: HashMap::new(),
        number: 0,
    };
    let ended = ended();
    tokio::pin!(ended);
    let mut updated = false;
    let claim = loop {
        let goes_on = tokio::select! {
            () = &mut ended => break None,
            linked = follower.link.next() => match linked {
                Linked::Message(message) => follower.handle_message(message, paths).await,
                Linked::Tray((connection, state)) => {
                    follower.link = Link::Tray(Box::new(connection));
                    follower.show(state.snapshot).await;
                    true
                }
                Linked::InstanceLock(claim) => break Some(claim),
                Linked::Here => false,
                Linked::Updated => {
                    updated = true;
                    false
                }
            },
            Some(event) = chosen.recv() => follower.choose(UserAction::from_event(event)).await,
            Some(input) = inputs.recv() => follower.input(input).await,
        };
        if !goes_on {
            break None;
        }
    };
    tokio::join!(follower.tray.end(), follower.notifier.end());
    if updated { start_again().map(|()| None) } else { Ok(claim) }
}

/// Replaces this process with the installed version of the program.
fn start_again() -> Result<(), TrayStartError> {
    let program = Sibling::tray()?;
    let mut command = Command::new(program.path());
    command.args(["tray", "--login"]);
    replace(command).map(drop).map_err(|error| program.explain(error).into())
}

/// Returns when the system, the terminal or the session ends the program.
async fn ended() {
    let signal = async {
        if let Err(error) = system_events::signals::termination().await {
            tracing::warn!("signals can't be caught: {error}");
            std::future::pending().await
        }
    };
    tokio::select! {
        () = signal => {}
        () = system_events::session::ended() => {}
    }
}

/// Prints on the terminal where the icon is.
async fn print_welcome(say: fn(&str)) {
    let polls = "The tray of your other session polls; this one";
    match tray_host::find().await {
        Ok(()) => say(&format!("{polls} shows its icon in {}. Ctrl-C quits.", tray_host::host_name())),
        Err(why) => say(&format!("{polls} shows no icon yet. {why} Ctrl-C quits.")),
    }
}

struct Follower {
    tray: Tray,
    config_file: PathBuf,
    opener: WindowOpener,
    /// For errors here; the other tray sends the alerts.
    notifier: Notifier,
    /// The state that the icon shows.
    snapshot: Snapshot,
    link: Link,
    /// The heading for a failure of each unanswered request.
    asked: HashMap<u64, &'static str>,
    number: u64,
}

/// The connection to the tray.
enum Link {
    /// Connected.
    Tray(Box<Connection>),
    /// The tray has ended; looking for another one.
    Looking(Pin<Box<dyn Future<Output = Linked>>>),
}

/// What came from the connection, or from looking for a tray.
enum Linked {
    Message(io::Result<Option<ServerMessage>>),
    /// Another tray in another session.
    Tray(Elsewhere),
    /// No tray runs, and this process has the lock.
    InstanceLock(InstanceLock),
    /// A tray in this session.
    Here,
    /// A tray of another version: the program was updated meanwhile.
    Updated,
}

impl Link {
    /// Cancel safe.
    async fn next(&mut self) -> Linked {
        match self {
            Link::Tray(connection) => Linked::Message(connection.receive().await),
            Link::Looking(found) => found.await,
        }
    }

    fn look(paths: &Paths) -> Link {
        let paths = paths.clone();
        Link::Looking(Box::pin(async move {
            loop {
                match claim(&paths).await {
                    Ok(Some(claim)) => return Linked::InstanceLock(claim),
                    Ok(None) => {}
                    Err(error) => tracing::warn!("{error}"),
                }
                match find(&paths.data_dir).await {
                    Found::Elsewhere(tray) => return Linked::Tray(tray),
                    Found::Here => return Linked::Here,
                    Found::Updated => return Linked::Updated,
                    Found::Unknown => tokio::time::sleep(RETRY_EVERY).await,
                }
            }
        }))
    }
}

impl Follower {
    async fn show(&mut self, snapshot: Snapshot) {
        self.tray.show(&snapshot, &system_events::time_zone::current()).await;
        self.snapshot = snapshot;
    }

    /// Handles a message from the tray. Returns `false` to quit.
    async fn handle_message(&mut self, message: io::Result<Option<ServerMessage>>, paths: &Paths) -> bool {
        let why = match message {
            Ok(Some(ServerMessage::State(state))) => {
                self.show(state.snapshot).await;
                return true;
            }
            Ok(Some(ServerMessage::Answer(number, answer))) => {
                if let Some(failed) = self.asked.remove(&number) {
                    error_notification(failed, &answer).into_iter().for_each(|trouble| self.deliver(trouble));
                }
                return true;
            }
            Ok(Some(ServerMessage::Hello(_) | ServerMessage::Show(_))) => return true,
            Ok(Some(ServerMessage::ShownElsewhere)) => return false,
            Ok(Some(ServerMessage::Error(why))) => why,
            Ok(None) => "it has ended".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::info!("the tray of the other session: {why}");
        self.link = Link::look(paths);
        for failed in std::mem::take(&mut self.asked).into_values() {
            self.deliver(Notification::error(failed, "The tray stopped before this was done.".to_owned()));
        }
        true
    }

    /// Handles the user's choice. Returns `false` to quit.
    async fn choose(&mut self, choice: UserAction) -> bool {
        match choice {
            UserAction::Open(request) => self.opener.open(request),
            UserAction::Ask(failed, requests) => {
                for request in requests {
                    self.ask(failed, request).await;
                }
            }
            UserAction::Page(page) => open_in_its_program(page.into()),
            UserAction::OpenConfiguration => open_in_its_program(self.config_file.clone().into()),
            UserAction::LookAgain => {}
            UserAction::Quit | UserAction::End => return false,
        }
        true
    }

    /// Handles an input from this process. Returns `false` to quit.
    async fn input(&mut self, input: Input) -> bool {
        match input {
            Input::Tell(notification) => self.deliver(*notification),
            Input::Open(request) => self.opener.open(request),
            Input::Publish => self.tray.show(&self.snapshot, &system_events::time_zone::current()).await,
            Input::Quit => return false,
            Input::Event(_) | Input::Refresh(_) | Input::ReadConfig(_) | Input::ConfigRead(_) => {}
        }
        true
    }

    async fn ask(&mut self, failed: &'static str, request: Request) {
        if let Link::Tray(connection) = &mut self.link {
            self.number += 1;
            self.asked.insert(self.number, failed);
            // If the tray has ended, the next read from the connection says so.
            let _ = connection.send(&ClientMessage::Request(self.number, request)).await;
            return;
        }
        self.deliver(Notification::error(
            failed,
            "No tray is running right now. Try again in a moment.".to_owned(),
        ));
    }

    fn deliver(&self, notification: Notification) {
        let picture = notification_icon(&notification, &self.snapshot);
        self.notifier.show(notification, picture);
    }
}
