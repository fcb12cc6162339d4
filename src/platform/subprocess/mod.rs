//! Runs a program without a shell and without input, for a limited time, and never leaves it behind.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, ChildStderr, ChildStdout, Command};

pub use system::without_console;

/// Replaces this program by `command` where the system can do that; otherwise runs it to its end and returns its exit code.
///
/// # Errors
/// When it can't be started.
pub fn replace(command: std::process::Command) -> io::Result<u8> {
    system::replace(command)
}

/// Lets the program outlive this one and ignore Ctrl-C in this one's terminal.
pub fn detach(command: &mut Command) {
    system::new_process_group(command);
}

/// Why a program did not do its work. It never contains what the program printed.
#[derive(Debug, thiserror::Error)]
pub enum SubprocessError {
    /// The command names no program.
    #[error("it is empty")]
    Empty,
    /// It is missing, or is not a program.
    #[error("{program} can't be run: {source}")]
    CantRun {
        /// The program.
        program: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// It took too long, and was killed.
    #[error("{program} did not end within {} s", limit.as_secs_f32())]
    TooLong {
        /// The program.
        program: String,
        /// How long it may take.
        limit: Duration,
    },
    /// It failed, or was killed by somebody else.
    #[error("{program} ended with {status}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: std::process::ExitStatus,
    },
}

/// A running program. Dropping it kills the program with all that it started.
pub struct ChildProcess {
    child: Child,
    program: String,
}

impl ChildProcess {
    /// Starts `command`, a program and its arguments, with its standard output piped; `prepare` may change the rest.
    ///
    /// # Errors
    /// [`SubprocessError`] when there is no such program.
    pub fn start(
        command: &[String],
        prepare: impl FnOnce(&mut Command),
    ) -> Result<ChildProcess, SubprocessError> {
        let (program, arguments) = command.split_first().ok_or(SubprocessError::Empty)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.kill_on_drop(true);
        system::new_process_group(&mut command);
        prepare(&mut command);
        let program = program.clone();
        match command.spawn() {
            Ok(child) => Ok(ChildProcess { child, program }),
            Err(source) => Err(SubprocessError::CantRun { program, source }),
        }
    }

    /// Its standard output.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Its standard error, where `prepare` asked for it.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits for `reading`, which reads the output, and then for the program.
    ///
    /// # Errors
    /// [`SubprocessError`] when it fails, or has not ended within `limit`: it is killed then, with all that it started, even
    /// if it has ended and left something behind that still prints.
    pub async fn wait(
        mut self,
        limit: Duration,
        reading: impl Future<Output = ()>,
    ) -> Result<(), SubprocessError> {
        // One after the other: the process ID is its own until it is waited for.
        let ended = async {
            reading.await;
            self.child.wait().await
        };
        let ended = tokio::time::timeout(limit, ended).await;
        let program = self.program.clone();
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(SubprocessError::Failed { program, status }),
            Ok(Err(source)) => Err(SubprocessError::CantRun { program, source }),
            Err(_) => {
                self.kill_process_group();
                let _ = self.child.kill().await;
                Err(SubprocessError::TooLong { program, limit })
            }
        }
    }

    /// Only while it can be waited for: its ID may be another process's after that.
    fn kill_process_group(&self) {
        if let Some(id) = self.child.id() {
            system::kill_process_group(id);
        }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill_process_group();
    }
}
