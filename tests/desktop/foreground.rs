//! A click's activation token reaches the window, whatever was clicked.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};

use zbus::message::Type;

use crate::rig::apart::Way;
use crate::rig::program::{Desk, refusal};
use crate::rig::{SOON, until};

/// What an open window is told; it is not there, and says that all is well.
fn open_window(desk: &Desk) -> Receiver<String> {
    let listener = UnixListener::bind(desk.data_dir().join("window.sock")).unwrap();
    let (heard, told) = mpsc::channel();
    std::thread::spawn(move || {
        for mut peer in listener.incoming().map_while(Result::ok) {
            let mut wish = String::new();
            let _ = BufReader::new(peer.try_clone().unwrap()).read_line(&mut wish);
            let _ = peer.write_all(b"ok\n");
            if heard.send(wish).is_err() {
                break;
            }
        }
    });
    told
}

/// Does it until the window is told this, as a token that comes late counts for nothing.
fn is_told(told: &Receiver<String>, wish: &str, act: impl Fn()) {
    until(wish, || {
        act();
        (told.recv_timeout(SOON).unwrap() == wish).then_some(())
    });
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_open_window_is_given_the_panels_leave_to_come_to_the_front() {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let told = open_window(&desk);
    item.activate();
    assert_eq!(told.recv_timeout(SOON).unwrap(), "show usage\n", "a panel of X11 gives none");
    is_told(&told, "show usage with activation-1\n", || {
        item.give_activation_token("activation-1");
        item.activate();
    });
    is_told(&told, "show settings with activation-2\n", || {
        item.give_activation_token("activation-2");
        item.click("Settings…");
    });
    item.activate();
    assert_eq!(told.recv_timeout(SOON).unwrap(), "show usage\n", "it is good for one click");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_open_window_is_given_a_notifications_leave_to_come_to_the_front() {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(830, 1000);
    let (_host, server) = (desk.session().host(Way::Well), desk.session().notifications(Way::Well));
    let tray = desk.tray();
    tray.showing("Acme 83%");
    server.wait_for(1);
    desk.wait_until_settled();
    let told = open_window(&desk);
    server.clicked(None, 2, "default", "anothers");
    server.clicked(None, 1, "default", "activation-5");
    assert_eq!(told.recv_timeout(SOON).unwrap(), "show usage with activation-5\n");
    desk.answer(refusal());
    desk.refresh();
    tray.showing("Acme: token refused");
    server.wait_for(2);
    desk.wait_until_settled();
    let shown = desk.watch.matching(Type::MethodCall, "org.freedesktop.Notifications", "Notify");
    let whom = shown.last().unwrap().header().sender().unwrap().to_string();
    server.clicked(Some(&whom), 1, "0", "activation-6");
    let replace = format!("replace-token {} with activation-6\n", desk.id(0));
    assert_eq!(told.recv_timeout(SOON).unwrap(), replace);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_second_start_hands_its_leave_on() {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    // The window that is there has the lock.
    fs::create_dir_all(desk.data_dir()).unwrap();
    let lock = fs::File::create(desk.data_dir().join("window.lock")).unwrap();
    lock.lock().unwrap();
    let told = open_window(&desk);
    for (words, wish) in [
        (&["window", "settings"][..], "show settings with activation-3\n"),
        (&[][..], "show usage with activation-3\n"),
    ] {
        let run = |command: &mut Command| assert!(command.status().unwrap().success());
        run(desk.command(words).env("XDG_ACTIVATION_TOKEN", "activation-3"));
        assert_eq!(told.recv_timeout(SOON).unwrap(), wish);
    }
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_new_window_is_started_with_the_clicks_leave_and_not_with_the_trays() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray_with(&[("XDG_ACTIVATION_TOKEN", "used-up"), ("DESKTOP_STARTUP_ID", "used-up")]);
    let item = tray.showing("Acme 63%");
    for activation in [None, Some("XDG_ACTIVATION_TOKEN=activation-4")] {
        until("a window with that", || {
            if activation.is_some() {
                item.give_activation_token("activation-4");
            }
            item.activate();
            let window = tray.window();
            let environment = fs::read_to_string(format!("/proc/{}/environ", window.pid)).unwrap();
            let given = |name: &str| environment.split('\0').find(|line| line.starts_with(name));
            assert_eq!(given("DESKTOP_STARTUP_ID"), None);
            let found = given("XDG_ACTIVATION_TOKEN");
            assert!(found.is_none() || found == activation, "{found:?}");
            window.close();
            tray.alone();
            (found == activation).then_some(())
        });
    }
    tray.quit();
}
