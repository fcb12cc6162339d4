//! What is kept on disk.

pub mod config;
pub mod paths;
pub mod private_file;
