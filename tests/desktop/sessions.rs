//! Sessions that end while their bus stays: with lingering, or with another login of the same user. Each test has its
//! own bus and display.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;

use linode_bandwidth::app::window_opener::NOT_SHOWN;

use crate::rig::display::Display;
use crate::rig::isolated_session::Way;
use crate::rig::item;
use crate::rig::mounts::inside;
use crate::rig::program::TestDesktop;
use crate::rig::running::Tray;
use crate::rig::{tool, until};

fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    desk
}

/// A tray that a login starts on this display.
fn login<'a>(desk: &'a TestDesktop, display: &Display) -> Tray<'a> {
    desk.tray_at_login(&[("DISPLAY", display.name())])
}

fn ends_well(desk: &TestDesktop, tray: Tray<'_>) {
    assert_eq!(tray.ended().code(), Some(0), "{}", desk.log());
}

/// The number of connections to an X server.
fn clients(display: &Display) -> usize {
    let table = fs::read_to_string("/proc/net/unix").unwrap();
    let end = format!("@/tmp/.X11-unix/X{}", display.name().trim_start_matches(':'));
    // State 03 is connected; the name is at the server's end.
    table.lines().filter(|line| line.ends_with(&end) && line.contains(" 0001 03 ")).count()
}

fn is_watched(display: &Display) {
    until("a look at the display", || (clients(display) > 0).then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_ends_with_display_and_panel_while_the_bus_stays() {
    let desk = desk();
    let display = Display::start();
    let host = desk.session().host(Way::Well);
    let tray = login(&desk, &display);
    tray.showing("Acme 63%");
    is_watched(&display);
    drop(display);
    // The panel may belong to another session; the icon works.
    desk.used(640, 1000);
    desk.refresh();
    tray.showing("Acme 64%");
    drop(host);
    ends_well(&desk, tray);

    // The next login has its own tray.
    let display = Display::start();
    let _host = desk.session().host(Way::Well);
    let tray = login(&desk, &display);
    tray.showing("Acme 64%");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_tray_without_a_panel_ends_with_its_display() {
    let desk = desk();
    let display = Display::start();
    let tray = login(&desk, &display);
    desk.wait_for_state("ok");
    is_watched(&display);
    drop(display);
    ends_well(&desk, tray);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_survives_a_restart_of_its_display() {
    let desk = desk();
    let display = Display::start();
    let host = desk.session().host(Way::Well);
    let tray = login(&desk, &display);
    tray.showing("Acme 63%");
    is_watched(&display);
    let display = Display::start_again(&display.end());
    // The panels restart too.
    drop(host);
    is_watched(&display);
    let host = desk.session().host(Way::Well);
    tray.showing("Acme 63%");
    drop(host);
    drop(display);
    ends_well(&desk, tray);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_tray_on_wayland_ends_with_the_compositor() {
    let desk = desk();
    let display = Display::start();
    let compositor = UnixListener::bind(desk.folder().join("wayland-9")).unwrap();
    // Wayland takes precedence. The X server does not matter, because it may end with its last client.
    let tray = desk.tray_at_login(&[("DISPLAY", display.name()), ("WAYLAND_DISPLAY", "wayland-9")]);
    compositor.set_nonblocking(true).unwrap();
    let accepted = || until("a client", || compositor.accept().ok());
    let client = accepted();
    desk.wait_for_state("ok");
    assert_eq!(clients(&display), 0);
    // Some compositors, such as KDE's, are restarted with the same socket and get their clients back.
    drop(client);
    let client = accepted();
    drop(compositor);
    drop(client);
    ends_well(&desk, tray);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_start_at_login_takes_over_from_a_session_that_is_gone() {
    let desk = desk();
    let old_display = Display::start();
    // Its host keeps it alive without its session.
    let _host = desk.session().host(Way::Well);
    let old = login(&desk, &old_display);
    old.showing("Acme 63%");
    drop(old_display);
    let display = Display::start();
    let new = login(&desk, &display);
    ends_well(&desk, old);
    new.showing("Acme 63%");
    assert_eq!(item::processes(&desk.bus), [new.pid()]);
    new.alone();
    new.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn start_at_login_next_to_the_sessions_tray_just_ends() {
    let desk = desk();
    let display = Display::start();
    let _host = desk.session().host(Way::Well);
    let first = login(&desk, &display);
    first.showing("Acme 63%");
    ends_well(&desk, login(&desk, &display));
    first.alone();
    desk.refresh();
    assert_eq!(item::processes(&desk.bus), [first.pid()]);
    first.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_tray_ends_when_logind_has_closed_its_session() {
    let name = "sessions::a_tray_ends_when_logind_has_closed_its_session";
    if !inside(name, &["--mount"]) {
        return;
    }
    tool("mount", &["-t", "tmpfs", "tmpfs", "/run"]);
    let sessions = Path::new("/run/systemd/sessions");
    fs::create_dir_all(sessions).unwrap();
    let says = |id: &str, kind: &str, state: &str| {
        fs::write(sessions.join("new"), format!("# Private\nTYPE={kind}\nSTATE={state}\n")).unwrap();
        fs::rename(sessions.join("new"), sessions.join(id)).unwrap();
    };
    says("7", "x11", "active");
    says("8", "tty", "active");
    let desk = desk();
    let display = Display::start();
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray_at_login(&[("DISPLAY", display.name()), ("XDG_SESSION_ID", "7")]);
    tray.showing("Acme 63%");
    says("7", "x11", "online");
    desk.refresh();
    says("7", "x11", "closing");
    ends_well(&desk, tray);

    // A tray started through ssh for an existing display is independent of the ssh session's end.
    let tray = desk.tray_at_login(&[("DISPLAY", display.name()), ("XDG_SESSION_ID", "8")]);
    tray.showing("Acme 63%");
    fs::remove_file(sessions.join("8")).unwrap();
    desk.used(640, 1000);
    desk.refresh();
    tray.showing("Acme 64%");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_without_display_says_so_and_the_desktop_replaces_it() {
    let desk = desk();
    let server = desk.session().notifications(Way::Well);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray_at_login(&[]);
    tray.showing("Acme 63%").activate();
    let (summary, body) = server.wait_for(1).remove(0);
    assert_eq!(summary, NOT_SHOWN);
    assert_eq!(body, "The tray was started without a display: start it again from the desktop.");
    tray.alone();
    let display = Display::start();
    let new = desk.tray_with(&[("DISPLAY", display.name())]);
    ends_well(&desk, tray);
    new.showing("Acme 63%").activate();
    until("the window", || (!new.children().is_empty()).then_some(()));
    assert_eq!(server.seen().len(), 1);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_started_before_its_session_gets_systemds_display() {
    let desk = desk();
    let server = desk.session().notifications(Way::Well);
    let _host = desk.session().host(Way::Well);
    let display = Display::start();
    let tray = desk.tray_at_login(&[]);
    let item = tray.showing("Acme 63%");
    let _manager = desk.session().systemd(&["LANG=C", &format!("DISPLAY={}", display.name())]);
    item.activate();
    let window = until("the window", || tray.children().first().copied());
    let named = format!("DISPLAY={}", display.name());
    until("its display", || {
        let given = fs::read(format!("/proc/{window}/environ")).unwrap_or_default();
        given.split(|byte| *byte == 0).any(|variable| variable == named.as_bytes()).then_some(())
    });
    is_watched(&display);
    assert_eq!(server.seen().len(), 0);
    // It has what a window needs, so it does not make way.
    ends_well(&desk, login(&desk, &display));
    assert_eq!(item::processes(&desk.bus), [tray.pid()]);
}
