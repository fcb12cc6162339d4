//! Edits the configuration file: one writer at a time, based on its current content, replaced atomically.

use std::path::Path;
use std::time::Duration;

use super::editor::ConfigEditor;
use super::error::{ConfigError, EditError};
use super::file::{LARGEST, parse_file, read};
use crate::platform::private_file::{self, Staged};

/// How long to wait for another writer, which may be asking its user to unlock the keyring.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The start of a new configuration file.
const TEMPLATE: &str = "\
# Settings of linode-bandwidth. Those that are not here have their defaults:
# docs/configuration.md lists all of them.
# `linode-bandwidth config check` validates this file. Tokens are never in it.
";

/// Checks that the user may change the file at `path`. Call it before asking the user for anything.
///
/// # Errors
/// [`EditError::Managed`]
pub fn changeable(path: &Path) -> Result<(), EditError> {
    match private_file::managed_elsewhere(path) {
        Some(why) => Err(EditError::Managed { path: path.to_owned(), why }),
        None => Ok(()),
    }
}

/// Applies `change` to the file at `path` under its lock and returns the result of `change`.
///
/// Reads the file first. A missing file is created with mode 0600, its directories with mode 0700. Text outside
/// the change stays as it is, a symbolic link stays one, and no change means no write. `change` may write to
/// the keyring: it runs under the lock, so that an id from [`ConfigEditor::unused_id`] stays free.
///
/// # Errors
/// [`EditError`], or the error of `change`. The file is then unchanged.
pub fn edit<T, E: From<EditError>>(
    path: &Path,
    change: impl FnOnce(&mut ConfigEditor) -> Result<T, E>,
) -> Result<T, E> {
    changeable(path)?;
    let unwritable = |reason| EditError::Unwritable { path: path.to_owned(), reason };
    let target = private_file::link_target(path).map_err(unwritable)?;
    private_file::create_dir(private_file::directory_of(&target)).map_err(unwritable)?;
    let lock = private_file::lock(&target, LOCK_TIMEOUT).map_err(unwritable)?;
    let _lock = lock.ok_or_else(|| EditError::Busy { path: path.to_owned() })?;

    let old = read(path).map_err(EditError::Broken)?;
    let start = old.as_deref().unwrap_or(TEMPLATE);
    let mut editor = ConfigEditor::new(start, parse_file(path, start).map_err(EditError::Broken)?);
    let result = change(&mut editor)?;
    let new = editor.text();
    if new.len() as u64 > LARGEST {
        return Err(EditError::Broken(ConfigError::TooLarge { path: path.to_owned() }).into());
    }
    if new != start {
        let staged = Staged::write(&target, new.as_bytes()).map_err(unwritable)?;
        if read(path).ok() != Some(old) {
            return Err(EditError::Overtaken { path: path.to_owned() }.into());
        }
        staged.commit().map_err(unwritable)?;
    }
    Ok(result)
}
