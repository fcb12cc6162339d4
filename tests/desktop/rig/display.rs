//! An empty X server for a test.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::until;

/// The server. It ends when this is dropped.
pub struct Display {
    server: Child,
    /// The server ends when its standard output is closed.
    _says: BufReader<ChildStdout>,
    name: String,
}

impl Display {
    /// Starts a server with a new number, so that a tray that looks for an ended display does not find another test's.
    pub fn start() -> Display {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let first = 1000 + std::process::id() % 20000;
        let next = || format!(":{}", first + NEXT.fetch_add(1, Ordering::Relaxed));
        until("a display", || Display::at(&next()))
    }

    /// Starts a server with the number of an earlier one.
    pub fn start_again(name: &str) -> Display {
        Display::at(name).expect("its place is free")
    }

    fn at(name: &str) -> Option<Display> {
        let mut server = Command::new("Xvfb")
            .args([name, "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It prints its number when it listens.
        let mut number = String::new();
        let mut says = BufReader::new(server.stdout.take().unwrap());
        says.read_line(&mut number).unwrap();
        if number.trim().is_empty() {
            server.wait().unwrap();
            return None;
        }
        Some(Display { server, _says: says, name: name.to_owned() })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends it. Returns its name.
    pub fn end(self) -> String {
        self.name.clone()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Like a login manager does; a killed server leaves its lock behind.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}
