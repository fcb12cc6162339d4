//! Watches files by name: the configuration, autostart entries, the history's write-ahead log.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};

use crate::platform::private_file::FileVersion;

/// An editor writes, renames and touches in a burst: the change is reported when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(100);
/// And after so long even if it is not quiet: the folder may hold busier files.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// What it means that the configuration can't be watched; the reason follows it.
pub const CONFIG_NOT_WATCHED: &str =
    "changes made by hand take effect at the next poll, because the system can't watch files";

/// What to do about that. inotify has limits for each user; other systems have none that a user could raise.
pub const HINT: &str = if cfg!(target_os = "linux") {
    "raise the limits with `sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288`, or end a program that watches many files"
} else {
    "fix what the system reports"
};

/// File systems of another machine, or of a program that may be one's (statfs(2), linux/magic.h): NFS, SMB, CIFS, SMB 2,
/// AFS, Ceph, Coda, Lustre, 9P, FUSE (sshfs, and others).
#[cfg(target_os = "linux")]
const REMOTE_FILE_SYSTEMS: [u32; 10] = [
    0x6969,
    0x517B,
    0xFF53_4D42,
    0xFE53_4D42,
    0x5346_414F,
    0x00C3_6400,
    0x7375_7245,
    0x0BD0_0BD0,
    0x0102_1997,
    0x6573_5546,
];

/// Whether other machines may change `file`, which inotify does not see.
#[cfg(target_os = "linux")]
pub fn is_remote(file: &Path) -> bool {
    // The type's width and sign differ between machines; the number's lower half is the same.
    rustix::fs::statfs(file).is_ok_and(|disk| REMOTE_FILE_SYSTEMS.contains(&(disk.f_type as u32)))
}

/// Whether other machines may change `file`, which the system's watcher does not see.
#[cfg(not(target_os = "linux"))]
pub fn is_remote(_file: &Path) -> bool {
    false
}

/// Watches `file` and, where it is a symbolic link, what it leads to. `changed` runs on a thread of its own.
///
/// # Errors
/// When the system can't watch, in its words.
pub fn watch(file: &Path, changed: impl Fn() + Send + 'static) -> notify::Result<()> {
    watch_all(&[file.to_owned()], changed)
}

/// As [`watch`], for several files. One whose folder is not there is seen when it comes.
///
/// # Errors
/// As [`watch`].
pub fn watch_all(files: &[PathBuf], changed: impl Fn() + Send + 'static) -> notify::Result<()> {
    let (sender, receiver) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    let mut watched = BTreeSet::new();
    for file in files {
        follow(&mut watcher, file, &mut watched)?;
    }
    let files = files.to_owned();
    let wait = move || {
        while let Ok(event) = receiver.recv() {
            if !files.iter().any(|file| concerns(&event, file)) {
                continue;
            }
            forget_removed(&event, &mut watched);
            let latest = Instant::now() + MAX_DELAY;
            while Instant::now() < latest
                && let Ok(event) = receiver.recv_timeout(QUIET)
            {
                forget_removed(&event, &mut watched);
            }
            for file in &files {
                if let Err(error) = follow(&mut watcher, file, &mut watched) {
                    tracing::warn!("{}: {error}", file.display());
                }
            }
            changed();
        }
    };
    thread::Builder::new().name("file watcher".into()).spawn(wait).map_err(notify::Error::io)?;
    Ok(())
}

/// As [`watch`]; where the system can't, the file's version is compared at each `interval`.
///
/// # Errors
/// When the system has no thread to give.
pub fn watch_or_poll(
    file: &Path,
    interval: Duration,
    changed: Arc<impl Fn() + Send + Sync + 'static>,
) -> io::Result<()> {
    let told = changed.clone();
    let Err(error) = watch(file, move || told()) else { return Ok(()) };
    tracing::info!("{} is looked at every {interval:?}: {error}", file.display());
    let file = file.to_owned();
    let mut seen = FileVersion::read(&file);
    thread::Builder::new().name("file watcher".into()).spawn(move || {
        loop {
            thread::sleep(interval);
            let now = FileVersion::read(&file);
            if now != seen {
                seen = now;
                changed();
            }
        }
    })?;
    Ok(())
}

/// Whether the system would watch `file` at this moment.
///
/// # Errors
/// When it would not, in its words.
pub fn try_watch(file: &Path) -> notify::Result<()> {
    let mut watcher = notify::recommended_watcher(|_| {})?;
    follow(&mut watcher, file, &mut BTreeSet::new())
}

/// Watches the folders, because a file that is replaced by another takes its own watch along.
fn follow(watcher: &mut impl Watcher, file: &Path, watched: &mut BTreeSet<PathBuf>) -> notify::Result<()> {
    let target = file.canonicalize().ok();
    for path in [Some(file), target.as_deref()].into_iter().flatten() {
        // The nearest one that is there: in it the next will be made.
        let Some(folder) = path.ancestors().skip(1).find(|folder| folder.is_dir()) else { continue };
        if watched.insert(folder.to_owned()) {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
    }
    Ok(())
}

/// A folder's watch goes with it.
fn forget_removed(event: &notify::Result<notify::Event>, watched: &mut BTreeSet<PathBuf>) {
    if let Ok(event) = event
        && event.kind.is_remove()
    {
        for path in &event.paths {
            watched.remove(path);
        }
    }
}

fn concerns(event: &notify::Result<notify::Event>, file: &Path) -> bool {
    let Ok(event) = event else { return true };
    if event.kind.is_access() {
        return false;
    }
    let target = file.canonicalize().ok();
    let ours = [Some(file), target.as_deref()];
    event.need_rescan()
        || event
            .paths
            .iter()
            // The file, or a folder that it is in.
            .any(|path| {
                ours.iter()
                    .flatten()
                    .any(|name| path.file_name() == name.file_name() || name.starts_with(path))
            })
}
