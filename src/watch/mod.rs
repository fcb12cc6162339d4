//! Changes of the world that are told of, not asked for.

pub mod config_file;
pub mod signals;
