//! One process polls: a lock on the data folder says which.

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::private_file;

/// The folder or a file in it can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be used: {}; {}", path.display(), private_file::in_words(source), remedy(source))]
pub struct LockError {
    path: PathBuf,
    /// What the system said.
    source: io::Error,
}

fn remedy(source: &io::Error) -> &'static str {
    if private_file::is_full(source) {
        "free some disk space and try again"
    } else {
        "set LINODE_BANDWIDTH_DATA_DIR to a folder of yours"
    }
}

/// The right to be the one that runs, until it is dropped.
#[derive(Debug)]
pub struct InstanceLock {
    _lock: File,
}

/// Claims the data folder; `None` when another process has it.
///
/// # Errors
/// [`LockError`] when the folder or its lock file can't be made.
pub fn try_acquire(lock_file: &Path) -> Result<Option<InstanceLock>, LockError> {
    let at = |source| LockError { path: lock_file.to_owned(), source };
    private_file::create_file(lock_file).map_err(at)?;
    let lock = OpenOptions::new().read(true).write(true).open(lock_file).map_err(at)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(InstanceLock { _lock: lock })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(at(source)),
    }
}

/// A seed that differs in every process.
pub fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_claim_waits_for_the_first_to_go() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("data").join("lock");
        let first = try_acquire(&lock).unwrap();
        assert!(first.is_some());
        assert!(try_acquire(&lock).unwrap().is_none());
        drop(first);
        assert!(try_acquire(&lock).unwrap().is_some());
    }
}
