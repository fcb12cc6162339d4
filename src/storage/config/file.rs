//! Reads the configuration file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::error::{ConfigError, position, redacted};
use super::parse::parse;
use crate::domain::config::Config;
use crate::platform::private_file::{self, retry_while_in_use};

/// Environment variable that overrides `api_url`.
pub const API_URL_VARIABLE: &str = "LINODE_BANDWIDTH_API_URL";

/// The maximum size of the file, in bytes.
pub(super) const LARGEST: u64 = 1 << 20;

/// Reads the configuration at `path`; a missing file gives the defaults.
///
/// # Errors
/// [`ConfigError`] if the file can't be read or is invalid.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    load_with(path, None)
}

/// As [`load`], with `api_url` instead of the file's. An empty one counts as none.
///
/// # Errors
/// As [`load`], and if `api_url` is not an API address.
pub fn load_with(path: &Path, api_url: Option<&str>) -> Result<Config, ConfigError> {
    let mut config = match read(path)? {
        Some(text) => parse_file(path, &text)?,
        None => Config::default(),
    };
    if let Some(url) = api_url.filter(|url| !url.is_empty()) {
        let quoted = format!("{url:?}");
        let found = || redacted(&quoted, 0..quoted.len(), "a string not shown here");
        let in_force = url.parse().map_err(|_| ConfigError::BadOverride { found: found() })?;
        let of_file = std::mem::replace(&mut config.api_url, in_force);
        config.file_api_url = Some(of_file).filter(|of_file| *of_file != config.api_url);
    }
    Ok(config)
}

/// As [`load`], with the override of [`API_URL_VARIABLE`].
///
/// # Errors
/// As [`load_with`].
pub fn load_with_env(path: &Path) -> Result<Config, ConfigError> {
    load_with(path, std::env::var(API_URL_VARIABLE).ok().as_deref())
}

/// Restricts the file to its owner (mode 0600), following links. Ignores a missing file and one that another
/// tool manages.
///
/// # Errors
/// The system's, if the mode can't be set: some file systems have no modes.
pub fn tighten(path: &Path) -> io::Result<()> {
    match private_file::managed_elsewhere(path) {
        Some(_) => Ok(()),
        None => private_file::restrict_permissions(path),
    }
}

pub(super) fn parse_file(path: &Path, text: &str) -> Result<Config, ConfigError> {
    parse(text).map_err(|error| ConfigError::Bad { path: path.to_owned(), error })
}

/// The file's text; `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let unreadable = |reason| ConfigError::Unreadable { path: path.to_owned(), reason };
    // Check before opening: opening a pipe would wait for its other end.
    match retry_while_in_use(|| fs::metadata(path)) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(ConfigError::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    }
    let mut bytes = Vec::new();
    let file = match retry_while_in_use(|| File::open(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ConfigError::TooLarge { path: path.to_owned() });
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default());
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (line, column) = position(text, text.len());
        ConfigError::NotUtf8 { path: path.to_owned(), line, column }
    })
}
