//! A click's activation token reaches the window from every part of the program.

use std::fs;
use std::process::Command;
use std::sync::mpsc::Receiver;

use zbus::message::Type;

use crate::rig::isolated_session::Way;
use crate::rig::program::{TestDesktop, refusal};
use crate::rig::{SOON, until};
use crate::support::owner::Window;

/// Repeats `act` until the window gets this request, because a late token has no effect.
fn is_told(told: &Receiver<String>, wish: &str, act: impl Fn()) {
    until(wish, || {
        act();
        (told.recv_timeout(SOON).unwrap() == wish).then_some(())
    });
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn open_window_gets_the_panels_activation_token() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let told = Window::open(&desk.data_dir()).shows;
    item.activate();
    assert_eq!(told.recv_timeout(SOON).unwrap(), "Page(Usage)", "a panel of X11 gives none");
    is_told(&told, "Page(Usage) with activation-1", || {
        item.give_activation_token("activation-1");
        item.activate();
    });
    is_told(&told, "Page(Settings) with activation-2", || {
        item.give_activation_token("activation-2");
        item.click("Settings…");
    });
    item.activate();
    assert_eq!(told.recv_timeout(SOON).unwrap(), "Page(Usage)", "it is good for one click");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn open_window_gets_a_notifications_activation_token() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(830, 1000);
    let (_host, server) = (desk.session().host(Way::Well), desk.session().notifications(Way::Well));
    let tray = desk.tray();
    tray.showing("Acme 83%");
    server.wait_for(1);
    desk.wait_until_settled();
    let told = Window::open(&desk.data_dir()).shows;
    server.clicked(None, 2, "default", "anothers");
    server.clicked(None, 1, "default", "activation-5");
    assert_eq!(
        told.recv_timeout(SOON).unwrap(),
        format!("Account(AccountId({:?})) with activation-5", desk.id(0))
    );
    desk.answer(refusal());
    desk.refresh();
    tray.showing("Acme: token refused");
    server.wait_for(2);
    desk.wait_until_settled();
    let shown = desk.watch.matching(Type::MethodCall, "org.freedesktop.Notifications", "Notify");
    let whom = shown.last().unwrap().header().sender().unwrap().to_string();
    server.clicked(Some(&whom), 1, "0", "activation-6");
    let replace = format!("ReplaceToken(AccountId({:?})) with activation-6", desk.id(0));
    assert_eq!(told.recv_timeout(SOON).unwrap(), replace);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_second_start_hands_its_leave_on() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let told = Window::open(&desk.data_dir()).shows;
    for (words, wish) in [
        (&["window", "settings"][..], "Page(Settings) with activation-3"),
        (&[][..], "Page(Usage) with activation-3"),
    ] {
        let run = |command: &mut Command| assert!(command.status().unwrap().success());
        run(desk.command(words).env("XDG_ACTIVATION_TOKEN", "activation-3"));
        assert_eq!(told.recv_timeout(SOON).unwrap(), wish);
    }
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn new_window_gets_the_clicks_activation_token() {
    let desk = TestDesktop::with_acme();
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
