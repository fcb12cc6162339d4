//! A tray without an icon: the tray's own handling of requests, with the test's files and API. Its poller only polls on
//! request.

use std::sync::mpsc::Sender;
use std::thread;

use jiff::Timestamp;
use linode_bandwidth::app::poller::once::Prompting;
use linode_bandwidth::app::poller::{Fetcher, Inbox, Input, TokenSource, once};
use linode_bandwidth::app::requests::Requests;
use linode_bandwidth::domain::config::Config;
use linode_bandwidth::domain::snapshot::{Snapshot, StateUpdate};
use linode_bandwidth::domain::state::State;
use linode_bandwidth::platform::system_events::file_watcher;
use linode_bandwidth::storage::config;
use linode_bandwidth::storage::paths::Paths;
use linode_bandwidth::storage::token_store::TokenStore;
use linode_bandwidth::window::owner::{Command, OwnerEnd, OwnerEvent};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Serves the window behind `end` until that is dropped. Commands other than requests go to `commanded`.
pub fn serve(paths: Paths, tokens: TokenStore, end: OwnerEnd, commanded: Sender<Command>) {
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (inbox, inputs) = unbounded_channel();
        let requests = Requests::new(&paths, tokens.clone(), inbox.clone());
        watch(&paths, inbox);
        let OwnerEnd { mut commands, events, .. } = end;
        let poller = Poller { paths, tokens, events: events.clone(), figures: None };
        runtime.block_on(async {
            tokio::spawn(poller.run(inputs));
            let mut cancels = std::collections::BTreeMap::new();
            while let Some(command) = commands.recv().await {
                match command {
                    Command::Request(number, request) => {
                        let (cancel, cancelled) = tokio::sync::oneshot::channel();
                        cancels.insert(number, cancel);
                        let (requests, events) = (requests.clone(), events.clone());
                        tokio::spawn(async move {
                            let answer = requests.answer(request, cancelled).await;
                            let _ = events.send(OwnerEvent::Answer(number, answer));
                        });
                    }
                    Command::Cancel(number) => drop(cancels.remove(&number).map(|cancel| cancel.send(()))),
                    command @ (Command::Quit | Command::Start | Command::Restart) => {
                        drop(commanded.send(command))
                    }
                }
            }
        });
    });
}

/// Reports changes of the files by others.
fn watch(paths: &Paths, inbox: Inbox) {
    let log = paths.history_file().with_extension("sqlite3-wal");
    // One watcher for both, which lives as long as the tests, because the system limits each user to 128.
    let changed = move || drop(inbox.send(Input::Publish));
    file_watcher::watch_all(&[paths.config_file.clone(), log], changed).unwrap();
}

struct Poller {
    paths: Paths,
    tokens: TokenStore,
    events: std::sync::mpsc::Sender<OwnerEvent>,
    /// The figures of the last refresh, with their configuration; they are not stored in files.
    figures: Option<(Config, Snapshot)>,
}

impl Poller {
    async fn run(mut self, mut inputs: UnboundedReceiver<Input>) {
        self.publish();
        while let Some(input) = inputs.recv().await {
            match input {
                Input::ReadConfig(done) => {
                    self.publish();
                    done.map(|done| done.send(()));
                }
                Input::Refresh(done) => {
                    self.figures = Some(self.refreshed().await);
                    self.publish();
                    let _ = done.send(());
                }
                Input::Publish => self.publish(),
                _ => {}
            }
        }
    }

    /// Publishes the state of the files, with the last figures if the configuration is still the same.
    fn publish(&self) {
        let (kept, _) =
            linode_bandwidth::storage::load_persisted(&self.paths).unwrap_or_else(|_| panic!("the history"));
        let config = config::load_with_env(&self.paths.config_file).map_err(|error| error.to_string());
        let regions = kept.regions.clone();
        let figures = self.figures.as_ref().filter(|(of, _)| config.as_ref() == Ok(of));
        let snapshot = match figures {
            Some((_, figures)) => figures.clone(),
            None => State::snapshot_of_persisted(kept, config.clone(), Timestamp::now()),
        };
        let _ = self.events.send(OwnerEvent::State(Box::new(StateUpdate { config, snapshot, regions })));
    }

    async fn refreshed(&self) -> (Config, Snapshot) {
        let config = config::load_with_env(&self.paths.config_file).unwrap();
        let (kept, fingerprints) = linode_bandwidth::storage::load_persisted(&self.paths).unwrap();
        let (mut state, asks) = once::begin(kept, config.clone());
        let fetcher = Fetcher::new(TokenSource::Store(self.tokens.clone()), fingerprints);
        once::poll(&mut state, asks, fetcher, Prompting::Allowed).await;
        (config, state.snapshot(Timestamp::now()))
    }
}
