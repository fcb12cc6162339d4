//! The window: a program of its own, which the tray and `linode-bandwidth window` start. All of it is in the library.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(linode_bandwidth::cli::run_window())
}
