//! File modes, and directories that can be opened.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::OwnershipProblem;

pub(super) fn create_dir(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

pub(super) fn create_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

pub(super) fn restrict_permissions(path: &Path, metadata: &Metadata) -> io::Result<()> {
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => fs::set_permissions(path, Permissions::from_mode(0o600)),
    }
}

pub(super) fn is_open_to_all(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o004 != 0
}

/// In such a folder, for example `/tmp`, all users may create files but only change their own.
const STICKY: u32 = 0o1000;

pub(super) fn ownership_problem(metadata: &Metadata) -> Option<OwnershipProblem> {
    let mode = metadata.permissions().mode();
    if metadata.uid() != rustix::process::geteuid().as_raw() && mode & STICKY == 0 {
        // Root may change any file.
        return (!rustix::process::geteuid().is_root()).then_some(OwnershipProblem::Foreign);
    }
    others_may_write(metadata).then_some(OwnershipProblem::Open)
}

pub(super) fn others_may_write(metadata: &Metadata) -> bool {
    let mode = metadata.permissions().mode();
    mode & 0o022 != 0 && mode & STICKY == 0
}

pub(super) fn is_owned_by_root(metadata: &Metadata) -> bool {
    metadata.uid() == 0 && !rustix::process::geteuid().is_root()
}

/// Replacing a file writes to its folder.
pub(super) fn managed_elsewhere(directory: &Path, metadata: &Metadata) -> Option<String> {
    if is_owned_by_root(metadata) {
        return Some("it belongs to root".to_owned());
    }
    match rustix::fs::access(directory, rustix::fs::Access::WRITE_OK) {
        Err(error @ rustix::io::Errno::ROFS) => Some(io::Error::from(error).to_string()),
        Err(rustix::io::Errno::ACCESS) => Some("its folder can't be written".to_owned()),
        _ => None,
    }
}

/// Device and inode.
pub(super) type FileId = (u64, u64);

pub(super) fn file_id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

pub(super) fn lockable_directory(directory: &Path) -> Option<File> {
    File::open(directory).ok()
}

pub(super) fn sync_dir(directory: &Path) {
    // The content is already in place. Some file systems can't sync a directory, which loses nothing.
    let _ = File::open(directory).and_then(|handle| handle.sync_all());
}

pub(super) fn is_in_use(_error: &io::Error) -> bool {
    false
}
