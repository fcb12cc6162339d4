//! Kills only the program itself, not its descendants.

use std::io;
use std::process::Stdio;

use tokio::process::Command;

/// `CREATE_NO_WINDOW`: runs a console program without a visible console.
const NO_WINDOW: u32 = 0x0800_0000;

/// `DETACHED_PROCESS`: gives the program no console, not even a hidden one, which would be an extra process.
const DETACHED: u32 = 0x0000_0008;

/// Lets the program outlive this one. It has no console that could be closed.
pub fn detach(command: &mut Command) {
    command.creation_flags(DETACHED);
}

/// Only prevents a console window: Windows has no process groups.
pub fn new_process_group(command: &mut Command) {
    command.creation_flags(NO_WINDOW);
}

/// Starts the program without a console window and without output: this process may have invalid standard
/// handles, which can't be inherited.
pub fn without_console(command: &mut Command) {
    command.creation_flags(NO_WINDOW).stdout(Stdio::null()).stderr(Stdio::null());
}

/// Runs the program, forwards its errors and returns its exit code: Windows can't replace a process, and a
/// program of the GUI subsystem has no console.
pub fn replace(mut command: std::process::Command) -> io::Result<u8> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut said) = child.stderr.take() {
        // Wait for the end of the stream even if the copy fails.
        let _ = io::copy(&mut said, &mut io::stderr().lock());
    }
    let code = child.wait()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Does nothing: `kill_on_drop` kills the program by its handle.
pub fn kill_process_group(_: u32) {}

#[cfg(test)]
mod tests {
    use std::env;
    use std::ptr;

    use tokio::process::Command;
    use windows_sys::Win32::System::Console::{STD_ERROR_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle};

    use super::without_console;

    #[tokio::test]
    async fn starts_a_program_without_standard_handles() {
        let mut child = Command::new(env::current_exe().unwrap());
        let child = child.args([
            "--exact",
            "--ignored",
            "platform::subprocess::windows::tests::without_standard_handles",
        ]);
        assert!(child.status().await.unwrap().success());
    }

    #[tokio::test]
    #[ignore = "the process that the test before this one starts"]
    async fn without_standard_handles() {
        for stream in [STD_OUTPUT_HANDLE, STD_ERROR_HANDLE] {
            // SAFETY: it stores the value. Uses of the invalid handle fail.
            #[allow(unsafe_code)]
            unsafe {
                SetStdHandle(stream, ptr::without_provenance_mut(0xdead_0000));
            }
        }
        let mut program = Command::new(env::current_exe().unwrap());
        program.arg("--list");
        assert!(program.status().await.is_err(), "the handles are good ones here");
        without_console(&mut program);
        assert!(program.status().await.unwrap().success());
    }
}
