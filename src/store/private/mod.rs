//! Files and folders that are their owner's alone.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use other::{create_dir, create_file};
#[cfg(unix)]
pub use unix::{create_dir, create_file};
