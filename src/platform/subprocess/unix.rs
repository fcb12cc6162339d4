//! Kills a program with its process group.

use std::io;
use std::os::unix::process::CommandExt;

use rustix::process::{Pid, Signal};
use tokio::process::Command;

/// Starts the program in its own process group.
pub fn new_process_group(command: &mut Command) {
    command.process_group(0);
}

/// Lets the program outlive this one and ignore Ctrl-C in its terminal.
pub fn detach(command: &mut Command) {
    new_process_group(command);
}

/// Does nothing: programs have no console window here.
pub fn without_console(_: &mut Command) {}

/// Replaces this process, keeping its process ID, terminal and environment. Returns only on an error.
pub fn replace(mut command: std::process::Command) -> io::Result<u8> {
    Err(command.exec())
}

/// Kills the process group whose leader has the process ID `id`.
pub fn kill_process_group(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It may have ended in the meantime.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
}
