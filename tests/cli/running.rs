//! `tray` where there is no desktop, and what reaches a tray that runs.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};

use linode_bandwidth::instance::{Claim, claim};

use crate::{Checks, Home, account, checked, transfer};

/// Stands in for a tray: has its lock, and gives one wish `answer`.
fn running(home: &Home, answer: &'static str) -> (Claim, JoinHandle<String>) {
    let claim = claim(&home.data_dir().join("lock")).unwrap().unwrap();
    let socket = UnixListener::bind(home.data_dir().join("control.sock")).unwrap();
    let wished = thread::spawn(move || {
        loop {
            let (mut stream, _) = socket.accept().unwrap();
            let mut wish = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut wish).unwrap();
            // A tray hears that another would like to run, and stays.
            let stays = wish == "make-way\n";
            stream.write_all(if stays { b"no\n" } else { answer.as_bytes() }).unwrap();
            if !stays {
                return wish;
            }
        }
    });
    (claim, wished)
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
fn a_data_folder_that_cant_be_is_told() {
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
    let (_claim, wished) = running(&home, "ok\n");
    assert_eq!(home.run("refresh").done(), "");
    assert_eq!(wished.join().unwrap(), "refresh\n");
}

#[test]
fn a_tray_that_does_not_understand_is_told_of() {
    let home = Home::new();
    let (_claim, wished) = running(&home, "what?\n");
    let said = home.run("refresh").failed(1);
    assert!(said.contains("quit it and start it again"), "{said}");
    wished.join().unwrap();
}

#[test]
fn a_second_start_asks_the_running_tray_to_come_to_the_front() {
    for words in ["tray", ""] {
        let home = Home::new();
        let (_claim, wished) = running(&home, "ok\n");
        assert!(home.run(words).done().contains("runs already"));
        assert_eq!(wished.join().unwrap(), "open\n");
    }
}

#[test]
fn a_start_at_login_asks_a_running_tray_for_no_window() {
    let home = Home::new();
    let (_claim, wished) = running(&home, "ok\n");
    assert!(home.run("tray --login").done().contains("runs already"));
    home.run("refresh").done();
    assert_eq!(wished.join().unwrap(), "refresh\n", "nothing before that");
}

#[test]
fn a_start_on_a_display_asks_a_running_tray_to_take_over_when_it_can_and_takes_a_no() {
    let home = Home::new();
    let socket = home.dir.path().join("wayland");
    let _display = UnixListener::bind(&socket).unwrap();
    let (_claim, wished) = running(&home, "no\n");
    let program = home.program("tray --login").env("WAYLAND_DISPLAY", &socket).output().unwrap();
    assert!(checked("tray --login", program).done().contains("runs already"));
    assert_eq!(wished.join().unwrap(), "take-over\n");
}

#[test]
fn other_commands_go_on_beside_a_tray() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let _claim = claim(&home.data_dir().join("lock")).unwrap().unwrap();
    assert_eq!(home.status("")["used_gb"], 630.0);
    home.configure(&(account("acme", "Acme") + &account("b", "B")));
    home.run("accounts remove B").done();
}
