//! Where a program that is named without its folder is looked for on macOS. Finder and launchd start programs with `/usr/bin`,
//! `/bin`, `/usr/sbin` and `/sbin` alone, while what users install is elsewhere.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Homebrew on Apple's and on Intel's processors, and MacPorts.
const OF_PACKAGE_MANAGERS: [&str; 3] = ["/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin"];

/// `path` followed by the package managers' folders that it lacks; `None` if it can't be extended.
pub(super) fn with_package_managers(path: Option<&OsStr>) -> Option<OsString> {
    let mut folders: Vec<PathBuf> = path.map(env::split_paths).into_iter().flatten().collect();
    for folder in OF_PACKAGE_MANAGERS.map(PathBuf::from) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    env::join_paths(folders).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_package_managers_come_last_and_once() {
        let extended = |path: Option<&str>| with_package_managers(path.map(OsStr::new)).unwrap();
        let added = "/opt/homebrew/bin:/usr/local/bin:/opt/local/bin";
        assert_eq!(extended(Some("/usr/bin:/bin")), format!("/usr/bin:/bin:{added}").as_str());
        assert_eq!(extended(Some(added)), added);
        assert_eq!(
            extended(Some("/usr/local/bin:/bin")),
            "/usr/local/bin:/bin:/opt/homebrew/bin:/opt/local/bin"
        );
        assert_eq!(extended(None), added);
    }
}
