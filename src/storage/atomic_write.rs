//! Atomic writes of files the user names, with the modes of the user's other files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::platform::private_file::{Staged, link_target};

/// Writes `content` to `path`, following symbolic links. The old content stays until the new is complete. A
/// path that is not a regular file, such as `/dev/stdout`, is written to directly.
///
/// # Errors
/// The system's, if the file can't be written; the old content stays.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = link_target(path)?;
    if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
        return OpenOptions::new().write(true).open(&target)?.write_all(content);
    }
    #[cfg(unix)]
    let permissions = Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    let permissions = None;
    Staged::write_with(permissions, &target, content)?.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn creates_and_replaces_a_file_without_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.svg");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(dir.path()), ["a.svg"]);
    }

    #[test]
    fn failed_write_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(replace(&dir.path().join("missing/a.svg"), b"one").is_err());
        assert!(replace(dir.path(), b"one").is_err(), "a folder is no file");
        assert!(names(dir.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn keeps_symlinks_and_honors_the_umask() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (link, file) = (dir.path().join("link.svg"), dir.path().join("file.svg"));
        symlink("file.svg", &link).unwrap();
        replace(&link, b"one").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let plain = dir.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&plain));
    }
}
