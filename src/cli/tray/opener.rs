//! The window, opened from the tray: a process of its own, so that the tray stays small and a fault in graphics can't
//! take it down.

use std::io::{self, PipeReader, PipeWriter};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;

use crate::cli::session::ACTIVATION_TOKEN_VARIABLE;
use crate::cli::window::words;
use crate::domain::alert::Notification;
use crate::domain::page::WindowRequest;
use crate::instance::{self, Wish};
use crate::poller::{Inbox, Input};
use crate::program::without_console;
use crate::sibling::{SiblingError, WindowProgram};
use crate::store::config::API_URL_VARIABLE;
use crate::store::paths::{CONFIG_VARIABLE, DATA_DIR_VARIABLE, Paths};
use crate::watch::session::{self, NoDisplay};

/// The same on X11, for the cursor that turns while a program starts.
const STARTUP_VARIABLE: &str = "DESKTOP_STARTUP_ID";
/// How long an open window may take to hear of it.
const TELL: Duration = Duration::from_secs(2);

/// Opens the window, or brings the open one to the front.
#[derive(Clone)]
pub struct Opener {
    program: WindowProgram,
    paths: Paths,
    /// The demo's: what its window gets for standard input, which ends with the demo.
    demo: Option<Arc<PipeReader>>,
    inbox: Inbox,
}

/// What the user is told when there is no window.
struct Trouble {
    what: &'static str,
    why: String,
}

impl Trouble {
    fn at_start(why: impl Into<String>) -> Trouble {
        Trouble { what: "The window could not be shown", why: why.into() }
    }

    /// One of which the window's own words say more.
    fn told(self) -> Trouble {
        Trouble { why: self.why + ". To see more, run in a terminal: linode-bandwidth window", ..self }
    }
}

impl From<NoDisplay> for Trouble {
    fn from(error: NoDisplay) -> Trouble {
        Trouble::at_start(format!("{error}."))
    }
}

impl Opener {
    /// Windows on the files at `paths`; troubles are told to `inbox`.
    ///
    /// # Errors
    /// When the system does not say which program this is.
    pub fn new(paths: &Paths, inbox: Inbox) -> io::Result<Opener> {
        Ok(Opener { program: WindowProgram::beside_this()?, paths: paths.clone(), demo: None, inbox })
    }

    /// The same on the samples' tokens, for windows that close when the second value is dropped.
    ///
    /// # Errors
    /// As [`Opener::new`], or when the system has no pipe to give.
    pub fn of_demo(paths: &Paths, inbox: Inbox) -> io::Result<(Opener, PipeWriter)> {
        let (end, held) = io::pipe()?;
        Ok((Opener { demo: Some(Arc::new(end)), ..Opener::new(paths, inbox)? }, held))
    }

    /// Shows what `request` says, off the caller's path.
    pub fn open(&self, request: WindowRequest) {
        let opener = self.clone();
        tokio::spawn(async move {
            if let Err(Trouble { what, why }) = opener.shown(request).await {
                tracing::warn!("{what}: {why}");
                let trouble = Notification::trouble(what, why);
                let _ = opener.inbox.send(Input::Tell(Box::new(trouble)));
            }
        });
    }

    async fn shown(&self, request: WindowRequest) -> Result<(), Trouble> {
        let asked = instance::tell(&self.paths.window_socket(), &Wish::Show(request.clone()), TELL).await;
        if asked.is_ok() {
            return Ok(());
        }
        let mut command =
            self.command(&request).map_err(|error| Trouble::at_start(error.to_string()).told())?;
        command.envs(session::variables().await?);
        // Making a process may take a while on a busy machine, and nothing else is to wait for it.
        let spawned = tokio::task::spawn_blocking(move || command.spawn()).await;
        let failed = |error: &dyn std::fmt::Display| Trouble::at_start(error.to_string()).told();
        let spawned = spawned.map_err(|error| failed(&error))?;
        let mut child = spawned.map_err(|error| match self.program.explain(error) {
            missing @ SiblingError::Missing { .. } => Trouble::at_start(missing.to_string()),
            error => failed(&error),
        })?;
        let status = child.wait().await.map_err(|error| failed(&error))?;
        let why = format!("It ended with {status}");
        match status.code() {
            Some(0) => Ok(()),
            Some(_) => match session::display().await {
                Err(gone @ NoDisplay::Gone(_)) => Err(gone.into()),
                _ => Err(Trouble::at_start(why).told()),
            },
            // It crashed, which it may do long after it was shown.
            None => Err(Trouble { what: "The window ended unexpectedly", why }.told()),
        }
    }

    fn command(&self, WindowRequest { view, activation }: &WindowRequest) -> io::Result<Command> {
        let mut command = Command::new(self.program.path());
        command.args(words(view)).stdin(Stdio::null());
        without_console(&mut command);
        if let Some(end) = &self.demo {
            command.arg("--demo").stdin(end.try_clone()?).env_remove(API_URL_VARIABLE);
        }
        // What this program was started with is long used up.
        command.env_remove(ACTIVATION_TOKEN_VARIABLE).env_remove(STARTUP_VARIABLE);
        if let Some(activation) = activation {
            command.env(ACTIVATION_TOKEN_VARIABLE, activation.as_str());
        }
        command.env(CONFIG_VARIABLE, &self.paths.config_file).env(DATA_DIR_VARIABLE, &self.paths.data_dir);
        Ok(command)
    }
}
