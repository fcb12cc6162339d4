//! A machine that can't watch files: all inotify instances are in use.

use std::fs;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use linode_bandwidth::platform::system_events::file_watcher::{try_watch, watch_or_poll};

use crate::rig::isolated_session::Way;
use crate::rig::mounts::inside;
use crate::rig::program::TestDesktop;
use crate::rig::{SOON, until};

const USERS: [&str; 2] = ["--user", "--map-root-user"];

fn use_up() {
    fs::write("/proc/sys/user/max_inotify_instances", "0").unwrap();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn menu_and_command_changes_apply_at_once() {
    if !inside("no_file_watching::menu_and_command_changes_apply_at_once", &USERS) {
        return;
    }
    use_up();
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    item.click_of("Acme:", "Mute");
    until("the mark of a mute", || item.row_of("Acme:", "Mute").filter(|row| row.checked));
    item.click_of("Acme:", "Duplicate");
    until("the copy's row", || item.row("Acme copy: 630 of 1,000 GB · 63%"));
    desk.done(&["accounts", "edit", "Acme", "--show-as", "used"], "");
    tray.showing("Acme 630GB");
    desk.done(&["accounts", "remove", "Acme copy"], "");
    until("the copy's row gone", || item.row("Acme copy:").is_none().then_some(()));
    // An edit by hand is read at the next poll.
    let by_hand = fs::read_to_string(desk.config_file()).unwrap().replace("\"used\"", "\"percent\"");
    fs::write(desk.config_file(), by_hand).unwrap();
    desk.refresh();
    tray.showing("Acme 63%");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_windows_watch_looks_for_itself() {
    if !inside("no_file_watching::the_windows_watch_looks_for_itself", &USERS) {
        return;
    }
    use_up();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    assert!(try_watch(&file).is_err());
    let (changed, changes) = mpsc::channel();
    let changed = Mutex::new(changed);
    let tell = Arc::new(move || changed.lock().unwrap().send(()).unwrap());
    watch_or_poll(&file, Duration::from_millis(10), tell).unwrap();
    for text in ["one", "another"] {
        fs::write(&file, text).unwrap();
        changes.recv_timeout(SOON).unwrap();
    }
}
