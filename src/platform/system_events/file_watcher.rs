//! Watches files by name: the configuration, autostart entries and the history's write-ahead log.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};

use crate::platform::private_file::FileVersion;

/// A change is reported after this much quiet: an editor writes, renames and touches in a burst.
const QUIET: Duration = Duration::from_millis(100);
/// A change is reported after this long even without quiet: the folder may have busier files.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// The effect when the configuration can't be watched; the reason follows.
pub const CONFIG_NOT_WATCHED: &str =
    "changes made by hand take effect at the next poll, because the system can't watch files";

/// Advice for the user. inotify has limits per user; other systems have none that a user could raise.
pub const HINT: &str = if cfg!(target_os = "linux") {
    "raise the limits with `sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288`, or end a program that watches many files"
} else {
    "fix what the system reports"
};

/// File systems that other machines or programs can change (statfs(2), linux/magic.h): NFS, SMB, CIFS, SMB 2,
/// AFS, Ceph, Coda, Lustre, 9P, FUSE (such as sshfs).
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

/// Whether other machines can change `file`, which inotify does not report.
#[cfg(target_os = "linux")]
pub fn is_remote(file: &Path) -> bool {
    // The type's width and sign vary by architecture; the lower half is the same.
    rustix::fs::statfs(file).is_ok_and(|disk| REMOTE_FILE_SYSTEMS.contains(&(disk.f_type as u32)))
}

/// Whether other machines can change `file`, which the system's watcher does not report.
#[cfg(not(target_os = "linux"))]
pub fn is_remote(_file: &Path) -> bool {
    false
}

/// Watches `file` and, if it is a symbolic link, its target. Calls `changed` on a separate thread.
///
/// # Errors
/// If the system can't watch.
pub fn watch(file: &Path, changed: impl Fn() + Send + 'static) -> notify::Result<()> {
    watch_all(&[file.to_owned()], changed)
}

/// As [`watch`], for several files, including files whose folder does not exist yet.
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

/// As [`watch`]; if the system can't watch, compares the file's version at each `interval`.
///
/// # Errors
/// If the system can't start a thread.
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

/// Checks that the system can watch `file` now.
///
/// # Errors
/// If it can't.
pub fn try_watch(file: &Path) -> notify::Result<()> {
    let mut watcher = notify::recommended_watcher(|_| {})?;
    follow(&mut watcher, file, &mut BTreeSet::new())
}

/// Watches the folders, because a watch on a file is lost when the file is replaced.
fn follow(watcher: &mut impl Watcher, file: &Path, watched: &mut BTreeSet<PathBuf>) -> notify::Result<()> {
    let target = file.canonicalize().ok();
    for path in [Some(file), target.as_deref()].into_iter().flatten() {
        // The nearest existing folder, in which the next one will be created.
        let Some(folder) = path.ancestors().skip(1).find(|folder| folder.is_dir()) else { continue };
        if watched.insert(folder.to_owned()) {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
    }
    Ok(())
}

/// A deleted folder loses its watch.
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
            // The file, or a folder above it.
            .any(|path| {
                ours.iter()
                    .flatten()
                    .any(|name| path.file_name() == name.file_name() || name.starts_with(path))
            })
}
