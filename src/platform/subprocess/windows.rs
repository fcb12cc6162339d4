//! Only the program itself is killed, not what it started.

use std::io;
use std::process::Stdio;

use tokio::process::Command;

/// `CREATE_NO_WINDOW`: a console program runs without a visible console.
const NO_WINDOW: u32 = 0x0800_0000;

/// There are no process groups; but no console window may flash up.
pub fn new_process_group(command: &mut Command) {
    command.creation_flags(NO_WINDOW);
}

/// Has no console window come with the program, and gives it no output: this process may have been started with handles
/// that are none, which cannot be handed on.
pub fn without_console(command: &mut Command) {
    command.creation_flags(NO_WINDOW).stdout(Stdio::null()).stderr(Stdio::null());
}

/// No program can take another's place here, and one of the GUI subsystem has no console: this one waits for it, and hands
/// on what it says.
pub fn replace(mut command: std::process::Command) -> io::Result<u8> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut said) = child.stderr.take() {
        // Its end is waited for, whether anybody reads or not.
        let _ = io::copy(&mut said, &mut io::stderr().lock());
    }
    let code = child.wait()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// The program itself is killed by its handle.
pub fn kill_process_group(_: u32) {}

#[cfg(test)]
mod tests {
    use std::env;
    use std::ptr;

    use tokio::process::Command;
    use windows_sys::Win32::System::Console::{STD_ERROR_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle};

    use super::without_console;

    #[tokio::test]
    async fn a_program_is_started_by_a_process_whose_standard_handles_are_none() {
        let mut child = Command::new(env::current_exe().unwrap());
        let child = child.args([
            "--exact",
            "--ignored",
            "platform::subprocess::windows::tests::with_handles_that_are_none",
        ]);
        assert!(child.status().await.unwrap().success());
    }

    #[tokio::test]
    #[ignore = "the process that the test before this one starts"]
    async fn with_handles_that_are_none() {
        for stream in [STD_OUTPUT_HANDLE, STD_ERROR_HANDLE] {
            // SAFETY: it stores the value. What uses it as a handle is told that it is none.
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
