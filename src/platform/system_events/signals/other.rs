//! Ctrl-C.

use std::io;

/// Returns when the program is to end.
///
/// # Errors
/// When Ctrl-C can't be caught.
pub async fn ended() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
