//! The real program with a fake API, as users and scripts run it.
#![cfg(test)]
#![cfg(unix)]

mod accounts;
mod accounts_edit;
mod autostart;
mod cached;
mod check;
mod clock;
mod config;
mod demo;
mod doctor;
mod documentation;
mod exporter;
mod failure_states;
mod generated;
mod history;
mod keyring;
mod no_file_watching;
mod other_users;
mod pipes;
mod proxy;
mod report;
mod running_tray;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod top;
mod units;
mod usage_errors;
mod waybar;
mod window;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use assert_cmd::assert::{Assert, OutputAssertExt};
use serde_json::{Value, json};
use support::server::{Reply, Server};
use tempfile::TempDir;

/// The beginning of all tokens in these tests. The program must never print it.
const MARK: &str = "5ec2e75ec2e75ec2e7";
const TRANSFER: &str = "/account/transfer";

/// The token called `name`.
fn token(name: &str) -> String {
    format!("{MARK}-{name}")
}

/// An empty home without a desktop, and an API.
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

    /// A home with one account, `Acme`, and the response to its poll.
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

    /// The program with arguments: `words` separated by spaces, with `_` for a space inside one.
    fn program(&self, words: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth"));
        self.prepare(&mut program);
        program.args(words.split_whitespace().map(|word| word.replace('_', " ")));
        program
    }

    /// Clears the environment except for what the test sets.
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

    fn run(&self, words: &str) -> Assert {
        checked(words, self.program(words).output().unwrap())
    }

    /// The same, with `input` on standard input.
    fn run_with(&self, words: &str, input: &str) -> Assert {
        // It may end without reading, which the test decides about.
        let program = &mut assert_cmd::Command::from_std(self.program(words));
        checked(words, program.write_stdin(input).output().unwrap())
    }

    /// The only account in `status --format json`.
    fn status(&self, words: &str) -> Value {
        let report = self.run(&format!("status --format json {words}")).json();
        let accounts = report["accounts"].as_array().unwrap();
        assert_eq!(accounts.len(), 1, "{report}");
        accounts[0].clone()
    }
}

/// The result of a run. Checks that it contains no token.
fn checked(words: &str, output: Output) -> Assert {
    let ran = output.assert().append_context("words", words.to_owned());
    assert!(!format!("{}{}", ran.out(), ran.err()).contains(MARK), "a token: {ran}");
    ran
}

/// Common checks of a run.
trait Checks {
    fn out(&self) -> &str;
    fn err(&self) -> &str;
    /// The output of a successful run.
    fn done(self) -> String;
    /// The same as one line of JSON.
    fn json(self) -> Value;
    /// The one-line error of a failed run, with nothing on standard output.
    fn failed(self, code: i32) -> String;
    /// The argument parser's error, with nothing on standard output.
    fn usage_error(self) -> String;
}

impl Checks for Assert {
    fn out(&self) -> &str {
        std::str::from_utf8(&self.get_output().stdout).unwrap()
    }

    fn err(&self) -> &str {
        std::str::from_utf8(&self.get_output().stderr).unwrap()
    }

    fn done(self) -> String {
        self.success().stderr("").out().to_owned()
    }

    fn json(self) -> Value {
        let text = self.done();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    fn failed(self, code: i32) -> String {
        let ran = self.code(code).stdout("");
        let line = ran.err().strip_suffix('\n').filter(|line| !line.contains('\n'));
        let line = line.unwrap_or_else(|| panic!("not one line: {ran}"));
        line.strip_prefix("linode-bandwidth: ").unwrap_or_else(|| panic!("{ran}")).to_owned()
    }

    fn usage_error(self) -> String {
        let ran = self.code(2).stdout("");
        let said = ran.err();
        assert!(said.starts_with("error: ") && said.ends_with("try '--help'.\n"), "{ran}");
        said.to_owned()
    }
}

/// An account in TOML whose token comes from a command.
fn account(id: &str, name: &str) -> String {
    let token = token(id);
    format!("[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\ntoken_command = [\"printf\", \"{token}\"]\n")
}

/// A successful response for a token that may read the account.
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
