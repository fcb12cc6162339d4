//! All pages with the keyboard only, and as a screen reader sees them.

use std::collections::BTreeMap;

use eframe::egui::{Key, Modifiers};
use linode_bandwidth::window_request::Page;

use crate::rig::{TestWindow, account};

/// `count` accounts.
fn accounts(count: usize) -> String {
    (1..=count).map(|at| account(&format!("a{at}"), &format!("Customer {at}"))).collect()
}

#[test]
fn every_control_of_a_page_has_a_name_of_its_own() {
    for count in [2, 12] {
        for page in [Page::Usage, Page::Accounts, Page::TokenGuide, Page::Settings] {
            let mut window = TestWindow::new(page, &accounts(count));
            let last = match page {
                Page::Usage | Page::Accounts => "Customer 2",
                Page::TokenGuide => "Log in to Cloud Manager.",
                Page::Settings => "Poll interval",
            };
            window.sees(last);
            let mut seen = BTreeMap::<String, usize>::new();
            for (role, name) in window.controls() {
                assert!(!name.trim().is_empty(), "a {role} without a name on {page:?}:\n{}", window.tree());
                *seen.entry(name).or_default() += 1;
            }
            let twice: Vec<&String> =
                seen.iter().filter(|(_, times)| **times > 1).map(|(name, _)| name).collect();
            assert!(seen.len() > 4 && twice.is_empty(), "{twice:?} on {page:?} with {count} accounts");
        }
    }
}

#[test]
fn everything_fits_in_the_smallest_window_and_a_narrow_tile() {
    let long = account("long", "A very long name ".repeat(5).trim_end());
    for (page, press) in [
        (Page::Usage, "Show history of"),
        (Page::Accounts, "Edit A very long"),
        (Page::Accounts, "Add account…"),
        (Page::Accounts, ""),
        (Page::TokenGuide, ""),
        (Page::Settings, ""),
    ] {
        // Tiling desktops may make a window smaller than its minimum.
        for (width, height) in [(620.0, 420.0), (480.0, 1000.0)] {
            let mut window = TestWindow::new(page, &(long.clone() + &accounts(6)));
            window.resize(width, height);
            window.sees(page.title());
            if !press.is_empty() {
                window.press_starting(press);
            }
            window.settle();
            let beyond = window.beyond_the_edge();
            assert!(beyond.is_empty(), "{beyond:?} on {page:?} after {press:?}, {width} wide");
        }
    }
}

#[test]
fn a_page_scrolls_by_its_keys_and_to_what_the_keyboard_reaches() {
    let mut window = TestWindow::new(Page::Accounts, &accounts(12));
    window.resize(620.0, 420.0);
    window.sees("Customer 12");
    assert!(window.is_in_view("Edit Customer 1") && !window.is_in_view("Edit Customer 12"));
    window.key(Key::End);
    assert!(window.is_in_view("Edit Customer 12"), "{}", window.tree());
    window.key(Key::Home);
    assert!(window.is_in_view("Edit Customer 1"));
    window.key(Key::PageDown);
    assert!(!window.is_in_view("Edit Customer 1") && !window.is_in_view("Edit Customer 12"));
    window.key(Key::PageUp);
    for _ in 0..3 {
        window.key(Key::ArrowDown);
    }
    assert!(!window.is_in_view("Search accounts"));
    for _ in 0..80 {
        window.key(Key::Tab);
        if window.focused() == "Edit Customer 12" {
            break;
        }
    }
    window.settle();
    assert!(window.is_in_view("Edit Customer 12"), "{}", window.focused());
}

#[test]
fn pages_change_by_the_keys_that_browsers_have_for_tabs() {
    let mut window = TestWindow::new(Page::Usage, "");
    window.sees("No account yet");
    window.key_with(Modifiers::CTRL, Key::Tab);
    assert!(window.is_selected("Accounts"), "{}", window.tree());
    window.key_with(Modifiers::CTRL | Modifiers::SHIFT, Key::Tab);
    assert!(window.is_selected("Usage"));
    window.key_with(Modifiers::COMMAND, Key::Num4);
    assert!(window.is_selected("Settings") && !window.is_selected("Usage"));
}

#[test]
fn the_keyboard_goes_back_to_where_it_was() {
    let mut window = TestWindow::new(Page::Accounts, &accounts(6));
    window.sees("Customer 6");
    window.focus("Mute Customer 1");
    window.key(Key::Escape);
    assert_eq!(window.focused(), "Mute Customer 1", "Escape with nothing open");
    window.focus("Remove Customer 2");
    window.key(Key::Enter);
    assert_eq!(window.focused(), "Cancel");
    window.key_with(Modifiers::CTRL, Key::Tab);
    assert!(
        window.is_selected("Accounts") && window.shows("Remove Customer 2?"),
        "a dialog is answered first"
    );
    window.key(Key::Escape);
    window.settle();
    window.settle();
    assert_eq!(window.focused(), "Remove Customer 2", "a dialog that was closed");
    window.focus("Edit Customer 4");
    window.key(Key::Enter);
    assert_eq!(window.focused(), "Name");
    window.key(Key::Escape);
    window.settle();
    assert_eq!(window.focused(), "Edit Customer 4", "a form that was left");
    window.press("Remove Customer 2");
    window.press("Remove");
    window.until(|window| window.names().len() == 5 && !window.has("Edit Customer 2"));
    assert_eq!(window.focused(), "Edit Customer 3", "what was removed");
}

#[test]
fn a_list_is_used_by_the_keyboard_alone() {
    let mut window = TestWindow::new(Page::Usage, &accounts(6));
    window.sees("Customer 6");
    window.focus("Sort by");
    for key in [Key::Enter, Key::ArrowDown, Key::ArrowDown, Key::Enter] {
        window.key(key);
    }
    window.settle();
    window.settle();
    assert!(!window.has("Forecast"), "it closes when one is chosen: {}", window.tree());
    assert_eq!(window.focused(), "Sort by");
    window.key(Key::Enter);
    assert!(window.has("Forecast"));
    window.key(Key::Tab);
    window.settle();
    assert!(!window.has("Forecast"), "and when the keyboard leaves it");
}
