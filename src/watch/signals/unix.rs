//! Signals: Ctrl-C, the end of the session, a terminal that goes.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Returns when the program is to end.
///
/// # Errors
/// When the signals can't be caught.
pub async fn ended() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}
