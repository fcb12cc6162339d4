//! The desktop's own dialog for where a file is saved.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

#[cfg(target_os = "linux")]
pub use linux::Server;

/// The desktop's dialogs, where it has any.
#[derive(Clone, Default)]
pub struct FileDialogs(Option<system::Dialogs>);

impl FileDialogs {
    /// Whether there is a dialog to show.
    pub fn available(&self) -> bool {
        self.0.as_ref().is_some_and(system::Dialogs::available)
    }

    /// Asks where to save a file, beginning with `suggested`. The dialog asks itself before a file is replaced. `done`
    /// gets the absolute path, or nothing when the user cancels.
    pub fn save(&self, suggested: &Path, done: impl FnOnce(Option<PathBuf>) + Send + 'static) {
        if let Some(dialogs) = &self.0 {
            dialogs.save(suggested, Box::new(done));
        }
    }
}

/// What is done with the file that was chosen.
type OnChosen = Box<dyn FnOnce(Option<PathBuf>) + Send>;
