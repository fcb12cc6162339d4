//! The desktop's dialog for saving a file.

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

/// The desktop's dialogs, if it has any.
#[derive(Clone, Default)]
pub struct FileDialogs(Option<system::Dialogs>);

impl FileDialogs {
    /// Shows them above this window, as portals name it.
    pub fn above(self, window: String) -> FileDialogs {
        FileDialogs(self.0.map(|dialogs| dialogs.above(window)))
    }

    /// Whether a dialog can be shown.
    pub fn available(&self) -> bool {
        self.0.as_ref().is_some_and(system::Dialogs::available)
    }

    /// Asks where to save a file and suggests `suggested`. The dialog itself asks before replacing a file. `done` gets
    /// the absolute path, or `None` if the user cancels.
    pub fn save(&self, suggested: &Path, done: impl FnOnce(Option<PathBuf>) + Send + 'static) {
        if let Some(dialogs) = &self.0 {
            dialogs.save(suggested, Box::new(done));
        }
    }
}

/// The callback for the chosen file.
type OnChosen = Box<dyn FnOnce(Option<PathBuf>) + Send>;
