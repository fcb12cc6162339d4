//! `autostart`: what it reports and changes, also after someone else edited the entry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::assert::Assert;

use crate::{Checks, Home, checked};

const PROGRAM: &str = env!("CARGO_BIN_EXE_linode-bandwidth");

fn entry(home: &Home) -> PathBuf {
    home.dir.path().join("home/.config/autostart/linode-bandwidth.desktop")
}

/// The program at `path`, isolated from this machine's autostart entries.
fn program(home: &Home, path: &Path, words: &[&str]) -> Command {
    let mut program = Command::new(path);
    home.prepare(&mut program);
    program.args(words).env("XDG_CONFIG_DIRS", home.dir.path().join("xdg"));
    program
}

fn autostart(home: &Home, what: &str) -> Assert {
    let words = ["autostart", what];
    checked(&words.join(" "), program(home, Path::new(PROGRAM), &words).output().unwrap())
}

#[test]
fn it_is_turned_on_and_off_without_a_trace() {
    let home = Home::new();
    let off = "off: it does not start at login\n";
    assert_eq!(autostart(&home, "status").done(), off);
    let on = format!("on: {PROGRAM} starts at login\n");
    assert_eq!(autostart(&home, "on").done(), on);
    assert_eq!(autostart(&home, "status").done(), on);
    let text = fs::read_to_string(entry(&home)).unwrap();
    assert!(text.contains(&format!("\nExec={PROGRAM} tray --login\n")), "{text}");
    assert_eq!(autostart(&home, "off").done(), off);
    assert!(!entry(&home).exists());
}

#[test]
fn an_edit_by_hand_counts() {
    let home = Home::new();
    autostart(&home, "on").done();
    let text = fs::read_to_string(entry(&home)).unwrap();
    fs::write(entry(&home), format!("{text}Hidden=true\n")).unwrap();
    assert!(autostart(&home, "status").done().starts_with("off: "));
    fs::write(entry(&home), text.replace(PROGRAM, "/nonexistent/linode-bandwidth")).unwrap();
    assert_eq!(
        autostart(&home, "status").done(),
        "off: /nonexistent/linode-bandwidth is set to start at login but does not exist. \
         Fix: linode-bandwidth autostart on\n"
    );
    assert!(autostart(&home, "on").done().starts_with("on: "));
}

#[test]
fn a_name_in_the_path_that_leads_to_it_is_what_is_started() {
    let home = Home::new();
    let folder = home.dir.path().join("a bin");
    fs::create_dir(&folder).unwrap();
    let link = folder.join("linode-bandwidth");
    std::os::unix::fs::symlink(PROGRAM, &link).unwrap();
    let mut run = program(&home, Path::new(PROGRAM), &["autostart", "on"]);
    run.env("PATH", &folder);
    let told = checked("autostart on", run.output().unwrap()).done();
    assert_eq!(told, format!("on: {} starts at login\n", link.display()));
    let text = fs::read_to_string(entry(&home)).unwrap();
    assert!(text.contains(&format!("\nExec=\"{}\" tray --login\n", link.display())), "{text}");
}

#[test]
fn in_a_snap_it_says_what_to_do_instead() {
    let home = Home::new();
    let folder = Path::new(PROGRAM).parent().unwrap();
    for what in ["on", "off", "status"] {
        let mut run = program(&home, Path::new(PROGRAM), &["autostart", what]);
        run.env("SNAP", folder).env("SNAP_NAME", "linode-bandwidth");
        let said = checked(what, run.output().unwrap()).failed(1);
        assert_eq!(
            said,
            "inside Snap the program can't change what the session starts: add `snap run linode-bandwidth` to the \
             desktop's list of startup applications"
        );
    }
    assert!(!entry(&home).exists());
    // A terminal that is a snap passes its variables on.
    let mut run = program(&home, Path::new(PROGRAM), &["autostart", "status"]);
    run.env("SNAP", "/snap/terminal/1");
    checked("status", run.output().unwrap()).done();
}

#[test]
fn unusable_folder_is_reported() {
    let home = Home::new();
    let config = home.dir.path().join("home/.config");
    fs::write(&config, "a file in its place").unwrap();
    let said = autostart(&home, "on").failed(1);
    assert!(said.contains("linode-bandwidth.desktop can't be used: "), "{said}");
}
