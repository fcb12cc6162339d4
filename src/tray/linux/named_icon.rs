//! The icon as files, for hosts that know icons by name only.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use crate::tray::icon::Rgba;

/// What the folders' names begin with; a process id and something random follow.
const PREFIX: &str = "linode-bandwidth-icon.";
/// The side in pixels of the file for a host that knows no sizes.
const WITHOUT_SIZE: u32 = 48;

/// A folder with the icon at all sizes, and no other; it goes with its value.
pub struct NamedIcon {
    folder: TempDir,
    name: String,
    changed: SystemTime,
}

impl NamedIcon {
    /// An empty folder in the user's runtime folder. Those that killed processes have left there go.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn new() -> io::Result<NamedIcon> {
        let runtime = directories::BaseDirs::new().and_then(|dirs| dirs.runtime_dir().map(Path::to_owned));
        NamedIcon::within(&runtime.unwrap_or_else(std::env::temp_dir))
    }

    fn within(parent: &Path) -> io::Result<NamedIcon> {
        remove_orphans(parent);
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}.", std::process::id()))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        Ok(NamedIcon { folder, name: String::new(), changed: SystemTime::UNIX_EPOCH })
    }

    /// The `IconThemePath`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The `IconName`: another one for other pixels, because hosts keep what they have read of a name.
    ///
    /// Without a hyphen: a host that does not find `a-b` takes `a`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the icon under a name of its own. The files of the one before stay until [`NamedIcon::remove_others`], as a
    /// host may still be reading them.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write(&mut self, drawn: &[Rgba]) -> io::Result<()> {
        let mut hasher = DefaultHasher::new();
        drawn.hash(&mut hasher);
        let name = format!("linode_bandwidth_{:016x}", hasher.finish());
        if name == self.name {
            return Ok(());
        }
        let folder = self.folder.path();
        for picture in drawn {
            let dir = theme_path(folder, picture.width);
            DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
            write_new(&file(&dir, &name), picture)?;
            if picture.width == WITHOUT_SIZE {
                write_new(&file(folder, &name), picture)?;
            }
        }
        // GTK looks at a folder again when its time has changed, which it knows to the second.
        self.changed = SystemTime::now().max(self.changed + Duration::from_secs(1));
        File::open(folder)?.set_modified(self.changed)?;
        self.name = name;
        Ok(())
    }

    /// Removes the files of the icons before this one.
    pub fn remove_others(&self) {
        let own = format!("{}.png", self.name);
        let folder = self.folder.path();
        let sizes = fs::read_dir(folder.join("hicolor")).into_iter().flatten().flatten();
        let places = sizes.map(|size| size.path().join("apps")).chain([folder.to_owned()]);
        let files = places.flat_map(|place| fs::read_dir(place).into_iter().flatten().flatten());
        for file in files.filter(|file| file.file_name() != *own && !file.path().is_dir()) {
            if let Err(error) = fs::remove_file(file.path()) {
                tracing::debug!("{}: {error}", file.path().display());
            }
        }
        let _ = File::open(folder).and_then(|folder| folder.set_modified(self.changed));
    }
}

/// Where the theme that all others build on has icons of a size.
fn theme_path(folder: &Path, size: u32) -> PathBuf {
    folder.join(format!("hicolor/{size}x{size}/apps"))
}

fn file(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.png"))
}

fn write_new(path: &Path, picture: &Rgba) -> io::Result<()> {
    let bytes = picture.png().map_err(io::Error::other)?;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(&bytes)
}

/// Removes the folders of processes that are no longer there.
fn remove_orphans(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('.').next()?.parse().ok());
        let gone = |process| test_kill_process(process) == Err(rustix::io::Errno::SRCH);
        if process.and_then(Pid::from_raw).is_some_and(gone) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tray::icon::SIZES;

    fn drawn(value: u8) -> Vec<Rgba> {
        let picture =
            |side: u32| Rgba { width: side, height: side, data: vec![value; (side * side * 4) as usize] };
        SIZES.map(picture).into()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        files.extend(folders.iter().flat_map(|folder| self::files(folder)));
        files
    }

    #[test]
    fn each_picture_has_a_new_name_and_only_the_last_stays() {
        let parent = tempfile::tempdir().unwrap();
        let mut icon = NamedIcon::within(parent.path()).unwrap();
        icon.write(&drawn(1)).unwrap();
        let first = icon.name().to_owned();
        icon.write(&drawn(2)).unwrap();
        assert_ne!(icon.name(), first);
        assert_eq!(files(icon.folder()).len(), 2 * (SIZES.len() + 1), "a host may still read the first one");
        icon.remove_others();
        let left = files(icon.folder());
        assert_eq!(left.len(), SIZES.len() + 1);
        assert!(left.iter().all(|file| file.file_stem().unwrap() == icon.name()), "{left:?}");
        icon.write(&drawn(1)).unwrap();
        assert_eq!(icon.name(), first, "the same pixels");
    }

    #[test]
    fn a_host_that_knows_times_to_the_second_sees_every_change() {
        let parent = tempfile::tempdir().unwrap();
        let mut icon = NamedIcon::within(parent.path()).unwrap();
        let mut second = |value| {
            icon.write(&drawn(value)).unwrap();
            icon.remove_others();
            let time = fs::metadata(icon.folder()).unwrap().modified().unwrap();
            time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
        };
        let seconds = [second(1), second(2), second(3)];
        assert!(seconds[0] < seconds[1] && seconds[1] < seconds[2], "{seconds:?}");
    }

    #[test]
    fn it_is_the_users_alone_and_goes_with_its_value() {
        let parent = tempfile::tempdir().unwrap();
        let mut icon = NamedIcon::within(parent.path()).unwrap();
        icon.write(&drawn(1)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(icon.folder()), 0o700);
        assert!(files(icon.folder()).iter().all(|file| mode(file) == 0o600));
        drop(icon);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_has_left_goes_and_a_running_ones_stays() {
        let parent = tempfile::tempdir().unwrap();
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let of = |process: u32| parent.path().join(format!("{PREFIX}{process}.abc"));
        fs::create_dir_all(of(ended.id()).join("hicolor")).unwrap();
        fs::create_dir(of(std::process::id())).unwrap();
        fs::create_dir(parent.path().join("linode-bandwidth-icon.x")).unwrap();
        let _icon = NamedIcon::within(parent.path()).unwrap();
        assert!(!of(ended.id()).exists());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 3);
    }
}
