//! One process polls: a lock on the data folder says which.

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use crate::storage::private_file;

/// The folder or a file in it can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be used: {source}; set LINODE_BANDWIDTH_DATA_DIR to a folder of yours", path.display())]
pub struct ClaimError {
    /// Which.
    path: PathBuf,
    /// What the system said.
    source: io::Error,
}

/// The right to be the one that runs, until it is dropped.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Claims the data folder; `None` when another process has it.
///
/// # Errors
/// [`ClaimError`] when the folder or its lock file can't be made.
pub fn claim(lock_file: &Path) -> Result<Option<Claim>, ClaimError> {
    let at = |source| ClaimError { path: lock_file.to_owned(), source };
    private_file::create_file(lock_file).map_err(at)?;
    let lock = OpenOptions::new().read(true).write(true).open(lock_file).map_err(at)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(Claim { _lock: lock })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(at(source)),
    }
}

/// Different in every process: the seed of what is to be random.
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
        let first = claim(&lock).unwrap();
        assert!(first.is_some());
        assert!(claim(&lock).unwrap().is_none());
        drop(first);
        assert!(claim(&lock).unwrap().is_some());
    }
}
