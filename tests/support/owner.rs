//! A fake tray: speaks the protocol on the socket of a data folder, records requests and answers them.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use linode_bandwidth::app::ipc::message::{Answer, ClientMessage, OwnerKind, Request, ServerMessage};
use linode_bandwidth::app::ipc::{Answering, Cancelled, Connection, Owner, Subscribers, listen};
use linode_bandwidth::domain::snapshot::StateUpdate;
use linode_bandwidth::window_request::WindowRequest;
use tokio::runtime::Builder;

/// A fake tray that answers with `answer` until the test ends.
pub struct StandIn {
    pub requests: Receiver<Request>,
    pub subscribers: Subscribers,
}

impl StandIn {
    /// Starts a fake tray on the socket in the data folder, where all clients look.
    pub fn start(data_dir: &Path, answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> StandIn {
        let (heard, requests) = channel();
        let subscribers = Subscribers::new(|| {});
        let owner = Arc::new(Asked { heard: Mutex::new(heard), answer: Box::new(answer) });
        let (socket, told) = (data_dir.join("control.sock"), subscribers.clone());
        let (ready, listens) = channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let _listening = listen(&socket, owner, Some(told)).unwrap();
                ready.send(()).unwrap();
                std::future::pending::<()>().await
            });
        });
        listens.recv().unwrap();
        StandIn { requests, subscribers }
    }

    /// A fake tray that publishes `state` every 5 ms.
    pub fn publishing(data_dir: &Path, state: StateUpdate) -> StandIn {
        let tray = StandIn::start(data_dir, done);
        let subscribers = tray.subscribers.clone();
        thread::spawn(move || {
            loop {
                subscribers.publish(|| state.clone());
                thread::sleep(Duration::from_millis(5));
            }
        });
        tray
    }

    /// All requests so far, in `Debug` format.
    pub fn heard(&self) -> Vec<String> {
        self.requests.try_iter().map(|request| format!("{request:?}")).collect()
    }
}

/// The answer for success.
pub fn done(request: &Request) -> Answer {
    match request {
        Request::Refresh => Answer::Refreshed(Ok(())),
        _ => Answer::Done(Ok(())),
    }
}

/// A fake window of a real tray: records the requests to show it.
pub struct Window {
    /// In `Debug` format.
    pub shows: Receiver<String>,
}

impl Window {
    /// Connects to the tray of `data_dir` until the test ends.
    pub fn open(data_dir: &Path) -> Window {
        let (told, shows) = channel();
        let (ready, subscribed) = channel();
        let data_dir = data_dir.to_owned();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut tray = Connection::open(&data_dir).await.unwrap();
                let request = WindowRequest::default();
                tray.send(&ClientMessage::Subscribe(Some(request))).await.unwrap();
                while let Ok(Some(message)) = tray.receive().await {
                    match message {
                        ServerMessage::Show(WindowRequest { view, activation, .. }) => {
                            tray.send(&ClientMessage::Shown).await.unwrap();
                            let with = activation.map(|token| format!(" with {}", token.as_str()));
                            let _ = told.send(format!("{view:?}{}", with.unwrap_or_default()));
                        }
                        ServerMessage::State(_) => drop(ready.send(())),
                        other => panic!("{other:?}"),
                    }
                }
            });
        });
        subscribed.recv().unwrap();
        Window { shows }
    }
}

struct Asked {
    heard: Mutex<Sender<Request>>,
    answer: Box<dyn Fn(&Request) -> Answer + Send + Sync>,
}

impl Owner for Asked {
    fn kind(&self) -> OwnerKind {
        OwnerKind::Tray
    }

    fn answer(&self, request: Request, _: Cancelled) -> Answering {
        let answer = (self.answer)(&request);
        let _ = self.heard.lock().unwrap().send(request);
        Box::pin(std::future::ready(answer))
    }

    fn quit(&self) {}
}
