//! Other users of the machine, and their files. Only root can act as another user; elsewhere these tests are skipped.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Output};

use crate::support::owner::{StandIn, done};
use crate::support::skip;
use crate::{Checks, Home, transfer};

/// The id of a user that does not exist.
const STRANGER: u32 = 54_321;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs the program as another user, after `change`; `None` if that is not possible.
fn as_a_stranger(home: &Home, words: &str, change: impl Fn(&mut Command)) -> Option<Output> {
    let program = home.dir.path().join("program");
    if !program.exists() {
        // The build folder may be closed to other users.
        fs::hard_link(env!("CARGO_BIN_EXE_linode-bandwidth"), &program)
            .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_linode-bandwidth"), &program).map(drop))
            .unwrap();
    }
    mode(home.dir.path(), 0o755);
    let id = STRANGER.to_string();
    let mut stranger = Command::new("setpriv");
    home.prepare(&mut stranger);
    stranger.args(["--reuid", &id, "--regid", &id, "--clear-groups"]).arg(program).args(words.split(' '));
    change(&mut stranger);
    let output = stranger.output().unwrap_or_else(|error| panic!("setpriv, of util-linux: {error}"));
    if String::from_utf8_lossy(&output.stderr).contains("setpriv: ") {
        skip("it takes root to be another user");
        return None;
    }
    Some(output)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn another_users_process_is_refused_on_the_socket() {
    let home = Home::new();
    fs::create_dir(home.data_dir()).unwrap();
    mode(&home.data_dir(), 0o755);
    let socket = home.data_dir().join("control.sock");
    let tray = StandIn::start(&home.data_dir(), done);
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let Some(closed) = as_a_stranger(&home, "refresh", |_| {}) else { return };
    assert!(
        said(&closed).contains("can't be used: Permission denied"),
        "the socket's mode keeps it out: {}",
        said(&closed)
    );
    mode(&socket, 0o666);
    let Some(open) = as_a_stranger(&home, "refresh", |_| {}) else { return };
    assert_eq!(tray.heard(), [""; 0], "a stranger's request was answered");
    assert_eq!(open.status.code(), Some(1));
    // The client refuses another user's process too.
    assert!(said(&open).contains("another user's process listens on it"), "{}", said(&open));
    // An allowed user is served.
    home.run("refresh").done();
    assert_eq!(tray.heard(), ["Refresh"]);
}

#[test]
fn another_users_files_are_reported_with_a_fix() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    home.api.answer("/regions", crate::support::server::Reply::json(200, r#"{"data": [], "pages": 1}"#));
    fs::create_dir(home.data_dir()).unwrap();
    mode(&home.data_dir(), 0o700);
    mode(&home.config_file(), 0o600);
    let Some(doctor) = as_a_stranger(&home, "doctor --format json", |_| {}) else { return };
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    for (check, what) in
        [("configuration", "can't be read: Permission denied"), ("data folder", "another user")]
    {
        let found = report["findings"].as_array().unwrap().iter().find(|f| f["check"] == check).unwrap();
        assert_eq!(found["ok"], false, "{found}");
        assert!(found["message"].as_str().unwrap().contains(what), "{found}");
        assert!(found["hint"].as_str().unwrap().contains("chown -R"), "{found}");
    }
    let tray = as_a_stranger(&home, "tray", |_| {}).unwrap();
    assert_eq!(tray.status.code(), Some(1));
    assert!(said(&tray).contains("LINODE_BANDWIDTH_DATA_DIR"), "{}", said(&tray));
    // A status bar still gets its line.
    let bar = as_a_stranger(&home, "status --format waybar", |_| {}).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&bar.stdout).unwrap();
    assert_eq!((bar.status.code(), &line["class"]), (Some(0), &"config_error".into()), "{}", said(&bar));
    // With the owner restored, it works again.
    for path in [home.data_dir(), home.config_file()] {
        chown(path, Some(STRANGER), Some(STRANGER)).unwrap();
    }
    let status = as_a_stranger(&home, "status", |_| {}).unwrap();
    assert!(said(&status).contains("630 GB"), "{}", said(&status));
}

#[test]
fn without_a_home_directory_the_doctor_says_what_does_instead() {
    let home = Home::new();
    let homeless = |stranger: &mut Command| {
        for variable in ["HOME", "LINODE_BANDWIDTH_CONFIG", "LINODE_BANDWIDTH_DATA_DIR"] {
            stranger.env_remove(variable);
        }
    };
    let Some(doctor) = as_a_stranger(&home, "doctor --format json", homeless) else { return };
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let found = &report["findings"][0];
    assert_eq!((&found["check"], &found["ok"]), (&"home".into(), &false.into()), "{report}");
    assert!(found["message"].as_str().unwrap().contains("set LINODE_BANDWIDTH_CONFIG to a file"), "{found}");
    let tray = as_a_stranger(&home, "tray", homeless).unwrap();
    assert_eq!(tray.status.code(), Some(1));
    assert!(
        said(&tray).contains("there is no home directory; set LINODE_BANDWIDTH_CONFIG"),
        "{}",
        said(&tray)
    );
    // A service's home directory that does not exist.
    let nowhere = |stranger: &mut Command| {
        homeless(stranger);
        stranger.env("HOME", "/nonexistent");
    };
    let doctor = as_a_stranger(&home, "doctor", nowhere).unwrap();
    assert!(
        said(&doctor).contains("set LINODE_BANDWIDTH_DATA_DIR to a writable folder"),
        "{}",
        said(&doctor)
    );
}

/// The program as another user, with a configuration that belongs to root or is on a read-only disk.
fn on_a_managed_file(home: &Home, words: &str, change: impl Fn(&mut Command)) -> Option<Output> {
    as_a_stranger(home, words, |stranger| {
        stranger
            .env("HOME", home.dir.path().join("own"))
            .env("LINODE_BANDWIDTH_DATA_DIR", home.dir.path().join("own/data"));
        change(stranger);
    })
}

fn managed() -> Home {
    let home = Home::with_acme(transfer(630, 1000, 0));
    home.api.answer("/regions", crate::support::server::Reply::json(200, r#"{"data": [], "pages": 1}"#));
    let own = home.dir.path().join("own");
    fs::create_dir(&own).unwrap();
    chown(&own, Some(STRANGER), Some(STRANGER)).unwrap();
    home
}

#[test]
fn a_file_that_root_manages_is_read_and_left_as_it_is() {
    let home = managed();
    mode(&home.config_file(), 0o444);
    let Some(doctor) = on_a_managed_file(&home, "doctor --format json", |_| {}) else { return };
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let found =
        report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "configuration").unwrap();
    assert_eq!((&found["ok"], &found["hint"]), (&true.into(), &serde_json::Value::Null), "{found}");
    assert!(found["message"].as_str().unwrap().contains("managed elsewhere (it belongs to root)"), "{found}");
    let status = on_a_managed_file(&home, "status", |_| {}).unwrap();
    assert!(said(&status).contains("630 GB") && status.stderr.is_empty(), "{}", said(&status));
    // The folder belongs to the user, but the file does not.
    let before = home.configured();
    for owner in [0, STRANGER] {
        chown(home.config_file().parent().unwrap(), Some(owner), Some(owner)).unwrap();
        for words in [
            "accounts edit Acme --mute",
            "accounts remove Acme",
            "accounts duplicate Acme",
            "accounts add New --token-stdin",
        ] {
            let refused = on_a_managed_file(&home, words, |_| {}).unwrap();
            assert_eq!(refused.status.code(), Some(1), "{words}");
            let said = said(&refused);
            assert_eq!(said.lines().count(), 1, "{words}: {said}");
            assert!(
                said.contains("is managed elsewhere (it belongs to root); nothing was changed: "),
                "{words}: {said}"
            );
            assert!(said.contains("set LINODE_BANDWIDTH_CONFIG to a file of your own"), "{words}: {said}");
        }
    }
    assert_eq!(home.configured(), before);
    assert_eq!(
        fs::read_dir(home.config_file().parent().unwrap()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    // A file that others can write is refused, even the user's own.
    mode(&home.config_file(), 0o666);
    let doctor = on_a_managed_file(&home, "doctor", |_| {}).unwrap();
    assert!(said(&doctor).contains("other users may write to it"), "{}", said(&doctor));
}

#[test]
fn a_file_on_a_read_only_disk_is_read_and_left_as_it_is() {
    let home = managed();
    let folder = home.config_file().parent().unwrap().to_owned();
    for path in [&folder, &home.config_file()] {
        chown(path, Some(STRANGER), Some(STRANGER)).unwrap();
    }
    mode(&home.config_file(), 0o644);
    let read_only = |words: &str| {
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
        let mut within = Command::new("unshare");
        home.prepare(&mut within);
        let own = home.dir.path().join("own");
        within.env("HOME", &own).env("LINODE_BANDWIDTH_DATA_DIR", own.join("data"));
        let id = STRANGER.to_string();
        within.args(["--mount", "sh", "-c", script]).arg(&folder);
        within.args(["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"]);
        within.arg(home.dir.path().join("program")).args(words.split(' ')).output().unwrap()
    };
    // Makes the copy of the program, and tells whether this is root.
    if as_a_stranger(&home, "config path", |_| {}).is_none() {
        return;
    }
    let doctor = read_only("doctor --format json");
    if said(&doctor).contains("unshare failed") || said(&doctor).contains("mount: ") {
        return skip("it takes root, and mounts, for a read-only disk");
    }
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let found =
        report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "configuration").unwrap();
    assert_eq!(found["ok"], true, "{found}");
    assert!(
        found["message"].as_str().unwrap().contains("managed elsewhere (Read-only file system"),
        "{found}"
    );
    assert!(said(&read_only("status")).contains("630 GB"));
    let refused = read_only("accounts edit Acme --mute");
    assert_eq!(refused.status.code(), Some(1));
    let line = said(&refused);
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains("is managed elsewhere (Read-only file system"), "{line}");
}
