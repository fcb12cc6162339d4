//! A session bus, an empty home, an API, and a screen if needed.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::server::{Reply, Server};
use crate::until;

/// The beginning of all tokens in these tests.
const MARK: &str = "5ec2e75ec2e75ec2e7";

/// The token of the account `id`.
pub fn token(id: &str) -> String {
    format!("{MARK}-{id}")
}

/// A process that is killed when this is dropped.
pub struct Process(Child);

impl Process {
    pub fn start(command: &mut Command) -> Process {
        let program = format!("{command:?}");
        Process(command.spawn().unwrap_or_else(|error| panic!("{program}: {error}")))
    }

    /// Waits for its exit code.
    pub fn ended(&mut self) -> i32 {
        until("the end of a process", || self.0.try_wait().unwrap()).code().unwrap_or(-1)
    }

    /// Writes `text` to its standard input and closes it.
    pub fn type_in(&mut self, text: &str) {
        if let Some(mut input) = self.0.stdin.take() {
            input.write_all(text.as_bytes()).unwrap();
        }
    }

    pub fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Waits for its exit code and output.
    pub fn finished(mut self) -> Ran {
        let code = self.ended();
        let read = |stream: &mut dyn Read| {
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text
        };
        let stdout = self.0.stdout.take().map(|mut stream| read(&mut stream)).unwrap_or_default();
        let stderr = self.0.stderr.take().map(|mut stream| read(&mut stream)).unwrap_or_default();
        Ran { code, stdout, stderr }
    }

    /// Sends SIGTERM, as the system does.
    pub fn terminate(mut self) {
        let status = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(status.success());
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A finished program.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The output of a successful run.
    pub fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// The one-line error.
    pub fn failed(self) -> String {
        assert_eq!((self.code, self.stderr.lines().count()), (1, 1), "{self:?}");
        self.stderr
    }
}

/// The session. Dropping it ends its processes.
pub struct Session {
    pub api: Server,
    screen: Option<String>,
    address: String,
    // Ended in this order.
    _processes: Vec<Process>,
    dir: TempDir,
}

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=DIR</listen>
  <servicedir>DIR/services</servicedir>
  <limit name="max_replies_per_connection">128</limit>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/> <allow eavesdrop="true"/> <allow own="*"/>
  </policy>
</busconfig>
"#;

impl Session {
    /// A session without a screen.
    pub fn new() -> Session {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home", "run", "services"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::set_permissions(dir.path().join("run"), fs::Permissions::from_mode(0o700)).unwrap();
        let config = dir.path().join("bus.conf");
        fs::write(&config, BUS.replace("DIR", dir.path().to_str().unwrap())).unwrap();
        let mut session = Session {
            api: Server::start(),
            screen: None,
            address: String::new(),
            _processes: Vec::new(),
            dir,
        };
        let mut daemon = session.command("dbus-daemon");
        daemon.arg("--config-file").arg(&config).args(["--nofork", "--print-address=1"]);
        let mut daemon = Process::start(daemon.stdout(Stdio::piped()).stderr(Stdio::null()));
        session.address = first_line(daemon.0.stdout.take().unwrap());
        session._processes.push(daemon);
        session
    }

    /// A session with an X server and a window manager.
    pub fn with_screen() -> Session {
        let mut session = Session::new();
        let mut server = session.command("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"]);
        let mut server = Process::start(server.stdout(Stdio::piped()).stderr(Stdio::null()));
        session.screen = Some(format!(":{}", first_line(server.0.stdout.take().unwrap())));
        session._processes.insert(0, server);
        let manager = Process::start(
            session.command("openbox").arg("--sm-disable").stdout(Stdio::null()).stderr(Stdio::null()),
        );
        session._processes.insert(0, manager);
        session
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// `program` with this session's environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("LANG", "C.UTF-8");
        command.env("HOME", self.home()).env("XDG_RUNTIME_DIR", self.dir.path().join("run"));
        // KeePassXC runs once per folder of this name.
        command.env("TMPDIR", self.dir.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.env("LINODE_BANDWIDTH_CONFIG", self.dir.path().join("config.toml"));
        command.env("LINODE_BANDWIDTH_DATA_DIR", self.dir.path().join("data"));
        command.env("LINODE_BANDWIDTH_API_URL", self.api.url());
        if let Some(screen) = &self.screen {
            command.env("DISPLAY", screen);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Starts our program.
    pub fn start(&self, words: &str) -> Process {
        let mut command = self.command(env!("CARGO_BIN_EXE_linode-bandwidth"));
        Process::start(command.args(words.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    /// Runs our program to its end.
    pub fn run(&self, words: &str) -> Ran {
        self.start(words).finished()
    }

    /// Starts `accounts add` for the account `id`.
    pub fn adding(&self, id: &str) -> Process {
        let mut command = self.command(env!("CARGO_BIN_EXE_linode-bandwidth"));
        command.args(["accounts", "add", id, "--token-stdin", "--no-verify"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command);
        process.type_in(&token(id));
        process
    }

    /// Makes the API respond to the token of `id` with `used` of 1,000 GB.
    pub fn used(&self, id: &str, used: u64) {
        let figures = format!(r#"{{"used": {used}, "quota": 1000, "billable": 0}}"#);
        self.api.answer_for(&token(id), "/account/transfer", Reply::json(200, figures));
    }

    /// Configures accounts with these ids and tokens in the keyring.
    pub fn configure(&self, ids: &[&str]) {
        let block = |id: &&str| format!("[[accounts]]\nid = \"{id}\"\nname = \"{id}\"\n");
        let text: String = ids.iter().map(block).collect();
        fs::write(self.dir.path().join("config.toml"), text).unwrap();
    }

    /// The state of the account `id` in the output of `words`.
    pub fn state(&self, words: &str, id: &str) -> String {
        let report: Value = serde_json::from_str(&self.run(words).done()).unwrap();
        let accounts = report["accounts"].as_array().unwrap();
        let account = accounts.iter().find(|account| account["id"] == id).unwrap_or(&Value::Null);
        account["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the running tray has this state for the account.
    pub fn wait_for(&self, id: &str, state: &str) {
        until(&format!("{id}: {state}"), || {
            (self.state("status --cached --format json", id) == state).then_some(())
        });
    }

    /// Waits until the running tray shows this many GB for the account.
    pub fn wait_for_used(&self, id: &str, used: f64) {
        until(&format!("{id}: {used} GB"), || {
            let report: Value =
                serde_json::from_str(&self.run("status --cached --format json").done()).unwrap();
            let mut accounts = report["accounts"].as_array().unwrap().iter();
            accounts.any(|account| account["id"] == id && account["used_gb"] == used).then_some(())
        });
    }
}

fn first_line(stream: impl Read) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    assert!(line.ends_with('\n'), "it ended early");
    line.trim_end().to_owned()
}
