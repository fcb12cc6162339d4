//! A process group of its own, which is killed as a whole.

use std::io;
use std::os::unix::process::CommandExt;

use rustix::process::{Pid, Signal};
use tokio::process::Command;

/// Puts the program, and what it starts, into a process group.
pub fn new_process_group(command: &mut Command) {
    command.process_group(0);
}

/// A program gets no console window here.
pub fn without_console(_: &mut Command) {}

/// The other program gets this one's number, its terminal and all that it was started with; returns only when it can't be
/// started.
pub fn replace(mut command: std::process::Command) -> io::Result<u8> {
    Err(command.exec())
}

/// Kills the process group of the program with the process ID `id`.
pub fn kill_process_group(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It may have ended in between.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
}
