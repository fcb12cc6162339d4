//! The commands as users and scripts meet them: the real program, against a server that stands in for the API.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail as the test does"
)]

mod accounts;
mod autostart;
mod cached;
mod check;
mod clock;
mod config;
mod demo;
mod doctor;
mod entries;
mod exporter;
mod generated;
mod history;
mod keyring;
mod pipes;
mod proxy;
mod readme;
mod report;
mod running;
mod states;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod top;
mod waybar;
mod words;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::server::{Reply, Server};
use tempfile::TempDir;

/// What every token of these tests begins with. Nothing that the program prints may hold it.
const MARK: &str = "5ec2e75ec2e75ec2e7";
const TRANSFER: &str = "/account/transfer";

/// A token of its own for each `name`.
fn token(name: &str) -> String {
    format!("{MARK}-{name}")
}

/// A user's home with nothing in it, no desktop, and an API.
struct Home {
    dir: TempDir,
    api: Server,
}

impl Home {
    fn new() -> Home {
        let home = Home { dir: tempfile::tempdir().unwrap(), api: Server::start() };
        fs::create_dir(home.dir.path().join("home")).unwrap();
        home
    }

    /// One with a single account, `Acme`, whose poll is answered so.
    fn with_acme(reply: Reply) -> Home {
        let home = Home::new();
        home.configure(&account("acme", "Acme"));
        home.api.answer_for(&token("acme"), TRANSFER, reply);
        home
    }

    fn config_file(&self) -> PathBuf {
        self.dir.path().join("config").join("config.toml")
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn configure(&self, text: &str) {
        fs::create_dir_all(self.config_file().parent().unwrap()).unwrap();
        fs::write(self.config_file(), text).unwrap();
    }

    fn configured(&self) -> String {
        fs::read_to_string(self.config_file()).unwrap()
    }

    /// The program, to be run with `words` (parted by spaces; `_` in a word stands for one).
    fn program(&self, words: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth"));
        self.prepare(&mut program);
        program.args(words.split_whitespace().map(|word| word.replace('_', " ")));
        program
    }

    /// An environment in which nothing is but what a test puts there.
    fn prepare(&self, program: &mut Command) {
        program
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path().join("home"))
            .env("TZ", "UTC")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("LINODE_BANDWIDTH_CONFIG", self.config_file())
            .env("LINODE_BANDWIDTH_DATA_DIR", self.data_dir())
            .env("LINODE_BANDWIDTH_API_URL", self.api.url())
            .stdin(Stdio::null());
    }

    fn run(&self, words: &str) -> Ran {
        Ran::of(words, self.program(words).output().unwrap())
    }

    /// The same, with `input` on standard input.
    fn run_with(&self, words: &str, input: &str) -> Ran {
        let mut program = self.program(words);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        // It may have ended without reading: that is for the test to judge.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::of(words, child.wait_with_output().unwrap())
    }

    /// The one account of `status --format json`.
    fn status(&self, words: &str) -> Value {
        let report = self.run(&format!("status --format json {words}")).json();
        let accounts = report["accounts"].as_array().unwrap();
        assert_eq!(accounts.len(), 1, "{report}");
        accounts[0].clone()
    }
}

/// What came of a run.
#[derive(Debug)]
struct Ran {
    words: String,
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(words: &str, output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran {
            words: words.to_owned(),
            code: output.status.code().expect("it ended by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        assert!(!format!("{ran:?}").contains(MARK), "a token: {ran:#?}");
        ran
    }

    /// What it printed, having done what it was asked.
    fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}: {self:#?}", self.words);
        self.stdout
    }

    fn json(self) -> Value {
        let text = self.done();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What it said of its failing: one line, and nothing on standard output.
    fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:#?}");
        let lines: Vec<&str> = self.stderr.lines().collect();
        let [line] = lines.as_slice() else { panic!("{}: not one line: {self:#?}", self.words) };
        line.strip_prefix("linode-bandwidth: ").unwrap_or_else(|| panic!("{self:#?}")).to_owned()
    }
}

/// An account's block of the configuration, with its own token from a command.
fn account(id: &str, name: &str) -> String {
    let token = token(id);
    format!("[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\ntoken_command = [\"printf\", \"{token}\"]\n")
}

/// A good answer of the API, for a token that may read the account.
fn transfer(used: u64, quota: u64, billable: u64) -> Reply {
    let body = json!({"used": used, "quota": quota, "billable": billable, "region_transfers": []});
    good(body)
}

fn good(body: Value) -> Reply {
    Reply::json(200, body.to_string()).header("X-OAuth-Scopes", "account:read_only")
}

fn refusal(status: u16, reason: &str) -> Reply {
    Reply::json(status, json!({"errors": [{"reason": reason}]}).to_string())
}

fn invalid_token() -> Reply {
    refusal(401, "Invalid Token").header("X-OAuth-Scopes", "unknown")
}

fn missing_scope() -> Reply {
    refusal(401, "Your OAuth token is not authorized to use this endpoint.")
        .header("X-OAuth-Scopes", "domains:read_write")
        .header("X-Accepted-OAuth-Scopes", "account:read_only")
}
