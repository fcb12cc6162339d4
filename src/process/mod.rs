//! What keeps the tokens in this process's memory from leaving it by the system's doors.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(unix))]
#[path = "other.rs"]
mod system;
#[cfg(all(unix, not(target_os = "linux")))]
#[path = "unix.rs"]
mod system;

use std::io;

#[cfg(target_os = "linux")]
pub use system::Seen;

/// Leaves no core dump behind, and, where the system can do that, lets no other process of the same user look into this
/// one. To be called before there is a token.
///
/// # Errors
/// When the system refuses; the program can run all the same.
pub fn harden() -> io::Result<()> {
    system::harden()
}
