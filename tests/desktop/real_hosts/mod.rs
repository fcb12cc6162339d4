//! The program on complete desktops, each in its own root file system. `tests/hosts` starts them one after another.

mod host;

use linode_bandwidth::domain::level::Level;

use crate::rig::parts::Part;
use crate::rig::program::TestDesktop;
use crate::rig::{screen, until};
use host::Host;

/// The minimum size of a notification in pixels, and of a tooltip with more than the title. Hosts show the title
/// without one.
const SMALL: usize = 8000;
/// The minimum size of a menu in pixels, larger than a highlighted row.
pub const MENU: usize = 20_000;

/// The minimum size of the window in pixels.
const LARGE: usize = 100_000;

/// The desktop, and a machine with an account Acme that has used `used` of 1,000 GB.
fn on_host(used: u64) -> (&'static Host, TestDesktop) {
    let host = Host::here();
    let desk = TestDesktop::alone();
    host.forget_the_ended();
    desk.by_command("", &["Acme"]);
    desk.used(used, 1000);
    screen::away();
    (host, desk)
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn icon_shows_the_figure_and_a_tooltip_on_hover() {
    let (host, desk) = on_host(630);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let spot = host.wait_for(63, Level::Ok);
    host.keep("icon");
    desk.used(640, 1000);
    desk.refresh();
    assert_eq!(host.wait_for(64, Level::Ok), spot);
    let bare = screen::settled(screen::ALL);
    host::point_at(spot);
    if host.tooltip {
        until("the tooltip", || {
            (screen::difference(&screen::settled(screen::ALL), &bare) > SMALL).then_some(())
        });
        host.keep("tooltip");
    }
    screen::away();
    tray.quit();
    until("the icon gone", || host.find(64, Level::Ok).is_none().then_some(()));
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn a_row_of_a_submenu_is_chosen_in_the_open_menu() {
    let (host, desk) = on_host(630);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    until("the token", || item.row("Token \"tray\""));
    let spot = host.wait_for(63, Level::Ok);
    let menu = host.open_menu(spot);
    host.keep("menu");
    host.open_submenu(spot, &menu);
    host.keep("submenu");
    host.choose_in_submenu(&item.row("Acme: ").unwrap().rows, "Mute");
    until("the mark", || item.row_of("Acme: ", "Mute").is_some_and(|row| row.checked).then_some(()));
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn the_desktops_own_gesture_opens_the_window() {
    let (host, desk) = on_host(630);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let spot = host.wait_for(63, Level::Ok);
    let bare = screen::settled(screen::ALL);
    host.open_window(&tray, &item, spot);
    let window = host.window(&tray);
    until("the window on the screen", || {
        (screen::difference(&screen::settled(screen::ALL), &bare) > LARGE).then_some(())
    });
    host.keep("window");
    window.close();
    tray.alone();
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn click_raises_or_highlights_a_hidden_window() {
    let (host, desk) = on_host(630);
    // On X11 a window can bring itself to the front, so the rest does not apply.
    if !host.is_wayland() {
        return;
    }
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let spot = host.wait_for(63, Level::Ok);
    host.open_window(&tray, &item, spot);
    let window = host.window(&tray);
    window.hide();
    // A hidden window is not drawn, but it must still follow the tray, answer requests and close.
    for _ in 0..10 {
        desk.refresh();
    }
    assert!(!window.is_in_front() && !window.is_pointed_out());
    host.click_icon(spot);
    until("the window in front, or the mark", || {
        (window.is_in_front() || window.is_pointed_out()).then_some(())
    });
    // GNOME's extension passes an activation token with the click, waybar does not.
    assert_eq!(window.is_in_front(), host.is_gnome_on_wayland());
    if window.is_in_front() {
        window.hide();
    }
    desk.done(&["window", "settings"], "");
    until("the mark", || window.is_pointed_out().then_some(()));
    window.close();
    tray.alone();
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn a_notifications_button_mutes_the_entry() {
    let (host, desk) = on_host(830);
    host.expect_notification();
    let bare = screen::settled(screen::ALL);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.wait_for_notifications(1);
    until("the notification", || {
        (screen::difference(&screen::settled(screen::ALL), &bare) > SMALL).then_some(())
    });
    host.keep("notification");
    let muted = || item.is_muted("Acme: ");
    assert!(!muted());
    host.press_second_button(muted);
    screen::away();
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn the_icon_comes_back_with_a_panel_that_was_killed() {
    let (host, desk) = on_host(630);
    // The panel is part of the display there: without both, the session has ended, and the tray with it.
    if host.is_gnome_on_wayland() {
        return;
    }
    let tray = desk.tray();
    tray.showing("Acme 63%");
    host.wait_for(63, Level::Ok);
    Part::Panel.kill();
    desk.used(640, 1000);
    desk.refresh();
    Part::Panel.start();
    tray.showing("Acme 64%");
    host.wait_for(64, Level::Ok);
    host.keep("panel-restarted");
}

#[test]
#[ignore = "needs a whole desktop: tests/hosts starts it"]
fn a_tray_that_was_there_before_the_panel_has_its_icon_on_it() {
    let (host, desk) = on_host(630);
    Part::Panel.stop();
    let tray = desk.tray();
    until("word of it in the log", || desk.log().contains("no tray host shows the icon").then_some(()));
    Part::Panel.start();
    tray.showing("Acme 63%");
    host.wait_for(63, Level::Ok);
    host.keep("panel-late");
}
