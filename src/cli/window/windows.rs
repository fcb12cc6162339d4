//! No program can take another's place here, and one of the GUI subsystem has no console: this one waits for it, and hands
//! on what it says.

use std::io;
use std::process::{Command, Stdio};

/// Runs it to its end; its exit code.
pub fn run(mut command: Command) -> io::Result<u8> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut said) = child.stderr.take() {
        // Its end is waited for, whether anybody reads or not.
        let _ = io::copy(&mut said, &mut io::stderr().lock());
    }
    let code = child.wait()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
