//! `exporter`: what it serves, to whom, and how it takes turns with a tray.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use linode_bandwidth::app::instance_lock::try_acquire;
use linode_bandwidth::app::ipc;
use linode_bandwidth::app::ipc::message::Request;
use linode_bandwidth::domain::account::{AccountRecord, Reading};
use linode_bandwidth::domain::usage::{Pool, PoolId, Usage};
use linode_bandwidth::storage::history::History;

use crate::support::server::Reply;
use crate::{Checks, Home, MARK, TRANSFER, account, invalid_token, token, transfer};

/// A time limit that nothing reaches.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running exporter.
pub struct Exporter {
    child: Child,
    address: String,
}

impl Exporter {
    fn start(home: &Home, words: &str) -> Exporter {
        Exporter::of(home.program(&format!("exporter --listen 127.0.0.1:0 {words}")))
    }

    pub fn of(mut program: Command) -> Exporter {
        let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Serving http://").and_then(|at| at.strip_suffix("/metrics"));
        let Some(address) = address.map(str::to_owned) else {
            let ended = child.wait_with_output().unwrap();
            panic!("{line:?} {}", String::from_utf8_lossy(&ended.stderr));
        };
        Exporter { child, address }
    }

    fn ask(&self, method: &str, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(!answer.contains(MARK), "a token: {answer}");
        answer
    }

    pub fn metrics(&self) -> String {
        let answer = self.ask("GET", "/metrics", "Host: localhost\r\n");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Requests the metrics until `line` is among them.
    pub fn until(&self, line: &str) -> String {
        let begun = Instant::now();
        loop {
            let text = self.metrics();
            if text.lines().any(|l| l == line) {
                return text;
            }
            assert!(begun.elapsed() < TIMEOUT, "{line}\ndoes not come:\n{text}");
            std::thread::yield_now();
        }
    }

    /// Ends it as a service manager does. Returns its standard error.
    pub fn end(mut self) -> String {
        let ended = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(ended.success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        assert!(!said.contains(MARK), "a token: {said}");
        said
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

pub const USED_830: &str =
    r#"linode_bandwidth_transfer_used_bytes{account="acme",pool="global"} 830000000000"#;

#[test]
fn metrics_and_health_are_served_and_nothing_else() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    // The forecast alert depends on the day of the month.
    home.configure(&format!("forecast_alert = false\n{}", account("acme", "Acme")));
    let exporter = Exporter::start(&home, "");
    // A client may see the figures a moment earlier, in the file that this poll has just written.
    exporter.until("linode_bandwidth_exporter_polling 1");
    exporter.until(USED_830);
    let plain = exporter.ask("GET", "/metrics", "Host: localhost\r\n");
    assert!(plain.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{plain}");
    let open = exporter.ask("GET", "/metrics", "Host: x\r\nHost: localhost\r\n");
    assert!(open.starts_with("HTTP/1.1 4"), "{open}");
    let accept = "Host: localhost\r\nAccept: application/openmetrics-text;version=1.0.0\r\n";
    let open = exporter.ask("GET", "/metrics", accept);
    assert!(open.contains("content-type: application/openmetrics-text; version=1.0.0"), "{open}");
    assert!(open.ends_with("# EOF\n"), "{open}");
    for (method, path, headers, status) in [
        ("GET", "/-/healthy", "", "200 OK"),
        ("HEAD", "/metrics", "", "200 OK"),
        ("GET", "/", "", "404 Not Found"),
        ("POST", "/metrics", "Content-Length: 0\r\n", "405 Method Not Allowed"),
        ("GET", "/metrics", "Host: rebound.example.net\r\n", "403 Forbidden"),
    ] {
        let answer = exporter.ask(method, path, headers);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{method} {path}: {answer}");
    }
    // This returns after the poll's alerts.
    home.run("refresh").done();
    // 83 % passes one threshold: its alert is logged and recorded.
    let said = exporter.end();
    // Without the lines about refused host names.
    let said: Vec<&str> = said.lines().filter(|line| !line.contains("refused a request by")).collect();
    let [alert] = said.as_slice() else { panic!("{said:?}") };
    assert!(alert.contains("Acme passed 80% of its transfer: 830 of 1,000 GB"), "{alert}");
    let again = Exporter::start(&home, "");
    again.until("linode_bandwidth_exporter_polling 1");
    home.run("refresh").done();
    assert_eq!(again.end(), "");
}

#[test]
fn clients_that_say_nothing_keep_nobody_out() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let exporter = Exporter::start(&home, "");
    let mut silent: Vec<TcpStream> =
        (0..160).map(|_| TcpStream::connect(&exporter.address).unwrap()).collect();
    for stream in &mut silent {
        // The oldest connections are closed for new ones.
        let _ = write!(stream, "GET /metrics HTTP/1.1\r\nX-Slow: ");
    }
    exporter.until(USED_830);
    let huge = format!("Host: localhost\r\nX-Large: {}\r\n", "x".repeat(64 << 10));
    let mut stream = TcpStream::connect(&exporter.address).unwrap();
    // The exporter may hang up before everything is written.
    let _ = write!(stream, "GET /metrics HTTP/1.1\r\n{huge}\r\n");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    exporter.end();
}

#[test]
fn failed_polls_are_counted_by_kind() {
    let home = Home::with_acme(invalid_token());
    let exporter = Exporter::start(&home, "");
    let text = exporter.until(r#"linode_bandwidth_poll_errors_total{account="acme",kind="token_invalid"} 1"#);
    assert!(text.contains(r#"account_state{account="acme",state="token_invalid"} 1"#), "{text}");
    assert!(!text.contains("used_bytes"), "{text}");
    home.run("refresh").code(1);
    exporter.until(r#"linode_bandwidth_poll_errors_total{account="acme",kind="token_invalid"} 2"#);
    exporter.end();
}

#[test]
fn changed_config_is_applied_and_an_invalid_one_ignored() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let exporter = Exporter::start(&home, "");
    exporter.until(USED_830);
    home.api.answer_for(&token("b"), TRANSFER, transfer(1, 2000, 0));
    home.configure(&(account("acme", "Acme") + &account("b", "B")));
    exporter.until(r#"linode_bandwidth_transfer_used_bytes{account="b",pool="global"} 1000000000"#);
    home.configure("poll_interval = 5");
    let text = exporter.until("linode_bandwidth_config_last_reload_successful 0");
    assert!(text.contains(USED_830), "{text}");
    let said = exporter.end();
    assert!(
        said.contains("the last good configuration stays in force: ") && said.contains("toml:1:"),
        "{said}"
    );
}

#[test]
fn without_an_account_the_environments_token_is_polled() {
    let home = Home::new();
    home.api.answer_for(&token("env"), TRANSFER, transfer(5, 1000, 0));
    let mut program = home.program("exporter --listen 127.0.0.1:0");
    program.env("LINODE_TOKEN", token("env")).env("RUST_LOG", "trace");
    let exporter = Exporter::of(program);
    exporter
        .until(r#"linode_bandwidth_transfer_used_bytes{account="linode-token",pool="global"} 5000000000"#);
    exporter.end();
}

#[test]
fn a_token_comes_from_a_file() {
    let home = Home::new();
    home.api.answer_for(&token("file"), TRANSFER, transfer(5, 1000, 0));
    let file = home.dir.path().join("token");
    fs::write(&file, token("file") + "\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let exporter = Exporter::start(&home, &format!("--token-file {}", file.display()));
    exporter
        .until(r#"linode_bandwidth_transfer_used_bytes{account="linode-token",pool="global"} 5000000000"#);
    // A replaced token file is read again, and a missing one is reported.
    home.api.answer_for(&token("new"), TRANSFER, transfer(6, 1000, 0));
    fs::write(&file, token("new")).unwrap();
    home.run("refresh").done();
    exporter
        .until(r#"linode_bandwidth_transfer_used_bytes{account="linode-token",pool="global"} 6000000000"#);
    fs::remove_file(&file).unwrap();
    home.run("refresh").done();
    exporter.until(r#"linode_bandwidth_account_state{account="linode-token",state="token_missing"} 1"#);
    assert_eq!(exporter.end(), "");
}

#[test]
fn each_entry_can_have_a_file_of_its_own() {
    let home = Home::new();
    let entry = |id: &str, name: &str| format!("[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\n");
    home.configure(&(entry("acme", "Acme") + &entry("client-x", "Client X")));
    let mut words = String::new();
    for (id, used) in [("acme", 1), ("client-x", 2)] {
        let file = home.dir.path().join(id);
        fs::write(&file, token(id)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        home.api.answer_for(&token(id), TRANSFER, transfer(used, 1000, 0));
        words += &format!(" --token-file {id}={}", file.display());
    }
    let exporter = Exporter::start(&home, &words);
    exporter.until(r#"linode_bandwidth_transfer_used_bytes{account="acme",pool="global"} 1000000000"#);
    exporter.until(r#"linode_bandwidth_transfer_used_bytes{account="client-x",pool="global"} 2000000000"#);
    let said = exporter.end();
    assert_eq!(said.matches("Every user of this machine can read ").count(), 2, "{said}");
    let one = format!("exporter --token-file {}", home.dir.path().join("acme").display());
    assert!(home.run(&one).failed(2).contains("--token-file acme="));
    assert!(home.run("exporter --token-file nobody=/dev/null").failed(2).contains("there is no account"));
}

#[test]
fn what_is_wrong_at_the_start_is_one_line() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let exporter = Exporter::start(&home, "");
    let said = home.run(&format!("exporter --listen {}", exporter.address)).failed(1);
    assert!(said.contains("the port is already in use") && said.contains("--listen"), "{said}");
    exporter.end();
    for wrong in ["here", "127.0.0.1", ":9489", "127.0.0.1:99999"] {
        let said = home.run(&format!("exporter --listen {wrong}")).usage_error();
        assert!(said.contains("such as 127.0.0.1:9489"), "{said}");
    }
    let said = home.run("exporter --token-file /nonexistent/token").failed(1);
    assert!(said.starts_with("the token file /nonexistent/token can't be read: "), "{said}");
    home.configure("thresholds = 5");
    assert!(home.run("exporter").failed(2).contains("config.toml:1:"));
}

#[test]
fn beyond_loopback_it_says_who_can_read() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let words = "exporter --listen 0.0.0.0:0 --allow-host figures.example.com";
    let mut exporter = Exporter::of(home.program(words));
    let port = exporter.address.rsplit(':').next().unwrap().to_owned();
    exporter.address = format!("127.0.0.1:{port}");
    let answer = exporter.ask("GET", "/metrics", "Host: figures.example.com:9489\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    exporter.until(USED_830);
    assert!(exporter.end().contains(&format!("Anyone who can reach 0.0.0.0:{port} can read the figures.\n")));
}

#[test]
fn next_to_a_tray_it_serves_stored_figures_and_takes_over() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let tray = try_acquire(&home.data_dir().join("lock")).unwrap().unwrap();
    let mut memory = AccountRecord { name: "Acme".into(), ..AccountRecord::default() };
    let usage = Usage { pool: Pool::from_gb(630, 1000, 0), regions: Vec::new() };
    memory.take_reading(Reading { at: Timestamp::now(), watch: PoolId::Global, usage });
    let mut history = History::open(&home.data_dir().join("history.sqlite3")).unwrap();
    history.save_record(&"acme".parse().unwrap(), &memory).unwrap();
    let exporter = Exporter::start(&home, "");
    let text =
        exporter.until(r#"linode_bandwidth_transfer_used_bytes{account="acme",pool="global"} 630000000000"#);
    assert!(text.contains("linode_bandwidth_exporter_polling 0\n"), "{text}");
    assert!(home.api.requests().is_empty(), "the tray asks, and it alone");
    drop((history, tray));
    exporter.until("linode_bandwidth_exporter_polling 1");
    exporter.until(USED_830);
    exporter.end();
}

#[test]
fn it_makes_way_for_a_tray() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let exporter = Exporter::start(&home, "");
    exporter.until(USED_830);
    let lock = home.data_dir().join("lock");
    assert!(try_acquire(&lock).unwrap().is_none());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ipc::send_request(&home.data_dir(), Request::MakeWay, TIMEOUT)).unwrap();
    let tray = try_acquire(&lock).unwrap().expect("the lock is free");
    let text = exporter.until("linode_bandwidth_exporter_polling 0");
    assert!(text.contains(USED_830), "what it polled itself is still there: {text}");
    drop(tray);
    exporter.until("linode_bandwidth_exporter_polling 1");
    exporter.end();
}

#[test]
fn refused_host_name_is_logged_once_with_a_fix() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let exporter = Exporter::start(&home, "");
    for host in ["linode-exporter:9489", "LINODE-exporter", "linode-exporter:80", "other.example"] {
        let answer = exporter.ask("GET", "/metrics", &format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    let said = exporter.end();
    assert_eq!(said.matches("--allow-host linode-exporter").count(), 1, "{said}");
    assert_eq!(said.matches("--allow-host other.example").count(), 1, "{said}");
    let exporter = Exporter::start(&home, "--allow-host *");
    let answer = exporter.ask("GET", "/metrics", "Host: whatever.example:9489\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!exporter.end().contains("--allow-host"));
}

#[cfg(target_os = "linux")]
#[test]
fn signals_that_were_ignored_at_the_start_stay_so() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let mut shell = Command::new("sh");
    home.prepare(&mut shell);
    let script = "trap '' HUP INT; exec \"$0\" exporter --listen 127.0.0.1:0";
    shell.args(["-c", script, env!("CARGO_BIN_EXE_linode-bandwidth")]);
    let exporter = Exporter::of(shell);
    exporter.until("linode_bandwidth_exporter_polling 1");
    // It serves, so its signal handlers are set up.
    let status = fs::read_to_string(format!("/proc/{}/status", exporter.child.id())).unwrap();
    let set = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    let [hang_up, interrupt, terminate] = [1, 2, 15].map(|signal| 1 << (signal - 1));
    assert_eq!(set("SigIgn:") & (hang_up | interrupt | terminate), hang_up | interrupt);
    assert_eq!(set("SigCgt:") & (hang_up | interrupt | terminate), terminate);
    exporter.end();
}

#[test]
fn a_refresh_says_what_failed_and_fails_where_nothing_came() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + &account("b", "Client B")));
    home.api.answer(TRANSFER, invalid_token());
    let exporter = Exporter::start(&home, "");
    exporter.until(r#"linode_bandwidth_poll_errors_total{account="b",kind="token_invalid"} 1"#);
    let said = home.run("refresh").code(1).stdout("");
    let lines: Vec<&str> = said.err().lines().collect();
    assert!(
        lines[0].starts_with("Acme: ") && lines[1].starts_with("Client B: ") && lines.len() == 2,
        "{said}"
    );
    home.api.answer_for(&token("b"), TRANSFER, transfer(830, 1000, 0));
    let said = home.run("refresh").code(0).stdout("");
    assert!(said.err().starts_with("Acme: ") && said.err().lines().count() == 1, "{said}");
    exporter.end();
}

#[test]
fn refresh_before_retry_after_says_when_and_sends_nothing() {
    let limited = r#"{"errors": [{"reason": "Too many requests"}]}"#;
    let home = Home::with_acme(Reply::json(429, limited).header("Retry-After", "1800"));
    let exporter = Exporter::start(&home, "");
    let begun = Instant::now();
    while home.status("--cached")["state"] != "rate_limited" {
        assert!(begun.elapsed() < TIMEOUT, "it is not kept");
    }
    let said = home.run("refresh").code(1).stdout("");
    assert!(said.err().starts_with("Acme: Rate limited by the Linode API. Next try at "), "{said}");
    let asked = home.api.requests().iter().filter(|request| request.path() == TRANSFER).count();
    assert_eq!(asked, 1);
    exporter.end();
}
