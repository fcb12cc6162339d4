//! By mode bits.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes the folder and those above it, mode 0700, when it is missing.
///
/// # Errors
/// The system's, when it can't be made.
pub fn create_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the file and its folder when they are missing, and the file's mode 0600.
///
/// # Errors
/// The system's, when it can't be made.
pub fn create_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_dir(folder)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}
