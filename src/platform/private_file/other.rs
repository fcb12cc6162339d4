//! Systems with private user folders, whose directories can't be opened as files.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use super::OwnershipProblem;

pub(super) fn create_dir(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

pub(super) fn create_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path).map(drop)
}

pub(super) fn restrict_permissions(_path: &Path, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

pub(super) fn is_open_to_all(_metadata: &Metadata) -> bool {
    false
}

pub(super) fn ownership_problem(_metadata: &Metadata) -> Option<OwnershipProblem> {
    None
}

pub(super) fn others_may_write(_metadata: &Metadata) -> bool {
    false
}

pub(super) fn is_owned_by_root(_metadata: &Metadata) -> bool {
    false
}

/// Found when writing: Windows' access rules are more than a mode.
pub(super) fn managed_elsewhere(_directory: &Path, _metadata: &Metadata) -> Option<String> {
    None
}

/// Not available without opening the file.
pub(super) type FileId = ();

pub(super) fn file_id(_metadata: &Metadata) -> FileId {}

pub(super) fn lockable_directory(_directory: &Path) -> Option<File> {
    None
}

/// Windows' error codes: access denied, also returned for a file that is being replaced, and sharing violation.
pub(super) fn is_in_use(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32))
}

pub(super) fn sync_dir(_directory: &Path) {}
