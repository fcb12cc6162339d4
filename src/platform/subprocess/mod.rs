//! Runs programs without a shell or input, with a time limit, and kills what remains.

#[cfg(any(target_os = "macos", all(test, unix)))]
mod search_path;
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

/// Replaces this process by `command` if the system can; otherwise runs it and returns its exit code.
///
/// # Errors
/// If it can't be started.
pub fn replace(command: std::process::Command) -> io::Result<u8> {
    system::replace(command)
}

/// Lets the program outlive this one, without its terminal's Ctrl-C.
pub fn detach(command: &mut Command) {
    system::detach(command);
}

/// Why a program failed. Never contains the program's output.
#[derive(Debug, thiserror::Error)]
pub enum SubprocessError {
    #[error("it is empty")]
    Empty,
    /// It is missing or not executable.
    #[error("{program} can't be run: {source}")]
    CantRun { program: String, source: std::io::Error },
    /// It exceeded the limit and was killed.
    #[error("{program} did not end within {} s", limit.as_secs_f32())]
    TooLong { program: String, limit: Duration },
    /// It returned an error, or another process killed it.
    #[error("{program} ended with {status}")]
    Failed { program: String, status: std::process::ExitStatus },
}

/// A running program. Dropping this kills it and its descendants in its process group.
pub struct ChildProcess {
    child: Child,
    program: String,
}

impl ChildProcess {
    /// Starts `command`, a program and its arguments, with its standard output piped. `prepare` may change the
    /// other options.
    ///
    /// # Errors
    /// [`SubprocessError`] if the program can't be started.
    pub fn start(
        command: &[String],
        prepare: impl FnOnce(&mut Command),
    ) -> Result<ChildProcess, SubprocessError> {
        let (program, arguments) = command.split_first().ok_or(SubprocessError::Empty)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.kill_on_drop(true);
        system::new_process_group(&mut command);
        #[cfg(target_os = "macos")]
        if let Some(path) = search_path::with_package_managers(std::env::var_os("PATH").as_deref()) {
            command.env("PATH", path);
        }
        prepare(&mut command);
        let program = program.clone();
        match command.spawn() {
            Ok(child) => Ok(ChildProcess { child, program }),
            Err(source) => Err(SubprocessError::CantRun { program, source }),
        }
    }

    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Its standard error, if `prepare` piped it.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits for `reading`, which reads the output, then for the program.
    ///
    /// # Errors
    /// [`SubprocessError`] if the program fails or exceeds `limit`. A timeout kills its process group, even if
    /// the program itself has ended but a descendant still has the output open.
    pub async fn wait(
        mut self,
        limit: Duration,
        reading: impl Future<Output = ()>,
    ) -> Result<(), SubprocessError> {
        // In this order: the process ID stays reserved until the program is waited for.
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

    /// Only before the program is waited for: after that, its ID may belong to another process.
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
