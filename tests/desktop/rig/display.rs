//! An X server of a test's own, with nothing on it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The server; it ends with its value.
pub struct Display {
    server: Child,
    /// It ends when nobody can hear it.
    _says: BufReader<ChildStdout>,
    name: String,
}

impl Display {
    /// Starts one at a place that is free.
    pub fn start() -> Display {
        Display::with(&["-displayfd", "1"])
    }

    /// Starts one where another one was.
    pub fn start_again(name: &str) -> Display {
        Display::with(&[name, "-displayfd", "1"])
    }

    fn with(options: &[&str]) -> Display {
        let mut server = Command::new("Xvfb")
            .args(options)
            .args(["-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It says its number when it listens.
        let mut number = String::new();
        let mut says = BufReader::new(server.stdout.take().unwrap());
        says.read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb {options:?} has ended");
        Display { server, _says: says, name: format!(":{}", number.trim()) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ends it, and says where it was.
    pub fn end(self) -> String {
        self.name.clone()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // As a login manager does: one that is killed leaves its lock behind.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}
