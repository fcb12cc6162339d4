//! The running programs: tray, exporter, window.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use super::item::{self, Item};
use super::program::TestDesktop;
use super::{until, until_within};

/// The running tray. It is killed when this is dropped.
pub struct Tray<'a> {
    pub(super) desk: &'a TestDesktop,
    pub(super) process: Child,
}

impl Tray<'_> {
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Its icon, once the panel has it.
    pub fn item(&self) -> Item {
        item::wait_for(&self.desk.bus, self.pid())
    }

    /// Its icon, once its title is `title`.
    pub fn showing(&self, title: &str) -> Item {
        self.showing_within(super::SOON, title)
    }

    /// The same with another time limit.
    pub fn showing_within(&self, patience: Duration, title: &str) -> Item {
        let item = self.item();
        let mut last = String::new();
        let shown = || {
            last = item.title();
            (last == title).then_some(())
        };
        until_within(patience, &format!("the title {title:?}"), shown);
        item
    }

    /// Its child processes whose end it has not noticed yet.
    pub fn children(&self) -> Vec<u32> {
        let listed =
            Command::new("ps").args(["-o", "pid=", "--ppid", &self.pid().to_string()]).output().unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        listed.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Its window, once it is on the screen.
    pub fn window(&self) -> AppWindow {
        // Wait long enough for software rendering.
        until("the window", || self.children().into_iter().find_map(AppWindow::of))
    }

    /// Waits until all of its children have ended and it has noticed.
    pub fn alone(&self) {
        until("the end of what it has started", || self.children().is_empty().then_some(()));
    }

    /// Waits until one child is left.
    pub fn only_child(&self) {
        until("the end of all but one", || (self.children().len() == 1).then_some(()));
    }

    pub fn signal(&self, name: &str) {
        super::tool("kill", &[name, &self.pid().to_string()]);
    }

    /// Its exit status, if it has ended.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    /// Waits for its end, which must come soon. Another test checks how soon.
    pub fn ended(mut self) -> ExitStatus {
        until("the tray's end", || self.process.try_wait().unwrap())
    }

    /// Ends it like the end of a session.
    pub fn quit(self) {
        self.signal("-TERM");
        assert!(self.ended().success());
    }
}

impl Drop for Tray<'_> {
    fn drop(&mut self) {
        put_down(self.desk, &mut self.process);
    }
}

/// The running exporter. It is killed when this is dropped.
pub struct Exporter<'a> {
    pub(super) desk: &'a TestDesktop,
    pub(super) process: Child,
    pub(super) address: String,
}

impl Exporter<'_> {
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until the metrics contain `text`. Returns all metrics.
    pub fn showing(&self, text: &str) -> String {
        until(&format!("{text:?} among the figures"), || {
            let mut peer = TcpStream::connect(&self.address).ok()?;
            peer.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
            let mut answer = String::new();
            peer.read_to_string(&mut answer).ok()?;
            answer.contains(text).then_some(answer)
        })
    }

    /// Ends it like a service manager.
    pub fn quit(mut self) {
        super::tool("kill", &["-TERM", &self.pid().to_string()]);
        let ended = until("the exporter's end", || self.process.try_wait().unwrap());
        assert!(ended.success(), "{}", self.desk.log());
    }
}

impl Drop for Exporter<'_> {
    fn drop(&mut self) {
        put_down(self.desk, &mut self.process);
    }
}

/// The program's window on the screen.
pub struct AppWindow {
    pub pid: u32,
    id: String,
}

impl AppWindow {
    /// The window of this process, if it is on the screen.
    pub fn of(pid: u32) -> Option<AppWindow> {
        let of = pid.to_string();
        let words = ["search", "--onlyvisible", "--all", "--pid", &of, "--name", "Linode Bandwidth"];
        let found = Command::new("xdotool").args(words).output().unwrap();
        let id = String::from_utf8_lossy(&found.stdout).lines().next()?.to_owned();
        Some(AppWindow { pid, id })
    }

    /// Its title.
    pub fn title(&self) -> String {
        let found = Command::new("xdotool").args(["getwindowname", &self.id]).output().unwrap();
        String::from_utf8_lossy(&found.stdout).trim_end().to_owned()
    }

    /// Gives it the focus.
    pub fn activate(&self) {
        super::tool("xdotool", &["windowactivate", "--sync", &self.id]);
    }

    /// Clicks at this position in it.
    pub fn click(&self, (x, y): (i32, i32), button: &str) {
        let (x, y) = (x.to_string(), y.to_string());
        super::tool("xdotool", &["mousemove", "--window", &self.id, &x, &y, "click", button]);
    }

    /// Closes it like its close button.
    pub fn close(&self) {
        super::tool("wmctrl", &["-ic", &format!("{:#x}", self.id.parse::<u64>().unwrap())]);
    }

    /// Its pixels, three bytes each.
    pub fn pixels(&self) -> Vec<u8> {
        self.picture("rgb:-")
    }

    /// Saves a screenshot of it in `target/screenshots`.
    pub fn keep(&self, name: &str) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/screenshots");
        fs::create_dir_all(folder).unwrap();
        self.picture(&format!("{folder}/{name}.png"));
    }

    /// The X server has no picture of a window while the window manager frames or moves it.
    fn picture(&self, to: &str) -> Vec<u8> {
        super::until("a picture of the window", || {
            let import = ["-silent", "-window", &self.id, "-depth", "8", to];
            let taken = Command::new("import").args(import).output().unwrap();
            taken.status.success().then_some(taken.stdout)
        })
    }
}

/// Kills the process. Prints its log if the test failed.
fn put_down(desk: &TestDesktop, process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
    if std::thread::panicking() {
        eprintln!("{}", desk.log());
    }
}
