//! Where a user's own folder is closed to others already.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// Makes the folder and those above it when it is missing.
///
/// # Errors
/// The system's, when it can't be made.
pub fn create_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes the file and its folder when they are missing.
///
/// # Errors
/// The system's, when it can't be made.
pub fn create_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_dir(folder)?;
    }
    OpenOptions::new().write(true).create(true).truncate(false).open(path).map(drop)
}
