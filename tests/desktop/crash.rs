//! The window crashes while its form contains a token.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rig::program::{TOKEN, TestDesktop, refusal};
use crate::rig::watch::Notified;
use crate::rig::{screen, until};
use crate::secrecy::{MARKED, files, holds};
use crate::window::{drawn, type_into};

/// Crashes an unprotected program in `folder`. Returns whether the system leaves its core dump there.
fn leaves_a_dump(folder: &Path) -> bool {
    fs::create_dir(folder).unwrap();
    let script = "ulimit -c unlimited; kill -SEGV $$";
    let _ = Command::new("sh").args(["-c", script]).current_dir(folder).status().unwrap();
    !files(folder).is_empty()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn crashed_window_leaves_no_token_and_can_be_reopened() {
    let desk = TestDesktop::alone();
    if !leaves_a_dump(&desk.folder().join("careless")) {
        eprintln!(
            "this machine writes no core file into a program's folder: what keeps the window's away is not seen"
        );
    }
    desk.acme();
    desk.api.answer_for(TOKEN, "/account/transfer", refusal());
    screen::away();
    let tray = desk.tray_that_may_dump();
    let item = tray.showing("Acme: token refused");
    for (told, (signal, number)) in (1..).zip([("-SEGV", 11), ("-ABRT", 6)]) {
        item.click_of("Acme:", "Replace token…");
        let window = tray.window();
        drawn(&window);
        let empty = window.pixels();
        type_into(&window, MARKED);
        until("what was typed", || (window.pixels() != empty).then_some(()));
        drawn(&window);
        let limits = fs::read_to_string(format!("/proc/{}/limits", window.pid)).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
        // Rust's handler for stack overflows ignores the first SIGSEGV that no fault has caused, and removes itself.
        until("the crash", || {
            let _ = Command::new("kill").args([signal, &window.pid.to_string()]).output().unwrap();
            tray.children().is_empty().then_some(())
        });
        let of_it = |told: &&Notified| told.summary == "The window ended unexpectedly";
        until("word of the crash", || (desk.notified().iter().filter(of_it).count() == told).then_some(()));
        let (log, ended) = (desk.log(), format!("ended with signal: {number} ("));
        let line = log.lines().find(|line| line.contains(&ended)).expect("the crash in the log");
        assert!(!line.contains("core dumped"), "{line}");
    }
    // The tray continues.
    let asked = desk.asked();
    desk.refresh();
    assert_eq!(desk.asked(), asked + 1);
    desk.used(630, 1000);
    desk.api.answer_for(TOKEN, "/account/transfer", crate::rig::program::transfer(630, 1000));
    desk.refresh();
    let item = tray.showing("Acme 63%");
    item.activate();
    let window = tray.window();
    drawn(&window);
    window.close();
    tray.alone();

    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    for file in [files(desk.folder()), files(&home)].concat() {
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!holds(&bytes), "{}", file.display());
    }
    assert!(!desk.folder().join("core").exists());
    for message in desk.watch.messages().iter() {
        assert!(!holds(message.data()), "{message:?}");
    }
    tray.quit();
}
