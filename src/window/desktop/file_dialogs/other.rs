//! The dialogs of Windows and macOS.

use std::path::Path;
use std::thread;

use super::{FileDialogs, OnChosen};

#[derive(Clone)]
pub struct Dialogs;

impl Dialogs {
    /// These systems have no portals.
    pub fn above(self, _window: String) -> Dialogs {
        self
    }

    /// Always true.
    pub fn available(&self) -> bool {
        true
    }

    /// Creates the dialog on the window's thread, as macOS requires, and waits for the choice on another.
    pub fn save(&self, suggested: &Path, done: OnChosen) {
        let name = suggested.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut dialog = rfd::AsyncFileDialog::new().set_title("Save as CSV").set_file_name(name);
        if let Some(folder) = suggested.parent() {
            dialog = dialog.set_directory(folder);
        }
        let chosen = dialog.save_file();
        let wait = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let file = runtime.ok().and_then(|runtime| runtime.block_on(chosen));
            done(file.map(|file| file.path().to_owned()));
        };
        // Without the thread, nothing is chosen.
        let _ = thread::Builder::new().name("file dialog".into()).spawn(wait);
    }
}

impl FileDialogs {
    /// The system's dialogs.
    pub fn system() -> FileDialogs {
        FileDialogs(Some(Dialogs))
    }
}
