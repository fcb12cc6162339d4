//! Two simultaneous sessions of one user, such as a local one and a remote desktop: each has an icon and a window, and
//! one process polls. Each session has its own bus and panel.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::process::{Command, ExitStatus};
use std::thread;

use linode_bandwidth::app::instance_lock::try_acquire;
use linode_bandwidth::app::window_opener::NOT_SHOWN;
use zbus::blocking::Connection;

use crate::rig::display::Display;
use crate::rig::isolated_session::{Host, Session, Way};
use crate::rig::item::{self, Item};
use crate::rig::program::TestDesktop;
use crate::rig::running::Tray;
use crate::rig::until;

fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    desk
}

/// A second session on the machine.
struct Beside {
    session: Session,
    bus: Connection,
    _host: Host,
}

impl Beside {
    fn start() -> Beside {
        let session = Session::start();
        let (bus, host) = (session.connect(), session.host(Way::Well));
        Beside { session, bus, _host: host }
    }

    /// A tray that a login starts in this session.
    fn login<'a>(&self, desk: &'a TestDesktop) -> Tray<'a> {
        desk.tray_at_login(&[("DBUS_SESSION_BUS_ADDRESS", self.session.address())])
    }

    /// A tray that the user starts in this session on this display.
    fn start_on<'a>(&self, desk: &'a TestDesktop, display: &Display) -> Tray<'a> {
        let bus = ("DBUS_SESSION_BUS_ADDRESS", self.session.address());
        desk.tray_with(&[bus, ("DISPLAY", display.name())])
    }

    /// The icon of `tray` in this session's panel, once its title is `title`.
    fn showing(&self, tray: &mut Tray<'_>, title: &str) -> Item {
        until(&format!("{title:?} in the other session"), || {
            assert_eq!(tray.has_ended(), None, "it has no icon, and has ended");
            let items = item::of_process(&self.bus, tray.pid());
            items.into_iter().find(|item| item.try_title().is_some_and(|shown| shown == title))
        })
    }
}

fn ends_well(desk: &TestDesktop, tray: Tray<'_>) {
    assert_eq!(tray.ended().code(), Some(0), "{}", desk.log());
}

/// A tray in each session; the first one polls.
fn both<'a>(desk: &'a TestDesktop, beside: &Beside) -> (Tray<'a>, Tray<'a>) {
    let first = desk.tray_at_login(&[]);
    first.showing("Acme 63%");
    let mut second = beside.login(desk);
    beside.showing(&mut second, "Acme 63%");
    (first, second)
}

/// Waits until a tray has polled on request.
fn polls(desk: &TestDesktop) {
    until("a tray that polls", || desk.run(&["refresh"], "").status.success().then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn each_session_has_an_icon_and_one_process_polls() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let (first, mut second) = both(&desk, &beside);
    desk.used(640, 1000);
    desk.refresh();
    first.showing("Acme 64%");
    beside.showing(&mut second, "Acme 64%");
    assert_eq!(desk.asked(), 2, "a poll at the start, and one that was asked for");
    let open = fs::read_dir(format!("/proc/{}/fd", second.pid())).unwrap();
    let files = open.filter_map(|file| fs::read_link(file.unwrap().path()).ok());
    let kept: Vec<_> = files.filter(|file| file.starts_with(desk.data_dir())).collect();
    assert!(kept.is_empty(), "it has {kept:?}");
    assert_eq!(
        (item::processes(&desk.bus), item::processes(&beside.bus)),
        ([first.pid()].into(), [second.pid()].into())
    );
    second.quit();
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn other_sessions_icon_polls_when_the_first_tray_ends() {
    for signal in ["-TERM", "-KILL"] {
        let desk = desk();
        let _host = desk.session().host(Way::Well);
        let beside = Beside::start();
        let mut first = desk.tray_at_login(&[]);
        first.showing("Acme 63%");
        let mut second = beside.login(&desk);
        beside.showing(&mut second, "Acme 63%");
        first.signal(signal);
        let _: ExitStatus = until("the first tray's end", || first.has_ended());
        desk.used(650, 1000);
        polls(&desk);
        beside.showing(&mut second, "Acme 65%");
        desk.wait_for_figures(650, 1000);

        // Now the first session has the second tray.
        let again = desk.tray_at_login(&[]);
        again.showing("Acme 65%");
        let asked = desk.asked();
        desk.used(660, 1000);
        desk.refresh();
        again.showing("Acme 66%");
        beside.showing(&mut second, "Acme 66%");
        assert_eq!(desk.asked(), asked + 1);
        again.quit();
        second.quit();
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn only_one_of_two_other_sessions_takes_over() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = [Beside::start(), Beside::start()];
    let mut first = desk.tray_at_login(&[]);
    first.showing("Acme 63%");
    let mut others = beside.each_ref().map(|session| session.login(&desk));
    let show = |others: &mut [Tray<'_>; 2], title: &str| {
        for (session, tray) in beside.iter().zip(others) {
            session.showing(tray, title);
        }
    };
    show(&mut others, "Acme 63%");
    first.signal("-KILL");
    let _: ExitStatus = until("the first tray's end", || first.has_ended());
    desk.used(650, 1000);
    polls(&desk);
    show(&mut others, "Acme 65%");
    let asked = desk.asked();
    desk.used(660, 1000);
    desk.refresh();
    show(&mut others, "Acme 66%");
    assert_eq!(desk.asked(), asked + 1);
    others.into_iter().for_each(Tray::quit);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn icon_ends_with_its_session_and_the_other_tray_continues() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let (first, second) = both(&desk, &beside);
    beside.session.end();
    ends_well(&desk, second);
    desk.used(640, 1000);
    desk.refresh();
    first.showing("Acme 64%");
    // The next login in that session gets its icon.
    let beside = Beside::start();
    let mut second = beside.login(&desk);
    beside.showing(&mut second, "Acme 64%");
    second.quit();
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn other_sessions_menu_works_and_quits_only_its_icon() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let first = desk.tray_at_login(&[]);
    let shown = first.showing("Acme 63%");
    let mut second = beside.login(&desk);
    let item = beside.showing(&mut second, "Acme 63%");

    desk.used(640, 1000);
    item.click("Refresh now");
    first.showing("Acme 64%");
    beside.showing(&mut second, "Acme 64%");

    item.click_of("Mute notifications", "For an hour");
    for item in [&shown, &item] {
        until("muted", || item.row("Unmute").map(drop));
    }
    item.click("Unmute");
    for item in [&shown, &item] {
        until("unmuted", || item.row("Unmute").is_none().then_some(()));
    }

    let config = || fs::read_to_string(desk.config_file()).unwrap();
    item.click_of("Acme", "Mute");
    until("the entry is muted", || config().contains("muted = true").then_some(()));
    until("its check mark", || item.row_of("Acme", "Mute").filter(|row| row.checked));
    item.click_of("Acme", "Mute");
    until("its check mark gone", || item.row_of("Acme", "Mute").filter(|row| !row.checked));

    item.click_of("Acme", "Duplicate");
    for item in [&shown, &item] {
        until("the copy", || item.row("Acme copy"));
    }

    let starts = |item: &Item| item.row("Start at login").is_some_and(|row| row.checked);
    assert!(!starts(&item));
    item.click("Start at login");
    for item in [&shown, &item] {
        until("it starts at login", || starts(item).then_some(()));
    }

    item.click("Quit");
    ends_well(&desk, second);
    polls(&desk);
    assert_eq!(item::processes(&desk.bus), [first.pid()]);
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn alerts_go_to_the_polling_session_problems_to_their_own() {
    let desk = desk();
    let beside = Beside::start();
    let _host = desk.session().host(Way::Well);
    let (here, there) = (desk.session().notifications(Way::Well), beside.session.notifications(Way::Well));
    let (first, mut second) = both(&desk, &beside);
    desk.used(830, 1000);
    desk.refresh();
    assert_eq!(here.wait_for(1)[0].0, "Acme passed 80% of its transfer");
    // This session has no display.
    beside.showing(&mut second, "Acme 83%").activate();
    assert_eq!(there.wait_for(1)[0].0, NOT_SHOWN);
    assert_eq!(here.seen().len(), 1);
    second.quit();
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn on_a_terminal_it_says_who_polls() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let first = desk.tray_at_login(&[]);
    first.showing("Acme 63%");
    let shown = desk.folder().join("terminal");
    let mut terminal = Command::new("script");
    let program = concat!("exec ", env!("CARGO_BIN_EXE_linode-bandwidth"));
    desk.surround(terminal.args(["-qefc", program]).arg(&shown));
    terminal.env("DBUS_SESSION_BUS_ADDRESS", beside.session.address()).env_remove("RUST_LOG");
    let terminal = desk.tray_of(&mut terminal);
    let says = || fs::read_to_string(&shown).unwrap_or_default();
    let line = "The tray of your other session polls; this one shows its icon in the system tray";
    until("its line", || says().contains(line).then_some(()));
    let pid = until("the program", || terminal.children().first().copied());
    let item = until("the icon", || item::of_process(&beside.bus, pid).pop());
    item.click("Quit");
    assert!(terminal.ended().success());
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn icon_next_to_another_versions_tray_restarts_the_program() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let mut first = desk.tray_at_login(&[]);
    first.showing("Acme 63%");
    let mut second = beside.login(&desk);
    beside.showing(&mut second, "Acme 63%");
    second.signal("-STOP");
    first.signal("-KILL");
    let _: ExitStatus = until("the first tray's end", || first.has_ended());
    // The next tray has another protocol.
    let _claim = try_acquire(&desk.data_dir().join("lock")).unwrap().unwrap();
    let socket = desk.data_dir().join("control.sock");
    // The killed tray has left its socket.
    let _ = fs::remove_file(&socket);
    let socket = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        for client in socket.incoming() {
            let mut client = client.unwrap();
            let _ = BufReader::new(client.try_clone().unwrap()).read_line(&mut String::new());
            let _ = writeln!(client, r#"{{"hello":{{"protocol":99,"program":"9.9.9","owner":"tray"}}}}"#);
        }
    });
    second.signal("-CONT");
    // The program is still this version, so it can't connect.
    assert_eq!(second.ended().code(), Some(0), "{}", desk.log());
    assert!(desk.log().contains("is already running"), "{}", desk.log());
}

/// The number of windows on `display`.
fn windows(display: &Display) -> usize {
    let words = ["search", "--onlyvisible", "--name", "Linode Bandwidth"];
    let found = Command::new("xdotool").args(words).env("DISPLAY", display.name()).output().unwrap();
    String::from_utf8_lossy(&found.stdout).lines().count()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn each_session_has_a_window_of_its_own() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let (here, there) = (Display::start(), Display::start());
    let first = desk.tray_at_login(&[("DISPLAY", here.name())]);
    first.showing("Acme 63%").activate();
    until("a window", || (windows(&here) == 1).then_some(()));
    let bus = ("DBUS_SESSION_BUS_ADDRESS", beside.session.address());
    let mut second = desk.tray_at_login(&[bus, ("DISPLAY", there.name())]);
    let item = beside.showing(&mut second, "Acme 63%");
    assert_eq!(windows(&there), 0, "a login opens none");
    item.activate();
    until("a window in the other session", || (windows(&there) == 1).then_some(()));
    // Another click and another start show the same window.
    item.activate();
    second.only_child();
    ends_well(&desk, beside.start_on(&desk, &there));
    second.only_child();
    assert_eq!((windows(&here), windows(&there)), (1, 1));
    assert_eq!(item::processes(&beside.bus), [second.pid()]);
    second.quit();
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn second_start_in_a_session_opens_a_window_but_no_icon() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let beside = Beside::start();
    let (here, there) = (Display::start(), Display::start());
    let first = desk.tray_at_login(&[("DISPLAY", here.name())]);
    first.showing("Acme 63%");
    let bus = ("DBUS_SESSION_BUS_ADDRESS", beside.session.address());
    let mut second = desk.tray_at_login(&[bus, ("DISPLAY", there.name())]);
    beside.showing(&mut second, "Acme 63%");

    // A start at login has nothing to do.
    ends_well(&desk, desk.tray_at_login(&[bus, ("DISPLAY", there.name())]));
    ends_well(&desk, desk.tray_at_login(&[("DISPLAY", here.name())]));
    assert_eq!((windows(&here), windows(&there)), (0, 0));

    ends_well(&desk, desk.tray_with(&[("DISPLAY", here.name())]));
    until("a window", || (windows(&here) == 1).then_some(()));
    let started = beside.start_on(&desk, &there);
    until("a window in the other session", || (windows(&there) == 1).then_some(()));
    assert_eq!(windows(&here), 1);
    assert_eq!(
        (item::processes(&desk.bus), item::processes(&beside.bus)),
        ([first.pid()].into(), [second.pid()].into())
    );
    assert_eq!(desk.asked(), 1);
    drop(started);
    second.quit();
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn two_displays_with_one_bus_have_one_icon_and_a_window_each() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let (here, there) = (Display::start(), Display::start());
    let first = desk.tray_at_login(&[("DISPLAY", here.name())]);
    first.showing("Acme 63%").activate();
    until("a window", || (windows(&here) == 1).then_some(()));
    ends_well(&desk, desk.tray_with(&[("DISPLAY", there.name())]));
    until("a window on the other display", || (windows(&there) == 1).then_some(()));
    assert_eq!(windows(&here), 1);
    assert_eq!(item::processes(&desk.bus), [first.pid()]);
    first.quit();
}
