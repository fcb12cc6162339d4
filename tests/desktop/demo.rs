//! The demo for a new user.

use std::fs;
use std::path::Path;

use crate::rig::parts::Part;
use crate::rig::program::TestDesktop;
use crate::rig::{screen, until};
use crate::window::{drawn, tab};

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn demo_shows_icon_menu_notification_and_moving_figures() {
    let desk = TestDesktop::shared();
    let tray = desk.demo();
    let item = tray.item();
    let rows = until("four accounts", || {
        let rows: Vec<String> = item.labels().into_iter().take(4).collect();
        rows.iter().all(|row| !row.ends_with("not checked yet")).then_some(rows)
    });
    for (row, start) in
        rows.iter().zip(["Acme: 8", "Client X: token refused", "Old project: 1", "Streaming: 4,6"])
    {
        assert!(row.starts_with(start), "{rows:?}");
    }
    assert!(item.title().starts_with("Streaming 10"), "{}", item.title());
    assert_eq!(item.status(), "NeedsAttention");
    assert!(item.tooltip().1.ends_with(" · demo"), "{}", item.tooltip().1);
    let told = desk.wait_for_notifications(1).remove(0);
    assert_eq!(told.summary, "Demo: Linode transfer: 3 alerts");
    let lines: Vec<&str> = told.body.lines().collect();
    assert!(lines[0].starts_with("Streaming is over its transfer · 4,6"), "{lines:?}");
    assert_eq!(lines[1], "Client X: token refused");
    assert!(lines[2].starts_with("Acme passed 80% of its transfer · 8"), "{lines:?}");

    let used = |row: &str| row.split([' ', ':']).nth(2).unwrap().parse::<u32>().unwrap();
    let before = used(&rows[0]);
    until("Acme's figure moves", || (used(&item.labels()[0]) > before).then_some(()));
    assert!(!desk.config_file().exists(), "it touches no configuration");
    item.activate();
    let window = tray.window();
    assert_eq!(window.title(), "Usage – Linode Bandwidth (demo)");
    window.close();
    tray.alone();
    item.click_of("Acme: ", "Duplicate");
    until("the copy with its figures", || item.row("Acme copy: ").filter(|row| row.label.ends_with('%')));
    item.click("Quit");
    assert!(tray.ended().success());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn account_duplicated_in_the_demo_has_figures_in_the_tray() {
    let desk = TestDesktop::alone();
    // Its notifications would cover the window's buttons.
    Part::Notifications.stop();
    screen::away();
    let tray = desk.demo();
    let item = tray.item();
    let shown = |row: &str| item.row(row).filter(|row| row.label.ends_with('%'));
    until("Acme's figure", || shown("Acme: "));
    item.click("Accounts…");
    let window = tray.window();
    drawn(&window);
    window.activate();
    // Four pages, Add account…, then Acme's Edit, Remove and More, whose menu begins with Duplicate.
    tab(&window, 8);
    screen::keys(&["space"]);
    drawn(&window);
    screen::keys(&["space"]);
    until("the copy's figure", || shown("Acme copy: "));
    window.close();
    tray.alone();
    item.click("Quit");
    assert!(tray.ended().success());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_demos_window_closes_with_the_demo_however_that_ends() {
    let desk = TestDesktop::shared();
    for signal in ["-INT", "-KILL"] {
        let demo = desk.demo();
        demo.item().activate();
        let window = demo.window();
        let process = Path::new("/proc").join(window.pid.to_string());
        assert!(process.exists());
        demo.signal(signal);
        // Before this process waits for its child, the child is a zombie.
        let ended = || {
            let status = fs::read_to_string(process.join("status")).unwrap_or_default();
            (status.is_empty() || status.contains("\nState:\tZ")).then_some(())
        };
        until("the window's end", ended);
    }
}
