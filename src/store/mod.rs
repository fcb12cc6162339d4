//! What is kept: the configuration file, the tokens, the history.

pub mod config;
pub mod history;
pub mod keyring;
pub mod paths;
pub mod private_file;
