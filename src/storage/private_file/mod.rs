//! Files for the user's eyes alone, replaced in one step.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as system;
#[cfg(unix)]
use unix as system;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::NamedTempFile;

/// How often a held lock is tried again.
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// How long a file is tried again that another process has open. Nobody reads a configuration for that long.
const IN_USE: Duration = Duration::from_secs(2);

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Makes `directory` and what is missing above it, for the user alone (mode 0700). One that is there stays as it is.
///
/// # Errors
/// What the system says when it can't be made.
pub fn create_dir(directory: &Path) -> io::Result<()> {
    system::create_dir(directory)
}

/// Makes the file at `path` and the directories above it where they are missing, and takes it away from group and
/// others (mode 0600). What is in it stays.
///
/// # Errors
/// What the system says when it can't be made.
pub fn create_file(path: &Path) -> io::Result<()> {
    create_dir(directory_of(path))?;
    system::create_file(path)?;
    tighten(path)
}

/// Whether the system says of `error` that there is no room, or none for this user.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// As much as the tray needs for a start.
const LITTLE: usize = 64 * 1024;

/// Writes a little to `folder`, and nothing of it stays.
///
/// # Errors
/// What the system says when it can't be.
pub fn write_something(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[0; LITTLE])?;
    file.sync_all()
}

/// Takes the file at `path` away from group and others (mode 0600), following links; a missing one is fine.
///
/// # Errors
/// What the system says when the mode can't be set.
pub fn tighten(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => system::tighten(path, &metadata),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether users who are neither the file's owner nor of its group can read it; a file that is not there can't be.
pub fn is_open_to_all(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| system::is_open_to_all(&metadata))
}

/// What is wrong with whose a file or folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is another user's, and so is what may be done with it.
    Foreign,
    /// Others may write to it.
    Open,
}

/// Looks whose the file or folder at `path` is, following links; a missing one is fine.
pub fn trouble(path: &Path) -> Option<Trouble> {
    system::trouble(&fs::metadata(path).ok()?)
}

/// Why the file at `path`, following links, is not this user's to change: it is managed elsewhere. `None` for one
/// that can be changed, and for one that is not there.
pub fn managed_elsewhere(path: &Path) -> Option<String> {
    let target = target_of(path).ok()?;
    let metadata = fs::metadata(&target).ok()?;
    system::managed_elsewhere(directory_of(&target), &metadata)
}

/// As [`trouble`], for a file without secrets: that it is root's is none.
pub fn trouble_unless_roots(path: &Path) -> Option<Trouble> {
    let metadata = fs::metadata(path).ok()?;
    match system::trouble(&metadata)? {
        Trouble::Foreign if system::is_roots(&metadata) => {
            system::others_may_write(&metadata).then_some(Trouble::Open)
        }
        trouble => Some(trouble),
    }
}

/// Which file is at a path, and as of when: another one after it was written to or replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileVersion(Option<(Option<SystemTime>, u64, system::FileId)>);

impl FileVersion {
    /// Of the file at `path`, following links; a missing one has a version too.
    pub fn of(path: &Path) -> FileVersion {
        let version =
            |metadata: fs::Metadata| (metadata.modified().ok(), metadata.len(), system::file_id(&metadata));
        FileVersion(fs::metadata(path).ok().map(version))
    }
}

/// Where writing to `path` ends up: the end of its chain of symbolic links, there or not.
///
/// # Errors
/// What the system says when a link can't be read, or that the links never end.
pub fn target_of(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
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
    Err(io::Error::other("its symbolic links go round in a circle"))
}

/// The directory that `path` lies in.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Keeps other writers of `target` out until it is dropped. `None` when another had it for all of `patience`.
///
/// # Errors
/// What the system says when there can be no lock.
pub fn lock(target: &Path, patience: Duration) -> io::Result<Option<File>> {
    // The directory itself where that can be: it leaves nothing behind in what may be somebody's repository.
    if let Some(handle) = system::lockable_directory(directory_of(target))
        && let Ok(got) = wait(&handle, patience)
    {
        return Ok(got.then_some(handle));
    }
    let handle = OpenOptions::new().write(true).create(true).truncate(false).open(beside(target, ".lock"))?;
    Ok(wait(&handle, patience)?.then_some(handle))
}

fn wait(handle: &File, patience: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + patience;
    loop {
        match handle.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Ok(false),
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_TRIES),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Does `action`, again and again for a moment while it fails because another process has the file open or is just
/// replacing it. Windows keeps such a file from being opened or replaced, and who looks at new files there, as a scanner
/// for viruses, opens each; elsewhere neither is in the other's way.
///
/// # Errors
/// What `action` says at last.
pub fn patiently<T>(mut action: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + IN_USE;
    loop {
        match action() {
            Err(error) if system::is_in_use(&error) && Instant::now() < deadline => {
                thread::sleep(BETWEEN_TRIES)
            }
            done => return done,
        }
    }
}

fn beside(target: &Path, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    directory_of(target).join(format!(".{name}{suffix}"))
}

/// The new content of a file, whole and on the disk beside it. Dropped without [`Staged::commit`] it goes away.
#[derive(Debug)]
pub struct Staged {
    file: NamedTempFile,
    target: PathBuf,
}

impl Staged {
    /// Writes `content` beside `target`, which is no link, with mode 0600.
    ///
    /// # Errors
    /// What the system says when it can't be written; `target` is as it was.
    pub fn write(target: &Path, content: &[u8]) -> io::Result<Staged> {
        let mut prefix = beside(target, ".").file_name().unwrap_or_default().to_owned();
        prefix.push("tmp-");
        let mut file = tempfile::Builder::new().prefix(&prefix).tempfile_in(directory_of(target))?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(Staged { file, target: target.to_owned() })
    }

    /// Puts the new content in the place of the old in one step.
    ///
    /// # Errors
    /// What the system says when it can't be; the old content is as it was.
    pub fn commit(self) -> io::Result<()> {
        let mut file = Some(self.file);
        patiently(|| match file.take().map(|file| file.persist(&self.target)) {
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
    fn a_file_that_another_has_open_for_a_moment_is_replaced_all_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("config.toml");
        fs::write(&target, "old").unwrap();
        let reader = File::open(&target).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(10 * BETWEEN_TRIES);
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
