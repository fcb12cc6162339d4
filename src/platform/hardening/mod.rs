//! What keeps the tokens in this process's memory from leaving it by the system's doors.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(unix))]
mod other;
#[cfg(all(unix, not(target_os = "linux")))]
mod unix;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(unix))]
use other as system;
#[cfg(all(unix, not(target_os = "linux")))]
use unix as system;

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
