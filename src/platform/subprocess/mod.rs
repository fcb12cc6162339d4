//! A program of the user's: run without a shell and without input, for so long at most, and never left behind.

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

/// Has `command` take this program's place, where the system can do that, or runs it to its end; its exit code.
///
/// # Errors
/// When it can't be started.
pub fn replace(command: std::process::Command) -> io::Result<u8> {
    system::replace(command)
}

/// Lets the program outlive this one, and what is typed on its terminal.
pub fn detached(command: &mut Command) {
    system::own_group(command);
}

/// Why a program did not do its work. What it printed is in none of them.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is no program in the list of words.
    #[error("it is empty")]
    Empty,
    /// It is missing, or not one.
    #[error("{program} can't be run: {source}")]
    CantRun {
        /// The program.
        program: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It took too long, and was ended.
    #[error("{program} did not end within {} s", limit.as_secs_f32())]
    TooLong {
        /// The program.
        program: String,
        /// How long it may take.
        limit: Duration,
    },
    /// It says itself that it failed, or was ended by somebody else.
    #[error("{program} ended with {status}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: std::process::ExitStatus,
    },
}

/// A program that runs. Dropped before its end it is ended, with all that it started.
pub struct Running {
    child: Child,
    program: String,
}

impl Running {
    /// Starts `command`, a program and its arguments. Its standard output is to be read; `prepare` may add to that.
    ///
    /// # Errors
    /// [`ProgramError`] when there is no such program.
    pub fn start(command: &[String], prepare: impl FnOnce(&mut Command)) -> Result<Running, ProgramError> {
        let (program, arguments) = command.split_first().ok_or(ProgramError::Empty)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.kill_on_drop(true);
        system::own_group(&mut command);
        prepare(&mut command);
        let program = program.clone();
        match command.spawn() {
            Ok(child) => Ok(Running { child, program }),
            Err(source) => Err(ProgramError::CantRun { program, source }),
        }
    }

    /// What it prints.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// What it prints on standard error, where `prepare` asked for it.
    pub fn errors(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits until `reading`, which reads what it prints, has ended, and then for its end.
    ///
    /// # Errors
    /// [`ProgramError`] when it fails, or has not ended within `limit`: it is ended then, with all that it started, also
    /// where it has ended itself and left something behind that still prints.
    pub async fn end(
        mut self,
        limit: Duration,
        reading: impl Future<Output = ()>,
    ) -> Result<(), ProgramError> {
        // One after the other: the number of the group is its own until it is waited for.
        let ended = async {
            reading.await;
            self.child.wait().await
        };
        let ended = tokio::time::timeout(limit, ended).await;
        let program = self.program.clone();
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(ProgramError::Failed { program, status }),
            Ok(Err(source)) => Err(ProgramError::CantRun { program, source }),
            Err(_) => {
                self.end_group();
                let _ = self.child.kill().await;
                Err(ProgramError::TooLong { program, limit })
            }
        }
    }

    /// Only while it is there to be waited for: its number may be somebody else's after that.
    fn end_group(&self) {
        if let Some(id) = self.child.id() {
            system::end_group(id);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end_group();
    }
}
