//! Files that are read again when they have changed: the configuration above all.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};

use crate::storage::private_file::FileVersion;

/// An editor writes, renames and touches in a burst: the file is read when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(100);
/// And after so long although it is not quiet: its folder may hold busier files.
const AT_LATEST: Duration = Duration::from_secs(1);

/// What it means where the system can't watch, to be followed by why.
pub const UNWATCHED: &str = "a change of the configuration by hand is taken up with the next poll, because the system can't watch files";

/// What to do about that.
pub const MORE_WATCHES: &str = system::MORE_WATCHES;

/// Whether `file` is on a disk where other machines change it, of which the system's watcher sees nothing.
pub fn is_elsewhere(file: &Path) -> bool {
    system::is_elsewhere(file)
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
            let latest = Instant::now() + AT_LATEST;
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
    thread::Builder::new().name("config".into()).spawn(wait).map_err(notify::Error::io)?;
    Ok(())
}

/// As [`watch`]; where the system can't, a look `every` so often does.
///
/// # Errors
/// When the system has no thread to give.
pub fn watch_or_look(
    file: &Path,
    every: Duration,
    changed: Arc<impl Fn() + Send + Sync + 'static>,
) -> io::Result<()> {
    let told = changed.clone();
    let Err(error) = watch(file, move || told()) else { return Ok(()) };
    tracing::info!("{} is looked at every {every:?}: {error}", file.display());
    let file = file.to_owned();
    let mut seen = FileVersion::of(&file);
    thread::Builder::new().name("config".into()).spawn(move || {
        loop {
            thread::sleep(every);
            let now = FileVersion::of(&file);
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
