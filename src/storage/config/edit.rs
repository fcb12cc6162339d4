//! Changing the file: one writer at a time, on its newest content, in one step.

use std::path::Path;
use std::time::Duration;

use super::editor::ConfigEditor;
use super::error::{ConfigError, EditError};
use super::file::{LARGEST, parse_file, read};
use crate::platform::private_file::{self, Staged};

/// How long another writer is waited for. One may be asking its user to unlock the keyring.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a file begins with that the program makes.
const TEMPLATE: &str = "\
# The settings of linode-bandwidth. Those that are not here are at their defaults;
# docs/configuration.md has all of them.
# `linode-bandwidth config check` says whether this file reads. Tokens are never in it.
";

/// Whether the file at `path` is the user's to change: to be asked before the user is asked for anything.
///
/// # Errors
/// [`EditError::Managed`]
pub fn changeable(path: &Path) -> Result<(), EditError> {
    match private_file::managed_elsewhere(path) {
        Some(why) => Err(EditError::Managed { path: path.to_owned(), why }),
        None => Ok(()),
    }
}

/// Changes the file at `path`, while no other writer does, and gives what `change` gave.
///
/// The file is read again first. A missing one is created with mode 0600, its directories with mode 0700. What `change` does not
/// touch stays as it is written, a symbolic link stays one, and when nothing is changed nothing is written. `change` may
/// write to the keyring: it runs under the lock, so that an id from [`ConfigEditor::fresh_id`] stays free.
///
/// # Errors
/// [`EditError`], or what `change` gave: the file is as it was.
pub fn edit<T, E: From<EditError>>(
    path: &Path,
    change: impl FnOnce(&mut ConfigEditor) -> Result<T, E>,
) -> Result<T, E> {
    changeable(path)?;
    let unwritable = |reason| EditError::Unwritable { path: path.to_owned(), reason };
    let target = private_file::link_target(path).map_err(unwritable)?;
    private_file::create_dir(private_file::directory_of(&target)).map_err(unwritable)?;
    let lock = private_file::lock(&target, PATIENCE).map_err(unwritable)?;
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
