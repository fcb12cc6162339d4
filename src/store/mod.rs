//! What is kept: the configuration file, the tokens, the history.

pub mod history;
pub mod keyring;
pub mod private;
