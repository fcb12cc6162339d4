//! What a tray and the demo's share around the poller: who reaches it, and what ends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::app::ipc::{self, Listening, Owner, Subscribers};
use crate::app::poller::{Inbox, Input};
use crate::platform::{private_file, system_events, task};
use crate::storage::paths::Paths;

/// The clients of the loop behind `inbox`.
pub fn subscribers(inbox: &Inbox) -> Subscribers {
    let inbox = inbox.clone();
    Subscribers::new(move || drop(inbox.send(Input::Publish)))
}

/// Handles requests of other processes, and changes of the configuration.
pub fn serve_clients(
    paths: &Paths,
    owner: impl Owner + 'static,
    inbox: &Inbox,
    subscribers: Subscribers,
) -> Option<Listening> {
    let to_read = inbox.clone();
    let listening = ipc::serve(&paths.data_dir, Arc::new(owner), Some(subscribers));
    let listening = listening.inspect_err(|error| {
        tracing::warn!("other commands can't reach this tray: {error}");
    });
    let changed = move || drop(to_read.send(Input::ReadConfig(None)));
    if let Some(folder) = paths.config_file.parent()
        && let Err(error) = private_file::create_dir(folder)
    {
        tracing::warn!("{}: {error}", folder.display());
    }
    if let Err(error) = system_events::file_watcher::watch(&paths.config_file, changed) {
        tracing::warn!("{}: {error}", system_events::file_watcher::CONFIG_NOT_WATCHED);
    }
    listening.ok()
}

/// Ends the loop when the system, or the terminal, says so.
pub fn quit_on_signal(inbox: Inbox) {
    task::spawn(async move {
        match system_events::signals::termination().await {
            Ok(()) => drop(inbox.send(Input::Quit)),
            Err(error) => tracing::warn!("signals can't be caught: {error}"),
        }
    });
}

/// Ends the loop when the session ends.
pub fn quit_with_the_session(inbox: Inbox) {
    task::spawn(async move {
        system_events::session::ended().await;
        let _ = inbox.send(Input::Quit);
    });
}

/// Without waiting for a keyring or a disk that does not answer.
pub fn shut_down(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_millis(100));
}
