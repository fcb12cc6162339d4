//! Modes, and directories that can be opened.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::Trouble;

pub(super) fn create_dir(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

pub(super) fn create_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

pub(super) fn tighten(path: &Path, metadata: &Metadata) -> io::Result<()> {
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => fs::set_permissions(path, Permissions::from_mode(0o600)),
    }
}

pub(super) fn is_open_to_all(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o004 != 0
}

pub(super) fn trouble(metadata: &Metadata) -> Option<Trouble> {
    /// In a folder with it everybody may make files, but touch nobody else's: `/tmp`.
    const STICKY: u32 = 0o1000;
    let mode = metadata.permissions().mode();
    if metadata.uid() != rustix::process::geteuid().as_raw() && mode & STICKY == 0 {
        // Root may do everything with it.
        return (!rustix::process::geteuid().is_root()).then_some(Trouble::Foreign);
    }
    (mode & 0o022 != 0 && mode & STICKY == 0).then_some(Trouble::Open)
}

pub(super) fn lockable_directory(directory: &Path) -> Option<File> {
    File::open(directory).ok()
}

pub(super) fn sync_dir(directory: &Path) {
    // The content is in place already; some file systems can't sync a directory, and nothing is lost by that.
    let _ = File::open(directory).and_then(|handle| handle.sync_all());
}

pub(super) fn is_in_use(_error: &io::Error) -> bool {
    false
}
