//! Tokens are only in the keyring and in requests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rig::program::{TestDesktop, refusal};
use crate::rig::until;
use crate::support::server::Reply;

/// A token that can't occur by chance.
pub const MARKED: &str = "5eed5eed5eed5eedfeedfacefeedfacefeedfacefeedface0ddba110ddba1100";
const MARKED_TOO: &str = "cafebabecafebabefeedfacefeedfacefeedfacefeedface0ddba110ddba1100";
/// A part of both tokens.
const MARK: &[u8] = b"feedfacefeedface";

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn no_token_is_in_any_file_log_process_or_message() {
    let desk = TestDesktop::alone();
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

    // Check the search itself: the tokens were used, the log is complete, the keyring was read.
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
        // Files that SQLite removes at its end may be gone by now.
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!holds(&bytes), "{}", file.display());
    }
    for message in messages().iter() {
        assert!(!holds(message.data()), "{message:?}");
    }
}

/// Every command, also with errors. `{}` stands for a token: if typed in the wrong place, it must not be repeated.
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
    let desk = TestDesktop::apart();
    let _parts = desk.session().all_well();
    let hook = desk.folder().join("hook").display().to_string();
    // The hook writes its environment to a searched file.
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
    // Indented lines continue the line above.
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

    // Each failure, for the tray and for commands, from a server that repeats the token.
    let echo = format!(r#"{{"errors": [{{"reason": "{MARKED} is not authorized"}}]}}"#);
    let faults = crate::api_error_table::all()
        .into_iter()
        .chain([200, 400, 401, 403, 404, 429, 500, 503].map(|status| Reply::json(status, echo.clone())));
    for reply in faults {
        desk.answer(reply.clone());
        desk.api.answer("/profile/tokens", reply);
        desk.refresh();
        ["status", "tokens", "doctor", "accounts token Acme --token-stdin"].into_iter().for_each(say);
    }
    // The tray's socket gets a token instead of a message.
    let mut socket = std::os::unix::net::UnixStream::connect(desk.data_dir().join("control.sock")).unwrap();
    std::io::Write::write_all(&mut socket, format!("{MARKED}\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut socket, &mut answer).unwrap();
    assert_eq!(answer, b"");

    let processes = processes_with(desk.folder());
    assert!(processes.contains(&tray.pid()), "{processes:?}");
    for pid in processes {
        unmarked(pid);
    }
    tray.quit();

    // Without a tray.
    desk.used(830, 1000);
    let exporter = desk.exporter();
    assert!(!holds(exporter.showing("830000000000").as_bytes()));
    unmarked(exporter.pid());
    exporter.quit();

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

/// Everything that reports problems on a desktop, except the tray. Checks that none prints a token.
fn every_face(desk: &TestDesktop) {
    let faces = [
        &["doctor"][..],
        &["status"],
        &["status", "--format", "json"],
        &["status", "--cached"],
        &["tokens"],
        &["accounts", "list"],
        &["accounts", "add", "New", "--token-stdin"],
        &["accounts", "token", "Beta", "--token-stdin"],
        &["refresh"],
    ];
    for words in faces {
        let output = desk.run(words, MARKED_TOO);
        let said = [output.stdout, output.stderr].concat();
        assert!(!holds(&said), "{words:?}: {}", String::from_utf8_lossy(&said));
    }
}

/// An account Acme whose command prints the marked token, and the file with it.
pub fn by_marked_command(desk: &TestDesktop) -> PathBuf {
    desk.by_command("", &["Acme"]);
    let token = desk.folder().join("token");
    fs::write(&token, MARKED).unwrap();
    token
}

/// Searches processes, files except those in `except`, and messages for the token.
pub fn looked_through(desk: &TestDesktop, except: &[PathBuf]) {
    processes_with(desk.folder()).into_iter().for_each(unmarked);
    for file in files(desk.folder()).into_iter().filter(|file| !except.contains(file)) {
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!holds(&bytes), "{}", file.display());
    }
    for message in desk.watch.messages().iter() {
        assert!(!holds(message.data()), "{message:?}");
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn no_broken_desktop_brings_a_token_to_light() {
    use crate::rig::isolated_session::Way;
    let desk = TestDesktop::apart();
    let token = by_marked_command(&desk);
    // A second account has its token in a missing keyring.
    let config = fs::read_to_string(desk.config_file()).unwrap();
    fs::write(desk.config_file(), config + "\n[[accounts]]\nid = \"beta\"\nname = \"Beta\"\n").unwrap();
    desk.used(830, 1000);

    // First no host and server, then ones that hang, refuse or die.
    let tray = desk.tray();
    until("a poll", || (desk.asked() > 0).then_some(()));
    until("a try", || (desk.watch.failed("org.freedesktop.Notifications", "Notify") > 0).then_some(()));
    every_face(&desk);
    for (way, used) in [(Way::Never, 920), (Way::Refuses, 930), (Way::Sits, 1010), (Way::Blind, 1020)] {
        let (host, server) = (desk.session().host(way), desk.session().notifications(way));
        desk.used(used, 1000);
        desk.refresh();
        every_face(&desk);
        drop((host, server));
    }
    let (host, server) = (desk.session().host(Way::Well), desk.session().notifications(Way::Well));
    until("the icon", || crate::rig::item::of_process(&desk.bus, tray.pid()).pop());
    desk.answer(refusal());
    desk.refresh();
    until("its being told", || {
        server
            .seen()
            .iter()
            .any(|(summary, body)| (summary.clone() + body).contains("token refused"))
            .then_some(())
    });
    assert!(!holds(format!("{:?}", server.seen()).as_bytes()));
    // Check that the token was used and the log is complete.
    assert!(desk.api.requests().iter().any(|request| request.token() == Some(MARKED)));
    assert!(desk.log().contains("DEBUG"), "{}", desk.log());
    looked_through(&desk, std::slice::from_ref(&token));
    drop((host, server));

    // The bus ends, and the tray with it.
    desk.end_session();
    assert!(tray.ended().success());
    every_face(&desk);
    let start = desk.run(&["tray"], "");
    assert!(!holds(&[start.stdout, start.stderr].concat()));
    looked_through(&desk, &[token]);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn no_keyring_that_is_locked_or_gone_brings_a_token_to_light() {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    use crate::rig::parts::{Part, dismiss_password_dialogs, lock, unlock};
    let desk = TestDesktop::alone();
    desk.configure("", &["Acme", "Beta"]);
    desk.used(830, 1000);
    desk.give_token("Acme", MARKED);
    desk.give_token("Beta", MARKED_TOO);
    let tray = desk.tray();
    tray.showing("Acme 83%");
    lock();
    // A user without the password, who closes every dialog.
    let away = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !away.load(Ordering::Relaxed) {
                dismiss_password_dialogs();
                thread::sleep(Duration::from_millis(50));
            }
        });
        desk.refresh();
        tray.showing("Acme 83% (keyring locked)");
        for words in [&["doctor"][..], &["status"], &["tokens"], &["status", "--format", "json"]] {
            let output = desk.run(words, "");
            assert!(!holds(&[output.stdout, output.stderr].concat()), "{words:?}");
        }
        away.store(true, Ordering::Relaxed);
    });
    unlock();
    Part::Keyring.kill();
    desk.refresh();
    tray.showing("Acme 83% (no keyring)");
    every_face(&desk);
    looked_through(&desk, &[]);
    Part::Keyring.start();
    desk.refresh();
    tray.showing("Acme 83%");
    looked_through(&desk, &[]);
    assert!(desk.api.requests().iter().any(|request| request.token() == Some(MARKED)));
}

/// The processes with `folder` in their environment: the program and its children.
fn processes_with(folder: &Path) -> Vec<u32> {
    let folder = folder.to_str().unwrap().as_bytes();
    let all =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|pid| fs::read(format!("/proc/{pid}/environ")).is_ok_and(|text| has(&text, folder))).collect()
}

fn unmarked(pid: u32) {
    for part in ["cmdline", "environ", "comm"] {
        // A process that may not be inspected is fine too.
        let text = fs::read(format!("/proc/{pid}/{part}")).unwrap_or_default();
        assert!(!holds(&text), "/proc/{pid}/{part}: {}", String::from_utf8_lossy(&text));
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_crash_leaves_no_core_dump() {
    use std::os::unix::process::ExitStatusExt;
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(crate::rig::isolated_session::Way::Well);
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
    // A process that is not dumpable belongs to root, which root itself can't see.
    crate::rig::tool("kill", &["-ABRT", &tray.id().to_string()]);
    let ended = tray.wait().unwrap();
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false));
}

pub fn holds(bytes: &[u8]) -> bool {
    has(bytes, MARK) || has(bytes, &MARKED.as_bytes()[..16]) || has(bytes, &MARKED_TOO.as_bytes()[..16])
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// All regular files in `folder` and below.
pub fn files(folder: &Path) -> Vec<PathBuf> {
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
