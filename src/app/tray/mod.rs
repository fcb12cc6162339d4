//! Runs the tray: decides which of the user's processes polls, and starts the poller, its services and the icon.

mod actions;
mod follower;
mod frontend;
pub mod owner;

use std::io;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::app::instance_lock::{self, InstanceLock, LockError};
use crate::app::ipc::message::{OwnerKind, Request};
use crate::app::ipc::{self, IpcError, Subscribers};
use crate::app::lifecycle::{quit_on_signal, quit_with_the_session, serve_clients, shut_down, subscribers};
use crate::app::poller::{ConfigSource, Inbox, Input, Poller, PollerError, TokenSource};
use crate::app::requests::Requests;
use crate::app::sibling::SiblingError;
use crate::app::window_opener::{self, WindowOpener};
use crate::domain::alert::Notification;
use crate::domain::snapshot::Snapshot;
use crate::domain::state::Event;
use crate::platform::tray_host::{self, NoHost};
use crate::platform::{app_identity, autostart, memory, system_events, task};
use crate::storage::config;
use crate::storage::keyring::Keyring;
use crate::storage::paths::Paths;
use crate::storage::token_store::TokenStore;
use crate::tray::{self, EventLoopHandle, TrayError};
use crate::window_request::{Page, View, WindowRequest};
use follower::{Elsewhere, Found};
pub use frontend::{DesktopFrontend, TrayActions};
use owner::TrayOwner;

/// How long the running tray may take to answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the window that started this tray may take to connect.
const WINDOW_TIMEOUT: Duration = Duration::from_secs(30);

/// How long after the program a panel may start.
const PANEL_START_TIME: Duration = Duration::from_secs(10);

/// How often to try for the lock while its holder does not answer, or is about to release it.
const LOCK_RETRIES: usize = 50;
const LOCK_RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// How a tray is started.
#[derive(Debug, Clone, Copy)]
pub struct TrayOptions {
    /// Started by the system at login: opens no window if a tray already runs.
    pub login: bool,
    /// Started by the window: ends with the window unless a panel shows the icon.
    pub with_window: bool,
    /// Prints a line on the terminal; `None` if standard error is not a terminal.
    pub greet: Option<fn(&str)>,
}

/// Why the tray can't run.
#[derive(Debug, thiserror::Error)]
pub enum TrayStartError {
    /// The lock can't be acquired, and the tray can't run without it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The poller can't be created.
    #[error(transparent)]
    Poller(#[from] PollerError),
    /// The icon can't be shown.
    #[error(transparent)]
    Tray(#[from] TrayError),
    /// The running tray can't be reached.
    #[error(transparent)]
    Ipc(#[from] IpcError),
    /// The other program can't be started.
    #[error(transparent)]
    Sibling(#[from] SiblingError),
    /// The path of this program can't be determined.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The result of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It ran until the user quit.
    Ran,
    /// A tray already runs in this session, and no window was requested.
    AlreadyRunning,
    /// The running tray opened its window.
    AskedForWindow,
    /// The running tray's windows are on another display, so a window was opened here.
    OpenedWindow,
}

/// The role of this process.
enum Role {
    /// Polls and shows the icon.
    Owner(InstanceLock),
    /// Only shows the icon: the tray of another session polls.
    Follower(Elsewhere),
}

/// Runs until the user quits. If a tray already runs in this session, opens the window instead, except at login.
///
/// # Errors
/// [`TrayStartError`].
pub fn run(paths: Paths, runtime: Runtime, options: TrayOptions) -> Result<Started, TrayStartError> {
    memory::share_one_heap();
    app_identity::adopt();
    let role = match runtime.block_on(claim(&paths))? {
        Some(claim) => Role::Owner(claim),
        None => match runtime.block_on(follower::find(&paths.data_dir)) {
            Found::Elsewhere(tray) if !options.with_window => Role::Follower(tray),
            _ => return runtime.block_on(show_running_tray(&paths, options)),
        },
    };
    let work = move |event_loop: EventLoopHandle| {
        let (claim, done) = runtime.block_on(async {
            let claim = match role {
                Role::Owner(claim) => claim,
                Role::Follower(tray) => {
                    match follower::follow(&paths, event_loop.clone(), tray, options.greet).await {
                        Ok(Some(claim)) => claim,
                        Ok(None) => return (None, Ok(())),
                        Err(error) => return (None, Err(error)),
                    }
                }
            };
            let done = serve(&paths, event_loop, options).await;
            (Some(claim), done)
        });
        shut_down(runtime);
        drop(claim);
        done
    };
    tray::run(work)?.map(|()| Started::Ran)
}

/// Opens the window, unless this is a start at login or by a window: through the running tray, or directly if that tray
/// is on another display.
async fn show_running_tray(paths: &Paths, options: TrayOptions) -> Result<Started, TrayStartError> {
    if options.login || options.with_window {
        return Ok(Started::AlreadyRunning);
    }
    let (activation, display) = (window_opener::activation_token(), system_events::session::named_display());
    let open = WindowRequest { view: View::default(), activation, display };
    app_identity::allow_foreground();
    match ipc::send_request(&paths.data_dir, Request::Open(open), REQUEST_TIMEOUT).await {
        Ok(()) => Ok(Started::AskedForWindow),
        Err(IpcError::Refused(_)) => {
            window_opener::start_detached()?;
            Ok(Started::OpenedWindow)
        }
        Err(error) => Err(error.into()),
    }
}

/// Acquires the lock. An exporter that holds it releases it, and so does a tray whose session is gone; another tray
/// does not.
async fn claim(paths: &Paths) -> Result<Option<InstanceLock>, TrayStartError> {
    let free = || instance_lock::try_acquire(&paths.lock_file());
    for _ in 0..LOCK_RETRIES {
        if let Some(claim) = free()? {
            return Ok(Some(claim));
        }
        match ipc::send_request(&paths.data_dir, Request::MakeWay, REQUEST_TIMEOUT).await {
            // Its holder has no socket yet, or no longer.
            Err(IpcError::NotRunning) => tokio::time::sleep(LOCK_RETRY_INTERVAL).await,
            Ok(()) => return Ok(free()?),
            Err(_) => break,
        }
    }
    // Without a display of its own, this process can't do better.
    let shows = system_events::session::try_display().await.is_ok();
    if !shows || ipc::send_request(&paths.data_dir, Request::TakeOver, REQUEST_TIMEOUT).await.is_err() {
        return Ok(None);
    }
    for _ in 0..LOCK_RETRIES {
        if let Some(claim) = free()? {
            return Ok(Some(claim));
        }
        tokio::time::sleep(LOCK_RETRY_INTERVAL).await;
    }
    Ok(None)
}

async fn serve(
    paths: &Paths,
    event_loop: EventLoopHandle,
    options: TrayOptions,
) -> Result<(), TrayStartError> {
    let first_start = is_first_start(paths) && !options.login && !options.with_window;
    let keyring = Keyring::new();
    let poller = Poller::open(paths, TokenSource::Keyring(keyring.clone()))?.unlocking_once();
    let inbox = poller.inbox();
    let subscribers = subscribers(&inbox);
    let to_read = paths.clone();
    let config = ConfigSource::new(paths.config_file.clone(), move || read_config(&to_read));
    let mut poller = poller.publishing(subscribers.clone()).reading(config);
    if let Err(error) = autostart::renew() {
        tracing::debug!("start at login: {error}");
    }
    app_identity::register();
    app_identity::restart_after_update();
    poller.begin(Event::AutostartChanged(autostart::status_mark()));
    // Before the icon is shown: the user may quit as soon as it is.
    quit_on_signal(inbox.clone());
    quit_with_the_session(inbox.clone());
    let requests = Requests::new(paths, TokenStore::Keyring(keyring), inbox.clone());
    let opener = WindowOpener::new(paths, Some(subscribers.clone()), inbox.clone())?;
    let actions = TrayActions { opener, requests: requests.clone() };
    let desktop = match DesktopFrontend::start(event_loop, &poller, paths.data_dir.clone(), actions).await {
        // The window works without an icon.
        Err((_, desktop)) if options.with_window => desktop,
        Err((error, _)) => return Err(error.into()),
        Ok(desktop) => desktop,
    };
    let owner = TrayOwner { kind: OwnerKind::Tray, requests, inbox: inbox.clone() };
    let _listening = serve_clients(paths, owner, &inbox, subscribers.clone());
    if options.with_window {
        end_with_the_window(subscribers, inbox.clone(), options.greet.is_some());
    }
    let opens_guide = first_start && shows_guide(paths, &poller.snapshot()).await;
    if let Some(say) = options.greet {
        task::spawn(print_welcome(say, poller.snapshot(), opens_guide));
    }
    if opens_guide {
        let _ = inbox.send(Input::Open(View::from(Page::TokenGuide).into()));
        if tray_host::hides_new_icons() {
            let _ = inbox.send(Input::Tell(Box::new(Notification::hidden_icon())));
        }
    }
    let changed = inbox.clone();
    let _machine = system_events::watch(move |event| drop(changed.send(event.into())));
    if !options.with_window {
        look_for_a_host(inbox.clone(), options.greet.is_some());
    }
    let travelled = inbox.clone();
    system_events::time_zone::watch(move |zone| drop(travelled.send(Event::TimeZoneChanged(zone).into())));
    autostart::watch(move |on| drop(inbox.send(Event::AutostartChanged(on).into())));
    desktop.run(poller).await;
    Ok(())
}

/// Whether the program was never started before: there is no history and no configuration.
fn is_first_start(paths: &Paths) -> bool {
    !paths.config_file.exists() && !paths.history_file().exists()
}

/// Whether the first start opens the guide: only if it can be seen, and if the history file was created, so that the
/// next start does not count as the first.
async fn shows_guide(paths: &Paths, snapshot: &Snapshot) -> bool {
    let empty = snapshot.accounts.is_empty() && snapshot.config_problem.is_none();
    empty && paths.history_file().exists() && system_events::session::try_display().await.is_ok()
}

/// Reports whether a panel shows the icon, after a panel that starts later than the program has had time to appear.
fn look_for_a_host(inbox: Inbox, greeted: bool) {
    task::spawn(async move {
        tokio::time::sleep(PANEL_START_TIME).await;
        // Subscribes before looking, so that no change is missed.
        let Ok(mut changes) = tray_host::Changes::watch().await else { return };
        let mut told = false;
        loop {
            match tray_host::find().await {
                Ok(()) => break,
                Err(NoHost::NoHost(hint)) if !told => {
                    told = true;
                    // The terminal already says so.
                    if !greeted {
                        tracing::warn!("no panel shows the icon, which comes with one that does: {hint}");
                    }
                    let _ = inbox.send(Event::TrayHostMissing(hint.to_owned()).into());
                }
                Err(NoHost::NoBus(_)) => return,
                Err(NoHost::NoHost(_) | NoHost::Silent) => {}
            }
            if changes.next().await.is_none() {
                return;
            }
        }
        let _ = inbox.send(Event::TrayHostFound.into());
    });
}

/// Prints on the terminal that the program runs and, without an account, how to add one.
async fn print_welcome(say: fn(&str), snapshot: Snapshot, opens_guide: bool) {
    let in_menu = match tray_host::find().await {
        Ok(()) => {
            say(&format!("Linode Bandwidth is in {}. Ctrl-C quits.", tray_host::host_name()));
            "choose \"Set up an account…\" in its menu, or "
        }
        Err(why) => {
            say(&format!("Linode Bandwidth is running. {why} Ctrl-C quits."));
            ""
        }
    };
    if snapshot.accounts.is_empty() && snapshot.config_problem.is_none() {
        let command = "run `linode-bandwidth accounts add NAME` in another terminal";
        let how = if opens_guide { "follow the guide in its window, or " } else { in_menu };
        say(&format!("No account yet: {how}{command}."));
    }
}

/// Ends a tray that a window started when that window is closed, unless a panel shows the icon.
fn end_with_the_window(subscribers: Subscribers, inbox: Inbox, greeted: bool) {
    task::spawn(async move {
        // A window that does not connect counts as closed.
        let opened = subscribers.window_opened();
        if tokio::time::timeout(WINDOW_TIMEOUT, opened).await.is_ok() {
            subscribers.window_closed().await;
        }
        if tray_host::find().await.is_err() {
            let _ = inbox.send(Input::Quit);
        } else {
            look_for_a_host(inbox, greeted);
        }
    });
}

fn read_config(paths: &Paths) -> Event {
    match config::load_with_env(&paths.config_file) {
        Ok(config) => {
            if let Err(error) = config::tighten(&paths.config_file) {
                tracing::debug!("the mode of {}: {error}", paths.config_file.display());
            }
            Event::ConfigLoaded(Box::new(config))
        }
        Err(error) => Event::ConfigRefused(error.to_string()),
    }
}
