//! An exporter and a Prometheus, each with its own ports. Dropping one ends its process.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::server::{Reply, Server};

/// A time limit that nothing reaches, even on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

const ACME: &str = "5ec2e75ec2e75ec2e7-acme";
const CLIENT_X: &str = "5ec2e75ec2e75ec2e7-client-x";

fn packaging(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(path)
}

/// A file in `packaging`.
pub fn packaged(path: &str) -> String {
    fs::read_to_string(packaging(path)).unwrap()
}

/// The output of promtool if it found no errors; else its errors.
pub fn promtool(words: &[&str], input: &str) -> Result<String, String> {
    let mut promtool = Command::new("promtool");
    promtool.args(words).current_dir(packaging("prometheus"));
    promtool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    if output.status.success() { Ok(said) } else { Err(said) }
}

fn good(body: Value) -> Reply {
    Reply::json(200, body.to_string()).header("X-OAuth-Scopes", "account:read_only")
}

fn transfer(used: u64, quota: u64) -> Reply {
    good(json!({"used": used, "quota": quota, "billable": 0, "region_transfers": []}))
}

/// An API and two accounts: Acme with 830 of 1000 GB used, most of it by a Linode, and a token that expires in three days, and Client X with a
/// refused token.
pub struct Home {
    dir: TempDir,
    api: Server,
}

impl Home {
    pub fn new() -> Home {
        let (dir, api) = (tempfile::tempdir().unwrap(), Server::start());
        let scopes = "account:read_only linodes:read_only";
        let figures = json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": []}).to_string();
        api.answer_for(ACME, "/account/transfer", Reply::json(200, figures).header("X-OAuth-Scopes", scopes));
        let linode = json!({"id": 7, "label": "web-1", "region": "us-east"});
        let list = json!({"data": [linode], "page": 1, "pages": 1, "results": 1});
        api.answer_for(ACME, "/linode/instances", good(list));
        let used = json!({"used": 512_300_000_000u64, "quota": 1000, "billable": 0});
        api.answer_for(ACME, "/linode/instances/7/transfer", good(used));
        let expiry = Timestamp::now() + SignedDuration::from_hours(3 * 24);
        let token = json!({"id": 1, "label": "tray", "scopes": scopes, "token": &ACME[..16],
            "created": "2026-01-02T03:04:05", "expiry": expiry.to_string()});
        let page = json!({"data": [token], "page": 1, "pages": 1, "results": 1});
        api.answer_for(ACME, "/profile/tokens", good(page));
        let refusal = json!({"errors": [{"reason": "Invalid Token"}]}).to_string();
        api.answer_for(
            CLIENT_X,
            "/account/transfer",
            Reply::json(401, refusal).header("X-OAuth-Scopes", "unknown"),
        );
        let home = Home { dir, api };
        home.configure("acme", "Acme", ACME);
        home.configure("client-x", "Client X", CLIENT_X);
        home
    }

    /// Adds an account with these GB used and this quota.
    pub fn add(&self, id: &str, name: &str, used: u64, quota: u64) {
        let token = format!("5ec2e75ec2e75ec2e7-{id}");
        self.api.answer_for(&token, "/account/transfer", transfer(used, quota));
        self.configure(id, name, &token);
    }

    fn configure(&self, id: &str, name: &str, token: &str) {
        let file = self.dir.path().join("config.toml");
        let mut file = fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        writeln!(
            file,
            "[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\ntoken_command = [\"printf\", \"{token}\"]"
        )
        .unwrap();
    }

    fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth"));
        program
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("LINODE_BANDWIDTH_CONFIG", self.dir.path().join("config.toml"))
            .env("LINODE_BANDWIDTH_DATA_DIR", self.dir.path().join("data"))
            .env("LINODE_BANDWIDTH_API_URL", self.api.url())
            .stdin(Stdio::null());
        program
    }

    /// The output of `status --format prometheus`.
    pub fn printed(&self) -> String {
        let output = self.program().args(["status", "--format", "prometheus"]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A process that is killed when this is dropped.
struct Running(Child);

impl Running {
    fn end(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(told.success());
        let ended = self.0.wait().unwrap();
        assert_eq!(ended.code(), Some(0), "{ended}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The body of a successful GET of `path`.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.split(' ').nth(1).filter(|status| *status == "200")?;
    Some(body.to_owned())
}

fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < TIMEOUT, "{what} does not come");
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// A running exporter.
pub struct Exporter {
    pub address: String,
    running: Running,
}

impl Exporter {
    pub fn start(home: &Home) -> Exporter {
        let mut program = home.program();
        program.args(["exporter", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Serving http://").unwrap().strip_suffix("/metrics").unwrap();
        Exporter { address: address.to_owned(), running: Running(child) }
    }

    /// The metrics, once `line` is among them.
    pub fn until(&self, line: &str) -> String {
        until(line, || get(&self.address, "/metrics").filter(|text| text.lines().any(|l| l == line)))
    }

    pub fn end(self) {
        self.running.end();
    }
}

/// A running Prometheus with the configuration of `packaging/prometheus`, but shorter intervals.
pub struct Prometheus {
    address: String,
    running: Running,
    _dir: TempDir,
}

impl Prometheus {
    /// A Prometheus that scrapes `target`.
    pub fn start(target: &str) -> Prometheus {
        let dir = tempfile::tempdir().unwrap();
        let scrape = packaged("prometheus/scrape.yml");
        let hurried = scrape.replace("scrape_interval: 1m", "scrape_interval: 1s");
        let ours = hurried.replace("127.0.0.1:9489", target);
        assert!(hurried != scrape && ours != hurried, "{scrape}");
        let config = dir.path().join("prometheus.yml");
        fs::write(&config, format!("global:\n  evaluation_interval: 1s\n{ours}")).unwrap();
        fs::write(dir.path().join("alerts.yml"), packaged("prometheus/alerts.yml")).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", dir.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let running = Running(child);
        until("prometheus", || get(&address, "/-/ready"));
        Prometheus { address, running, _dir: dir }
    }

    /// The data of a response of its HTTP API.
    pub fn get(&self, path: &str) -> Value {
        let body = get(&self.address, path).unwrap_or_else(|| panic!("{path} is refused"));
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    /// The current result of `expression`.
    pub fn query(&self, expression: &str) -> Vec<Value> {
        let escaped: String = url::form_urlencoded::byte_serialize(expression.as_bytes()).collect();
        self.get(&format!("/api/v1/query?query={escaped}"))["result"].as_array().unwrap().clone()
    }

    /// The result of `expression`, once it is not empty.
    pub fn until_some(&self, expression: &str) -> Vec<Value> {
        until(expression, || Some(self.query(expression)).filter(|result| !result.is_empty()))
    }

    /// The alerts that are firing.
    pub fn firing(&self) -> Vec<Value> {
        let alerts = self.get("/api/v1/alerts")["alerts"].as_array().unwrap().clone();
        alerts.into_iter().filter(|alert| alert["state"] == "firing").collect()
    }

    /// The alert `name`, once it fires.
    pub fn until_fires(&self, name: &str) -> Value {
        until(name, || self.firing().into_iter().find(|alert| alert["labels"]["alertname"] == name))
    }

    pub fn end(self) {
        self.running.end();
    }
}
