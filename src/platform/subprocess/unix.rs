//! A process group of its own, which is ended as a whole.

use std::io;
use std::os::unix::process::CommandExt;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

/// Puts the program, and what it starts, into a group.
pub fn own_group(command: &mut Command) {
    command.process_group(0);
}

/// No window comes with a program.
pub fn without_console(_: &mut Command) {}

/// The other program gets this one's number, its terminal and all that it was started with; returns only when it can't be
/// started.
pub fn replace(mut command: std::process::Command) -> io::Result<u8> {
    Err(command.exec())
}

/// Ends the group of the program with the process number `id`.
pub fn end_group(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It may have ended by itself in between.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
