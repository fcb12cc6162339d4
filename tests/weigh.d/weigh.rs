//! Weighs the built program: see `tests/weigh`, which starts this inside a desktop of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[cfg(target_os = "linux")]
mod api;
#[cfg(target_os = "linux")]
mod host;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod process;

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}
