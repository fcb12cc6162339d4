//! Start at login: an entry in the system's list of startup programs. It is read on each use, because the user
//! and other programs change it too.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod program;
#[cfg(any(windows, test))]
mod run_line;
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
#[cfg(windows)]
pub use windows::is_switched_off;

/// The program's state in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The system starts this program.
    On(String),
    /// The system does not start the program.
    Off,
    /// The entry names a program that does not exist.
    Broken(String),
}

/// Why the list can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AutostartError {
    /// A sandbox hides the list from the program, or the program from the session.
    #[error("inside {sandbox} the program can't change what the session starts: {instead}")]
    Sandboxed {
        sandbox: &'static str,
        /// Advice for the user.
        instead: String,
    },
    #[error("start at login needs a home directory; set HOME")]
    NoHome,
    /// The program's path is unknown or can't be written to the list.
    #[error("can't determine this program's path ({0}): start it by its full path")]
    NoProgram(String),
    #[error("{place} can't be used: {source}")]
    Failed {
        /// The list or the entry.
        place: String,
        source: io::Error,
    },
}

/// The program's state in the list.
///
/// # Errors
/// [`AutostartError`] if the list can't be read.
pub fn status() -> Result<Status, AutostartError> {
    system::status()
}

/// Adds the program to the list or removes it.
///
/// # Errors
/// [`AutostartError`] if the list can't be changed.
pub fn set(on: bool) -> Result<(), AutostartError> {
    if on { system::turn_on() } else { system::turn_off() }
}

/// Adds `--login` to an entry by an older version, so that the start opens no window.
///
/// # Errors
/// [`AutostartError`] if the list can't be changed.
pub fn renew() -> Result<(), AutostartError> {
    system::renew()
}

/// The state of the menu's check mark; `None` if the list can't be read.
pub fn status_mark() -> Option<bool> {
    match status() {
        Ok(status) => Some(matches!(status, Status::On(_))),
        Err(error) => {
            tracing::debug!("start at login: {error}");
            None
        }
    }
}

/// Reports [`status_mark`] at once, and on each change of the list if the system can watch it.
pub fn watch(told: impl Fn(Option<bool>) + Send + 'static) {
    told(status_mark());
    let files = system::files();
    if !files.is_empty()
        && let Err(error) = file_watcher::watch_all(&files, move || told(status_mark()))
    {
        // The menu reads the list again when it opens.
        tracing::info!("what starts at login is read when the menu opens: {error}");
    }
}

/// A path to this program that survives upgrades.
fn program() -> Result<PathBuf, AutostartError> {
    let running = std::env::current_exe().map_err(|error| AutostartError::NoProgram(error.to_string()))?;
    let image = std::env::var_os("APPIMAGE").zip(std::env::var_os("APPDIR"));
    let image = image.map(|(image, mounted)| (image.into(), mounted.into()));
    Ok(program::stable_path(&running, image, std::env::var_os("PATH").as_deref()))
}
