//! The real window, opened from the tray.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use linode_bandwidth::app::window_opener::NOT_SHOWN;
use linode_bandwidth::domain::text::SET_UP_ACCOUNT;

use crate::rig::parts::Part;
use crate::rig::program::{NEW_TOKEN, TOKEN, TestDesktop, memory, refusal};
use crate::rig::running::{AppWindow, Tray};
use crate::rig::{said, screen, tool, until};
use crate::support::server::Reply;

/// Types like a user: the window must be drawn and have the focus first.
pub fn type_into(window: &AppWindow, text: &str) {
    window.activate();
    tool("xdotool", &["type", "--delay", "8", text]);
}

/// Text that another program has put into the clipboard; the program ends when this is dropped.
pub struct Copied(Child);

impl Copied {
    pub fn text(text: &str) -> Copied {
        Copied::into("clipboard", text)
    }

    /// Copies it into the clipboard, or into the selection with `primary`.
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

/// The clipboard's text.
fn clipboard() -> String {
    held("clipboard")
}

/// The text of the clipboard, or of the selection with `primary`.
pub fn held(selection: &str) -> String {
    let read = Command::new("xclip").args(["-out", "-selection", selection]).output().unwrap();
    String::from_utf8_lossy(&read.stdout).into_owned()
}

/// Waits until the window is drawn and no longer changes.
pub fn drawn(window: &AppWindow) {
    let mut last = window.pixels();
    until("the window's picture", || {
        let now = window.pixels();
        let done = now == last && now.iter().any(|byte| *byte != now[0]);
        last = now;
        done.then_some(())
    });
}

/// Presses Tab this many times. Several in one frame would count once.
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
    let desk = TestDesktop::alone();
    desk.configure("", &[]);
    desk.used(630, 1000);
    screen::away();
    let tray = desk.tray();
    let item = tray.showing("Linode Bandwidth");
    assert_eq!(item.labels()[0], SET_UP_ACCOUNT);
    item.click(SET_UP_ACCOUNT);
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

/// Checks that the tray has started no window. A tray handles its start before it answers a command.
fn opens_nothing(desk: &TestDesktop, tray: &Tray<'_>) {
    for _ in 0..3 {
        desk.refresh();
        assert!(tray.children().is_empty(), "{:?}", tray.children());
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_first_start_opens_the_guide_and_no_later_one_does() {
    let desk = TestDesktop::alone();
    screen::away();
    let tray = desk.tray();
    tray.showing("Linode Bandwidth");
    let window = tray.window();
    // A title, not pixels: the first frames do not have the tray's answers yet, nor the focus.
    let guide =
        until("the guide's title", || Some(window.title()).filter(|title| title != "Linode Bandwidth"));
    drawn(&window);
    window.keep("window-at-the-first-start");
    window.activate();
    screen::keys(&["ctrl+1"]);
    until("another page", || (window.title() != guide).then_some(()));
    tray.item().click(SET_UP_ACCOUNT);
    until("the guide again", || (window.title() == guide).then_some(()));
    assert_eq!(tray.children(), [window.pid], "the same window");
    closed(&tray, &window);
    tray.quit();
    assert!(!desk.config_file().exists(), "nothing was added");

    let again = desk.tray();
    again.showing("Linode Bandwidth");
    opens_nothing(&desk, &again);
    again.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_first_start_at_login_opens_nothing() {
    let desk = TestDesktop::alone();
    screen::away();
    let tray = desk.tray_at_login(&[]);
    tray.showing("Linode Bandwidth");
    opens_nothing(&desk, &tray);
    tray.quit();
    let next = desk.tray();
    next.showing("Linode Bandwidth");
    opens_nothing(&desk, &next);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn quit_asks_about_unsaved_changes_unless_the_window_hangs() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(630, 1000);
    screen::away();
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    item.click_of("Acme:", "Edit…");
    let window = tray.window();
    drawn(&window);
    type_into(&window, "x");
    drawn(&window);
    let edited = window.pixels();
    item.click("Quit");
    until("the question", || (window.pixels() != edited).then_some(()));
    drawn(&window);
    window.keep("window-quit-question");
    assert_eq!(tray.children(), [window.pid], "both are there");
    // Keep editing has the focus; the other button is next to it.
    tab(&window, 1);
    screen::keys(&["Return"]);
    assert!(tray.ended().success());
    let gone = format!("/proc/{}", window.pid);
    until("the window's end", || (!Path::new(&gone).exists()).then_some(()));

    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    item.click_of("Acme:", "Edit…");
    let window = tray.window();
    drawn(&window);
    type_into(&window, "x");
    drawn(&window);
    tool("kill", &["-STOP", &window.pid.to_string()]);
    item.click("Quit");
    assert!(tray.ended().success());
    tool("kill", &["-KILL", &window.pid.to_string()]);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn clicks_and_menu_rows_use_a_single_window() {
    let desk = TestDesktop::with_acme();
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
fn an_account_with_a_command_is_set_up_in_the_window_and_polled() {
    let desk = TestDesktop::alone();
    desk.configure("", &[]);
    desk.used(630, 1000);
    let token = desk.folder().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    screen::away();
    let tray = desk.tray();
    tray.showing("Linode Bandwidth").click("Accounts…");
    let window = tray.window();
    drawn(&window);
    // Four pages, then Add account…, whose form starts with the focus on the name.
    tab(&window, 5);
    screen::keys(&["Return"]);
    drawn(&window);
    type_into(&window, "Acme");
    drawn(&window);
    // Token, Paste, Show, the guide, the keyring, then the command, whose field gets the focus.
    tab(&window, 6);
    screen::keys(&["space"]);
    drawn(&window);
    type_into(&window, &format!("cat '{}'", token.display()));
    drawn(&window);
    window.keep("window-token-command");
    screen::keys(&["Return"]);
    tray.showing("Acme 63%");
    closed(&tray, &window);
    let config = std::fs::read_to_string(desk.config_file()).unwrap();
    assert!(config.contains("token_command = [\"cat\", ") && !config.contains(TOKEN), "{config}");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_refused_token_is_replaced_in_the_form_that_its_row_opens() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.api.answer_for(TOKEN, "/account/transfer", crate::rig::program::refusal());
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", crate::rig::program::transfer(630, 1000));
    screen::away();
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    assert_eq!(
        item.below("Acme:")[..2],
        [linode_bandwidth::domain::failure::INVALID_TOKEN, "Replace token…"]
    );
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
    let desk = TestDesktop::alone();
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
    let desk = TestDesktop::with_acme();
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
fn window_that_cant_open_is_reported() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(630, 1000);
    let tray = desk.tray_with(&[("DISPLAY", ":250"), ("WAYLAND_DISPLAY", "")]);
    let item = tray.showing("Acme 63%");
    item.activate();
    let told = desk.wait_for_notifications(1).remove(0);
    assert_eq!(told.summary, NOT_SHOWN);
    tray.alone();
    desk.answer(Reply::close());
    desk.refresh();
    tray.showing("Acme 63% (offline)");
}

/// Forwards everything between a client and the tray, and records both directions.
fn listened_to(at: &Path, real: &Path) -> Arc<Mutex<[Vec<u8>; 2]>> {
    let (listener, real) = (UnixListener::bind(at).unwrap(), real.to_owned());
    let heard = Arc::new(Mutex::new([Vec::new(), Vec::new()]));
    let notes = heard.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let tray = UnixStream::connect(&real).unwrap();
            let ways = [(client.try_clone().unwrap(), tray.try_clone().unwrap()), (tray, client)];
            for (side, (mut from, mut to)) in ways.into_iter().enumerate() {
                let notes = notes.clone();
                std::thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(count @ 1..) = from.read(&mut bytes) {
                        notes.lock().unwrap()[side].extend_from_slice(&bytes[..count]);
                        let _ = to.write_all(&bytes[..count]);
                    }
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    heard
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn typed_token_is_sent_to_the_tray_once_and_never_back() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.answer(refusal());
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    let socket = linode_bandwidth::app::ipc::socket_path(&desk.data_dir());
    let real = desk.data_dir().join("real.sock");
    until("the tray's socket", || fs::rename(&socket, &real).ok());
    let heard = listened_to(&socket, &real);
    item.click_of("Acme:", "Replace token…");
    let window = tray.window();
    drawn(&window);
    desk.used(640, 1000);
    type_into(&window, NEW_TOKEN);
    screen::keys(&["Return"]);
    tray.showing("Acme 64%");
    closed(&tray, &window);
    let [sent, told] = &*heard.lock().unwrap();
    let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches(NEW_TOKEN).count();
    assert_eq!((count(sent), count(told)), (1, 0));
    assert!(!told.is_empty());
    assert!(!desk.log().contains(NEW_TOKEN));
    tray.quit();
}
