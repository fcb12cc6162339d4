//! The program's path for the next login: an upgrade may replace the file.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Suffix in Linux' path of a running program whose file was replaced or deleted.
const DELETED: &str = " (deleted)";

/// A lasting path for `running`. The AppImage, if `image` (its path and its mount point) contains `running`; else
/// the file in the application of macOS that `running` is in or leads to; else the entry in a folder of `path` that leads to it (`/opt/homebrew/bin`, not the versioned folder); else
/// `running`.
pub(super) fn stable_path(
    running: &Path,
    image: Option<(PathBuf, PathBuf)>,
    path: Option<&OsStr>,
) -> PathBuf {
    if let Some((image, mounted)) = image
        && running.starts_with(&mounted)
        && image.is_absolute()
    {
        return image;
    }
    let running = undeleted(running);
    let Some(name) = running.file_name() else { return running };
    let real = running.canonicalize().ok();
    // macOS shows icons and notifications of applications only, and takes the folder of a link for the program's.
    if let Some(real) = real.as_ref().filter(|real| is_in_application(real)) {
        return real.clone();
    }
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    let mut named = folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(name));
    // After an upgrade into another folder the old file is gone, so take the name's new target.
    let ours = |candidate: &PathBuf| match &real {
        Some(real) => candidate.canonicalize().ok().as_ref() == Some(real),
        None => candidate.is_file(),
    };
    named.find(ours).unwrap_or(running)
}

/// Whether the program is in `NAME.app/Contents/MacOS`.
fn is_in_application(program: &Path) -> bool {
    let mut folders = program.ancestors().skip(1);
    folders.next().is_some_and(|folder| folder.ends_with("Contents/MacOS"))
        && folders.nth(1).and_then(Path::extension) == Some(OsStr::new("app"))
}

fn undeleted(running: &Path) -> PathBuf {
    let text = running.to_str().filter(|_| !running.exists());
    text.and_then(|text| text.strip_suffix(DELETED)).map_or_else(|| running.to_owned(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Disk(tempfile::TempDir);

    impl Disk {
        fn new() -> Disk {
            Disk(tempfile::tempdir().unwrap())
        }

        fn at(&self, place: &str) -> PathBuf {
            self.0.path().join(place)
        }

        fn program(&self, place: &str) -> PathBuf {
            let file = self.at(place);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "").unwrap();
            file
        }

        fn path(&self, folders: &[&str]) -> std::ffi::OsString {
            std::env::join_paths(folders.iter().map(|folder| self.at(folder))).unwrap()
        }
    }

    #[test]
    fn program_outside_the_path_keeps_its_path() {
        let disk = Disk::new();
        let (running, _) = (disk.program("build/lb"), disk.program("bin/lb"));
        assert_eq!(stable_path(&running, None, Some(&disk.path(&["bin"]))), running);
        assert_eq!(stable_path(&running, None, None), running);
    }

    #[cfg(unix)]
    #[test]
    fn link_in_the_path_wins_over_versioned_folder() {
        let disk = Disk::new();
        let running = disk.program("cellar/0.1.0/lb");
        fs::create_dir(disk.at("bin")).unwrap();
        std::os::unix::fs::symlink(&running, disk.at("bin/lb")).unwrap();
        disk.program("other/lb");
        assert_eq!(stable_path(&running, None, Some(&disk.path(&["other", "bin"]))), disk.at("bin/lb"));
    }

    #[cfg(unix)]
    #[test]
    fn link_to_an_application_leads_into_it() {
        let disk = Disk::new();
        let inside =
            disk.program("Applications/Linode Bandwidth.app/Contents/MacOS/lb").canonicalize().unwrap();
        fs::create_dir(disk.at("bin")).unwrap();
        std::os::unix::fs::symlink(&inside, disk.at("bin/lb")).unwrap();
        let path = disk.path(&["bin"]);
        assert_eq!(stable_path(&disk.at("bin/lb"), None, Some(&path)), inside);
        assert_eq!(stable_path(&inside, None, Some(&path)), inside);
        let other = disk.program("Contents/MacOS/lb");
        assert_eq!(stable_path(&other, None, None), other, "in no application");
    }

    #[test]
    fn program_replaced_while_running_keeps_its_path() {
        let disk = Disk::new();
        let new = disk.program("bin/lb");
        let told = disk.at("bin/lb (deleted)");
        assert_eq!(stable_path(&told, None, None), new);
        let gone = disk.at("old/lb (deleted)");
        assert_eq!(stable_path(&gone, None, Some(&disk.path(&["bin"]))), new, "another folder now");
        assert_eq!(stable_path(&gone, None, None), disk.at("old/lb"));
        let named_so = disk.program("bin/odd (deleted)");
        assert_eq!(stable_path(&named_so, None, None), named_so);
    }

    #[test]
    fn appimage_wins_over_its_mounted_content() {
        let disk = Disk::new();
        let (image, mounted) = (disk.program("lb.AppImage"), disk.at("mount"));
        let inside = disk.program("mount/usr/bin/lb");
        assert_eq!(stable_path(&inside, Some((image.clone(), mounted.clone())), None), image);
        // Programs started from a terminal that is itself an AppImage inherit its variables.
        let outside = disk.program("bin/lb");
        assert_eq!(stable_path(&outside, Some((image, mounted)), None), outside);
    }
}
