//! The real window, opened from the tray.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use crate::rig::parts::Part;
use crate::rig::program::{Desk, NEW_TOKEN, TOKEN, memory, refusal};
use crate::rig::running::{AppWindow, Tray};
use crate::rig::{SOON, said, screen, tool, until};
use crate::support::server::Reply;

/// Types as a user does: the window first gets what it draws with and the keyboard.
pub fn type_into(window: &AppWindow, text: &str) {
    window.activate();
    tool("xdotool", &["type", "--delay", "8", text]);
}

/// What another program has put into the clipboard; that program ends with its value.
pub struct Copied(Child);

impl Copied {
    pub fn text(text: &str) -> Copied {
        Copied::into("clipboard", text)
    }

    /// Into the clipboard, or as what is selected: `primary`.
    pub fn into(selection: &str, text: &str) -> Copied {
        let program = Command::new("xclip")
            .args(["-quiet", "-selection", selection])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut program = program.unwrap();
        program.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        until("the clipboard", || (held(selection) == text).then_some(()));
        Copied(program)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What whoever pastes next would get.
fn clipboard() -> String {
    held("clipboard")
}

/// The same of what is selected: `primary`.
pub fn held(selection: &str) -> String {
    let read = Command::new("xclip").args(["-out", "-selection", selection]).output().unwrap();
    String::from_utf8_lossy(&read.stdout).into_owned()
}

/// Waits until the window has drawn something and that has come to rest.
pub fn drawn(window: &AppWindow) {
    let mut last = window.pixels();
    until("the window's picture", || {
        let now = window.pixels();
        let done = now == last && now.iter().any(|byte| *byte != now[0]);
        last = now;
        done.then_some(())
    });
}

/// To the next field, so many times. Several in one picture of the window would count once.
pub fn tab(window: &AppWindow, times: usize) {
    for _ in 0..times {
        let before = window.pixels();
        screen::keys(&["Tab"]);
        until("the next field", || (window.pixels() != before).then_some(()));
        drawn(window);
    }
}

fn closed(tray: &Tray<'_>, window: &AppWindow) {
    window.close();
    tray.alone();
    assert!(!std::path::Path::new(&format!("/proc/{}", window.pid)).exists());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_account_is_set_up_in_the_window_that_the_menu_opens() {
    let desk = Desk::alone();
    desk.configure("", &[]);
    desk.used(630, 1000);
    screen::away();
    let tray = desk.tray();
    let item = tray.showing("Linode Bandwidth");
    assert_eq!(item.labels()[0], "Set up an account…");
    item.click("Set up an account…");
    let window = tray.window();
    drawn(&window);
    window.activate();
    // Four pages, two addresses, the token.
    tab(&window, 7);
    let _copied = Copied::text(TOKEN);
    window.activate();
    screen::keys(&["ctrl+v"]);
    drawn(&window);
    // Paste, Show, the name.
    tab(&window, 3);
    type_into(&window, "Acme");
    drawn(&window);
    screen::keys(&["Return"]);
    tray.showing("Acme 63%");
    until("the token out of the clipboard", || (clipboard() != TOKEN).then_some(()));
    drawn(&window);
    window.keep("window-after-set-up");
    closed(&tray, &window);

    let config = std::fs::read_to_string(desk.config_file()).unwrap();
    assert!(!config.contains(TOKEN), "{config}");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_click_opens_the_one_window_and_every_row_shows_its_page_in_it() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    desk.refresh();
    let before = memory(tray.pid());
    item.activate();
    let window = tray.window();
    drawn(&window);
    let mut last = window.pixels();
    for (entry, row) in
        [("", "Accounts…"), ("", "Settings…"), ("", "Usage and history…"), ("Acme:", "Edit…"), ("", "About")]
    {
        if entry.is_empty() {
            item.click(row)
        } else {
            item.click_of(entry, row)
        }
        until(row, || (window.pixels() != last).then_some(()));
        drawn(&window);
        last = window.pixels();
    }
    item.activate();
    until("the first page again", || (window.pixels() != last).then_some(()));
    assert_eq!(tray.children(), [window.pid], "one window");
    closed(&tray, &window);
    item.activate();
    let again = tray.window();
    assert_ne!(again.pid, window.pid);
    closed(&tray, &again);
    let after = memory(tray.pid());
    println!("the tray's memory: {before} KiB before the windows, {after} KiB after them");
    assert!(after < before + 1024, "{before} KiB before, {after} KiB after");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_refused_token_is_replaced_in_the_form_that_its_row_opens() {
    let desk = Desk::alone();
    desk.acme();
    desk.api.answer_for(TOKEN, "/account/transfer", crate::rig::program::refusal());
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", crate::rig::program::transfer(630, 1000));
    screen::away();
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    assert_eq!(item.below("Acme:")[..2], [crate::tokens::MESSAGE, "Replace token…"]);
    item.click_of("Acme:", "Replace token…");
    let window = tray.window();
    drawn(&window);
    type_into(&window, NEW_TOKEN);
    let crossed = item.icon();
    let begun = Instant::now();
    screen::keys(&["Return"]);
    tray.showing("Acme 63%");
    until("icon and menu without the error", || {
        let told = item.row_of("Acme:", "Replace token…").is_some();
        (!told && item.icon() != crossed).then_some(())
    });
    println!("from Enter in the form to an icon and a menu without the error: {:?}", begun.elapsed());
    closed(&tray, &window);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_click_on_a_notification_opens_the_window() {
    let desk = Desk::alone();
    Part::Notifications.stop();
    Part::Dunst.start();
    desk.acme();
    desk.used(830, 1000);
    let tray = desk.tray();
    tray.showing("Acme 83%");
    desk.wait_for_notifications(1);
    until("the notification on the screen", || {
        (said("dunstctl", &["count", "displayed"]) == "1").then_some(())
    });
    tool("dunstctl", &["action"]);
    let window = tray.window();
    closed(&tray, &window);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_menu_duplicates_and_mutes_an_entry() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    item.click_of("Acme:", "Duplicate");
    until("the copy's figures", || item.row("Acme copy: 630 of 1,000 GB · 63%"));
    let muted = || item.row_of("Acme:", "Mute").is_some_and(|row| row.checked);
    assert!(!muted());
    item.click_of("Acme:", "Mute");
    until("the mark", || muted().then_some(()));
    let config = std::fs::read_to_string(desk.config_file()).unwrap();
    assert!(config.contains("muted = true"), "{config}");
    item.click_of("Acme:", "Mute");
    until("no mark", || (!muted()).then_some(()));
    desk.done(&["accounts", "remove", "Acme copy"], "");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_window_that_can_not_be_shown_is_told_of() {
    let desk = Desk::alone();
    desk.acme();
    desk.used(630, 1000);
    let tray = desk.tray_with(&[("DISPLAY", ":250"), ("WAYLAND_DISPLAY", "")]);
    let item = tray.showing("Acme 63%");
    item.activate();
    let told = desk.wait_for_notifications(1).remove(0);
    assert_eq!(told.summary, "The window could not be shown");
    tray.alone();
    desk.answer(Reply::close());
    desk.refresh();
    tray.showing("Acme 63% (offline)");
}

/// What a socket answers to these bytes. It may hang up before it has read all of them.
fn answer(socket: &Path, bytes: &[u8]) -> String {
    let mut peer = UnixStream::connect(socket).unwrap();
    let _ = peer.write_all(bytes);
    let _ = peer.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = peer.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// The same for another user, whom only root can play: what it comes to in words.
fn strangers_answer(socket: &Path, wish: &str) -> String {
    let script = r#"$SIG{PIPE} = "IGNORE"; $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or do { print "closed"; exit };
        print $s "$ARGV[1]\n"; $a = <$s>; print defined $a ? $a : "nothing""#;
    let words = [
        "--reuid",
        "54321",
        "--regid",
        "54321",
        "--clear-groups",
        "perl",
        "-MIO::Socket::UNIX",
        "-e",
        script,
    ];
    let words = [&words[..], &[socket.to_str().unwrap(), wish]].concat();
    said("setpriv", &words)
}

/// Passes everything from one socket on to another and tells what that was: what was wished, and what was answered.
fn listened_to(at: &Path, real: &Path, heard: mpsc::Sender<(String, String)>) {
    let (listener, real) = (UnixListener::bind(at).unwrap(), real.to_owned());
    std::thread::spawn(move || {
        for mut peer in listener.incoming().map_while(Result::ok) {
            let mut wish = String::new();
            let _ = BufReader::new(peer.try_clone().unwrap()).read_line(&mut wish);
            let answer = answer(&real, wish.as_bytes());
            let _ = peer.write_all(answer.as_bytes());
            let _ = heard.send((wish, answer));
        }
    });
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_windows_socket_carries_no_token_bears_nonsense_and_does_not_listen_to_strangers() {
    let desk = Desk::with_acme();
    desk.answer(refusal());
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    item.activate();
    let window = tray.window();
    drawn(&window);
    let socket = desk.data_dir().join("window.sock");
    until("the window's socket", || socket.exists().then_some(()));
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);

    // What nobody should send is answered with the one word, which repeats none of it.
    for nonsense in [
        format!("{TOKEN}\n"),
        format!("show {TOKEN}\n"),
        format!("token {TOKEN} {TOKEN}\n"),
        "edit ../../etc/passwd\n".to_owned(),
        "show\n".to_owned(),
        "\0\u{1b}[31m\n".to_owned(),
        "y".repeat(100_000),
        "edit acm".to_owned(),
        format!("about{}\n", " ".repeat(1000)),
    ] {
        let answer = answer(&socket, nonsense.as_bytes());
        assert!(
            answer == "what?\n" || (answer.is_empty() && nonsense.len() > 256),
            "{nonsense:?}: {answer:?}"
        );
    }
    assert_eq!(answer(&socket, b"\xff\xfe\n"), "what?\n");
    // A wish that is a tray's does nothing here, and shows nothing.
    assert_eq!(answer(&socket, format!("token-stored {TOKEN}\n").as_bytes()), "no\n");

    let root = Command::new("setpriv").args(["--reuid", "54321", "--clear-groups", "true"]).output().unwrap();
    if root.status.success() {
        for folder in [desk.folder(), &desk.data_dir()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(strangers_answer(&socket, "about"), "closed", "its mode keeps them out");
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(strangers_answer(&socket, "about"), "nothing", "and so does who they are");
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
    } else {
        crate::support::skip("it takes root to be another user");
    }

    // Everything that the tray and commands have to say to it, and what it says.
    let real = desk.data_dir().join("window.real");
    fs::rename(&socket, &real).unwrap();
    let (heard, talk) = mpsc::channel();
    listened_to(&socket, &real, heard);
    let id = desk.id(0);
    item.click("Settings…");
    item.click_of("Acme:", "Edit…");
    item.click_of("Acme:", "Replace token…");
    item.click("About");
    desk.done(&["window", "token-guide"], "");
    desk.done(&["window", "--replace-token", "Acme"], "");
    let mut said: Vec<_> = (0..6).map(|_| talk.recv_timeout(SOON).unwrap()).collect();
    said.sort();
    let replace = format!("replace-token {id}\n");
    let wishes = [
        "about\n".to_owned(),
        format!("edit {id}\n"),
        replace.clone(),
        replace,
        "show settings\n".to_owned(),
        "show token-guide\n".to_owned(),
    ];
    assert_eq!(said, wishes.map(|wish| (wish, "ok\n".to_owned())));
    assert!(!desk.log().contains(TOKEN));
    // After all of that it is as before.
    closed(&tray, &window);
    tray.quit();
}
