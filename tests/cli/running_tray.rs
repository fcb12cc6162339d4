//! `tray` without a desktop, and commands to a running tray.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};

use linode_bandwidth::app::instance_lock::{InstanceLock, try_acquire};
use linode_bandwidth::app::ipc::UPDATED;
use linode_bandwidth::app::ipc::message::{Answer, Request};

use crate::support::owner::{StandIn, done};
use crate::{Checks, Home, account, checked, transfer};

/// A fake tray with the lock. It receives the request of another one to take over, and refuses.
fn running(home: &Home) -> (InstanceLock, StandIn) {
    let claim = try_acquire(&home.data_dir().join("lock")).unwrap().unwrap();
    let stays = |request: &Request| match request {
        Request::MakeWay | Request::TakeOver => Answer::Done(Err("it goes on".to_owned())),
        request => done(request),
    };
    (claim, StandIn::start(&home.data_dir(), stays))
}

/// The same for version 0.1.0, which takes one word per connection. Returns the words.
fn running_old(home: &Home, count: usize) -> (InstanceLock, JoinHandle<Vec<String>>) {
    let claim = try_acquire(&home.data_dir().join("lock")).unwrap().unwrap();
    let socket = UnixListener::bind(home.data_dir().join("control.sock")).unwrap();
    let heard = thread::spawn(move || {
        let serve = |_| {
            let (mut stream, _) = socket.accept().unwrap();
            let mut word = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut word).unwrap();
            let answer: &[u8] = match word.as_str() {
                "refresh\n" | "open\n" | "read-config\n" => b"ok\n",
                "make-way\n" => b"no\n",
                _ => b"what?\n",
            };
            stream.write_all(answer).unwrap();
            word.trim_end().to_owned()
        };
        (0..count).map(serve).filter(|word| !word.starts_with('{')).collect()
    });
    (claim, heard)
}

#[test]
fn without_a_session_bus_the_tray_says_what_it_needs() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    for words in ["tray", ""] {
        let said = home.run(words).failed(1);
        assert!(said.starts_with("no tray icon: ") && said.contains("desktop session"), "{said}");
    }
    assert!(home.api.requests().is_empty(), "nothing is polled for nobody");
}

#[test]
fn unusable_data_folder_is_reported() {
    let home = Home::new();
    fs::write(home.data_dir(), "a file in its place").unwrap();
    let said = home.run("tray").failed(1);
    assert!(said.contains("LINODE_BANDWIDTH_DATA_DIR"), "{said}");
}

#[test]
fn a_refresh_without_a_tray_says_how_to_start_it() {
    assert_eq!(Home::new().run("refresh").failed(1), "no tray is running: start it with `linode-bandwidth`");
}

#[test]
fn a_refresh_ends_when_the_tray_has_done_it() {
    let home = Home::new();
    let (_claim, tray) = running(&home);
    assert_eq!(home.run("refresh").done(), "");
    assert_eq!(tray.heard(), ["Refresh"]);
}

#[test]
fn a_tray_of_the_version_before_does_what_it_can() {
    let home = Home::new();
    // Each connection says hello first, then uses the old protocol.
    let (_claim, heard) = running_old(&home, 6);
    assert_eq!(home.run("refresh").done(), "");
    assert!(home.run("tray").done().contains("is already running"));
    assert_eq!(heard.join().unwrap(), ["refresh", "make-way", "open"]);
}

#[test]
fn a_tray_of_another_version_is_to_be_started_again() {
    let home = Home::new();
    let _claim = try_acquire(&home.data_dir().join("lock")).unwrap().unwrap();
    let socket = UnixListener::bind(home.data_dir().join("control.sock")).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
        let hello = r#"{"hello":{"protocol":99,"program":"9.9.9","owner":"tray"}}"#;
        writeln!(stream, "{hello}").unwrap();
    });
    assert_eq!(home.run("refresh").failed(1), UPDATED);
}

#[test]
fn a_second_start_asks_the_running_tray_to_come_to_the_front() {
    for words in ["tray", ""] {
        let home = Home::new();
        let (_claim, tray) = running(&home);
        assert!(home.run(words).done().contains("is already running"));
        let open = "Open(WindowRequest { view: Page(Usage), activation: None, display: DisplayNames([]) })";
        assert_eq!(tray.heard(), ["MakeWay", open]);
    }
}

#[test]
fn a_start_at_login_asks_a_running_tray_for_no_window() {
    let home = Home::new();
    let (_claim, tray) = running(&home);
    assert!(home.run("tray --login").done().contains("is already running"));
    assert_eq!(tray.heard(), ["MakeWay"]);
}

#[test]
fn start_on_a_display_may_be_refused_to_take_over() {
    let home = Home::new();
    let socket = home.dir.path().join("wayland");
    let _display = UnixListener::bind(&socket).unwrap();
    let (_claim, tray) = running(&home);
    let program = home.program("tray --login").env("WAYLAND_DISPLAY", &socket).output().unwrap();
    assert!(checked("tray --login", program).done().contains("is already running"));
    assert_eq!(tray.heard(), ["MakeWay", "TakeOver"]);
}

#[test]
fn other_commands_go_on_beside_a_tray() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let _claim = try_acquire(&home.data_dir().join("lock")).unwrap().unwrap();
    assert_eq!(home.status("")["used_gb"], 630.0);
    home.configure(&(account("acme", "Acme") + &account("b", "B")));
    home.run("accounts remove B").done();
}
