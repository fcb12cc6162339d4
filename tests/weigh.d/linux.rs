//! The measurements and their table.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::host::{Host, Item};
use super::process::Weight;
use super::support::server::{Reply, Server};

/// Runs per short command.
const RUNS: usize = 31;
/// How long to count wake-ups.
const A_MINUTE: Duration = Duration::from_secs(60);
/// Starts of the tray.
const STARTS: usize = 11;

/// The environment of the program: files and an API.
struct Desk {
    program: PathBuf,
    folder: tempfile::TempDir,
    api: Arc<Server>,
    host: Host,
    /// The trusted certificates and the API.
    trusted: PathBuf,
}

/// A running tray, which is ended when this is dropped.
struct Tray {
    process: Child,
    item: Item,
    /// From its start to its icon's registration.
    took: Duration,
}

impl Drop for Tray {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

pub fn main() {
    let mut words = std::env::args().skip(1);
    let program = PathBuf::from(words.next().expect("the program"));
    let idle = Duration::from_secs_f64(words.next().map_or(1.0, |m| m.parse::<f64>().unwrap()) * 60.0);
    let linode_cli = words.next().filter(|path| Path::new(path).exists());
    let trusted = tempfile::NamedTempFile::new().unwrap();
    let secure = Arc::new(Server::start_tls(tls(trusted.path())));
    let api = Arc::new(Server::start());
    answers(&secure);
    answers(&api);
    let host = Host::start();
    let mut rows = Vec::new();
    // The tray uses TLS with all trusted certificates, like with the real API. The commands are compared with curl,
    // without TLS.
    let desk = |api: &Arc<Server>, host: Host, count: usize| desk(&program, trusted.path(), api, host, count);
    let few = desk(&secure, host, 4);
    tray(&few, idle, &curl_arguments(&api), &mut rows);
    let few = desk(&api, few.host, 4);
    commands(&few, linode_cli.as_deref(), &mut rows);
    window(&few, &mut rows);
    let host = few.host;
    let mut growth = Vec::new();
    let mut last = Some(host);
    for count in [1, 10, 50, 200] {
        let Some(host) = last.take() else { break };
        let desk = desk(&api, host, count);
        growth.push(grow(&desk, count, &mut rows));
        last = Some(desk.host);
    }
    for (what, budget, measured) in &rows {
        println!("| {what} | {budget} | {measured} |");
    }
    println!();
    println!(
        "| accounts | icon after | PSS / RSS | `status --cached` | `status` | `status`, each answer after 100 ms | requests, connections |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    growth.iter().for_each(|row| println!("{row}"));
}

type Rows = Vec<(String, String, String)>;

fn add(rows: &mut Rows, what: &str, budget: &str, measured: String) {
    eprintln!("{what}: {measured}");
    rows.push((what.to_owned(), budget.to_owned(), measured));
}

/// An environment with `count` accounts, whose tokens are in the keyring.
fn desk(program: &Path, trusted: &Path, api: &Arc<Server>, host: Host, count: usize) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    for part in ["config", "data", "home"] {
        fs::create_dir(folder.path().join(part)).unwrap();
    }
    let entry = |at: usize| format!("\n[[accounts]]\nid = \"w{count}-{at}\"\nname = \"Account {at}\"\n");
    let entries: String = (0..count).map(entry).collect();
    fs::write(folder.path().join("config/config.toml"), format!("api_url = \"{}\"\n{entries}", url_of(api)))
        .unwrap();
    api.delay(Duration::ZERO);
    let (program, trusted) = (program.to_owned(), trusted.to_owned());
    let desk = Desk { program, folder, api: api.clone(), host, trusted };
    for at in 0..count {
        let name = format!("Account {at}");
        let mut command = desk.command(&["accounts", "token", &name, "--token-stdin", "--no-verify"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let token = format!("{at:016x}{count:048x}");
        writeln!(process.stdin.take().unwrap(), "{token}").unwrap();
        let listed = json!({"id": 1, "scopes": SCOPE, "label": "tray", "token": &token[..16],
            "created": "2026-01-02T03:04:05", "expiry": null});
        api.answer_for(&token, "/profile/tokens", list(listed));
        assert!(process.wait().unwrap().success());
    }
    // Makes the tray store figures and token info for the next start.
    let tray = desk.start();
    desk.refreshed();
    drop(tray);
    desk
}

const SCOPE: &str = "account:read_only";

fn good(body: Value) -> Reply {
    Reply::json(200, body.to_string()).header("X-OAuth-Scopes", SCOPE)
}

fn list(only: Value) -> Reply {
    good(json!({"data": [only], "page": 1, "pages": 1, "results": 1}))
}

/// Sets the API's responses.
fn answers(api: &Server) {
    let region = json!({"id": "id-cgk", "used": 1, "quota": 10, "billable": 0});
    let transfer = json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": [region]});
    api.answer("/account/transfer", good(transfer));
    api.answer("/regions", list(json!({"id": "id-cgk", "label": "Jakarta, ID"})));
    let prices = json!({"id": "network_transfer", "label": "Network Transfer", "transfer": 0,
        "price": {"hourly": 0.005, "monthly": null}, "region_prices": []});
    api.answer("/network-transfer/prices", list(prices));
}

/// The URL with the name in the certificate.
fn url_of(api: &Server) -> String {
    api.url().replace("https://127.0.0.1", "https://localhost")
}

/// A certificate for this machine. Writes it to `trusted` together with those that the system trusts.
fn tls(trusted: &Path) -> Arc<rustls::ServerConfig> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let system = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    fs::write(trusted, system + &made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key);
    Arc::new(config.unwrap())
}

impl Desk {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        self.surround(command.args(words));
        command
    }

    fn surround(&self, command: &mut Command) {
        let folder = self.folder.path();
        command
            .env("LINODE_BANDWIDTH_CONFIG", folder.join("config/config.toml"))
            .env("LINODE_BANDWIDTH_DATA_DIR", folder.join("data"))
            .env("HOME", folder.join("home"))
            .env("XDG_CONFIG_HOME", folder.join("home/.config"))
            .env("SSL_CERT_FILE", &self.trusted)
            .env_remove("LINODE_BANDWIDTH_API_URL")
            .env_remove("RUST_LOG");
    }

    /// Starts the tray and waits for its icon.
    fn start(&self) -> Tray {
        let begun = Instant::now();
        let process = self.command(&["tray"]).stdin(Stdio::null()).spawn().unwrap();
        let item = self.host.item();
        let took = item.told_at - begun;
        Tray { process, item, took }
    }

    /// Makes the running tray poll.
    fn refreshed(&self) {
        // The tray listens shortly after its icon appears.
        for _ in 0..100 {
            if self.command(&["refresh"]).stderr(Stdio::null()).status().unwrap().success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the tray does not poll");
    }

    /// The duration of a command.
    fn timed(&self, mut command: Command) -> Duration {
        self.surround(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        let ended = command.status().unwrap();
        let took = begun.elapsed();
        assert!(ended.success(), "{command:?}");
        took
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The median, and the minimum, because the machine may be busy.
fn both(times: Vec<Duration>) -> String {
    let least = times.iter().min().copied().unwrap_or_default();
    format!("**{}**, at least {}", ms(median(times)), ms(least))
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn mb(kib: u64) -> String {
    format!("{:.1}", kib as f64 * 1.024 / 1000.0)
}

/// The arguments for `curl` that do the same as `status`, without TLS.
fn curl_arguments(api: &Server) -> [String; 4] {
    let url = format!("{}/account/transfer", url_of(api));
    ["-s", "-H", "Authorization: Bearer 0123", &url].map(str::to_owned)
}

fn ratio(time: Duration, to: Duration) -> String {
    format!("**{:.2} × curl**", time.as_secs_f64() / to.as_secs_f64())
}

/// The tray's start, memory and wake-ups.
fn tray(desk: &Desk, idle: Duration, curl: &[String], rows: &mut Rows) {
    let (mut starts, mut curls) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let mut command = Command::new("curl");
        command.args(curl);
        curls.push(desk.timed(command));
        let tray = desk.start();
        let title = tray.item.read();
        assert!(title.contains("83"), "{title}");
        starts.push(tray.took);
    }
    let (start, beside) = (median(starts.clone()), median(curls));
    add(
        rows,
        "exec → icon registered with the last good figures",
        "0.7 × curl",
        format!("{} ({}; curl {})", ratio(start, beside), both(starts).replace("**", ""), ms(beside)),
    );

    let tray = desk.start();
    let pid = tray.process.id();
    desk.refreshed();
    let clicks: Vec<Duration> = (0..STARTS)
        .map(|_| {
            desk.api.forget();
            let at = tray.item.click("Refresh now");
            let end = Instant::now() + Duration::from_secs(10);
            let came = loop {
                match desk.api.requests().first() {
                    Some(came) => break came.at,
                    None if Instant::now() > end => panic!("no request"),
                    None => std::thread::yield_now(),
                }
            };
            desk.refreshed();
            came - at
        })
        .collect();
    add(
        rows,
        "click on *Refresh now* → the request is at the API, its token read from the keyring",
        "5 ms",
        both(clicks),
    );

    let before = Weight::of(pid);
    const POLLS: u64 = 10;
    for _ in 0..POLLS {
        desk.refreshed();
    }
    let polled = Weight::of(pid);
    let a_poll = (polled.busy.saturating_sub(before.busy)) as f64 / 1e6 / POLLS as f64;
    // Wait for the work after a poll.
    std::thread::sleep(Duration::from_secs(5));
    std::thread::sleep(idle);
    let (begun, ended) = between_polls(desk, pid);
    let woken = ended.woken_since(&begun);
    let total: u64 = woken.values().sum();
    let seconds = A_MINUTE.as_secs_f64();
    let who: Vec<String> = woken.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let who = if who.is_empty() { "none".to_owned() } else { who.join(", ") };
    add(
        rows,
        &format!("tray idle for {:.1} min, 4 accounts: PSS / RSS", idle.as_secs_f64() / 60.0),
        "10 / 12 MB",
        format!(
            "**{} / {} MB**, {} of it its own (the rest is the program's code)",
            mb(ended.pss),
            mb(ended.rss),
            mb(ended.own)
        ),
    );
    add(
        rows,
        "wake-ups of all threads between polls",
        "0",
        format!(
            "**{:.2} in 10 s** ({who}); threads: {}",
            total as f64 * 10.0 / seconds,
            ended.threads().join(", ")
        ),
    );
    let resting = (ended.busy.saturating_sub(begun.busy)) as f64 / 1e6 / seconds * 3600.0;
    add(
        rows,
        "processor time in an idle hour: 12 polls of 4 accounts",
        "0.05 s",
        format!("**{:.2} s** ({a_poll:.1} ms a poll)", (resting + a_poll * 12.0) / 1000.0),
    );
}

/// Weighs the tray before and after a minute without an API request.
fn between_polls(desk: &Desk, pid: u32) -> (Weight, Weight) {
    loop {
        let asked = desk.api.requests().len();
        let begun = Weight::of(pid);
        std::thread::sleep(A_MINUTE);
        let ended = Weight::of(pid);
        if desk.api.requests().len() == asked {
            return (begun, ended);
        }
    }
}

/// The commands, compared with others that do the same.
fn commands(desk: &Desk, linode_cli: Option<&str>, rows: &mut Rows) {
    let one = ["--account", "Account 0"];
    let curl = || {
        let mut command = Command::new("curl");
        command.args(curl_arguments(&desk.api));
        command
    };
    let given = || {
        // Without a keyring, as curl has none: the token is in the environment.
        let mut command = Command::new(&desk.program);
        command.args(["status", "--format", "json"]);
        command
    };
    let empty = tempfile::tempdir().unwrap();
    let empty_config = empty.path().join("config.toml");
    fs::write(&empty_config, format!("api_url = \"{}\"\n", url_of(&desk.api))).unwrap();
    let (mut curls, mut bare, mut keyring, mut cached, mut versions) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        curls.push(desk.timed(curl()));
        let mut command = given();
        desk.surround(&mut command);
        command
            .env("LINODE_TOKEN", "0123456789abcdef0123456789abcdef")
            .env("LINODE_BANDWIDTH_CONFIG", &empty_config)
            .env("LINODE_BANDWIDTH_DATA_DIR", empty.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let begun = Instant::now();
        assert!(command.status().unwrap().success());
        bare.push(begun.elapsed());
        keyring.push(desk.timed(desk.command(&[&["status", "--format", "json"], &one[..]].concat())));
        cached.push(desk.timed(desk.command(&["status", "--cached", "--format", "json"])));
        versions.push(desk.timed(desk.command(&["--version"])));
    }
    let (curl, bare, keyring) = (median(curls), median(bare), median(keyring));
    let times = |time: Duration, by: Duration| time.as_secs_f64() / by.as_secs_f64();
    add(
        rows,
        "`status --cached --format json`, 4 accounts",
        "0.25 × curl",
        format!(
            "{} ({}; `--version`: {})",
            ratio(median(cached.clone()), curl),
            both(cached).replace("**", ""),
            both(versions).replace("**", "")
        ),
    );
    add(
        rows,
        "`status --format json`, one account, loopback API, token from the environment",
        "0.45 × curl",
        format!("{} ({}; curl {})", ratio(bare, curl), ms(bare), ms(curl)),
    );
    add(
        rows,
        "the same, token from the keyring",
        "1.2 × curl",
        format!("{} ({})", ratio(keyring, curl), ms(keyring)),
    );
    let Some(path) = linode_cli else { return };
    let host = desk.api.address().to_string();
    let others: Vec<Duration> = (0..7)
        .map(|_| {
            let mut command = Command::new(path);
            command
                .args(["account", "transfer", "--json"])
                .env("LINODE_CLI_TOKEN", "0123456789abcdef")
                .env("LINODE_CLI_API_HOST", &host)
                .env("LINODE_CLI_API_SCHEME", "http");
            desk.timed(command)
        })
        .collect();
    let other = median(others);
    add(
        rows,
        "the same beside `linode-cli account transfer`",
        "a tenth",
        format!("**1/{:.0}** (linode-cli {})", times(other, bare), ms(other)),
    );
}

/// The window: the time to its first frame with figures, and its memory.
fn window(desk: &Desk, rows: &mut Rows) {
    let mut times = Vec::new();
    let mut memory = 0;
    for _ in 0..5 {
        let begun = Instant::now();
        let mut command = desk.command(&["window", "usage"]);
        let mut process = command
            .env("RUST_LOG", "linode_bandwidth=debug")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        if said.any(|line| line.contains("the first figures are drawn")) {
            times.push(begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(500));
        memory = Weight::of(process.id()).rss;
        let id = process.id().to_string();
        let found =
            Command::new("xdotool").args(["search", "--pid", &id, "--name", "Linode"]).output().unwrap();
        for window in String::from_utf8_lossy(&found.stdout).lines() {
            let number = format!("{:#x}", window.parse::<u64>().unwrap_or_default());
            let _ = Command::new("wmctrl").args(["-ic", &number]).status();
        }
        std::thread::spawn(move || said.for_each(drop));
        let ended = Instant::now();
        while process.try_wait().unwrap().is_none() && ended.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(process.try_wait().unwrap().is_some(), "a closed window goes on");
    }
    assert_eq!(times.len(), 5, "the window showed no figures");
    add(
        rows,
        "window: exec → first frame with figures; closed",
        "144 ms; nothing left",
        format!("{}; {} MB RSS while open; its process has ended", both(times), mb(memory)),
    );
}

/// The same with `count` accounts.
fn grow(desk: &Desk, count: usize, rows: &mut Rows) -> String {
    let starts: Vec<Duration> = (0..5).map(|_| desk.start().took).collect();
    let tray = desk.start();
    desk.refreshed();
    std::thread::sleep(Duration::from_secs(2));
    let weight = Weight::of(tray.process.id());
    // Its open connections must not count.
    drop(tray);
    let timed =
        |words: &[&str], runs: usize| median((0..runs).map(|_| desk.timed(desk.command(words))).collect());
    let cached = timed(&["status", "--cached", "--format", "json"], 11);
    let status = timed(&["status", "--format", "json"], 5);
    desk.api.delay(Duration::from_millis(100));
    desk.api.wait_until_open(0);
    desk.api.forget();
    let slow = timed(&["status", "--format", "json"], 1);
    let (requests, connections) = (desk.api.requests().len(), desk.api.most_open());
    if count == 200 {
        let tray = desk.start();
        desk.refreshed();
        desk.api.wait_until_open(16);
        desk.api.forget();
        let begun = Instant::now();
        desk.refreshed();
        let polled = begun.elapsed();
        let (polls, polled_by) = (desk.api.requests().len(), desk.api.most_open());
        drop(tray);
        add(
            rows,
            "200 accounts, 100 ms latency each: `status`; the tray's poll",
            "2 s, at most 16 connections",
            format!(
                "**{:.2} s**, {connections} connections, {requests} requests; **{:.2} s**, {} connections, {} requests",
                slow.as_secs_f64(),
                polled.as_secs_f64(),
                polled_by,
                polls
            ),
        );
        add(
            rows,
            "tray with 200 accounts: PSS / RSS",
            "13 / 16 MB",
            format!("**{} / {} MB**", mb(weight.pss), mb(weight.rss)),
        );
    }
    desk.api.delay(Duration::ZERO);
    format!(
        "| {count} | {} | {} / {} MB | {} | {} | {:.2} s | {requests}, {connections} |",
        ms(median(starts)),
        mb(weight.pss),
        mb(weight.rss),
        ms(cached),
        ms(status),
        slow.as_secs_f64(),
    )
}
