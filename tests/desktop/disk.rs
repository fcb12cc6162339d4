//! Disks that are full or read-only, and files that are not as they should be. The disks are mounts of the test's own.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::rig::apart::Way;
use crate::rig::program::Desk;
use crate::rig::space::inside;
use crate::rig::{tool, until, until_within};

/// What could not be written is tried again within, and a little.
const TRIED_AGAIN: Duration = Duration::from_secs(15);

/// A desk whose data are on a small disk of their own.
fn desk() -> Desk {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let place = desk.data_dir().display().to_string();
    tool("mount", &["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", &place]);
    desk
}

fn fill(desk: &Desk) {
    let mut file =
        fs::OpenOptions::new().create(true).append(true).open(desk.data_dir().join("filler")).unwrap();
    while file.write_all(&[0; 256]).is_ok() {}
}

fn free(desk: &Desk) {
    fs::remove_file(desk.data_dir().join("filler")).unwrap();
}

/// What the history file has: samples, and thresholds that were given.
fn kept(desk: &Desk) -> (Vec<i64>, Vec<String>) {
    let db = rusqlite::Connection::open(desk.data_dir().join("history.sqlite3")).unwrap();
    let column = |sql: &str| -> Vec<rusqlite::types::Value> {
        db.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let samples = column("SELECT used / 1000000000 FROM samples ORDER BY at, used");
    let alerts = column("SELECT value FROM alerts WHERE kind = 'threshold' ORDER BY value");
    let number = |value| match value {
        rusqlite::types::Value::Integer(number) => number,
        other => panic!("{other:?}"),
    };
    let text = |value| match value {
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{other:?}"),
    };
    (samples.into_iter().map(number).collect(), alerts.into_iter().map(text).collect())
}

/// The next second: samples are told apart by it.
fn next_second() {
    let now = jiff::Timestamp::now().as_second();
    until("the next second", || (jiff::Timestamp::now().as_second() > now).then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_disk_that_is_full_for_a_while_is_told_and_loses_nothing() {
    if !inside("disk::a_disk_that_is_full_for_a_while_is_told_and_loses_nothing", &["--mount"]) {
        return;
    }
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    fill(&desk);
    for (used, title) in [(700, "Acme 70%"), (830, "Acme 83%"), (840, "Acme 84%")] {
        next_second();
        desk.used(used, 1000);
        desk.refresh();
        tray.showing(title);
    }
    assert_eq!(server.wait_for(1)[0].0, "Acme passed 80% of its transfer");
    let problem = || item.labels().into_iter().find(|label| label.contains("can't be written"));
    let said = until("a row that tells of it", problem);
    assert!(said.contains("history.sqlite3 can't be written: the disk is full."), "{said}");
    crate::doctor::wrong(&desk, "data folder", "No space left", "free some room");
    free(&desk);
    until_within(TRIED_AGAIN, "the row gone", || problem().is_none().then_some(()));
    tray.quit();
    assert_eq!(kept(&desk), (vec![630, 700, 830, 840], vec!["80".to_owned()]));
    let tray = desk.tray();
    tray.showing("Acme 84%");
    desk.refresh();
    assert_eq!(server.seen().len(), 1, "and the alert is not told again");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_start_on_a_full_disk_shows_the_last_figures_polls_and_writes_when_there_is_room() {
    let name = "disk::a_start_on_a_full_disk_shows_the_last_figures_polls_and_writes_when_there_is_room";
    if !inside(name, &["--mount"]) {
        return;
    }
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    tray.quit();
    next_second();
    fill(&desk);
    desk.used(640, 1000);
    let tray = desk.tray();
    tray.showing("Acme 64%");
    free(&desk);
    until_within(TRIED_AGAIN, "what was kept in memory", || (kept(&desk).0 == [630, 640]).then_some(()));
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_start_on_a_read_only_disk_says_what_to_do_and_the_figures_need_none() {
    if !inside("disk::a_start_on_a_read_only_disk_says_what_to_do_and_the_figures_need_none", &["--mount"]) {
        return;
    }
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let place = desk.data_dir().display().to_string();
    let tray = desk.tray();
    tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    tray.quit();
    tool("mount", &["-o", "remount,ro", &place]);
    let start = desk.run(&["tray"], "");
    assert_eq!(start.status.code(), Some(1));
    let said = String::from_utf8_lossy(&start.stderr).into_owned();
    let last = said.lines().last().unwrap();
    assert!(last.contains("Read-only file system") && last.contains("LINODE_BANDWIDTH_DATA_DIR"), "{last}");
    crate::doctor::wrong(&desk, "data folder", "Read-only file system", "LINODE_BANDWIDTH_DATA_DIR");
    assert_eq!(desk.status(&[])["percent"], 63.0);
    assert_eq!(desk.cached()["percent"], 63.0);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn what_others_could_read_is_the_users_alone_once_the_tray_has_started() {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    desk.tray().showing("Acme 63%");
    let files = [desk.config_file(), desk.data_dir().join("history.sqlite3"), desk.data_dir().join("lock")];
    for file in &files {
        fs::set_permissions(file, fs::Permissions::from_mode(0o666)).unwrap();
    }
    crate::doctor::wrong(&desk, "configuration", "other users may write to it", "chmod go-w");
    crate::doctor::wrong(&desk, "data folder", "other users may write to it", "chmod go-w");
    desk.tray().showing("Acme 63%");
    for file in files.iter().chain([&desk.data_dir().join("control.sock")]) {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(crate::doctor::finding(&desk, "data folder")["ok"], true);
}
