//! Edits of the configuration by hand while the tray runs.

use std::fs;
use std::time::Instant;

use crate::rig::program::TestDesktop;
use crate::rig::until;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn changed_settings_are_applied() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let begun = Instant::now();
    desk.configure("show_as = \"used_and_total\"", &["Acme"]);
    tray.showing("Acme 630GB (1000GB)");
    println!("from an edit by hand to the title: {:?}", begun.elapsed());
    let begun = Instant::now();
    desk.done(&["accounts", "edit", "Acme", "--show-as", "percent"], "");
    println!("the command took {:?}", begun.elapsed());
    tray.showing("Acme 63%");
    println!("from the command's start to the title: {:?}", begun.elapsed());
    desk.configure("show_as = \"used\"\nthresholds = [50, 100]", &["Acme"]);
    tray.showing("Acme 630GB");
    assert_eq!(desk.wait_for_notifications(1)[0].summary, "Acme passed 50% of its transfer");
    desk.configure("icon = \"number\"", &["Acme Inc."]);
    tray.showing("Acme Inc. 63%");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_file_that_does_not_read_loses_nothing_and_says_where() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    let broken = format!("# A comment.\nshow_as = \n{good}");
    fs::write(desk.config_file(), &broken).unwrap();
    let at_the_top = || item.labels().first().filter(|row| row.contains(":2:11: ")).cloned();
    until("a row with line and column", at_the_top);
    assert!(item.row("Acme: 630 of 1,000 GB · 63%").is_some());
    desk.used(640, 1000);
    item.click("Refresh now");
    tray.showing("Acme 64%");
    let check = desk.run(&["config", "check"], "");
    assert_eq!(check.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&check.stderr).contains(":2:11: "));
    assert_eq!(fs::read_to_string(desk.config_file()).unwrap(), broken);
    fs::write(desk.config_file(), good).unwrap();
    until("the row gone", || item.labels()[0].starts_with("Acme").then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn invalid_config_at_start_shows_the_last_figures() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    tray.quit();
    let good = fs::read_to_string(desk.config_file()).unwrap();
    fs::write(desk.config_file(), "thresholds = 80").unwrap();
    let asked = desk.asked();
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    assert!(item.labels()[0].contains(":1:14: "), "{:?}", item.labels());
    desk.refresh();
    assert_eq!(desk.asked(), asked);
    desk.used(640, 1000);
    fs::write(desk.config_file(), good).unwrap();
    tray.showing("Acme 64%");
}
