//! Termination signals.

use std::io;

/// Returns on Ctrl-C; on Unix also on SIGTERM and SIGHUP, on Windows also when the console is closed or the system shuts
/// down.
///
/// # Errors
/// If the signals can't be caught.
pub async fn termination() -> io::Result<()> {
    #[cfg(unix)]
    return unix::termination().await;
    #[cfg(windows)]
    return windows::termination().await;
}

#[cfg(windows)]
mod windows {
    use std::io;

    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

    pub(super) async fn termination() -> io::Result<()> {
        let (mut interrupt, mut pause) = (ctrl_c()?, ctrl_break()?);
        // Windows ends the process a few seconds after these.
        let (mut close, mut log_off, mut shut_down) = (ctrl_close()?, ctrl_logoff()?, ctrl_shutdown()?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = pause.recv() => {}
            _ = close.recv() => {}
            _ = log_off.recv() => {}
            _ = shut_down.recv() => {}
        }
        Ok(())
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::mem::MaybeUninit;
    use std::ptr;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) async fn termination() -> io::Result<()> {
        let mut interrupt = caught(SignalKind::interrupt())?;
        let mut terminate = caught(SignalKind::terminate())?;
        let mut hang_up = caught(SignalKind::hangup())?;
        tokio::select! {
            () = next(&mut interrupt) => {}
            () = next(&mut terminate) => {}
            () = next(&mut hang_up) => {}
        }
        Ok(())
    }

    /// A stream of the signal; `None` if it was ignored at the start, as under `nohup`, and must stay so.
    fn caught(kind: SignalKind) -> io::Result<Option<Signal>> {
        if is_ignored(kind)? { Ok(None) } else { signal(kind).map(Some) }
    }

    async fn next(signal: &mut Option<Signal>) {
        match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    #[allow(unsafe_code)]
    fn is_ignored(kind: SignalKind) -> io::Result<bool> {
        let mut now = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: without a new action it changes nothing and writes the current one to the given value.
        if unsafe { libc::sigaction(kind.as_raw_value(), ptr::null(), now.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call succeeded, so it wrote the value.
        Ok(unsafe { now.assume_init() }.sa_sigaction == libc::SIG_IGN)
    }
}
