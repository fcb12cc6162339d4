//! Start at login: an entry in the system's own list of what it starts. It is read whenever it is asked for, because
//! the user and other programs change it too.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod program;
#[cfg(windows)]
mod windows;

use std::io;
use std::path::PathBuf;

use crate::platform::system_events::file_watcher;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(windows)]
use windows as system;

/// What the system does at login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It starts this.
    On(String),
    /// It starts nothing of ours.
    Off,
    /// It is to start this, which is not there.
    Broken(String),
}

/// Why it can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AutostartError {
    /// A sandbox hides the list from us, or the program from those that read the list.
    #[error("inside {sandbox} the program can't change what the session starts: {instead}")]
    Sandboxed {
        /// Which.
        sandbox: &'static str,
        /// What to do instead.
        instead: String,
    },
    /// The platform names no home directory.
    #[error("start at login needs a home directory; set HOME")]
    NoHome,
    /// Where the program is can't be told, or not in the list's form.
    #[error("can't determine this program's path ({0}): start it by its full path")]
    NoProgram(String),
    /// The system's words.
    #[error("{place} can't be used: {source}")]
    Failed {
        /// The list, or the entry in it.
        place: String,
        /// What was said.
        source: io::Error,
    },
}

/// What the system does at login.
///
/// # Errors
/// [`AutostartError`] when that can't be read.
pub fn status() -> Result<Status, AutostartError> {
    system::status()
}

/// Has the system start this program at login, or no longer.
///
/// # Errors
/// [`AutostartError`] when that can't be changed.
pub fn set(on: bool) -> Result<(), AutostartError> {
    if on { system::turn_on() } else { system::turn_off() }
}

/// Has what an older version has written start the program as one at login, which opens no window.
///
/// # Errors
/// [`AutostartError`] when that can't be changed.
pub fn renew() -> Result<(), AutostartError> {
    system::renew()
}

/// What a check mark shows; `None` where there is nothing to check.
pub fn status_mark() -> Option<bool> {
    match status() {
        Ok(status) => Some(matches!(status, Status::On(_))),
        Err(error) => {
            tracing::debug!("start at login: {error}");
            None
        }
    }
}

/// Tells [`mark`] at once, and again whenever it may have changed, where the system tells of that.
pub fn watch(told: impl Fn(Option<bool>) + Send + 'static) {
    told(status_mark());
    let files = system::files();
    if !files.is_empty()
        && let Err(error) = file_watcher::watch_all(&files, move || told(status_mark()))
    {
        // The menu asks again when it opens.
        tracing::info!("what starts at login is read when the menu opens: {error}");
    }
}

/// The program that the system is to start, by a path that an upgrade does not change.
fn program() -> Result<PathBuf, AutostartError> {
    let running = std::env::current_exe().map_err(|error| AutostartError::NoProgram(error.to_string()))?;
    let image = std::env::var_os("APPIMAGE").zip(std::env::var_os("APPDIR"));
    let image = image.map(|(image, mounted)| (image.into(), mounted.into()));
    Ok(program::stable_path(&running, image, std::env::var_os("PATH").as_deref()))
}
