//! The real menu and a notification, with pointer and keyboard.

use zbus::message::Type;

use crate::rig::program::TestDesktop;
use crate::rig::{screen, until};

const MENU: &str = "com.canonical.dbusmenu";

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn menu_works_by_keyboard_and_stays_open_during_updates() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(630, 1000);
    screen::away();
    screen::bare_panel();
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    screen::icon();
    let desktop = screen::pixels(screen::ALL);
    screen::click(screen::ICON_AT, "3");
    until("the panel's word that it opens", || opened(&desk));
    let menu = screen::changed(screen::ALL, &desktop);

    desk.used(640, 1000);
    desk.refresh();
    tray.showing("Acme 64%");
    screen::changed(screen::ALL, &menu);

    // If the menu were closed by now, the keys would have no effect.
    let asked = desk.asked();
    desk.used(650, 1000);
    let rows = item.rows();
    let stops = rows.iter().filter(|row| row.enabled && !row.separator);
    let downs = stops.take_while(|row| row.label != "Refresh now").count() + 1;
    screen::keys(&[&vec!["Down"; downs][..], &["Return"]].concat());
    tray.showing("Acme 65%");
    assert_eq!(desk.asked(), asked + 1);
}

/// Whether the panel has reported that it shows the menu. Some report one menu at a time, some a group.
fn opened(desk: &TestDesktop) -> Option<()> {
    let told = |member| desk.watch.count(Type::MethodCall, MENU, member) > 0;
    (told("AboutToShow") || told("AboutToShowGroup")).then_some(())
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_click_on_a_notifications_button_mutes_the_entry() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(830, 1000);
    screen::away();
    let before = screen::windows("xfce4-notifyd");
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.wait_for_notifications(1);
    let window = until("the notification on the screen", || {
        screen::windows("xfce4-notifyd").into_iter().find(|w| !before.contains(w))
    });
    let muted = || item.is_muted("Acme:");
    assert!(!muted());
    // It is the last button, at the lower right, and accepts clicks after its fade-in.
    let (x, y) = (window.x + window.width - 60, window.y + window.height - 24);
    until("the mark in the menu", || {
        if !muted() {
            screen::click((&x.to_string(), &y.to_string()), "1");
        }
        muted().then_some(())
    });
    screen::away();
}
