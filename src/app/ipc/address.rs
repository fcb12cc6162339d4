//! Where the owner of a data folder listens.

use std::hash::Hasher;
use std::path::{Path, PathBuf};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::system;

/// The socket's name in the data folder: version 0.1.0 always used it, later ones only without a runtime directory.
const IN_DATA_FOLDER: &str = "control.sock";

/// The path of the socket: in the user's runtime directory, with a hash of the data folder in its name; without one, in
/// the data folder.
pub fn listen_address(data_dir: &Path) -> PathBuf {
    in_runtime_directory(data_dir).unwrap_or_else(|| in_data_folder(data_dir))
}

/// The paths where the owner may listen, most likely first. It may have been started with a different environment.
pub fn candidates(data_dir: &Path) -> Vec<PathBuf> {
    in_runtime_directory(data_dir).into_iter().chain([in_data_folder(data_dir)]).collect()
}

/// The socket in the data folder, which version 0.1.0 always used.
pub fn in_data_folder(data_dir: &Path) -> PathBuf {
    data_dir.join(IN_DATA_FOLDER)
}

/// Removes the socket of version 0.1.0. The caller has the lock, so nobody listens on it.
pub fn remove_old(data_dir: &Path) {
    let old = in_data_folder(data_dir);
    if old != listen_address(data_dir)
        && let Err(error) = system::remove(&old)
    {
        tracing::debug!("{}: {error}", old.display());
    }
}

fn in_runtime_directory(data_dir: &Path) -> Option<PathBuf> {
    Some(system::runtime_directory()?.join(format!("linode-bandwidth-{}.sock", hash(data_dir))))
}

/// 32 hex digits that depend only on the folder, not on how its path is written, in every version of the program.
pub(super) fn hash(data_dir: &Path) -> String {
    let folder = data_dir.canonicalize();
    let mut hasher = SipHasher13::new();
    hasher.write(folder.as_deref().unwrap_or(data_dir).as_os_str().as_encoded_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_has_one_unique_name_for_all_its_paths() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        std::fs::create_dir(&one).unwrap();
        std::fs::create_dir(&two).unwrap();
        assert_eq!(hash(&one), hash(&two.join("../one")));
        assert_ne!(hash(&one), hash(&two));
        // Different versions of the program must find each other.
        assert_eq!(hash(Path::new("/no such folder")).len(), 32);
    }
}
