//! The program, with files, an API and accounts of its own.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::OpenFlags;
use tempfile::TempDir;
use zbus::blocking::Connection;

use super::isolated_session::Session;
use super::running::{Exporter, Tray};
use super::until;
use super::watch::{Notified, Watch};
use super::{bus, parts};
use crate::support::server::{Reply, Server};

/// The program with the tray and the commands, and the one with the window.
pub const PROGRAMS: [&str; 2] =
    [env!("CARGO_BIN_EXE_linode-bandwidth"), env!("CARGO_BIN_EXE_linode-bandwidth-window")];

/// Made up, with the form of a real one.
pub const TOKEN: &str = "125dd267f6bd6e65a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718";
/// Another one.
pub const NEW_TOKEN: &str = "e0d6f23480ed2ba7a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718";

const TRANSFER: &str = "/account/transfer";

/// Most tests share the desktop. One that ends a part of it, or uses the pointer, has it alone.
static DESKTOP: RwLock<()> = RwLock::new(());

enum Turn {
    Shared {
        _turn: RwLockReadGuard<'static, ()>,
    },
    Alone {
        _turn: RwLockWriteGuard<'static, ()>,
    },
    /// It has a session of its own.
    Apart(Session),
}

/// A user's machine: files, an API, and what goes over the bus.
pub struct TestDesktop {
    pub bus: Connection,
    pub watch: Watch,
    pub api: Server,
    folder: TempDir,
    ids: String,
    turn: Turn,
}

/// The memory that a process has for itself, in KiB: what it shares with others depends on how many they are.
pub fn memory(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = rollup.lines().find(|line| line.starts_with("Pss_Anon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The answer for so many GB used.
pub fn transfer(used: u64, quota: u64) -> Reply {
    let billable = used.saturating_sub(quota);
    let body =
        format!(r#"{{"used": {used}, "quota": {quota}, "billable": {billable}, "region_transfers": []}}"#);
    Reply::json(200, body).header("X-OAuth-Scopes", "account:read_only")
}

/// What gives a program a clock of its own.
fn clock_library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().filter_map(Result::ok);
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    libraries.find(|library| library.exists()).expect("libfaketime: tests/run installs it")
}

/// The answer to a token that the API does not know.
pub fn refusal() -> Reply {
    Reply::json(401, r#"{"errors": [{"reason": "Invalid Token"}]}"#)
}

/// The screen of the desktop that tests share, for a moment of a test that is apart: nobody types or clicks there
/// meanwhile.
pub fn screen() -> impl Sized {
    DESKTOP.write().unwrap_or_else(PoisonError::into_inner)
}

impl TestDesktop {
    /// A machine beside others.
    pub fn shared() -> TestDesktop {
        TestDesktop::new(Turn::Shared { _turn: DESKTOP.read().unwrap_or_else(PoisonError::into_inner) })
    }

    /// A machine with the desktop to itself.
    pub fn alone() -> TestDesktop {
        TestDesktop::new(Turn::Alone { _turn: DESKTOP.write().unwrap_or_else(PoisonError::into_inner) })
    }

    /// A machine with a session of its own, in which nothing is but what the test starts.
    pub fn apart() -> TestDesktop {
        TestDesktop::new(Turn::Apart(Session::start()))
    }

    /// The session of a machine that is apart.
    pub fn session(&self) -> &Session {
        match &self.turn {
            Turn::Apart(session) => session,
            _ => panic!("the session is everybody's"),
        }
    }

    /// Ends that session's bus.
    pub fn end_session(&self) {
        match &self.turn {
            Turn::Apart(session) => session.end(),
            _ => panic!("the session is everybody's"),
        }
    }

    fn new(turn: Turn) -> TestDesktop {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        assert!(
            std::env::var_os("DESKTOP_SESSION").is_some(),
            "these tests run on a desktop of their own: tests/run starts it"
        );
        let connect = || match &turn {
            Turn::Apart(session) => session.connect(),
            _ => Connection::session().unwrap(),
        };
        let bus = connect();
        let watch = Watch::on(connect(), bus.clone());
        let folder = tempfile::tempdir().unwrap();
        for part in ["config", "data", "home"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        let api = Server::start();
        let tokens = r#"{"data": [{"id": 1, "scopes": "account:read_only", "label": "tray", "token": "125dd267f6bd6e65",
            "created": "2026-01-02T03:04:05", "expiry": null}], "page": 1, "pages": 1, "results": 1}"#;
        api.answer("/profile/tokens", Reply::json(200, tokens));
        let ids = format!("desk{}", NEXT.fetch_add(1, Ordering::Relaxed));
        TestDesktop { bus, watch, api, folder, ids, turn }
    }

    /// Where all of its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder().join("data")
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder().join("config/config.toml")
    }

    /// What the program has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// Answers transfer requests so from now on.
    pub fn used(&self, used: u64, quota: u64) {
        self.api.answer(TRANSFER, transfer(used, quota));
    }

    /// Answers transfer requests so from now on.
    pub fn answer(&self, reply: Reply) {
        self.api.answer(TRANSFER, reply);
    }

    /// Sets the clock of what is started after the first call, and of nothing else, to `time` (`2026-11-30T20:00:00Z`).
    pub fn set_clock(&self, time: &str) {
        let ahead = time.parse::<Timestamp>().unwrap().as_second() - Timestamp::now().as_second();
        let new = self.folder().join("clock.new");
        fs::write(&new, format!("{ahead:+}\n")).unwrap();
        fs::rename(new, self.clock_file()).unwrap();
    }

    fn clock_file(&self) -> PathBuf {
        self.folder().join("clock")
    }

    /// How many transfer requests have come.
    pub fn asked(&self) -> usize {
        self.api.requests().iter().filter(|request| request.path() == TRANSFER).count()
    }

    /// Writes the configuration: `settings`, then an entry for each name. Alerts of what is to come are off unless they
    /// are set: they depend on the day of the month.
    pub fn configure(&self, settings: &str, names: &[&str]) {
        let entry = |(at, name): (usize, &&str)| {
            format!("\n[[accounts]]\nid = \"{}\"\nname = \"{name}\"\n", self.id(at))
        };
        let entries: String = names.iter().enumerate().map(entry).collect();
        let off = if settings.contains("forecast_alert") { "" } else { "forecast_alert = false\n" };
        fs::write(self.config_file(), format!("{off}{settings}\n{entries}")).unwrap();
    }

    /// The same, and each entry has its token, `TOKEN`, from a command: there is no keyring in a session of one's own.
    pub fn by_command(&self, settings: &str, names: &[&str]) {
        self.configure(settings, names);
        let config = fs::read_to_string(self.config_file()).unwrap();
        let command = format!("token_command = [\"cat\", \"{}\"]\n", self.folder().join("token").display());
        fs::write(self.folder().join("token"), TOKEN).unwrap();
        fs::write(self.config_file(), config.replace("\nname = ", &format!("\n{command}name = "))).unwrap();
    }

    /// The id of an entry of [`TestDesktop::configure`]: one of this test's own, as the keyring is shared.
    pub fn id(&self, at: usize) -> String {
        format!("{}-{at}", self.ids)
    }

    /// An account Acme, with `TOKEN` in the keyring.
    pub fn with_acme() -> TestDesktop {
        let desk = TestDesktop::shared();
        desk.acme();
        desk
    }

    /// Configures an account Acme, with `TOKEN` in the keyring.
    pub fn acme(&self) {
        self.configure("", &["Acme"]);
        self.give_token("Acme", TOKEN);
    }

    /// Puts an entry's token into the keyring, by the program.
    pub fn give_token(&self, name: &str, token: &str) {
        self.done(&["accounts", "token", name, "--token-stdin", "--no-verify"], token);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth"));
        self.surround(command.args(arguments));
        command
    }

    /// Has `command`, and what it starts, run on this machine.
    pub fn surround(&self, command: &mut Command) {
        command
            .env("LINODE_BANDWIDTH_CONFIG", self.config_file())
            .env("LINODE_BANDWIDTH_DATA_DIR", self.data_dir())
            .env("LINODE_BANDWIDTH_API_URL", self.api.url())
            .env("HOME", self.folder().join("home"))
            .env("XDG_CONFIG_HOME", self.folder().join("home/.config"))
            .env("RUST_LOG", "trace");
        if self.clock_file().exists() {
            command
                .env("LD_PRELOAD", clock_library())
                .env("FAKETIME_TIMESTAMP_FILE", self.clock_file())
                .envs([("FAKETIME_NO_CACHE", "1"), ("NO_FAKE_STAT", "1"), ("TZ", "UTC")])
                // What waits is to wait as long as ever.
                .envs([("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("DONT_FAKE_MONOTONIC", "1")]);
        }
        // On Wayland the X server is there for the tests only.
        if std::env::var_os("WAYLAND_DISPLAY").is_some() {
            command.env_remove("DISPLAY");
        }
        if let Turn::Apart(session) = &self.turn {
            command.env("DBUS_SESSION_BUS_ADDRESS", session.address()).env("XDG_CURRENT_DESKTOP", "GNOME");
            command.env_remove("DISPLAY").env("XDG_RUNTIME_DIR", self.folder());
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may have ended without reading: that is for the test to judge.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        // Read while it runs: a full pipe would hold it up.
        let read = |mut pipe: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                pipe.read_to_end(&mut bytes).map(|_| bytes)
            })
        };
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (stdout, stderr) = (read(Box::new(stdout)), read(Box::new(stderr)));
        // One that hangs is to fail, not to hold up all that wait for the desktop.
        let end = Instant::now() + Duration::from_secs(180);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("{arguments:?} does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let status = child.wait().unwrap();
        Output { status, stdout: stdout.join().unwrap().unwrap(), stderr: stderr.join().unwrap().unwrap() }
    }

    /// Runs a command that is to succeed; what it prints.
    pub fn done(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Has the tray poll, and waits until it has, whatever comes of it.
    pub fn refresh(&self) {
        let output = self.run(&["refresh"], "");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!error.starts_with("linode-bandwidth: "), "{error}");
    }

    /// What `status` says of the first account without asking the API.
    pub fn cached(&self) -> serde_json::Value {
        self.status(&["--cached"])
    }

    /// What `status` says of the first account.
    pub fn status(&self, arguments: &[&str]) -> serde_json::Value {
        let text = self.done(&[&["status", "--format", "json"], arguments].concat(), "");
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        report["accounts"][0].clone()
    }

    /// Waits until the tray has left the first account with so many GB used of so many: that is written a moment after it
    /// is shown.
    pub fn wait_for_figures(&self, used: u64, quota: u64) -> serde_json::Value {
        until(&format!("{used} of {quota} GB"), || {
            let left = |account: &serde_json::Value, key: &str| account[key].as_f64().map(|gb| gb as u64);
            let account = self.cached();
            let is_it = (left(&account, "used_gb"), left(&account, "quota_gb")) == (Some(used), Some(quota));
            is_it.then_some(account)
        })
    }

    /// Waits until the tray has left the first account in `state`.
    pub fn wait_for_state(&self, state: &str) -> serde_json::Value {
        until(state, || Some(self.cached()).filter(|account| account["state"] == state))
    }

    /// Starts the tray.
    pub fn tray(&self) -> Tray<'_> {
        self.tray_with(&[])
    }

    /// Starts the tray with these environment variables besides.
    pub fn tray_with(&self, variables: &[(&str, &str)]) -> Tray<'_> {
        self.tray_of(self.command(&["tray"]).envs(variables.iter().copied()))
    }

    /// Starts the tray by this command.
    pub fn tray_of(&self, command: &mut Command) -> Tray<'_> {
        Tray { desk: self, process: self.logged(command).spawn().unwrap() }
    }

    /// Starts the tray as a login does, with these environment variables besides.
    pub fn tray_at_login(&self, variables: &[(&str, &str)]) -> Tray<'_> {
        self.tray_of(self.command(&["tray", "--login"]).envs(variables.iter().copied()))
    }

    /// Starts a tray in another way.
    pub fn started(&self, command: &mut Command) -> Tray<'_> {
        Tray { desk: self, process: self.logged(command).spawn().unwrap() }
    }

    /// Starts the exporter, on a port that the system chooses, and waits until it serves.
    pub fn exporter(&self) -> Exporter<'_> {
        let process = self.start_command(&["exporter", "--listen", "127.0.0.1:0"]);
        let mut exporter = Exporter { desk: self, process, address: String::new() };
        exporter.address = until("where it serves", || {
            if let Some(status) = exporter.process.try_wait().unwrap() {
                panic!("the exporter has ended: {status}");
            }
            let log = self.log();
            let (_, rest) = log.rsplit_once("Serving http://")?;
            Some(rest.split_once("/metrics")?.0.to_owned())
        });
        exporter
    }

    /// Starts the tray in its folder, where it and what it starts may leave core files as large as they like.
    pub fn tray_that_may_dump(&self) -> Tray<'_> {
        let mut shell = Command::new("sh");
        let script = "ulimit -c unlimited; exec \"$0\" tray";
        self.surround(shell.args(["-c", script, env!("CARGO_BIN_EXE_linode-bandwidth")]));
        let process = self.logged(shell.current_dir(self.folder())).spawn().unwrap();
        Tray { desk: self, process }
    }

    /// Starts a command and leaves it to itself.
    pub fn start_command(&self, arguments: &[&str]) -> Child {
        self.logged(&mut self.command(arguments)).spawn().unwrap()
    }

    /// Has what `command` says go to the log.
    pub fn logged<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log)
    }

    /// Starts the demo, whose world is in less of a hurry here: what it begins with is to be seen on a busy machine too.
    pub fn demo(&self) -> Tray<'_> {
        let mut command = self.command(&["demo", "--speed", "720"]);
        // Where its pictures go: that tells its notifications from those of others.
        fs::create_dir_all(self.data_dir()).unwrap();
        let command = command
            .env("TMPDIR", self.data_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Tray { desk: self, process: command.spawn().unwrap() }
    }

    /// The notifications that its tray has sent.
    pub fn notified(&self) -> Vec<Notified> {
        self.watch.notified(&self.data_dir())
    }

    /// Waits until its tray has sent `count` notifications.
    pub fn wait_for_notifications(&self, count: usize) -> Vec<Notified> {
        self.watch.wait_for(&self.data_dir(), count)
    }

    /// Waits until an alert that was given is written down: what was shown is not shown again after that.
    pub fn wait_until_settled(&self) {
        until("the alert written down", || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
            let history =
                rusqlite::Connection::open_with_flags(self.data_dir().join("history.sqlite3"), flags);
            let count =
                history.ok()?.query_row("SELECT count(*) FROM alerts", [], |row| row.get::<_, u32>(0));
            count.is_ok_and(|count| count > 0).then_some(())
        });
    }
}

/// What it has put on the screen goes with it.
impl TestDesktop {
    /// Ends a tray that a window has started: where a panel shows its icon it stays, and would be in the next test's way.
    fn end_what_a_window_started(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        if runtime.block_on(linode_bandwidth::app::ipc::quit(&self.data_dir())).is_ok() {
            let lock = self.data_dir().join("lock");
            until("the end of the window's tray", || {
                linode_bandwidth::app::instance_lock::try_acquire(&lock).unwrap()
            });
        }
    }
}

impl Drop for TestDesktop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end_what_a_window_started();
        }
        if matches!(self.turn, Turn::Apart(_)) {
            return;
        }
        for notified in self.notified() {
            let _ = bus::try_call::<_, ()>(&self.bus, parts::SERVER, "CloseNotification", &notified.id);
        }
        if matches!(self.turn, Turn::Alone { .. }) {
            // A menu that a test which failed has left open would take the keys of all others.
            if std::thread::panicking() {
                let _ = Command::new("xdotool").args(["key", "Escape", "Escape"]).output();
            }
            parts::restore();
        }
    }
}
