//! The window, opened from the tray: a process of its own, so that the tray stays small and a fault in graphics can't
//! take it down.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::cli::session::LEAVE_VARIABLE;
use crate::domain::alert::Notification;
use crate::domain::config::Word;
use crate::domain::page::{Call, View};
use crate::instance::{self, Wish};
use crate::poller::{Inbox, Input};
use crate::program::without_console;
use crate::store::config::API_URL_VARIABLE;
use crate::store::paths::{CONFIG_VARIABLE, DATA_DIR_VARIABLE, Paths};

/// The same on X11, for the cursor that turns while a program starts.
const STARTUP_VARIABLE: &str = "DESKTOP_STARTUP_ID";
/// How long an open window may take to hear of it.
const TELL: Duration = Duration::from_secs(2);

/// Opens the window, or brings the open one to the front.
#[derive(Clone)]
pub struct Opener {
    /// This program. Asked for early: an update may put another file in its place later.
    program: PathBuf,
    paths: Paths,
    demo: bool,
    inbox: Inbox,
}

/// What the user is told when there is no window.
struct Trouble {
    what: &'static str,
    why: String,
}

impl Trouble {
    fn at_start(why: String) -> Trouble {
        Trouble { what: "The window could not be shown", why }
    }
}

impl Opener {
    /// Windows on the files at `paths`; troubles are told to `inbox`. With `demo`, on the samples' tokens.
    ///
    /// # Errors
    /// When the system does not say which program this is.
    pub fn new(paths: &Paths, demo: bool, inbox: Inbox) -> io::Result<Opener> {
        Ok(Opener { program: std::env::current_exe()?, paths: paths.clone(), demo, inbox })
    }

    /// Shows what `call` says, off the caller's path.
    pub fn open(&self, call: Call) {
        let opener = self.clone();
        tokio::spawn(async move {
            if let Err(Trouble { what, why }) = opener.shown(call).await {
                tracing::warn!("{what}: {why}");
                let body = format!("{why}. To see more, run in a terminal: linode-bandwidth window");
                let trouble = Notification::trouble(what, body);
                let _ = opener.inbox.send(Input::Tell(Box::new(trouble)));
            }
        });
    }

    async fn shown(&self, call: Call) -> Result<(), Trouble> {
        let asked = instance::tell(&self.paths.window_socket(), &Wish::Show(call.clone()), TELL).await;
        if asked.is_ok() {
            return Ok(());
        }
        let mut command = self.command(&call);
        // Making a process may take a while on a busy machine, and nothing else is to wait for it.
        let spawned = tokio::task::spawn_blocking(move || command.spawn()).await;
        let spawned = spawned.map_err(|error| Trouble::at_start(error.to_string()))?;
        let mut child =
            spawned.map_err(|error| Trouble::at_start(format!("{}: {error}", self.program.display())))?;
        let status = child.wait().await.map_err(|error| Trouble::at_start(error.to_string()))?;
        let why = format!("It ended with {status}");
        match status.code() {
            Some(0) => Ok(()),
            Some(_) => Err(Trouble::at_start(why)),
            // It crashed, which it may do long after it was shown.
            None => Err(Trouble { what: "The window ended unexpectedly", why }),
        }
    }

    fn command(&self, Call { view, leave }: &Call) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("window").stdin(Stdio::null());
        without_console(&mut command);
        match view {
            View::Page(page) => command.arg(page.word()),
            View::Edit(id) => command.args(["--edit", id.as_str()]),
            View::ReplaceToken(id) => command.args(["--replace-token", id.as_str()]),
            View::About => command.arg("--about"),
        };
        if self.demo {
            command.arg("--demo").env_remove(API_URL_VARIABLE);
        }
        // What this program was started with is long used up.
        command.env_remove(LEAVE_VARIABLE).env_remove(STARTUP_VARIABLE);
        if let Some(leave) = leave {
            command.env(LEAVE_VARIABLE, leave.as_str());
        }
        command.env(CONFIG_VARIABLE, &self.paths.config_file).env(DATA_DIR_VARIABLE, &self.paths.data_dir);
        command
    }
}
