//! Full and read-only disks, and invalid files. The disks are the test's own mounts.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use linode_bandwidth::app::ipc::Connection;
use linode_bandwidth::app::ipc::message::{Answer, ClientMessage, Request, ServerMessage};
use linode_bandwidth::storage::config::Patch;

use crate::rig::isolated_session::Way;
use crate::rig::mounts::inside;
use crate::rig::program::TestDesktop;
use crate::rig::{tool, until};
use crate::secrecy::{MARKED, by_marked_command, looked_through};

/// A desk with its data on a small disk, and the file with its token.
fn desk() -> (TestDesktop, PathBuf) {
    let desk = TestDesktop::apart();
    let token = by_marked_command(&desk);
    desk.used(630, 1000);
    let place = desk.data_dir().display().to_string();
    tool("mount", &["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", &place]);
    (desk, token)
}

/// Checks that the token was used and is only in its own file.
fn untold(desk: &TestDesktop, token: PathBuf) {
    assert!(desk.api.requests().iter().any(|request| request.token() == Some(MARKED)));
    looked_through(desk, &[token]);
}

fn fill(desk: &TestDesktop) {
    let mut file =
        fs::OpenOptions::new().create(true).append(true).open(desk.data_dir().join("filler")).unwrap();
    while file.write_all(&[0; 256]).is_ok() {}
}

fn free(desk: &TestDesktop) {
    fs::remove_file(desk.data_dir().join("filler")).unwrap();
}

/// The history file's samples and sent thresholds.
fn kept(desk: &TestDesktop) -> (Vec<i64>, Vec<String>) {
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

/// Waits for the next second, because samples need different times.
fn next_second() {
    let now = jiff::Timestamp::now().as_second();
    until("the next second", || (jiff::Timestamp::now().as_second() > now).then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn full_disk_is_reported_and_loses_nothing() {
    if !inside("disk::full_disk_is_reported_and_loses_nothing", &["--mount"]) {
        return;
    }
    let (desk, token) = desk();
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
    crate::doctor::wrong(&desk, "data folder", "the disk is full", "free some disk space");
    free(&desk);
    until("the row gone", || problem().is_none().then_some(()));
    tray.quit();
    assert_eq!(kept(&desk), (vec![630, 700, 830, 840], vec!["80".to_owned()]));
    let tray = desk.tray();
    tray.showing("Acme 84%");
    desk.refresh();
    assert_eq!(server.seen().len(), 1, "and the alert is not told again");
    untold(&desk, token);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn start_on_a_full_disk_polls_and_writes_once_there_is_space() {
    let name = "disk::start_on_a_full_disk_polls_and_writes_once_there_is_space";
    if !inside(name, &["--mount"]) {
        return;
    }
    let (desk, token) = desk();
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
    until("what was kept in memory", || (kept(&desk).0 == [630, 640]).then_some(()));
    tray.quit();
    untold(&desk, token);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn full_disk_is_not_reported_as_a_damaged_history() {
    let name = "disk::full_disk_is_not_reported_as_a_damaged_history";
    if !inside(name, &["--mount"]) {
        return;
    }
    let (desk, token) = desk();
    let (_host, _server, _keyring) = desk.session().all_well();
    let tray = desk.tray();
    tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    tray.quit();
    fill(&desk);
    crate::doctor::wrong(&desk, "data folder", "the disk is full", "free some disk space");
    let history = crate::doctor::finding(&desk, "history");
    assert_eq!(history["ok"], true, "it is sound, and can be read: {history}");
    assert_eq!(desk.cached()["percent"], 63.0);
    let line = desk.done(&["status", "--cached", "--format", "waybar"], "");
    assert!(line.lines().count() == 1 && line.contains("Acme 63%"), "{line}");
    let add = desk.run(&["accounts", "add", "New", "--token-stdin", "--no-verify"], MARKED);
    assert_eq!(add.status.code(), Some(1));
    let said = String::from_utf8_lossy(&add.stderr).into_owned();
    assert!(said.contains("the disk is full; free some disk space") && !said.contains("move it"), "{said}");
    free(&desk);
    assert_eq!(crate::doctor::finding(&desk, "data folder")["ok"], true);
    desk.done(&["accounts", "add", "New", "--token-stdin", "--no-verify"], MARKED);
    untold(&desk, token);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn start_on_a_read_only_disk_polls_and_suggests_a_fix() {
    if !inside("disk::start_on_a_read_only_disk_polls_and_suggests_a_fix", &["--mount"]) {
        return;
    }
    let (desk, token) = desk();
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
    untold(&desk, token);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_start_makes_files_private() {
    let desk = TestDesktop::apart();
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

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn exporter_on_a_full_disk_serves_and_writes_later() {
    let name = "disk::exporter_on_a_full_disk_serves_and_writes_later";
    if !inside(name, &["--mount"]) {
        return;
    }
    let (desk, token) = desk();
    let says = |what: &str| until(what, || desk.log().contains(what).then_some(()));
    // At first there is no history and no space for one; later there is one that can't be written.
    for (used, samples) in [(630, vec![630]), (640, vec![630, 640])] {
        fill(&desk);
        desk.used(used, 1000);
        let exporter = desk.exporter();
        exporter.showing(&format!("{{account=\"{}\",pool=\"global\"}} {used}000000000", desk.id(0)));
        says("history.sqlite3 can't be written: ");
        says("The program tries again on its own; the figures are still served");
        free(&desk);
        says("the history can be written again: nothing is missing");
        exporter.quit();
        assert_eq!(kept(&desk).0, samples);
        untold(&desk, token.clone());
        fs::remove_file(desk.folder().join("log")).unwrap();
        next_second();
    }
}

/// A home on a disk that can fail like a real one; `None` if this machine can't make one.
fn home_on_a_disk(desk: &TestDesktop) -> Option<String> {
    let (image, disk) = (desk.folder().join("image"), desk.folder().join("disk"));
    fs::File::create(&image).unwrap().set_len(16 << 20).unwrap();
    fs::create_dir(&disk).unwrap();
    let [image, disk] = [image, disk].map(|path| path.display().to_string());
    tool("mkfs.ext4", &["-q", &image]);
    let words = ["-o", "loop,errors=remount-ro", &image, &disk];
    if !std::process::Command::new("mount").args(words).status().unwrap().success() {
        crate::support::skip("this machine has no disk to give");
        return None;
    }
    for part in ["config", "data", "home"] {
        let (from, to) = (format!("{disk}/{part}"), desk.folder().join(part).display().to_string());
        fs::create_dir(&from).unwrap();
        tool("mount", &["--bind", &from, &to]);
    }
    Some(disk)
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn disk_that_turns_read_only_is_reported_and_polling_continues() {
    let name = "disk::disk_that_turns_read_only_is_reported_and_polling_continues";
    if !inside(name, &["--mount"]) {
        return;
    }
    let desk = TestDesktop::apart();
    let Some(disk) = home_on_a_disk(&desk) else { return };
    let token = by_marked_command(&desk);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    // When a disk fails, the kernel rejects all writes, even to open files.
    tool("mount", &["-o", "remount,abort", &disk]);
    for (used, title) in [(830, "Acme 83%"), (840, "Acme 84%")] {
        desk.used(used, 1000);
        desk.refresh();
        tray.showing(title);
    }
    assert_eq!(server.wait_for(1)[0].0, "Acme passed 80% of its transfer");
    until("a row that tells of it", || {
        item.labels().into_iter().find(|label| label.contains("history.sqlite3 can't be written: "))
    });
    crate::doctor::wrong(&desk, "data folder", "", "LINODE_BANDWIDTH_DATA_DIR");
    // The user's changes fail with a message.
    item.click_of("Acme:", "Mute");
    assert_eq!(server.wait_for(2)[1].0, "Could not mute notifications");
    let edit = desk.run(&["accounts", "edit", "Acme", "--mute"], "");
    assert_eq!(edit.status.code(), Some(1));
    let said = String::from_utf8_lossy(&edit.stderr).into_owned();
    assert!(said.contains("Read-only file system") || said.contains("Input/output error"), "{said}");
    assert_eq!(desk.status(&[])["percent"], 84.0);
    untold(&desk, token.clone());
    tray.quit();

    // After a repair, everything stored earlier is there, and nothing else.
    for place in ["config", "data", "home", "disk"] {
        tool("umount", &[desk.folder().join(place).to_str().unwrap()]);
    }
    tool("mount", &["-o", "loop", desk.folder().join("image").to_str().unwrap(), &disk]);
    for part in ["config", "data", "home"] {
        let to = desk.folder().join(part).display().to_string();
        tool("mount", &["--bind", &format!("{disk}/{part}"), &to]);
    }
    assert!(kept(&desk).0.contains(&630), "{:?}", kept(&desk));
    assert!(!fs::read_to_string(desk.config_file()).unwrap().contains("muted = true"));
    let tray = desk.tray();
    tray.showing("Acme 84%");
    assert_eq!(server.wait_for(3)[2].0, "Acme passed 80% of its transfer", "it could not be written down");
    tray.quit();
    assert_eq!(kept(&desk).1, ["80"]);
    untold(&desk, token);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn read_only_config_is_read_and_changes_are_refused() {
    let name = "disk::read_only_config_is_read_and_changes_are_refused";
    if !inside(name, &["--mount"]) {
        return;
    }
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let before = fs::read_to_string(desk.config_file()).unwrap();
    fs::set_permissions(desk.config_file(), fs::Permissions::from_mode(0o644)).unwrap();
    let folder = desk.config_file().parent().unwrap().display().to_string();
    tool("mount", &["--bind", &folder, &folder]);
    tool("mount", &["-o", "remount,bind,ro", &folder]);
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    assert_eq!(crate::doctor::finding(&desk, "configuration")["ok"], true);
    item.click_of("Acme:", "Mute");
    let (summary, body) = server.wait_for(1).remove(0);
    assert_eq!(summary, "Could not mute notifications");
    assert!(body.contains("is managed elsewhere (Read-only file system"), "{body}");
    // Like Save in the window's settings.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let mut tray = Connection::open(&desk.data_dir()).await.unwrap();
        let request = Request::Settings(Patch::from_iter([("forecast_alert", true.into())]));
        tray.send(&ClientMessage::Request(1, request)).await.unwrap();
        tray.receive().await.unwrap()
    });
    let Some(ServerMessage::Answer(1, Answer::Changed(Err(why)))) = answer else { panic!("{answer:?}") };
    assert!(why.contains("is managed elsewhere (Read-only file system"), "{why}");
    assert_eq!(fs::read_to_string(desk.config_file()).unwrap(), before);
    let log = desk.log();
    let complains = |line: &&str| line.contains(" WARN ") && line.contains("config.toml");
    assert_eq!(log.lines().filter(complains).count(), 1, "of the mute alone: {log}");
}
