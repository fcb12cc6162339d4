//! The configuration file for the poller: read on request, and at every poll if the file has changed. A file watcher
//! may be missing, and does not see another machine's changes on a network disk.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, TryLockError};

use crate::domain::state::Event;
use crate::platform::private_file::FileVersion;

/// When to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Now,
    /// Only if the file has changed since the last read.
    IfChanged,
}

/// The file and how it is read.
pub struct ConfigSource {
    file: PathBuf,
    read: Box<dyn Fn() -> Event + Send + Sync>,
    /// The last version read. Locked while reading and publishing, so that the last version published is the last one
    /// read.
    seen: Mutex<FileVersion>,
}

impl ConfigSource {
    /// `read` reads `file` and returns the result as an event.
    pub fn new(file: PathBuf, read: impl Fn() -> Event + Send + Sync + 'static) -> ConfigSource {
        ConfigSource { file, read: Box::new(read), seen: Mutex::default() }
    }

    /// Reads the file; may take long on a network disk.
    pub(super) fn read(&self, when: When, tell: impl FnOnce(Event)) {
        let mut seen = match (self.seen.try_lock(), when) {
            (Ok(seen), _) => seen,
            (Err(TryLockError::Poisoned(poisoned)), _) => poisoned.into_inner(),
            (Err(TryLockError::WouldBlock), When::Now) => {
                self.seen.lock().unwrap_or_else(PoisonError::into_inner)
            }
            // Another thread is reading it already.
            (Err(TryLockError::WouldBlock), When::IfChanged) => return,
        };
        // Before reading, so that a change during the read counts as a new version.
        let version = FileVersion::read(&self.file);
        if when == When::Now || *seen != version {
            *seen = version;
            tell((self.read)());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn told(source: &ConfigSource, when: When) -> bool {
        let mut told = false;
        source.read(when, |_| told = true);
        told
    }

    #[test]
    fn a_file_is_read_again_when_it_was_written_replaced_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let source = ConfigSource::new(file.clone(), || Event::Tick);
        assert!(!told(&source, When::IfChanged), "none is there, as before");
        fs::write(&file, "a").unwrap();
        assert!(told(&source, When::IfChanged));
        assert!(!told(&source, When::IfChanged));
        assert!(told(&source, When::Now));
        fs::write(&file, "longer").unwrap();
        assert!(told(&source, When::IfChanged));
        // As in a Nix store, where all files have the same time, and with the same length by chance.
        let time = fs::metadata(&file).unwrap().modified().unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "newest").unwrap();
        fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        fs::rename(&other, &file).unwrap();
        assert_eq!(told(&source, When::IfChanged), cfg!(unix));
        fs::remove_file(&file).unwrap();
        assert!(told(&source, When::IfChanged));
    }
}
