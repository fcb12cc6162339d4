//! The whole program on a simulated API, with files of its own in a folder that goes with it.

mod history;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;

use self::history::DemoClock;
use super::ipc::message::OwnerKind;
use super::lifecycle::{quit_on_signal, quit_with_the_session, serve_clients, subscribers};
use super::poller::{ConfigSource, Fetcher, Frontend, Poller, PollerError, TokenSource, once};
use super::requests::Requests;
use super::tray::owner::TrayOwner;
use super::tray::{DesktopFrontend, TrayActions};
use super::window_opener::WindowOpener;
use crate::api::simulated::{SimulatedData, SimulatedServer, serve};
use crate::domain::config::{AccountConfig, AccountId, Config};
use crate::domain::snapshot::Snapshot;
use crate::domain::state::{Event, PersistedState, State};
use crate::domain::token::{InvalidToken, Token};
use crate::storage::config::{self, EditError};
use crate::storage::demo_tokens::DemoTokens;
use crate::storage::history::{History, HistoryError};
use crate::storage::keyring::{Fingerprints, KeyringError};
use crate::storage::paths::Paths;
use crate::storage::token_store::TokenStore;
use crate::tray::{EventLoopHandle, TrayError};

/// Often enough that the figures move while one looks.
const INTERVAL: Duration = Duration::from_secs(2);
/// Of the demo's breakdowns.
const BREAKDOWN_INTERVAL: Duration = Duration::from_secs(10);

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is no folder, or no port to serve the API at.
    #[error(transparent)]
    System(#[from] io::Error),
    /// Its configuration can't be written.
    #[error(transparent)]
    Config(#[from] EditError),
    /// Its history can't be.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There is no poller.
    #[error(transparent)]
    Poller(#[from] PollerError),
    /// There is no place for an icon.
    #[error(transparent)]
    Tray(#[from] TrayError),
    /// A sample's token is none.
    #[error(transparent)]
    Token(#[from] InvalidToken),
    /// It can't be noted down.
    #[error(transparent)]
    TokenStore(#[from] KeyringError),
}

/// The sample accounts: the simulated API that knows them, the configuration, what they did before, and their tokens,
/// which are noted down in a folder that goes with it.
pub struct Demo {
    _served: SimulatedServer,
    config: Config,
    past: Vec<history::Series>,
    clock: DemoClock,
    tokens: DemoTokens,
    scratch: TempDir,
}

impl Demo {
    /// Sample accounts that live `speed` times as fast.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn new(speed: f64) -> Result<Demo, DemoError> {
        let world = SimulatedData::samples(speed);
        let scratch = tempfile::tempdir()?;
        let (accounts, tokens) = accounts(&world, scratch.path())?;
        let past = history::simulate_history(&world, &accounts, Timestamp::now());
        let served = serve(world).await?;
        let clock = DemoClock { begun: Timestamp::now(), speed };
        let config = Config {
            api_url: served.url(),
            poll_interval: INTERVAL,
            breakdown_interval: Some(BREAKDOWN_INTERVAL),
            // Their usage grows too fast for a forecast and a usual pace.
            forecast_alert: false,
            spike_alert: false,
            accounts,
            ..Config::default()
        };
        Ok(Demo { _served: served, config, past, clock, tokens, scratch })
    }

    /// What one poll brings.
    pub async fn poll_once(&self) -> Snapshot {
        let (mut state, asks) = once::begin(self.persisted_state(), self.config.clone());
        once::poll(&mut state, asks, self.rounds(), once::Prompting::Never).await;
        state.snapshot(Timestamp::now())
    }

    /// Shows it by what `frontend` makes, until that ends it. Nothing is stored.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn run<F: Frontend>(
        self,
        frontend: impl FnOnce(super::poller::Inbox) -> F,
    ) -> Result<(), DemoError> {
        let poller = self.poller(History::in_memory()?)?;
        quit_on_signal(poller.inbox());
        let frontend = frontend(poller.inbox());
        poller.run(frontend).await;
        Ok(())
    }

    /// Shows it in the tray, with files, so that menu and window can do all that they can do.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn run_in_tray(self, event_loop: EventLoopHandle) -> Result<(), DemoError> {
        let folder = self.scratch.path();
        let paths = Paths { config_file: folder.join("config.toml"), data_dir: folder.to_owned() };
        self.write_config(&paths)?;
        let to_read = paths.clone();
        let config = ConfigSource::new(paths.config_file.clone(), move || read_config(&to_read));
        let poller = self.poller(History::open(&paths.history_file())?)?.reading(config);
        let inbox = poller.inbox();
        let subscribers = subscribers(&inbox);
        let poller = poller.publishing(subscribers.clone());
        quit_on_signal(inbox.clone());
        quit_with_the_session(inbox.clone());
        let tokens = TokenStore::Demo(self.tokens.clone());
        let opener = WindowOpener::new(&paths, Some(subscribers.clone()), inbox.clone())?.for_demo();
        let requests = Requests::new(&paths, tokens, inbox.clone());
        let actions = TrayActions { opener, requests: requests.clone() };
        let desktop = DesktopFrontend::start(event_loop, &poller, folder.to_owned(), actions).await;
        let desktop = desktop.map_err(|(error, _)| error)?;
        let owner = TrayOwner { kind: OwnerKind::Demo, requests, inbox: inbox.clone() };
        self.smooth_history(paths.history_file());
        // Dropped before the folder goes: the demo's window closes with the connection.
        let _listening = serve_clients(&paths, owner, &inbox, subscribers);
        desktop.run(poller).await;
        Ok(())
    }

    /// Smooths the history after every poll and every breakdown, until the runtime ends.
    fn smooth_history(&self, file: PathBuf) {
        let past: Arc<[history::Series]> = self.past.clone().into();
        let clock = self.clock;
        tokio::spawn(async move {
            let mut polls = tokio::time::interval(INTERVAL / 2);
            let after_breakdown = BREAKDOWN_INTERVAL.as_secs() / polls.period().as_secs();
            for polled in 0u64.. {
                polls.tick().await;
                let (past, file) = (past.clone(), file.clone());
                let work = move || {
                    let mut history = History::open(&file)?;
                    history::smooth(&past, &mut history, clock, Timestamp::now())?;
                    if polled % after_breakdown == 0 {
                        history::smooth_consumers(&past, &mut history, clock, Timestamp::now())?;
                    }
                    Ok::<(), HistoryError>(())
                };
                if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
                    tracing::warn!("the demo's history: {error}");
                }
            }
        });
    }

    fn persisted_state(&self) -> PersistedState {
        history::persisted_state(&self.past, &self.config.accounts, Timestamp::now())
    }

    fn rounds(&self) -> Fetcher {
        let tokens = TokenStore::Demo(self.tokens.clone());
        Fetcher::new(TokenSource::Store(tokens), Fingerprints::new(String::new()))
    }

    fn poller(&self, mut history: History) -> Result<Poller, DemoError> {
        history::keep(&self.past, &mut history, self.clock)?;
        let state = State::new(self.persisted_state(), 0, Timestamp::now()).for_demo();
        let mut poller = Poller::new(state, self.rounds(), Ok(history))?;
        poller.begin(Event::ConfigLoaded(Box::new(self.config.clone())));
        Ok(poller)
    }

    /// Address and accounts; the rest is at its default.
    fn write_config(&self, paths: &Paths) -> Result<(), EditError> {
        config::edit(&paths.config_file, |editor| {
            editor.set(|config| config.api_url = self.config.api_url.clone())?;
            self.config.accounts.iter().try_for_each(|account| editor.add(account))
        })
    }
}

/// The file as it now is, but for intervals that no file may have.
fn read_config(paths: &Paths) -> Event {
    match config::load(&paths.config_file) {
        Ok(config) => Event::ConfigLoaded(Box::new(Config {
            poll_interval: INTERVAL,
            breakdown_interval: config.breakdown_interval.map(|_| BREAKDOWN_INTERVAL),
            ..config
        })),
        Err(error) => Event::ConfigRefused(error.to_string()),
    }
}

fn accounts(world: &SimulatedData, folder: &Path) -> Result<(Vec<AccountConfig>, DemoTokens), DemoError> {
    let tokens = world.accounts.iter().map(|sample| Token::new(sample.token.clone()).map(Arc::new));
    let known: Vec<Arc<Token>> = tokens.collect::<Result<_, _>>()?;
    let (mut accounts, tokens) = (Vec::<AccountConfig>::new(), DemoTokens::new(known.clone(), folder));
    for (sample, token) in world.accounts.iter().zip(&known) {
        let id = AccountId::from_name(&sample.company, |id| {
            accounts.iter().any(|account| account.id.as_str() == id)
        });
        tokens.write(&id, token)?;
        accounts.push(AccountConfig::new(id, &sample.company));
    }
    Ok((accounts, tokens))
}
