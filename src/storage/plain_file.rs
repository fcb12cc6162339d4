//! Files that the user asks for, where the user says: replaced in one step, with the modes that the user's files have.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::private_file::{directory_of, target_of};

/// How many names are tried for what is being written.
const TRIES: u32 = 100;

/// Writes `content` to `path`, through symbolic links. What is there stays until the new content is whole; what is no
/// file, as `/dev/stdout`, is written to.
///
/// # Errors
/// What the system says when it can't be written; what was there is as it was.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = target_of(path)?;
    if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
        return OpenOptions::new().write(true).open(&target)?.write_all(content);
    }
    let name = target.file_name().ok_or_else(|| io::Error::other("it has no name"))?.to_owned();
    for number in 0..TRIES {
        let mut beside = std::ffi::OsString::from(".");
        beside.push(&name);
        beside.push(format!(".{}-{number}", std::process::id()));
        let beside = directory_of(&target).join(beside);
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            opened => opened?,
        };
        let written = file.write_all(content).and_then(|()| file.sync_all());
        drop(file);
        let done = written.and_then(|()| fs::rename(&beside, &target));
        if done.is_err() {
            let _ = fs::remove_file(&beside);
        }
        return done;
    }
    Err(io::Error::other("there is no free name beside it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_made_and_replaced_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.svg");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(dir.path()), ["a.svg"]);
    }

    #[test]
    fn what_cant_be_written_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert!(replace(&dir.path().join("missing/a.svg"), b"one").is_err());
        assert!(replace(dir.path(), b"one").is_err(), "a folder is no file");
        assert!(names(dir.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one_and_others_may_read_what_the_umask_lets_them() {
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
