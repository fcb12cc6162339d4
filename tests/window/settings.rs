//! The settings page.

use std::fs;

use eframe::egui::Key;
use linode_bandwidth::domain::page::Page;

use crate::rig::Rig;

#[test]
fn what_is_out_of_range_is_told_next_to_the_field_and_not_written() {
    let mut window = Rig::new(Page::Settings, "");
    window.replace("Poll interval", "10s");
    window.replace("Months kept", "0");
    let before = window.config_text();
    window.press("Save");
    window.sees("poll_interval is \"10s\"; allowed is \"1m\" to \"24h\"");
    assert!(window.shows("a whole number of months from 1 to 1200"));
    assert_eq!(window.config_text(), before);
    assert_eq!(window.value("Poll interval"), "10s");
    window.press("Revert");
    assert_eq!(window.value("Poll interval"), "5m");
}

#[test]
fn a_changed_setting_is_written_and_the_rest_of_the_file_kept() {
    let mut window = Rig::new(Page::Settings, "# mine\nhistory_months = 12\n");
    window.replace("Poll interval", "10m");
    window.key(Key::Enter);
    window.until(|window| window.config_text().contains("poll_interval = \"10m\""));
    assert!(window.config_text().contains("# mine\nhistory_months = 12\n"));
    window.sees("Saved");
}

#[test]
fn what_another_program_writes_shows_at_the_next_look_and_what_is_typed_stays() {
    let mut window = Rig::new(Page::Settings, "history_months = 12\n");
    window.replace("Poll interval", "10m");
    let text = window.config_text().replace("= 12", "= 24");
    fs::write(window.config_file(), text).unwrap();
    window.press("Save");
    window.until(|window| window.config_text().contains("poll_interval = \"10m\""));
    assert!(window.config_text().contains("history_months = 24"), "the last writer takes nothing away");
}
