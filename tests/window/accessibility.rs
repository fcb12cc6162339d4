//! All pages with the keyboard only, and as a screen reader sees them.

use std::collections::BTreeMap;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use linode_bandwidth::app::accounts::token_guide::STEPS;
use linode_bandwidth::window::owner::{Lost, OwnerEvent, TRAY_ENDED};
use linode_bandwidth::window::texts::{ACCOUNT_REMOVED, please_correct};
use linode_bandwidth::window_request::{Page, View};

use crate::rig::{Heard, TOKEN, TestWindow, account};

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
                Page::TokenGuide => STEPS[0].text,
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

/// The places of the content of a page among all that a screen reader goes through.
fn place(window: &TestWindow, name: &str) -> usize {
    window.all_heard().iter().position(|heard| heard.name == name).unwrap()
}

#[test]
fn bars_come_and_go_behind_the_page_and_are_said() {
    let mut window = TestWindow::new(Page::Accounts, &accounts(2));
    window.sees("Edit Customer 1");
    let before = place(&window, "Edit Customer 1");
    window.hears(OwnerEvent::Lost(Lost::Ended(TRAY_ENDED.to_owned())));
    window.wish(View::Edit("gone".parse().unwrap()));
    window.sees(ACCOUNT_REMOVED);
    assert_eq!(place(&window, "Edit Customer 1"), before, "{}", window.tree());
    for said in [TRAY_ENDED, ACCOUNT_REMOVED] {
        assert!(window.heard(said).live, "{said}");
        assert!(window.is_in_view(said));
    }
    assert!(window.is_in_view("Dismiss") && window.is_in_view("Start the tray"));
    window.press("Dismiss");
    assert!(!window.shows(ACCOUNT_REMOVED));
}

#[test]
fn figures_are_said_with_the_first_control_of_each_account() {
    for (count, control) in [(2, "Which Linodes of Customer 1?"), (12, "Show Customer 1")] {
        let all = accounts(count);
        let tokens: Vec<(String, &str)> = (1..=count).map(|at| (format!("a{at}"), TOKEN)).collect();
        let tokens: Vec<(&str, &str)> = tokens.iter().map(|(id, token)| (id.as_str(), *token)).collect();
        let mut window = TestWindow::with(Page::Usage, &all, &tokens);
        window.takes(TOKEN, "Acme", "account:read_only");
        window.press("Refresh now");
        window.sees("83%");
        let said = window.heard(control).description;
        assert!(
            said.starts_with("83%, Warning. Used 830 GB, Quota 1,000 GB, Left 170 GB, Resets in"),
            "{said}"
        );
        assert!(!said.contains(".."), "{said}");
        let name = window.heard("Customer 1");
        assert_eq!((name.role, name.level), (Role::Heading, Some(2)));
    }
    let mut window = TestWindow::with(Page::Accounts, &accounts(2), &[]);
    window.sees("Edit Customer 1");
    assert_eq!(window.heard("Customer 1").role, Role::Heading);
    assert_eq!(
        window.heard("Edit Customer 1").description,
        "Global transfer pool · thresholds 80, 90, 100 %"
    );
}

#[test]
fn a_new_page_is_said_by_the_windows_title_and_by_its_heading_and_the_mouse_moves_nothing() {
    let mut window = TestWindow::new(Page::Usage, &accounts(2));
    window.sees("Which Linodes of Customer 1?");
    assert_eq!(window.title(), "Usage – Linode Bandwidth");
    window.key_with(Modifiers::CTRL, Key::Tab);
    assert_eq!(window.title(), "Accounts – Linode Bandwidth");
    assert_eq!((window.focused().as_str(), window.heard("Accounts").role), ("Accounts", Role::Heading));
    window.key(Key::Tab);
    assert_eq!(window.focused(), "Add account…", "it goes on from there");
    for _ in 0..20 {
        window.key(Key::Tab);
        assert_ne!(window.focused_role(), Some(Role::Heading), "once only");
    }
    window.focus("Edit Customer 2");
    window.key(Key::Enter);
    assert_eq!(window.title(), "Edit Customer 2 – Linode Bandwidth");
    assert_eq!(window.focused(), "Name");
    window.wish(View::Page(Page::Settings));
    assert_eq!(window.focused(), "Settings");
    assert!(window.heard("Settings").within.iter().all(|(role, _)| *role != Role::Tab));
    window.press("Token guide");
    assert_ne!(window.focused(), "Token guide", "by the mouse one sees it");
}

#[test]
fn the_arrow_keys_choose_and_scroll_and_lead_to_no_other_button() {
    let mut window = TestWindow::new(Page::Accounts, &accounts(3));
    window.resize(860.0, 400.0);
    window.sees("Edit Customer 3");
    window.focus("Edit Customer 1");
    for key in [Key::ArrowRight, Key::ArrowLeft, Key::ArrowDown, Key::ArrowUp] {
        window.key(key);
        assert_eq!(window.focused(), "Edit Customer 1", "{key:?}");
    }
    window.focus("Usage");
    window.key(Key::ArrowUp);
    assert_eq!(window.focused(), "Settings", "around the end of the list of pages");
    window.key(Key::ArrowDown);
    window.key(Key::ArrowDown);
    assert_eq!((window.focused().as_str(), window.is_selected("Accounts")), ("Accounts", true));
    window.focus("Edit Customer 1");
    window.key(Key::Enter);
    window.focus("Global transfer pool");
    window.key(Key::ArrowUp);
    assert_eq!(window.focused(), "One Linode");
    assert!(window.has("Linode id"), "it is chosen too");
    window.key(Key::ArrowLeft);
    assert_eq!(window.focused(), "A region's pool");
    window.focus("Keyring");
    window.key(Key::ArrowRight);
    assert_eq!(window.focused_role(), Some(Role::RadioButton), "not in the field that it brings up");
    assert!(window.focused() == "Command" && window.has("Command"));
    window.focus("Show as");
    window.key(Key::ArrowDown);
    assert!(window.has("Left: 6929GB"), "a list opens:\n{}", window.tree());
    for _ in 0..9 {
        window.key(Key::ArrowDown);
        assert!(
            ["As in Settings", "Left", "Used", "Percent"].iter().any(|it| window.focused().starts_with(it))
        );
    }
}

/// What a screen reader says of a text field with `text` in it, which is wrong.
fn wrong(window: &mut TestWindow, field: &str, text: &str) -> Heard {
    window.replace(field, text);
    window.settle();
    window.heard(field)
}

#[test]
fn every_text_field_says_what_is_wrong_with_it_and_enter_does_what_the_button_does() {
    let mut window = TestWindow::new(Page::Accounts, &accounts(1));
    window.press("Edit Customer 1");
    window.press("Different from Settings");
    window.press("One Linode");
    for (field, text, said) in [
        ("Name", " ", "Enter a name."),
        ("Linode id", "x", "Enter the Linode's id, such as 12345678."),
        ("Own thresholds in percent", "90, 80", "Enter"),
    ] {
        let heard = wrong(&mut window, field, text);
        assert!(heard.invalid && heard.description.starts_with(said), "{heard:?}");
        window.key(Key::Enter);
        assert!(window.shows(&please_correct(&[])), "{field}:\n{}", window.tree());
        assert!(!window.focused().is_empty());
    }
    window.replace("Own thresholds in percent", "70");
    window.replace("Linode id", "5");
    assert!(!window.heard("Linode id").invalid);
    window.replace("Name", "Other");
    window.focus("Own thresholds in percent");
    window.key(Key::Enter);
    window.sees("Save anyway");
    window.press("A region's pool");
    window.sees("Region id");
    let heard = wrong(&mut window, "Region id", "a b");
    assert!(heard.description.contains("enter the region's id") || heard.invalid, "{heard:?}");

    let mut window = TestWindow::new(Page::Settings, "");
    window.sees("Poll interval");
    let heard = wrong(&mut window, "Poll interval", "10s");
    assert!(heard.invalid && heard.description.contains("between 1 minute and 24 hours"), "{heard:?}");
    window.key(Key::Enter);
    window.sees(&please_correct(&["Poll interval"]));
}

#[test]
fn what_is_not_saved_yet_is_said() {
    let mut window = TestWindow::new(Page::Settings, &accounts(1));
    window.replace("Poll interval", "9m");
    assert!(window.heard("Not saved yet").live);
    window.press("Revert");
    window.press("Accounts");
    window.press("Edit Customer 1");
    window.replace("Name", "Other");
    assert!(window.heard("Not saved yet").live);
}

#[test]
fn the_steps_of_the_guide_are_a_list() {
    let mut window = TestWindow::new(Page::TokenGuide, "");
    window.sees(STEPS[0].text);
    let heard = window.all_heard();
    let steps: Vec<&Heard> = heard.iter().filter(|heard| heard.role == Role::ListItem).collect();
    assert!(steps.iter().any(|step| step.name == format!("1. {}", STEPS[0].text)), "{steps:?}");
    let choice = steps.iter().find(|step| step.name == "Account: Read Only").unwrap();
    let numbered = format!("3. {}", STEPS[2].text);
    let (list, item) = ((Role::List, STEPS[2].text), (Role::ListItem, numbered.as_str()));
    let within: Vec<(Role, &str)> = choice.within.iter().map(|(role, name)| (*role, name.as_str())).collect();
    assert_eq!(within[..3], [list, item, (Role::List, "Steps")]);
    assert_eq!(window.heard("Open login.linode.com").description, STEPS[0].text);
}

#[test]
fn a_dialog_is_one_dialog() {
    let mut window = TestWindow::new(Page::Accounts, &accounts(1));
    window.press("Remove Customer 1");
    window.sees("Cancel");
    let within = window.heard("Cancel").within;
    let dialogs: Vec<&str> =
        within.iter().filter(|(role, _)| *role == Role::Dialog).map(|(_, name)| name.as_str()).collect();
    assert_eq!(dialogs, ["Remove Customer 1?"]);
    window.press("Cancel");
    window.wish(View::About);
    window.sees("Copy version");
    assert_eq!(window.heard("Close").within.iter().filter(|(role, _)| *role == Role::Dialog).count(), 1);
}

#[test]
fn every_control_of_an_account_says_whose_it_is() {
    let mut window = TestWindow::new(Page::Usage, &accounts(2));
    for account in ["Customer 1", "Customer 2"] {
        window.press(&format!("Show history of {account}"));
        window.press(&format!("Save as CSV: samples of {account}"));
    }
    let mut names: Vec<String> = window.controls().into_iter().map(|(_, name)| name).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
    let general = ["Usage", "Accounts", "Token guide", "Settings", "Refresh now"];
    let of_none = names.iter().filter(|name| !name.contains("Customer") && !general.contains(&name.as_str()));
    assert_eq!(of_none.collect::<Vec<_>>(), Vec::<&String>::new());
    window.press("Accounts");
    window.press("More actions for Customer 2");
    let heard = window.heard("Duplicate");
    assert!(heard.within.contains(&(Role::Menu, "Actions for Customer 2".to_owned())), "{heard:?}");
}

#[test]
fn a_screen_reader_gets_every_name_as_it_is_written() {
    const NAME: &str = "חברה בע״מ של תל אביב שהיא ארוכה מאוד ועוד יותר ארוכה מזה";
    let backwards = NAME.split(' ').rev().collect::<Vec<_>>().join(" ");
    for (count, page, press) in [
        (12, Page::Usage, ""),
        (1, Page::Usage, ""),
        (12, Page::Accounts, ""),
        (1, Page::Accounts, "Edit "),
        (1, Page::Accounts, "Remove "),
        (1, Page::TokenGuide, "Account"),
        (1, Page::Settings, "Icon shows"),
    ] {
        let mut window = TestWindow::new(page, &(account("he", NAME) + &accounts(count)));
        window.resize(760.0, 700.0);
        window.sees(if page == Page::Settings { "Poll interval" } else { NAME });
        if !press.is_empty() {
            window.press_starting(press);
        }
        for heard in window.all_heard() {
            for said in [&heard.name, &heard.description] {
                let turned = said.contains("מזה ארוכה") || said.contains(&backwards);
                assert!(!turned, "{page:?}: {heard:?}");
            }
        }
    }
}
