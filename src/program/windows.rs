//! The program alone is ended, not what it started.

use tokio::process::Command;

/// `CREATE_NO_WINDOW`: its console, if it wants one, is not seen.
const NO_WINDOW: u32 = 0x0800_0000;

/// There is no group to put it into; but no window is to flash up for it.
pub fn own_group(command: &mut Command) {
    without_console(command);
}

/// Has no console window come with the program.
pub fn without_console(command: &mut Command) {
    command.creation_flags(NO_WINDOW);
}

/// The program itself is ended by its handle.
pub fn end_group(_: u32) {}
