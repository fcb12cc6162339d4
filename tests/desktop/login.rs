//! Start at login: the menu's check mark, and what a session does with the autostart entry.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::rig::isolated_session::{Session, Way};
use crate::rig::item::{self, Item};
use crate::rig::program::TestDesktop;
use crate::rig::{tool, until};

const ROW: &str = "Start at login";

fn entry(desk: &TestDesktop) -> PathBuf {
    desk.folder().join("home/.config/autostart/linode-bandwidth.desktop")
}

fn marked(item: &Item, mark: bool) {
    let checked = || item.row(ROW).map(|row| row.checked);
    until(&format!("{ROW}: {mark}"), || (checked() == Some(mark)).then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn check_mark_follows_every_change() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    marked(&item, false);
    item.click(ROW);
    marked(&item, true);
    let ours = fs::read_to_string(entry(&desk)).unwrap();
    assert!(desk.done(&["autostart", "status"], "").starts_with("on: "));

    fs::write(entry(&desk), format!("{ours}Hidden=true\n")).unwrap();
    marked(&item, false);
    fs::write(entry(&desk), &ours).unwrap();
    marked(&item, true);
    // Another program may delete the folder with the entry, then create both again.
    fs::remove_dir_all(entry(&desk).parent().unwrap()).unwrap();
    marked(&item, false);
    desk.done(&["autostart", "on"], "");
    marked(&item, true);
    item.click(ROW);
    marked(&item, false);
    assert!(!entry(&desk).exists());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_entry_brings_the_icon_once() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    desk.done(&["autostart", "on"], "");
    let launch = || {
        let mut session = Command::new("gio");
        desk.surround(session.arg("launch").arg(entry(&desk)));
        assert!(desk.logged(&mut session).status().unwrap().success());
    };
    launch();
    let whose = format!("LINODE_BANDWIDTH_DATA_DIR={}", desk.data_dir().display());
    let is_ours = |pid: &u32| {
        let surroundings = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        surroundings.split(|byte| *byte == 0).any(|variable| variable == whose.as_bytes())
    };
    let ours = || item::processes(&desk.bus).into_iter().filter(is_ours).collect::<Vec<_>>();
    let pid = until("the icon", || ours().first().copied());
    // A restored session, or another entry, starts it again.
    launch();
    // What the session started has ended, including what that may have started, except the first tray.
    let all = || {
        let listed = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let pids = listed.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(is_ours).collect::<Vec<_>>()
    };
    until("the end of the second", || (all() == [pid]).then_some(()));
    assert_eq!(ours(), [pid]);
    assert!(desk.notified().is_empty(), "no window was asked for");
    tool("kill", &["-TERM", &pid.to_string()]);
    until("the icon gone", || ours().is_empty().then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn icon_ends_with_its_session_and_the_next_login_has_one() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let tray = desk.tray();
    let host = desk.session().host(Way::Well);
    tray.showing("Acme 63%");
    desk.end_session();
    assert!(tray.ended().success(), "{}", desk.log());
    drop(host);

    // The next session has the same files, and its panel starts after the program.
    let next = Session::start();
    let again = desk.tray_with(&[("DBUS_SESSION_BUS_ADDRESS", next.address())]);
    let _panel = next.host(Way::Well);
    let bus = next.connect();
    let items = || item::of_process(&bus, again.pid());
    let found = until("the icon", || Some(items()).filter(|items| !items.is_empty()));
    assert_eq!(found.len(), 1);
}
