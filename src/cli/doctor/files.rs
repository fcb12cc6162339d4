//! The configuration, the data folder and the history file.

use super::Finding;
use crate::domain::config::Config;
use crate::store::config::ConfigError;
use crate::store::history::History;
use crate::store::paths::Paths;

/// Looks at the files.
pub fn look(paths: &Paths, config: &Result<Config, ConfigError>) -> Vec<Finding> {
    vec![configuration(paths, config), data(paths), history(paths)]
}

fn configuration(paths: &Paths, config: &Result<Config, ConfigError>) -> Finding {
    let check = "configuration";
    let path = paths.config_file.display();
    match config {
        Err(error) => Finding::wrong(check, error.to_string(), "mend the file; until then nothing is polled"),
        Ok(config) if config.accounts.is_empty() => {
            let message = format!("{path}: no account");
            Finding::wrong(check, message, "add one with `linode-bandwidth accounts add NAME`")
        }
        Ok(config) => Finding::good(check, format!("{path}: reads, accounts: {}", config.accounts.len())),
    }
}

fn data(paths: &Paths) -> Finding {
    let check = "data folder";
    let path = paths.data_dir.display();
    let tried = paths.create_data_dir().and_then(|folder| tempfile::tempfile_in(folder).map(drop));
    match tried {
        Ok(()) => Finding::good(check, format!("{path}: can be written")),
        Err(error) => {
            let mend = "make it yours to write, or set LINODE_BANDWIDTH_DATA_DIR to a folder that is";
            Finding::wrong(check, format!("{path}: {error}"), mend)
        }
    }
}

fn history(paths: &Paths) -> Finding {
    let check = "history";
    let path = paths.history_file();
    match History::open_to_read(&path).and_then(|history| history.map(|h| h.kept()).transpose()) {
        Ok(None) => Finding::good(check, "nothing kept yet: the tray begins it"),
        Ok(Some(_)) => Finding::good(check, format!("{}: reads", path.display())),
        Err(error) => {
            let mend =
                "move the file away and start the tray again; what it held is then gone from the figures";
            Finding::wrong(check, error.to_string(), mend)
        }
    }
}
