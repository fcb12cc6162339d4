//! Tools for the desktop tests: a program with its own files, its icon and menu on the bus, a monitor of the bus, and
//! the screen.

pub mod bus;
pub mod display;
pub mod isolated_session;
pub mod item;
pub mod keyring;
pub mod mounts;
pub mod parts;
pub mod program;
pub mod running;
pub mod screen;
pub mod watch;

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The time limit for what happens immediately, with room for a busy machine. A wait ends with its event.
pub const SOON: Duration = Duration::from_secs(120);

/// Waits until `found` returns something.
pub fn until_within<T>(patience: Duration, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(start.elapsed() < patience, "{what}: not within {patience:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The same with the time limit [`SOON`].
pub fn until<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    until_within(SOON, what, found)
}

/// Runs a tool of the desktop. Returns its standard output.
pub fn tool(program: &str, arguments: &[&str]) -> Vec<u8> {
    let Output { status, stdout, stderr } = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    stdout
}

/// Runs a tool of the desktop. Returns its standard output as text.
pub fn said(program: &str, arguments: &[&str]) -> String {
    String::from_utf8_lossy(&tool(program, arguments)).trim_end().to_owned()
}
