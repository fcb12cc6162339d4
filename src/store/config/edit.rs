//! Changing the file: one writer at a time, on its newest content, in one step.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::draft::Draft;
use super::file::{ConfigError, LARGEST, one_line, read, understood};
use super::problem::Fault;
use crate::domain::config::AccountId;
use crate::store::private_file::{self, Staged};

/// How long another writer is waited for. One may be asking its user to unlock the keyring.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a file begins with that the program makes.
const TEMPLATE: &str = "\
# The settings of linode-bandwidth. Those that are not here are at their defaults;
# all of them are in its README under \"Configuration\".
# `linode-bandwidth config check` says whether this file reads. Tokens are never in it.
";

/// Why a change was not made. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file does not read, and a change could lose what the user meant.
    #[error("{0}; nothing was changed, mend the file first")]
    Broken(ConfigError),
    /// The new value may not be.
    #[error("{0}")]
    Refused(Fault),
    /// There is no account with this id.
    #[error("there is no account {0:?}; `linode-bandwidth accounts list` shows those there are", id.as_str())]
    NoSuchAccount {
        /// The id.
        id: AccountId,
    },
    /// The way in which the file is written leaves no place for the change.
    #[error("the change does not fit into the file as it is written; make it there by hand")]
    Unfit,
    /// Another program holds the lock.
    #[error("{} is being changed by another program; try again when it has ended", one_line(path))]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// An editor that takes no lock has written the file in the same moment.
    #[error(
        "{} was changed by another program just now; nothing was changed here, try again",
        one_line(path)
    )]
    Overtaken {
        /// The file.
        path: PathBuf,
    },
    /// It is not this user's to change.
    #[error(
        "{} is managed elsewhere ({why}); nothing was changed: change it where it comes from, or set LINODE_BANDWIDTH_CONFIG to a file of your own",
        one_line(path)
    )]
    Managed {
        /// The file.
        path: PathBuf,
        /// How that shows.
        why: String,
    },
    /// The system does not let it be written.
    #[error("{} can't be written: {reason}; nothing was changed, {}", one_line(path), way_out(reason))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

fn way_out(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::PermissionDenied => "make the file's directory writable for yourself",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "make the change where the file comes from",
        io::ErrorKind::NotADirectory => "a file stands where its directory should be: move it away",
        _ => "see to that and try again",
    }
}

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
/// It is read anew; one that is missing is made, with mode 0600 in directories with mode 0700. What `change` does not
/// touch stays byte for byte, a symbolic link stays one, and when nothing is changed nothing is written. `change` may
/// write to the keyring: it runs under the lock, so that an id from [`Draft::fresh_id`] stays free.
///
/// # Errors
/// [`EditError`], or what `change` gave: the file is as it was.
pub fn edit<T, E: From<EditError>>(
    path: &Path,
    change: impl FnOnce(&mut Draft) -> Result<T, E>,
) -> Result<T, E> {
    changeable(path)?;
    let unwritable = |reason| EditError::Unwritable { path: path.to_owned(), reason };
    let target = private_file::target_of(path).map_err(unwritable)?;
    private_file::create_dir(private_file::directory_of(&target)).map_err(unwritable)?;
    let lock = private_file::lock(&target, PATIENCE).map_err(unwritable)?;
    let _lock = lock.ok_or_else(|| EditError::Busy { path: path.to_owned() })?;

    let old = read(path).map_err(EditError::Broken)?;
    let start = old.as_deref().unwrap_or(TEMPLATE);
    let mut draft = Draft::new(start, understood(path, start).map_err(EditError::Broken)?);
    let result = change(&mut draft)?;
    let new = draft.text();
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
