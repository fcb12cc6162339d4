//! The configuration file as users and other programs see it: which values are refused with which errors, and that
//! edits keep the rest of the file.
#![cfg(test)]

// Helpers may panic like the tests themselves.

mod bad_files;
mod disk;
mod edits;
mod lists;
mod random;
mod reading;

use std::fs;
use std::path::{Path, PathBuf};

use linode_bandwidth::domain::config::AccountId;
use linode_bandwidth::storage::config::{ConfigEditor, EditError, edit};
use tempfile::TempDir;

/// The example in the documentation.
const EXAMPLE: &str = r#"api_url = "https://api.linode.com/v4"   # https, or http on a loopback address
poll_interval = "5m"                    # "1m" to "24h"
show_as = "percent"                     # "percent" | "used" | "used_and_total": the text in title and tooltip
icon = "ring"                           # "ring" | "bar" | "number"
icon_account = "highest"                # or an entry's id: whose figure the icon shows
icon_color = "auto"                     # "auto" | "light" | "dark": for dark or light panels
thresholds = [80, 90, 100]              # percent, whole, rising, each 1 to 1000
forecast_alert = true
token_expiry_alert_days = [7, 1]
history_months = 25
on_alert = []                           # a program and its arguments, run at every alert; facts in LINODE_BANDWIDTH_* variables

[[accounts]]
id = "acme"                             # made from the name once (a-z, 0-9, -; else "account"; numbered when taken or used before); never changes; names the keyring entry
name = "Acme"
watch = "global"
# thresholds, show_as: override the ones above
# token_command = ["pass", "show", "linode"]   # instead of the keyring, for desktops without one: its first line is the token
muted = false
enabled = true
"#;

/// A file as a user might write it.
const WRITTEN: &str = r#"# My settings
poll_interval = "300s"  # five minutes

# the look
icon = 'bar' # not a ring

# the first one
[[accounts]]   # header
id    = "acme"
name  = "Acme"     # Ltd.
# held back:
muted = true
# below

# --- others ---

  [[accounts]]
  id = "b"
  name = "B"

# the last
[[accounts]]
id = "c"
name = "C"
# end"#;

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn in_file(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    fs::write(&path, text).unwrap();
    (directory, path)
}

fn change(
    path: &Path,
    change: impl FnOnce(&mut ConfigEditor) -> Result<(), EditError>,
) -> Result<(), EditError> {
    edit(path, change)
}

/// The text after an edit.
fn changed(text: &str, make: impl FnOnce(&mut ConfigEditor) -> Result<(), EditError>) -> String {
    let (_directory, path) = in_file(text);
    change(&path, make).unwrap();
    fs::read_to_string(&path).unwrap()
}

/// The error of a refused edit. Checks that the file is unchanged.
fn refused(text: &str, make: impl FnOnce(&mut ConfigEditor) -> Result<(), EditError>) -> String {
    let (_directory, path) = in_file(text);
    let error = change(&path, make).unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    error.to_string().replace(&path.display().to_string(), "config.toml")
}
