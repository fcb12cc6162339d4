//! Paths of the program's files.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use directories::BaseDirs;

use crate::platform::private_file;

/// Environment variable with the path of the configuration file.
pub const CONFIG_VARIABLE: &str = "LINODE_BANDWIDTH_CONFIG";
/// Environment variable with the directory of the history, the lock and the socket.
pub const DATA_DIR_VARIABLE: &str = "LINODE_BANDWIDTH_DATA_DIR";

/// The program's folder in the platform's directories.
const FOLDER: &str = "linode-bandwidth";

/// Absolute paths of the program's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    pub config_file: PathBuf,
    /// The directory of the history, the lock and other data.
    pub data_dir: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// The platform reports no home directory, and a variable that could replace it is not set.
    #[error(
        "there is no home directory; set {CONFIG_VARIABLE} to a file and {DATA_DIR_VARIABLE} to a directory"
    )]
    NoHome,
    #[error(
        "{variable} is relative and there is no working directory ({reason}); set it to an absolute path"
    )]
    NotAbsolute {
        /// The variable with the path.
        variable: &'static str,
        reason: io::Error,
    },
}

impl Paths {
    /// The paths from the environment, else the platform's own. An empty variable counts as not set.
    ///
    /// # Errors
    /// [`PathsError`] if a path depends on the home directory and there is none, or a relative path has no
    /// working directory.
    pub fn from_env() -> Result<Paths, PathsError> {
        let home = || {
            let base = BaseDirs::new()?;
            // Local data: a history must not roam with a Windows profile. The other systems have one directory
            // for both.
            Some(Platform { config: base.config_dir().to_owned(), data: base.data_local_dir().to_owned() })
        };
        Paths::from_vars(env::var_os(CONFIG_VARIABLE), env::var_os(DATA_DIR_VARIABLE), home)
    }

    fn from_vars(
        config: Option<OsString>,
        data: Option<OsString>,
        platform: impl Fn() -> Option<Platform>,
    ) -> Result<Paths, PathsError> {
        let config_file = match absolute(CONFIG_VARIABLE, config)? {
            Some(path) => path,
            None => platform().ok_or(PathsError::NoHome)?.config.join(FOLDER).join("config.toml"),
        };
        let data_dir = match absolute(DATA_DIR_VARIABLE, data)? {
            Some(path) => path,
            None => platform().ok_or(PathsError::NoHome)?.data.join(FOLDER),
        };
        Ok(Paths { config_file, data_dir })
    }

    pub fn history_file(&self) -> PathBuf {
        self.data_dir.join("history.sqlite3")
    }

    /// The lock of the polling process.
    pub fn lock_file(&self) -> PathBuf {
        self.data_dir.join("lock")
    }

    /// The last size of the window.
    pub fn window_size_file(&self) -> PathBuf {
        self.data_dir.join("window.size")
    }

    /// Creates the data directory if it is missing, accessible to the user only.
    ///
    /// # Errors
    /// The system's, if it can't be created.
    pub fn create_data_dir(&self) -> io::Result<&Path> {
        private_file::create_dir(&self.data_dir)?;
        Ok(&self.data_dir)
    }
}

/// The platform's base directories for configuration and data.
struct Platform {
    config: PathBuf,
    data: PathBuf,
}

fn absolute(variable: &'static str, value: Option<OsString>) -> Result<Option<PathBuf>, PathsError> {
    match value {
        Some(path) if !path.is_empty() => {
            std::path::absolute(path).map(Some).map_err(|reason| PathsError::NotAbsolute { variable, reason })
        }
        _ => Ok(None),
    }
}

/// The picture in notifications about `topic`: an account id, or a word with a capital letter, which no id has.
pub fn notification_picture(data_dir: &Path, topic: &str) -> PathBuf {
    data_dir.join(format!("notification-{}.png", topic.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Option<Platform> {
        Some(Platform { config: "/home/u/.config".into(), data: "/home/u/.local/share".into() })
    }

    fn var(text: &str) -> Option<OsString> {
        Some(text.into())
    }

    #[test]
    fn platform_directories_are_the_default() {
        let paths = Paths::from_vars(None, var(""), home).unwrap();
        assert_eq!(paths.config_file, Path::new("/home/u/.config/linode-bandwidth/config.toml"));
        assert_eq!(paths.data_dir, Path::new("/home/u/.local/share/linode-bandwidth"));
        assert_eq!(paths.history_file(), paths.data_dir.join("history.sqlite3"));
        assert_eq!(paths.lock_file(), paths.data_dir.join("lock"));
    }

    #[test]
    fn relative_paths_become_absolute() {
        let paths = Paths::from_vars(var("c.toml"), var("data"), || None).unwrap();
        let here = env::current_dir().unwrap();
        assert_eq!((paths.config_file, paths.data_dir), (here.join("c.toml"), here.join("data")));
    }

    #[test]
    fn missing_home_names_both_variables() {
        assert!(Paths::from_vars(var("/c.toml"), var("/d"), || None).is_ok());
        for (config, data) in [(None, None), (var("/c"), None), (None, var("/d"))] {
            let error = Paths::from_vars(config, data, || None).unwrap_err().to_string();
            assert_eq!(
                error,
                "there is no home directory; set LINODE_BANDWIDTH_CONFIG to a file and LINODE_BANDWIDTH_DATA_DIR to a directory"
            );
        }
    }
}
