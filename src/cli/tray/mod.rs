//! `tray`: the program in the tray, in the foreground.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

mod follower;
mod opener;

use super::args::TrayArgs;
use super::output::Output;
use super::{CliError, session, window};
use crate::app::instance_lock::{self, Claim};
use crate::app::ipc::message::{Answer, OwnerKind, Request};
use crate::app::ipc::{self, IpcError, Listening, Subscribers};
use crate::app::owner::TrayOwner;
use crate::app::poller::{ConfigSource, Face, Inbox, Input, Poller, Rounds, Tokens};
use crate::app::requests::Requests;
use crate::domain::alert::{Notification, Offer};
use crate::domain::config::IconAccount;
use crate::domain::month::Month;
use crate::domain::page::{ActivationToken, View, WindowRequest};
use crate::domain::snapshot::Snapshot;
use crate::domain::state::{Event, State};
use crate::notifications::{Notifier, Report};
use crate::platform::autostart;
use crate::platform::{console, system_events};
use crate::storage::config::AccountField;
use crate::storage::history::Keeper;
use crate::storage::paths::Paths;
use crate::storage::token_store::TokenStore;
use crate::storage::{self, config};
use crate::tray::host::NoHost;
use crate::tray::icon::{Icon, Rgba};
use crate::tray::menu::Action;
use crate::tray::{self, Place, Tray, TrayError, TrayEvent};
use follower::{Elsewhere, Found};
pub use opener::Opener;

/// Where Cloud Manager shows the transfer pool.
const CLOUD_MANAGER: &str = "https://cloud.linode.com/linodes";

/// How long the one that runs may take to hear of another.
const TELL: Duration = Duration::from_secs(2);

/// How long a window may take to come that a tray was started for.
const WINDOW_TIMEOUT: Duration = Duration::from_secs(30);

/// How much later than the program a panel may come.
const PANELS_TIME: Duration = Duration::from_secs(10);

/// The side of a notification's picture, in pixels.
const NOTIFICATION_ICON: u32 = 64;

/// How often one that has the lock and does not listen is tried, or one that makes way, and how long to wait in between.
const TRIES: usize = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// What a start comes to.
enum Role {
    /// To poll, and to show the icon.
    Owner(Claim),
    /// To show the icon: the tray of another session polls.
    Follower(Elsewhere),
}

/// Runs until the user quits; when it runs in this session already, has the window opened, but for a start at login.
pub fn run(args: &TrayArgs, output: &mut Output) -> Result<(), CliError> {
    console::let_go();
    let paths = session::paths()?;
    let runtime = session::runtime()?;
    let role = match runtime.block_on(claim(&paths))? {
        Some(claim) => Role::Owner(claim),
        None => match runtime.block_on(follower::find(&paths.data_dir)) {
            Found::Elsewhere(tray) if !args.with_window => Role::Follower(tray),
            _ => return runtime.block_on(runs_already(&paths, args, output)),
        },
    };
    let with_window = args.with_window;
    let work = move |place: Place| {
        let (claim, done) = runtime.block_on(async {
            let claim = match role {
                Role::Owner(claim) => claim,
                Role::Follower(tray) => match follower::follow(&paths, place.clone(), tray).await {
                    Ok(Some(claim)) => claim,
                    Ok(None) => return (None, Ok(())),
                    Err(error) => return (None, Err(error)),
                },
            };
            let done = serve(&paths, place, with_window).await;
            (Some(claim), done)
        });
        end(runtime);
        drop(claim);
        done
    };
    tray::run(work).map_err(CliError::failed)?
}

/// Has the window opened, but for a login, and for a window that is there: by the tray that runs, or where that has
/// another display, by this program.
async fn runs_already(paths: &Paths, args: &TrayArgs, output: &mut Output) -> Result<(), CliError> {
    if args.login || args.with_window {
        output.line("Linode Bandwidth runs already.");
        return Ok(());
    }
    let (activation, display) = (session::activation_token(), system_events::session::named_display());
    let open = WindowRequest { view: View::default(), activation, display };
    match ipc::tell(&paths.data_dir, Request::Open(open), TELL).await {
        Ok(()) => output.line("Linode Bandwidth runs already: asked it to open its window."),
        Err(IpcError::Refused(_)) => {
            window::start().await?;
            output.line("Linode Bandwidth runs already: opened its window.");
        }
        Err(error) => return Err(CliError::failed(error)),
    }
    Ok(())
}

/// The right to run. An exporter that has it makes way, and so does a tray whose session is gone; another tray stays.
async fn claim(paths: &Paths) -> Result<Option<Claim>, CliError> {
    let free = || instance_lock::claim(&paths.lock_file()).map_err(CliError::failed);
    for _ in 0..TRIES {
        if let Some(claim) = free()? {
            return Ok(Some(claim));
        }
        match ipc::tell(&paths.data_dir, Request::MakeWay, TELL).await {
            // It has the lock and not the socket yet, or no longer.
            Err(IpcError::NotRunning) => tokio::time::sleep(BETWEEN_TRIES).await,
            Ok(()) => return free(),
            Err(_) => break,
        }
    }
    // A start that can't show a window either has nothing to offer.
    let shows = system_events::session::display().await.is_ok();
    if !shows || ipc::tell(&paths.data_dir, Request::TakeOver, TELL).await.is_err() {
        return Ok(None);
    }
    for _ in 0..TRIES {
        if let Some(claim) = free()? {
            return Ok(Some(claim));
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    Ok(None)
}

/// Without waiting for a keyring or a disk that does not answer.
pub fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_millis(100));
}

async fn serve(paths: &Paths, place: Place, with_window: bool) -> Result<(), CliError> {
    let (history, kept, fingerprints) = storage::opened(paths).map_err(CliError::failed)?;
    let state =
        State::new(kept, instance_lock::seed(), Timestamp::now()).in_zone(system_events::zone::current());
    let state = state.unlocking_once();
    let keyring = session::keyring()?;
    let rounds = Rounds::new(Tokens::Keyring(keyring.clone()), fingerprints);
    let (inbox, inputs) = Poller::door();
    let to_tell = inbox.clone();
    let tell = move |problem| drop(to_tell.send(Event::Keeping(problem).into()));
    let keeper = Keeper::start_telling(history, tell).map_err(CliError::failed)?;
    let to_read = paths.clone();
    let config = ConfigSource::new(paths.config_file.clone(), move || read_config(&to_read));
    let subscribers = subscribers(&inbox);
    let poller = Poller::behind((inbox.clone(), inputs), state, rounds, keeper);
    let mut poller = poller.publishing(subscribers.clone()).reading(config);
    if let Err(error) = autostart::renew() {
        tracing::debug!("start at login: {error}");
    }
    poller.begin(Event::StartsAtLogin(autostart::mark()));
    // Before there is anything to see: whoever sees the icon may end the program.
    quit_on_signal(inbox.clone());
    quit_with_the_session(inbox.clone());
    let tokens = TokenStore::Keyring(keyring);
    let hands = Hands {
        opener: Opener::new(paths, Some(subscribers.clone()), inbox.clone()).map_err(CliError::failed)?,
        requests: Requests::new(paths, tokens, inbox.clone()),
    };
    let requests = hands.requests.clone();
    let desktop = Desktop::start(place, &poller, paths.data_dir.clone(), hands).await;
    let desktop = match desktop {
        // A window is all that is wanted.
        Err((_, desktop)) if with_window => desktop,
        Err((error, _)) => return Err(CliError::failed(error)),
        Ok(desktop) => desktop,
    };
    let owner = TrayOwner { kind: OwnerKind::Tray, requests, inbox: inbox.clone() };
    let _listening = watch_the_world(paths, owner, subscribers.clone());
    if with_window {
        end_with_the_window(subscribers, inbox.clone());
    }
    tokio::spawn(greet());
    let changed = inbox.clone();
    let _machine = system_events::machine::watch(move |event| drop(changed.send(event.into())));
    if !with_window {
        look_for_a_host(inbox.clone());
    }
    let travelled = inbox.clone();
    system_events::zone::watch(move |zone| drop(travelled.send(Event::ZoneTold(zone).into())));
    autostart::watch(move |on| drop(inbox.send(Event::StartsAtLogin(on).into())));
    desktop.run(poller).await;
    Ok(())
}

/// Says whether a panel shows the icon, once a panel that is merely later than the program has had its time.
fn look_for_a_host(inbox: Inbox) {
    tokio::spawn(async move {
        tokio::time::sleep(PANELS_TIME).await;
        // Before the look, so that none is missed that comes after it.
        let Ok(mut changes) = tray::host::Changes::watch().await else { return };
        let mut told = false;
        loop {
            match tray::host::find().await {
                Ok(()) => break,
                Err(NoHost::NoHost(hint)) if !told => {
                    told = true;
                    // A terminal was told already.
                    if !Output::new().is_terminal() {
                        tracing::warn!("no panel shows the icon, which comes with one that does: {hint}");
                    }
                    let _ = inbox.send(Event::NoHost(hint.to_owned()).into());
                }
                Err(NoHost::NoBus(_)) => return,
                Err(NoHost::NoHost(_) | NoHost::Silent) => {}
            }
            if changes.next().await.is_none() {
                return;
            }
        }
        let _ = inbox.send(Event::HostFound.into());
    });
}

/// Says on a terminal that it runs: there is nothing else to be seen of that.
async fn greet() {
    let mut output = Output::new();
    if !output.is_terminal() {
        return;
    }
    let ends = "Quit it from the icon's menu, or with Ctrl-C here.";
    match tray::host::find().await {
        Ok(()) => output.line(&format!("Linode Bandwidth is running, and its icon is in the tray. {ends}")),
        Err(why) => output.line(&format!("Linode Bandwidth is running. {why} Ctrl-C here ends it.")),
    }
}

/// The clients of the loop behind `inbox`.
pub fn subscribers(inbox: &Inbox) -> Subscribers {
    let inbox = inbox.clone();
    Subscribers::new(move || drop(inbox.send(Input::Publish)))
}

/// Ends a tray that was started for a window when that is closed, unless a panel shows its icon.
fn end_with_the_window(subscribers: Subscribers, inbox: Inbox) {
    tokio::spawn(async move {
        // A window that does not come is like one that was closed.
        let opened = subscribers.window_opened();
        if tokio::time::timeout(WINDOW_TIMEOUT, opened).await.is_ok() {
            subscribers.window_closed().await;
        }
        if tray::host::find().await.is_err() {
            let _ = inbox.send(Input::Quit);
        } else {
            look_for_a_host(inbox);
        }
    });
}

/// Takes up what other processes want, and what changes in the configuration.
pub fn watch_the_world(paths: &Paths, owner: TrayOwner, subscribers: Subscribers) -> Option<Listening> {
    let to_read = owner.inbox.clone();
    let listening = ipc::serve(&paths.data_dir, Arc::new(owner), Some(subscribers));
    let listening = listening.inspect_err(|error| {
        tracing::warn!("other commands can't reach this tray: {error}");
    });
    let changed = move || drop(to_read.send(Input::ReadConfig(None)));
    if let Some(folder) = paths.config_file.parent()
        && let Err(error) = crate::storage::private_file::create_dir(folder)
    {
        tracing::warn!("{}: {error}", folder.display());
    }
    if let Err(error) = system_events::config_file::watch(&paths.config_file, changed) {
        tracing::warn!("{}: {error}", system_events::config_file::UNWATCHED);
    }
    listening.ok()
}

/// Ends the loop when the system, or the terminal, says so.
pub fn quit_on_signal(inbox: Inbox) {
    tokio::spawn(async move {
        match system_events::signals::ended().await {
            Ok(()) => drop(inbox.send(Input::Quit)),
            Err(error) => tracing::warn!("signals can't be caught: {error}"),
        }
    });
}

/// Ends the loop when there is nobody left to show anything to.
pub fn quit_with_the_session(inbox: Inbox) {
    tokio::spawn(async move {
        system_events::session::ended().await;
        let _ = inbox.send(Input::Quit);
    });
}

fn read_config(paths: &Paths) -> Event {
    match session::load(paths) {
        Ok(config) => {
            if let Err(error) = config::tighten(&paths.config_file) {
                tracing::debug!("the mode of {}: {error}", paths.config_file.display());
            }
            Event::ConfigLoaded(Box::new(config))
        }
        Err(error) => Event::ConfigRefused(error.to_string()),
    }
}

/// What the tray can do beside its loop.
#[derive(Clone)]
pub struct Hands {
    /// Opens the window.
    pub opener: Opener,
    /// Changes accounts.
    pub requests: Requests,
}

/// What the user wants of the tray.
enum Choice {
    /// To see this in the window.
    Open(WindowRequest),
    /// To have this done, in turn; when it fails, the user is told under this heading.
    Ask(&'static str, Vec<Request>),
    /// To see a page in the browser.
    Page(&'static str),
    /// Nothing, but a look at what the system does not tell of.
    LookAgain,
    /// To end the program.
    Quit,
}

impl Choice {
    fn of(event: TrayEvent) -> Choice {
        let action = match event {
            TrayEvent::OpenWindow(request) => return Choice::Open(request),
            TrayEvent::Neared => return Choice::LookAgain,
            TrayEvent::SessionEnded => return Choice::Quit,
            TrayEvent::Chose(action) => action,
        };
        let muted = "It could not be muted";
        match action {
            Action::Open(view) => Choice::Open(view.into()),
            Action::Refresh => Choice::Ask("It could not be refreshed", vec![Request::Refresh]),
            Action::UnlockKeyring => Choice::Ask("The keyring could not be unlocked", vec![Request::Unlock]),
            Action::Mute(time) => {
                let until = time.ends_at(Timestamp::now(), &system_events::zone::current());
                Choice::Ask(muted, vec![Request::Mute(None, Some(until))])
            }
            Action::Unmute => Choice::Ask(muted, vec![Request::Mute(None, None)]),
            Action::Duplicate(id) => Choice::Ask("It could not be duplicated", vec![Request::Duplicate(id)]),
            Action::MuteAccount(id, to_mute) => {
                let change = Request::Change(id.clone(), AccountField::Muted(to_mute));
                // What a notification's button has begun ends too.
                let ends = (!to_mute).then_some(Request::Mute(Some(id), None));
                Choice::Ask(muted, [change].into_iter().chain(ends).collect())
            }
            Action::StartAtLogin(on) => {
                Choice::Ask("Start at login could not be changed", vec![Request::StartAtLogin(on)])
            }
            Action::OpenCloudManager => Choice::Page(CLOUD_MANAGER),
            Action::Quit => Choice::Quit,
        }
    }
}

/// Has done what the user wants, off the caller's path: it runs on the tray's.
fn act(event: TrayEvent, inbox: &Inbox, requests: &Requests) {
    match Choice::of(event) {
        Choice::Open(request) => drop(inbox.send(Input::Open(request))),
        Choice::Ask(failed, asked) => ask(failed, asked, requests, inbox),
        Choice::Page(page) => open_page(page),
        Choice::LookAgain => {
            let inbox = inbox.clone();
            tokio::task::spawn_blocking(move || {
                drop(inbox.send(Event::StartsAtLogin(autostart::mark()).into()))
            });
        }
        Choice::Quit => drop(inbox.send(Input::Quit)),
    }
}

fn ask(failed: &'static str, asked: Vec<Request>, requests: &Requests, inbox: &Inbox) {
    let (requests, inbox) = (requests.clone(), inbox.clone());
    tokio::spawn(async move {
        for request in asked {
            let (_kept, cancelled) = oneshot::channel();
            if let Some(trouble) = trouble_of(failed, &requests.answer(request, cancelled).await) {
                let _ = inbox.send(Input::Tell(Box::new(trouble)));
            }
        }
    });
}

/// The notification about an answer that is a failure, with the heading `failed`.
fn trouble_of(failed: &'static str, answer: &Answer) -> Option<Notification> {
    let (Answer::Changed(Err(why)) | Answer::Done(Err(why))) = answer else { return None };
    tracing::warn!("{failed}: {why}");
    Some(Notification::trouble(failed, why.clone()))
}

fn taken(offer: Offer, activation: Option<ActivationToken>) -> Option<Input> {
    match offer {
        Offer::MuteForThisMonth(id) => {
            Some(Event::Mute(Some(id), Some(Month::at(Timestamp::now()).ends_at)).into())
        }
        Offer::ReplaceToken(id) => {
            Some(Input::Open(WindowRequest { activation, ..View::ReplaceToken(id).into() }))
        }
        Offer::Open => Some(Input::Open(WindowRequest { activation, ..WindowRequest::default() })),
    }
}

fn open_page(page: &'static str) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = open::that_detached(page) {
            tracing::warn!("{page} can't be opened: {error}");
        }
    });
}

/// The icon beside a notification: of the account that it is about.
fn picture(notification: &Notification, snapshot: &Snapshot) -> Rgba {
    let whose = notification.account.clone().map(IconAccount::Id);
    let icon_account = whose.unwrap_or_else(|| snapshot.icon_account.clone());
    let snapshot = Snapshot { icon_account, ..snapshot.clone() };
    Icon::of(&snapshot, snapshot.icon_style, snapshot.icon_color).draw(NOTIFICATION_ICON)
}

/// Icon and notifications.
pub struct Desktop {
    /// `None` where there is no place for one.
    tray: Option<Tray>,
    notifier: Notifier,
    opener: Opener,
    /// The zone of the times that are shown.
    zone: TimeZone,
}

impl Desktop {
    /// Puts the icon of `poller`'s state into the panel. Pictures of notifications go to `folder`.
    ///
    /// # Errors
    /// [`TrayError`] where there is no place for an icon, with what there is without one.
    pub async fn start(
        place: Place,
        poller: &Poller,
        folder: PathBuf,
        hands: Hands,
    ) -> Result<Desktop, (TrayError, Desktop)> {
        let Hands { opener, requests } = hands;
        let inbox = poller.inbox();
        let notifier = Notifier::new(Report::new(inbox.clone(), taken), folder);
        // The demo has none, and must not come to have one.
        let at_login = poller.snapshot().starts_at_login.is_some();
        let happened = move |event| {
            if event != TrayEvent::Neared || at_login {
                act(event, &inbox, &requests);
            }
        };
        let zone = system_events::zone::current();
        let started = Tray::start(place, &poller.snapshot(), &zone, happened).await;
        let desktop = Desktop { tray: None, notifier, opener, zone };
        match started {
            Ok(tray) => Ok(Desktop { tray: Some(tray), ..desktop }),
            Err(error) => Err((error, desktop)),
        }
    }

    /// Shows what `poller` does until the user quits.
    pub async fn run(mut self, poller: Poller) {
        poller.run(&mut self).await;
        let icon = async {
            if let Some(tray) = self.tray {
                tray.end().await;
            }
        };
        tokio::join!(icon, self.notifier.end());
    }
}

impl Face for &mut Desktop {
    async fn show(&mut self, snapshot: Snapshot) {
        if let Some(tray) = &mut self.tray {
            tray.show(&snapshot, &self.zone).await;
        }
    }

    fn notify(&mut self, notification: Notification, snapshot: Snapshot) {
        let picture = picture(&notification, &snapshot);
        self.notifier.show(notification, picture);
    }

    fn withdraw(&mut self, topic: &str) {
        self.notifier.withdraw(topic);
    }

    fn heard(&mut self, event: &Event) {
        if let Event::ZoneTold(zone) = event {
            self.zone = zone.clone();
        }
    }

    fn open(&mut self, request: WindowRequest) {
        self.opener.open(request);
    }
}
