//! The settings page.

use std::fs;
use std::time::Duration;

use eframe::egui::Key;
use linode_bandwidth::window::texts::please_correct;
use linode_bandwidth::window_request::Page;

use crate::rig::TestWindow;

#[test]
fn refused_save_shows_its_error_and_focuses_the_field() {
    let mut window = TestWindow::new(Page::Settings, "");
    window.replace("Poll interval", "9m");
    window.press("Save");
    window.sees("Saved");
    window.replace("Months kept", "0");
    assert!(!window.shows("Saved"), "that was of something else");
    assert!(window.shows("Enter a whole number of months from 1 to 1200."), "as it is typed");
    window.replace("Poll interval", "10s");
    let before = window.config_text();
    window.press("Save");
    window.sees(&please_correct(&["Poll interval", "Months kept"]));
    assert!(window.shows("Enter a time between 1 minute and 24 hours") && window.is_focused("Poll interval"));
    assert_eq!((window.config_text(), window.value("Poll interval")), (before, "10s".to_owned()));
    window.replace("Poll interval", "10m");
    window.replace("Months kept", "12");
    assert!(!window.shows("Enter ") && !window.shows("Not saved. "), "what is right is not told of");
    window.press("Revert");
    assert_eq!((window.value("Poll interval"), window.value("Months kept")), ("9m".into(), "25".into()));
}

#[test]
fn missing_program_is_saved_with_a_warning() {
    let mut window = TestWindow::new(Page::Settings, "");
    window.type_into("Program", "no-such-program hello");
    window.sees("No program \"no-such-program hello\" was found.");
    assert!(window.shows("Put each argument on a line of its own."));
    window.press("Save");
    window.until(|window| window.config_text().contains("no-such-program hello"));
}

#[test]
fn a_changed_setting_is_written_and_the_rest_of_the_file_kept() {
    let mut window = TestWindow::new(Page::Settings, "# mine\nhistory_months = 12\n");
    window.replace("Poll interval", "10m");
    window.key(Key::Enter);
    window.until(|window| window.config_text().contains("poll_interval = \"10m\""));
    assert!(window.config_text().contains("# mine\nhistory_months = 12\n"));
    window.sees("Saved");
}

#[test]
fn others_changes_appear_and_input_stays() {
    let mut window = TestWindow::new(Page::Settings, "history_months = 12\n");
    window.replace("Poll interval", "10m");
    let text = window.config_text().replace("= 12", "= 24");
    fs::write(window.config_file(), text).unwrap();
    window.press("Save");
    window.until(|window| window.config_text().contains("poll_interval = \"10m\""));
    assert!(window.config_text().contains("history_months = 24"), "the last writer takes nothing away");
}

#[test]
fn a_second_change_is_saved_while_the_first_is_being_saved() {
    let mut window = TestWindow::new(Page::Settings, "");
    window.replace("Months kept", "24");
    let lock = linode_bandwidth::platform::private_file::lock(&window.config_file(), Duration::from_secs(5));
    let lock = lock.unwrap().unwrap();
    window.press("Save");
    window.sees("Saving…");
    window.replace("Poll interval", "10m");
    window.press("Save");
    drop(lock);
    window.until(|window| {
        let text = window.config_text();
        text.contains("poll_interval = \"10m\"") && text.contains("history_months = 24")
    });
}

#[test]
fn what_another_program_changes_is_not_written_back() {
    let mut window = TestWindow::new(Page::Settings, "");
    window.replace("Poll interval", "10m");
    fs::write(window.config_file(), window.config_text() + "icon = \"bar\"\n").unwrap();
    window.press("Save");
    window.until(|window| window.config_text().contains("poll_interval = \"10m\""));
    // The settings were reread: unchanged fields follow them.
    window.sees("Saved");
    window.replace("Months kept", "24");
    window.press("Save");
    window.until(|window| window.config_text().contains("history_months = 24"));
    assert!(window.config_text().contains("icon = \"bar\""), "{}", window.config_text());
}
