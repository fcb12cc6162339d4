//! The window, opened from the tray: a process of its own, so that the tray stays small and a fault in graphics can't
//! take it down.

use std::io;
use std::process::Stdio;

use tokio::process::Command;

use crate::app::ipc::Subscribers;
use crate::app::poller::{Inbox, Input};
use crate::app::sibling::{Sibling, SiblingError};
use crate::domain::alert::Notification;
use crate::domain::config::ConfigEnum;
use crate::platform::app_identity;
use crate::platform::subprocess::{detach, without_console};
use crate::platform::system_events::session::{self, NoDisplay};
use crate::platform::task;
use crate::storage::config::API_URL_VARIABLE;
use crate::storage::paths::{CONFIG_VARIABLE, DATA_DIR_VARIABLE, Paths};
use crate::window_request::{ActivationToken, View, WindowRequest};

/// Where a Wayland desktop puts the activation token for what it starts.
const ACTIVATION_TOKEN_VARIABLE: &str = "XDG_ACTIVATION_TOKEN";
/// The same on X11, for the cursor that turns while a program starts.
const STARTUP_VARIABLE: &str = "DESKTOP_STARTUP_ID";

/// Has the X server draw, on whatever machine that is. It can do OpenGL 1.4 at most, and the window needs more: without this
/// it is drawn here and sent, as over ssh.
pub const INDIRECT_VARIABLE: &str = "LIBGL_ALWAYS_INDIRECT";

/// The activation token that this program was started with.
pub fn activation_token() -> Option<ActivationToken> {
    std::env::var(ACTIVATION_TOKEN_VARIABLE).ok().and_then(|given| ActivationToken::new(&given))
}

/// The arguments by which the window's program shows `view`.
pub fn arguments(view: &View) -> Vec<&str> {
    match view {
        View::Page(page) => vec![page.as_str()],
        View::Account(id) => vec!["--account", id.as_str()],
        View::Edit(id) => vec!["--edit", id.as_str()],
        View::ReplaceToken(id) => vec!["--replace-token", id.as_str()],
        View::About => vec!["--about"],
        View::Quit => Vec::new(),
    }
}

/// Opens the window, or brings the open one to the front, on the display that this program was started on; it outlives
/// this program.
///
/// # Errors
/// [`SiblingError`] when it can't be started.
pub fn start_detached() -> Result<(), SiblingError> {
    let program = Sibling::window()?;
    let mut command = Command::new(program.path());
    without_console(&mut command);
    detach(command.stdin(Stdio::null()).stdout(Stdio::null()));
    command.spawn().map(drop).map_err(|error| program.explain(error))
}

/// Whether a process with this exit code crashed. On Windows an exception is the code: `0xC0000005` of an access
/// violation. Elsewhere a crash is a signal and has no code.
fn is_crash(code: i32) -> bool {
    code < 0
}

/// Opens the window, or brings the open one to the front.
#[derive(Clone)]
pub struct WindowOpener {
    program: Sibling,
    paths: Paths,
    /// The connected windows; `None` if each start of one finds the tray itself.
    subscribers: Option<Subscribers>,
    demo: bool,
    inbox: Inbox,
}

/// The summary of the notification about a window that can't open.
pub const NOT_SHOWN: &str = "Could not show the window";

/// Why there is no window, as a notification.
struct OpenError {
    what: &'static str,
    why: String,
}

impl OpenError {
    fn at_start(why: impl Into<String>) -> OpenError {
        OpenError { what: NOT_SHOWN, why: why.into() }
    }

    /// One of which the window's own words say more.
    fn logged(self) -> OpenError {
        OpenError { why: self.why + ". To see more, run in a terminal: linode-bandwidth window", ..self }
    }
}

impl From<NoDisplay> for OpenError {
    fn from(error: NoDisplay) -> OpenError {
        OpenError::at_start(format!("{error}."))
    }
}

impl WindowOpener {
    /// Windows of the tray at `paths`, which are among `subscribers` while they are open, where that is this program;
    /// problems are reported to `inbox`.
    ///
    /// # Errors
    /// When the system does not say which program this is.
    pub fn new(paths: &Paths, subscribers: Option<Subscribers>, inbox: Inbox) -> io::Result<WindowOpener> {
        let program = Sibling::window()?;
        Ok(WindowOpener { program, paths: paths.clone(), subscribers, demo: false, inbox })
    }

    /// The same for windows of the demo, which close with it.
    pub fn for_demo(self) -> WindowOpener {
        WindowOpener { demo: true, ..self }
    }

    /// Shows what `request` says, off the caller's path.
    pub fn open(&self, request: WindowRequest) {
        let opener = self.clone();
        task::spawn(async move {
            // The user has clicked in this process, but the window is another's.
            app_identity::allow_foreground();
            if request.view == View::Quit {
                return opener.quit(request).await;
            }
            if let Err(OpenError { what, why }) = opener.show_in_running_window(request).await {
                tracing::warn!("{what}: {why}");
                let trouble = Notification::error(what, why);
                let _ = opener.inbox.send(Input::Tell(Box::new(trouble)));
            }
        });
    }

    /// Quits, but for a window that is open here: that one quits, and asks first where something in it is not saved.
    async fn quit(&self, request: WindowRequest) {
        if let Some(subscribers) = &self.subscribers {
            let display = session::window_display().await;
            if subscribers.show(WindowRequest { display, ..request }).await {
                return;
            }
        }
        let _ = self.inbox.send(Input::Quit);
    }

    async fn show_in_running_window(&self, request: WindowRequest) -> Result<(), OpenError> {
        if let Some(subscribers) = &self.subscribers {
            let display = session::window_display().await;
            if subscribers.show(WindowRequest { display, ..request.clone() }).await {
                return Ok(());
            }
        }
        let mut command =
            self.command(&request).map_err(|error| OpenError::at_start(error.to_string()).logged())?;
        command.envs(session::display_variables().await?);
        // Starting a process can be slow on a busy machine, and must not block the rest.
        let spawned = tokio::task::spawn_blocking(move || command.spawn()).await;
        let failed = |error: &dyn std::fmt::Display| OpenError::at_start(error.to_string()).logged();
        let spawned = spawned.map_err(|error| failed(&error))?;
        let mut child = spawned.map_err(|error| match self.program.explain(error) {
            missing @ SiblingError::Missing { .. } => OpenError::at_start(missing.to_string()),
            error => failed(&error),
        })?;
        let status = child.wait().await.map_err(|error| failed(&error))?;
        let why = format!("It ended with {status}");
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if !is_crash(code) => match session::try_display().await {
                Err(gone @ NoDisplay::Gone(_)) => Err(gone.into()),
                _ => Err(OpenError::at_start(why).logged()),
            },
            // Which it may do long after it was shown.
            _ => Err(OpenError { what: "The window ended unexpectedly", why }.logged()),
        }
    }

    fn command(&self, WindowRequest { view, activation, .. }: &WindowRequest) -> io::Result<Command> {
        let mut command = Command::new(self.program.path());
        command.args(arguments(view)).stdin(Stdio::null());
        without_console(&mut command);
        if self.demo {
            command.arg("--demo").env_remove(API_URL_VARIABLE);
        }
        // What this program was started with is long used up.
        command.env_remove(ACTIVATION_TOKEN_VARIABLE).env_remove(STARTUP_VARIABLE);
        command.env_remove(INDIRECT_VARIABLE);
        if let Some(activation) = activation {
            command.env(ACTIVATION_TOKEN_VARIABLE, activation.as_str());
        }
        command.env(CONFIG_VARIABLE, &self.paths.config_file).env(DATA_DIR_VARIABLE, &self.paths.data_dir);
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_of_windows_are_crashes_and_the_programs_own_codes_are_not() {
        for exception in [0x8000_0003_u32, 0xC000_0005, 0xC000_0409] {
            assert!(is_crash(exception.cast_signed()), "{exception:x}");
        }
        assert!(![0, 1, 2, 101].into_iter().any(is_crash));
    }
}
