//! Private files and their atomic replacement.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as system;
#[cfg(unix)]
use unix as system;

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::NamedTempFile;

/// Pause between attempts to take a lock or to use a busy file.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// How long to retry a file that another process has open. No process reads a configuration for that long.
const IN_USE_TIMEOUT: Duration = Duration::from_secs(2);

/// Linux' limit.
const MAX_LINKS: usize = 40;

/// Creates `directory` and its missing parents, for the user only (mode 0700). An existing directory stays as
/// it is.
///
/// # Errors
/// If the system can't create it.
pub fn create_dir(directory: &Path) -> io::Result<()> {
    system::create_dir(directory)
}

/// Creates the file at `path` and its parent directories if they are missing, and makes it private (mode 0600).
/// Keeps its content.
///
/// # Errors
/// If the system can't create it.
pub fn create_file(path: &Path) -> io::Result<()> {
    create_dir(directory_of(path))?;
    system::create_file(path)?;
    restrict_permissions(path)
}

/// Whether `error` means a full disk or an exhausted quota.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The system's message for a sentence about a file, without the error number and the name of a temporary file.
pub fn in_words(error: &io::Error) -> String {
    if is_full(error) {
        return "the disk is full".to_owned();
    }
    let said = error.to_string();
    let said = said.split_once(" at path \"").map_or(said.as_str(), |(said, _)| said);
    said.split_once(" (os error").map_or(said, |(said, _)| said).to_owned()
}

/// As much as the tray needs to start, in bytes.
const PROBE_LEN: usize = 64 * 1024;

/// Writes a temporary file to `folder` as a test.
///
/// # Errors
/// If the system can't write it.
pub fn try_write(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[0; PROBE_LEN])?;
    file.sync_all()
}

/// Makes the file at `path` private (mode 0600), following links. Ignores a missing file.
///
/// # Errors
/// If the system can't set the mode.
pub fn restrict_permissions(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => system::restrict_permissions(path, &metadata),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether users other than the owner and the group can read the file. False for a missing file.
pub fn is_open_to_all(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| system::is_open_to_all(&metadata))
}

/// Why other users control a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnershipProblem {
    /// Another user owns it and controls its permissions.
    Foreign,
    Open,
}

/// Checks the owner and the write permissions of the file or folder at `path`, following links. Ignores a
/// missing one.
pub fn ownership_problem(path: &Path) -> Option<OwnershipProblem> {
    system::ownership_problem(&fs::metadata(path).ok()?)
}

/// Why this user can't replace the file at `path`, following links: for example, because it belongs to root.
/// `None` if the user can, or the file is missing.
pub fn managed_elsewhere(path: &Path) -> Option<String> {
    let target = link_target(path).ok()?;
    let metadata = fs::metadata(&target).ok()?;
    system::managed_elsewhere(directory_of(&target), &metadata)
}

/// As [`ownership_problem`], but for files without secrets, which may belong to root.
pub fn ownership_problem_unless_root(path: &Path) -> Option<OwnershipProblem> {
    let metadata = fs::metadata(path).ok()?;
    match system::ownership_problem(&metadata)? {
        OwnershipProblem::Foreign if system::is_owned_by_root(&metadata) => {
            system::others_may_write(&metadata).then_some(OwnershipProblem::Open)
        }
        problem => Some(problem),
    }
}

/// The identity and modification time of the file at a path. A write or a replacement changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileVersion(Option<(Option<SystemTime>, u64, system::FileId)>);

impl FileVersion {
    /// The version of the file at `path`, following links; a missing file has a version too.
    pub fn read(path: &Path) -> FileVersion {
        let version =
            |metadata: fs::Metadata| (metadata.modified().ok(), metadata.len(), system::file_id(&metadata));
        FileVersion(fs::metadata(path).ok().map(version))
    }
}

/// The file that a write to `path` reaches: the end of its chain of symbolic links, whether it exists or not.
///
/// # Errors
/// If a link can't be read, or the links form a loop.
pub fn link_target(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {
                let link = fs::read_link(&target)?;
                target = directory_of(&target).join(link);
            }
            Ok(_) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(target),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("its symbolic links form a loop"))
}

/// The parent directory of `path`.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Locks `target` against other writers until the result is dropped. `None` if another writer held the lock for
/// all of `timeout`.
///
/// # Errors
/// If the system can't lock.
pub fn lock(target: &Path, timeout: Duration) -> io::Result<Option<File>> {
    // Prefer locking the directory: it leaves no lock file, for example in a repository.
    if let Some(handle) = system::lockable_directory(directory_of(target))
        && let Ok(got) = wait(&handle, timeout)
    {
        return Ok(got.then_some(handle));
    }
    let handle =
        OpenOptions::new().write(true).create(true).truncate(false).open(sibling(target, ".lock"))?;
    Ok(wait(&handle, timeout)?.then_some(handle))
}

fn wait(handle: &File, timeout: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + timeout;
    loop {
        match handle.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Ok(false),
            Err(TryLockError::WouldBlock) => thread::sleep(RETRY_INTERVAL),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Retries `action` while another process has the file open or is replacing it. Windows refuses to open or
/// replace such a file, and its virus scanners open each new file. Other systems allow both.
///
/// # Errors
/// The last error of `action`.
pub fn retry_while_in_use<T>(mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + IN_USE_TIMEOUT;
    loop {
        match action() {
            Err(error) if system::is_in_use(&error) && Instant::now() < deadline => {
                thread::sleep(RETRY_INTERVAL)
            }
            done => return done,
        }
    }
}

fn sibling(target: &Path, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    directory_of(target).join(format!(".{name}{suffix}"))
}

/// A file's new content, written and synced next to it. Dropping it without [`Staged::commit`] deletes it.
#[derive(Debug)]
pub struct Staged {
    file: NamedTempFile,
    target: PathBuf,
}

impl Staged {
    /// Writes `content` next to `target`, which must not be a link, with mode 0600.
    ///
    /// # Errors
    /// If the system can't write it; `target` is unchanged.
    pub fn write(target: &Path, content: &[u8]) -> io::Result<Staged> {
        Staged::write_with(None, target, content)
    }

    /// As [`Staged::write`], but with these permissions minus the umask.
    pub(crate) fn write_with(
        permissions: Option<Permissions>,
        target: &Path,
        content: &[u8],
    ) -> io::Result<Staged> {
        let mut prefix = sibling(target, ".").file_name().unwrap_or_default().to_owned();
        prefix.push("tmp-");
        let mut builder = tempfile::Builder::new();
        if let Some(permissions) = permissions {
            builder.permissions(permissions);
        }
        let mut file = builder.prefix(&prefix).tempfile_in(directory_of(target))?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(Staged { file, target: target.to_owned() })
    }

    /// Replaces the old content atomically.
    ///
    /// # Errors
    /// If the system can't; the old content stays.
    pub fn commit(self) -> io::Result<()> {
        let mut file = Some(self.file);
        retry_while_in_use(|| match file.take().map(|file| file.persist(&self.target)) {
            Some(Err(failed)) => {
                file = Some(failed.file);
                Err(failed.error)
            }
            _ => Ok(()),
        })?;
        system::sync_dir(directory_of(&self.target));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn errors_omit_number_and_temporary_name() {
        let directory = tempfile::tempdir().unwrap();
        let missing = Staged::write(&directory.path().join("missing/config.toml"), b"").unwrap_err();
        assert!(missing.to_string().contains(".tmp-"), "{missing}");
        #[cfg(unix)]
        assert_eq!(in_words(&missing), "No such file or directory");
        assert_eq!(in_words(&io::ErrorKind::StorageFull.into()), "the disk is full");
    }

    #[test]
    fn crash_before_rename_keeps_old_content() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        fs::write(&target, "old").unwrap();
        let staged = Staged::write(&target, b"new").unwrap();
        // As after a crash: skips the guard's cleanup.
        std::mem::forget(staged);
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        Staged::write(&target, b"newer").unwrap().commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "newer");
    }

    #[test]
    fn failed_rename_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("inside"), "old").unwrap();
        assert!(Staged::write(&target, b"new").unwrap().commit().is_err());
        assert_eq!(names(directory.path()), ["config.toml"]);
        assert_eq!(names(&target), ["inside"]);
    }

    #[test]
    fn briefly_open_file_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        fs::write(&target, "old").unwrap();
        let reader = File::open(&target).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(10 * RETRY_INTERVAL);
                drop(reader);
            });
            Staged::write(&target, b"new").unwrap().commit().unwrap();
        });
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[test]
    fn second_writer_waits_and_times_out() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        let held = lock(&target, Duration::ZERO).unwrap();
        assert!(held.is_some());
        assert!(lock(&target, Duration::from_millis(30)).unwrap().is_none());
        drop(held);
        assert!(lock(&target, Duration::ZERO).unwrap().is_some());
    }
}
