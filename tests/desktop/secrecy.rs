//! No token anywhere but in the keyring and in the request.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rig::program::{Desk, refusal};
use crate::rig::until;
use crate::support::server::Reply;

/// Found nowhere by chance.
const MARKED: &str = "5eed5eed5eed5eedfeedfacefeedfacefeedfacefeedface0ddba110ddba1100";
const MARKED_TOO: &str = "cafebabecafebabefeedfacefeedfacefeedfacefeedface0ddba110ddba1100";
/// In both.
const MARK: &[u8] = b"feedfacefeedface";

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn no_token_is_in_any_file_log_process_or_message() {
    let desk = Desk::alone();
    desk.used(830, 1000);
    desk.done(&["accounts", "add", "Acme", "--token-stdin"], MARKED);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.wait_for_notifications(1);
    for part in ["cmdline", "environ", "comm"] {
        let file = format!("/proc/{}/{part}", tray.pid());
        assert!(!holds(&fs::read(&file).unwrap()), "{file}");
    }
    desk.answer(refusal());
    desk.refresh();
    tray.showing("Acme: token refused");
    desk.wait_for_notifications(2);
    desk.used(840, 1000);
    desk.done(&["accounts", "token", "Acme", "--token-stdin"], MARKED_TOO);
    tray.showing("Acme 84%");
    let mut said = String::new();
    for command in [&["status"][..], &["status", "--format", "json"], &["accounts", "list"]] {
        let output = desk.run(command, "");
        said += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    assert!(!holds(said.as_bytes()), "{said}");
    item.click("Quit");
    assert!(tray.ended().success());

    // That this looks in the right places: the tokens were used, the log is a full one, the keyring was asked.
    assert!(desk.api.requests().iter().any(|r| r.token() == Some(MARKED)));
    assert!(desk.api.requests().iter().any(|r| r.token() == Some(MARKED_TOO)));
    assert!(desk.log().contains("TRACE") || desk.log().contains("DEBUG"), "{}", desk.log());
    let messages = || desk.watch.messages();
    until("the keyring's messages", || {
        messages().iter().any(|m| has(m.data(), b"Secret.Item")).then_some(())
    });

    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let files = [files(desk.folder()), files(&home)].concat();
    for name in ["config.toml", "history.sqlite3", "log", "login.keyring"] {
        assert!(files.iter().any(|file| file.ends_with(name)), "{name} in {files:?}");
    }
    for file in files {
        // What sqlite removes at its end may be gone by now.
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!holds(&bytes), "{}", file.display());
    }
    for message in messages().iter() {
        assert!(!holds(message.data()), "{message:?}");
    }
}

/// Every command, with what it does wrong too. `{}` stands for a token: whoever types one in the wrong place does not get
/// it repeated.
const COMMANDS: [&str; 44] = [
    "status",
    "status --format json",
    "status --format waybar",
    "status --format prometheus",
    "status --check",
    "status --cached",
    "status --account {}",
    "accounts list",
    "accounts list --format json",
    "accounts edit Acme --show-as used",
    "accounts edit Acme --thresholds {}",
    "accounts duplicate Acme Copy",
    "accounts token Copy --token-stdin --no-verify",
    "accounts token Copy --token-stdin",
    "accounts edit Copy --name Other --mute",
    "accounts remove Other --forget-history",
    "accounts add {} --token-stdin",
    "accounts add Refused --token-stdin",
    "accounts import linode-cli",
    "accounts {}",
    "tokens",
    "tokens Acme --format json",
    "tokens {}",
    "top",
    "top Acme --format json",
    "history",
    "history Acme --format csv",
    "history Acme --format json",
    "history {}",
    "refresh",
    "autostart status",
    "doctor",
    "doctor --format json",
    "window {}",
    "exporter --listen {}",
    "demo --once",
    "config path",
    "config check",
    "completions bash",
    "completions {}",
    "man",
    "tray {}",
    "{}",
    "--token={}",
];

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn no_command_and_no_fault_tells_a_token() {
    let desk = Desk::shared();
    let hook = desk.folder().join("hook").display().to_string();
    // What is run at an alert leaves its environment where it is looked through.
    desk.configure(&format!("on_alert = [\"sh\", \"-c\", \"env >>{hook}\"]"), &["Acme"]);
    desk.done(&["accounts", "token", "Acme", "--token-stdin", "--no-verify"], MARKED);
    let cli = desk.folder().join("home/.config/linode-cli");
    fs::create_dir_all(cli.parent().unwrap()).unwrap();
    fs::write(&cli, format!("[DEFAULT]\ndefault-user = anna\n[anna]\ntoken = {MARKED_TOO}\n")).unwrap();
    desk.used(830, 1000);
    let tray = desk.tray();
    tray.showing("Acme 83%");

    let help = desk.done(&["--help"], "");
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What is further in goes on with the line above.
    let commands = commands.filter(|line| !line.starts_with("   "));
    for command in commands.filter_map(|line| line.split_whitespace().next()).filter(|word| *word != "help") {
        assert!(
            COMMANDS.iter().any(|words| words.split(' ').next() == Some(command)),
            "{command} is tried here"
        );
    }
    let say = |words: &str| {
        let words: Vec<String> = words.split(' ').map(|word| word.replace("{}", MARKED)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = desk.run(&words, MARKED_TOO);
        let said = [output.stdout, output.stderr].concat();
        assert!(!holds(&said), "{words:?}: {}", String::from_utf8_lossy(&said));
    };
    COMMANDS.iter().for_each(|words| say(words));

    // Each fault, to the tray and to commands, by a server that repeats what it was asked with.
    let echo = format!(r#"{{"errors": [{{"reason": "{MARKED} is not authorized"}}]}}"#);
    let faults = crate::rows::all()
        .into_iter()
        .chain([200, 400, 401, 403, 404, 429, 500, 503].map(|status| Reply::json(status, echo.clone())));
    for reply in faults {
        desk.answer(reply.clone());
        desk.api.answer("/profile/tokens", reply);
        desk.refresh();
        ["status", "tokens", "doctor", "accounts token Acme --token-stdin"].into_iter().for_each(say);
    }
    // The window's socket, and the tray's, given a token where a word belongs.
    let mut socket = std::os::unix::net::UnixStream::connect(desk.data_dir().join("control.sock")).unwrap();
    std::io::Write::write_all(&mut socket, format!("{MARKED}\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut socket, &mut answer).unwrap();
    assert_eq!(answer, b"what?\n");

    let processes = processes_with(desk.folder());
    assert!(processes.contains(&tray.pid()), "{processes:?}");
    for pid in processes {
        unmarked(pid);
    }
    tray.quit();

    // Where no tray runs.
    desk.used(830, 1000);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let log = fs::OpenOptions::new().append(true).open(desk.folder().join("log")).unwrap();
    let mut exporter = desk.command(&["exporter", "--listen", &address]);
    let mut exporter = exporter.stderr(log).spawn().unwrap();
    let metrics = until("the exporter's figures", || {
        let mut peer = std::net::TcpStream::connect(&address).ok()?;
        std::io::Write::write_all(&mut peer, b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
        let mut text = String::new();
        std::io::Read::read_to_string(&mut peer, &mut text).ok()?;
        text.contains("830000000000").then_some(text)
    });
    assert!(!holds(metrics.as_bytes()));
    unmarked(exporter.id());
    exporter.kill().unwrap();
    exporter.wait().unwrap();

    assert!(
        fs::read_to_string(&hook).unwrap().contains("LINODE_BANDWIDTH_KIND="),
        "the program at alerts was run"
    );
    for file in files(desk.folder()).into_iter().filter(|file| *file != cli) {
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!holds(&bytes), "{}", file.display());
    }
    for message in desk.watch.messages().iter() {
        assert!(!holds(message.data()), "{message:?}");
    }
}

/// The processes that have `folder` in their environment: the program, and what it has started.
fn processes_with(folder: &Path) -> Vec<u32> {
    let folder = folder.to_str().unwrap().as_bytes();
    let all =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|pid| fs::read(format!("/proc/{pid}/environ")).is_ok_and(|text| has(&text, folder))).collect()
}

fn unmarked(pid: u32) {
    for part in ["cmdline", "environ", "comm"] {
        // Not being allowed to look is as good.
        let text = fs::read(format!("/proc/{pid}/{part}")).unwrap_or_default();
        assert!(!holds(&text), "/proc/{pid}/{part}: {}", String::from_utf8_lossy(&text));
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_crash_leaves_no_core_dump() {
    use std::os::unix::process::ExitStatusExt;
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(crate::rig::apart::Way::Well);
    let dumps = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        desk.surround(shell.current_dir(desk.folder()).args([
            "-c",
            script,
            env!("CARGO_BIN_EXE_linode-bandwidth"),
        ]));
        shell
    };
    let careless = dumps("ulimit -c unlimited; kill -ABRT $$").status().unwrap();
    if !careless.core_dumped() {
        eprintln!("this machine writes no core dumps: what keeps the program from it is not seen");
    }
    let log = fs::File::create(desk.folder().join("log")).unwrap();
    let mut tray = dumps("ulimit -c unlimited; exec \"$0\" tray").stderr(log).spawn().unwrap();
    until("an icon", || crate::rig::item::of_process(&desk.bus, tray.id()).pop());
    let limits = fs::read_to_string(format!("/proc/{}/limits", tray.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    // What is not dumpable belongs to root, whoever runs it; as root that is not seen.
    crate::rig::tool("kill", &["-ABRT", &tray.id().to_string()]);
    let ended = tray.wait().unwrap();
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false));
}

fn holds(bytes: &[u8]) -> bool {
    has(bytes, MARK) || has(bytes, &MARKED.as_bytes()[..16]) || has(bytes, &MARKED_TOO.as_bytes()[..16])
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// All files below `folder`; sockets and links are none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}
