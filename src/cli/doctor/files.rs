//! Checks of the configuration, the data folder and the history file.

use std::io::ErrorKind;
use std::path::Path;

use super::Finding;
use crate::app::ipc;
use crate::cli::config::{TOKEN_HINT, token_in_command};
use crate::domain::config::Config;
use crate::platform::private_file::{self, OwnershipProblem};
use crate::platform::system_events::file_watcher;
use crate::storage::config::ConfigError;
use crate::storage::history::History;
use crate::storage::paths::Paths;

pub fn look(paths: &Paths, config: &Result<Config, ConfigError>) -> Vec<Finding> {
    vec![configuration(paths, config), changes(paths), data(paths), history(paths)]
}

fn configuration(paths: &Paths, config: &Result<Config, ConfigError>) -> Finding {
    let check = "configuration";
    let path = paths.config_file.display();
    let whose = private_file::ownership_problem_unless_root(&paths.config_file);
    let whose = whose.map(|problem| in_words(problem, &paths.config_file));
    match config {
        Err(error) => {
            let hint = folder_problem(&paths.config_file);
            let hint = hint
                .map_or_else(|| "fix the file; until then nothing is polled".to_owned(), |(_, hint)| hint);
            Finding::fail(check, error.to_string(), hint)
        }
        Ok(_) if whose.is_some() => {
            let (what, hint) = whose.unwrap_or_default();
            Finding::fail(check, format!("{path}: {what}"), hint)
        }
        Ok(_) if is_on_a_full_disk(&paths.config_file) => {
            let message = format!("{path}: the disk is full, so nothing can be changed");
            Finding::fail(check, message, "free some disk space")
        }
        Ok(config) if config.accounts.is_empty() => {
            let message = format!("{path}: no account yet");
            let hint = "add one: run `linode-bandwidth accounts add NAME`, or choose \"Set up an account…\" in the tray's menu";
            Finding::advise(check, message, hint)
        }
        Ok(config) if !config.with_token_in_command().is_empty() => {
            let what = token_in_command(config).unwrap_or_default();
            Finding::warn(check, format!("{path}: {what}"), TOKEN_HINT)
        }
        Ok(config) => {
            let managed = private_file::managed_elsewhere(&paths.config_file).map(|why| {
                format!("; managed elsewhere ({why}): commands, menu and window do not change it")
            });
            let count = config.accounts.len();
            Finding::pass(check, format!("{path}: OK, accounts: {count}{}", managed.unwrap_or_default()))
        }
    }
}

fn is_on_a_full_disk(file: &Path) -> bool {
    let tried = private_file::try_write(private_file::directory_of(file));
    tried.is_err_and(|error| private_file::is_full(&error))
}

/// Checks that the tray notices manual changes of the configuration.
fn changes(paths: &Paths) -> Finding {
    let check = "changes";
    match file_watcher::try_watch(&paths.config_file) {
        Err(error) => Finding::fail(
            check,
            format!(
                "{} ({error}); changes by commands, menu and window take effect at once",
                file_watcher::CONFIG_NOT_WATCHED
            ),
            file_watcher::HINT,
        ),
        Ok(()) if file_watcher::is_remote(&paths.config_file) => Finding::pass(
            check,
            "the configuration is on a network disk: changes made on another machine take effect at the next poll",
        ),
        Ok(()) => Finding::pass(check, "configuration changes take effect at once"),
    }
}

fn data(paths: &Paths) -> Finding {
    let check = "data folder";
    let path = paths.data_dir.display();
    // A diagnosis must not create the folder: the tray does.
    let there = paths.data_dir.ancestors().find(|folder| folder.exists()).unwrap_or(&paths.data_dir);
    let tried = private_file::try_write(there);
    let files =
        [paths.data_dir.clone(), paths.lock_file(), paths.history_file(), ipc::socket_path(&paths.data_dir)];
    let found = files.iter().find_map(|file| Some((file.display(), folder_problem(file)?)));
    match (tried, found) {
        (_, Some((file, (what, hint)))) => Finding::fail(check, format!("{file}: {what}"), hint),
        (Ok(()), None) if there == paths.data_dir => Finding::pass(check, format!("{path}: writable")),
        (Ok(()), None) => Finding::pass(check, format!("{path}: does not exist yet and can be created")),
        (Err(error), None) => {
            let hint = match error.kind() {
                _ if private_file::is_full(&error) => "free some disk space",
                ErrorKind::ReadOnlyFilesystem => {
                    "remount its disk writable, or set LINODE_BANDWIDTH_DATA_DIR to a writable folder"
                }
                _ => "make it writable for yourself, or set LINODE_BANDWIDTH_DATA_DIR to a writable folder",
            };
            Finding::fail(check, format!("{path}: {}", private_file::in_words(&error)), hint)
        }
    }
}

/// A problem with the owner or the permissions, and its fix.
fn folder_problem(path: &Path) -> Option<(String, String)> {
    private_file::ownership_problem(path).map(|problem| in_words(problem, path))
}

fn in_words(problem: OwnershipProblem, path: &Path) -> (String, String) {
    let shown = path.display();
    match problem {
        OwnershipProblem::Foreign => (
            "it belongs to another user".to_owned(),
            format!("as root, take it back: chown -R YOUR-NAME '{shown}'"),
        ),
        OwnershipProblem::Open => (
            "other users may write to it".to_owned(),
            format!("remove their permission: chmod go-w '{shown}'"),
        ),
    }
}

fn history(paths: &Paths) -> Finding {
    let check = "history";
    let path = paths.history_file();
    match History::open_to_read(&path).and_then(|history| history.map(|h| h.load()).transpose()) {
        Ok(None) => Finding::pass(check, "nothing recorded yet: the tray creates it"),
        Ok(Some(_)) => Finding::pass(check, format!("{}: readable", path.display())),
        Err(error) => {
            let message = error.to_string();
            let message = message.strip_suffix(&format!("; {}", error.hint())).unwrap_or(&message);
            Finding::fail(check, message, error.hint())
        }
    }
}
