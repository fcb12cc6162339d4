//! Files that only the user can read, replaced in one step.

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

/// How long to wait before a held lock, or a file in use, is tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// How long a file that another process has open is tried again. Nobody reads a configuration for that long.
const IN_USE_TIMEOUT: Duration = Duration::from_secs(2);

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// Creates `directory` and what is missing above it, for the user only (mode 0700). An existing one stays as it is.
///
/// # Errors
/// When the system can't create it.
pub fn create_dir(directory: &Path) -> io::Result<()> {
    system::create_dir(directory)
}

/// Creates the file at `path` and the directories above it where they are missing, and makes it private (mode 0600). Its
/// content stays.
///
/// # Errors
/// When the system can't create it.
pub fn create_file(path: &Path) -> io::Result<()> {
    create_dir(directory_of(path))?;
    system::create_file(path)?;
    restrict_permissions(path)
}

/// Whether `error` says that the disk, or the user's quota, is full.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What the system said, for a sentence about a file: without the error's number, and without the name of a temporary
/// file that nobody has heard of.
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

/// Writes a temporary file to `folder`, to see whether that works.
///
/// # Errors
/// When the system can't write it.
pub fn try_write(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[0; PROBE_LEN])?;
    file.sync_all()
}

/// Makes the file at `path` private (mode 0600), following links; a missing one is fine.
///
/// # Errors
/// When the system can't set the mode.
pub fn restrict_permissions(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => system::restrict_permissions(path, &metadata),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether users who are neither the file's owner nor of its group can read it; a file that is not there can't be.
pub fn is_open_to_all(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| system::is_open_to_all(&metadata))
}

/// Why a file or folder is not the user's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnershipProblem {
    /// It belongs to another user, who decides what may be done with it.
    Foreign,
    /// Other users may write to it.
    Open,
}

/// Checks who owns the file or folder at `path` and may write to it, following links; a missing one is fine.
pub fn ownership_problem(path: &Path) -> Option<OwnershipProblem> {
    system::ownership_problem(&fs::metadata(path).ok()?)
}

/// Why this user can't change the file at `path`, following links, because it is managed elsewhere. `None` for one that
/// can be changed, and for a missing one.
pub fn managed_elsewhere(path: &Path) -> Option<String> {
    let target = link_target(path).ok()?;
    let metadata = fs::metadata(&target).ok()?;
    system::managed_elsewhere(directory_of(&target), &metadata)
}

/// As [`ownership_problem`], for a file without secrets, which may belong to root.
pub fn ownership_problem_unless_root(path: &Path) -> Option<OwnershipProblem> {
    let metadata = fs::metadata(path).ok()?;
    match system::ownership_problem(&metadata)? {
        OwnershipProblem::Foreign if system::is_owned_by_root(&metadata) => {
            system::others_may_write(&metadata).then_some(OwnershipProblem::Open)
        }
        problem => Some(problem),
    }
}

/// Which file is at a path, and as of when: another one after it was written to or replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileVersion(Option<(Option<SystemTime>, u64, system::FileId)>);

impl FileVersion {
    /// The version of the file at `path`, following links; a missing one has a version too.
    pub fn read(path: &Path) -> FileVersion {
        let version =
            |metadata: fs::Metadata| (metadata.modified().ok(), metadata.len(), system::file_id(&metadata));
        FileVersion(fs::metadata(path).ok().map(version))
    }
}

/// Where writing to `path` ends up: the end of its chain of symbolic links, there or not.
///
/// # Errors
/// When a link can't be read, or the links never end.
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

/// The directory that `path` lies in.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Keeps other writers of `target` out until it is dropped. `None` when another one held the lock during all of `timeout`.
///
/// # Errors
/// When the system can't lock.
pub fn lock(target: &Path, timeout: Duration) -> io::Result<Option<File>> {
    // The directory itself where that can be: it leaves nothing behind in what may be somebody's repository.
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

/// Repeats `action` for a moment while it fails because another process has the file open or is just replacing it. Windows
/// keeps such a file from being opened or replaced, and a virus scanner there opens each new file. Other systems allow both.
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

/// The new content of a file, complete and on the disk next to it. Dropping it without [`Staged::commit`] removes it.
#[derive(Debug)]
pub struct Staged {
    file: NamedTempFile,
    target: PathBuf,
}

impl Staged {
    /// Writes `content` next to `target`, which is no link, with mode 0600.
    ///
    /// # Errors
    /// When the system can't write it; `target` is as it was.
    pub fn write(target: &Path, content: &[u8]) -> io::Result<Staged> {
        Staged::write_with(None, target, content)
    }

    /// As [`Staged::write`], with these permissions less the umask instead of mode 0600.
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

    /// Replaces the old content in one step.
    ///
    /// # Errors
    /// When the system can't; the old content is as it was.
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
    fn an_error_is_told_without_its_number_and_without_a_temporary_name() {
        let directory = tempfile::tempdir().unwrap();
        let missing = Staged::write(&directory.path().join("missing/config.toml"), b"").unwrap_err();
        assert!(missing.to_string().contains(".tmp-"), "{missing}");
        #[cfg(unix)]
        assert_eq!(in_words(&missing), "No such file or directory");
        assert_eq!(in_words(&io::ErrorKind::StorageFull.into()), "the disk is full");
    }

    #[test]
    fn a_crash_before_the_rename_leaves_the_old_content_whole() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        fs::write(&target, "old").unwrap();
        let staged = Staged::write(&target, b"new").unwrap();
        // As after a crash: nothing of the guard's own tidying runs.
        std::mem::forget(staged);
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        Staged::write(&target, b"newer").unwrap().commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "newer");
    }

    #[test]
    fn a_rename_that_fails_leaves_everything_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("inside"), "old").unwrap();
        assert!(Staged::write(&target, b"new").unwrap().commit().is_err());
        assert_eq!(names(directory.path()), ["config.toml"]);
        assert_eq!(names(&target), ["inside"]);
    }

    #[test]
    fn a_file_that_another_has_open_for_a_moment_is_replaced() {
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
    fn a_second_writer_waits_and_then_gives_up() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        let held = lock(&target, Duration::ZERO).unwrap();
        assert!(held.is_some());
        assert!(lock(&target, Duration::from_millis(30)).unwrap().is_none());
        drop(held);
        assert!(lock(&target, Duration::ZERO).unwrap().is_some());
    }
}
