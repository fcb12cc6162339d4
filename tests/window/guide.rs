//! The token guide.

use eframe::egui::Key;
use linode_bandwidth::window_request::Page;

use crate::rig::{TOKEN, TRANSFER, TestWindow, account, invalid_token, missing_scope};

#[test]
fn the_guide_names_each_choice_and_takes_the_token() {
    let mut window = TestWindow::new(Page::TokenGuide, "");
    for text in ["Linode Bandwidth", "No Access", "Read Only", "Create Token", "choose Revoke"] {
        window.sees(text);
    }
    window.takes(TOKEN, "Acme", "account:read_only");
    window.type_into("Personal Access Token", TOKEN);
    window.type_into("Name", "Acme");
    window.press("Verify and save");
    window.sees("Added \"Acme\"");
    assert_eq!(window.kept("acme").as_deref(), Some(TOKEN));
}

#[test]
fn a_missing_scope_is_named_in_the_guide_too() {
    let mut window = TestWindow::new(Page::TokenGuide, "");
    window.api.answer(TRANSFER, missing_scope());
    window.type_into("Personal Access Token", TOKEN);
    window.type_into("Name", "Acme");
    window.press("Verify and save");
    window.sees("Missing scope: account:read_only.");
    assert!(window.names().is_empty());
}

#[test]
fn the_tokens_of_an_account_are_listed_without_their_secrets() {
    let mut window = TestWindow::with(Page::TokenGuide, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only linodes:read_write");
    window.press("List tokens of Acme");
    window.sees("this account's, can do more than read");
    assert!(window.shows("2 Jan 2026") && window.shows("never"));
    assert!(!window.tree().contains(&TOKEN[..16]));
}

#[test]
fn each_form_gets_the_result_of_its_own_save() {
    const REFUSED: &str = "0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0ff0";
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.api.answer_for(REFUSED, TRANSFER, invalid_token());
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    window.type_into("Personal Access Token", TOKEN);
    window.api.hold();
    window.press("Verify and save");
    window.api.wait_for(1);
    window.press("Token guide");
    window.type_into("Personal Access Token", REFUSED);
    window.type_into("Name", "Client X");
    window.press("Verify and save");
    window.api.go_on();
    window.sees("Invalid Personal Access Token.");
    // The other form is saved before or after this one is refused.
    window.until(|window| window.names() == ["Acme Ltd."]);
    window.sees("Changed \"Acme Ltd.\"");
    window.settle();
    assert_eq!(window.value("Name"), "Client X");
    window.sees("Create Token");
    // Nothing has to be typed again.
    window.takes(REFUSED, "Client X", "account:read_only");
    window.press("Verify and save");
    window.sees("Added \"Client X\"");
    assert_eq!(
        (window.kept("acme").as_deref(), window.kept("client-x").as_deref()),
        (Some(TOKEN), Some(REFUSED))
    );
    assert_eq!(window.names(), ["Acme Ltd.", "Client X"]);
}

#[test]
fn cancelled_verification_keeps_the_guides_input() {
    let mut window = TestWindow::new(Page::TokenGuide, "");
    window.takes(TOKEN, "Acme", "account:read_only");
    window.type_into("Personal Access Token", TOKEN);
    window.api.hold();
    window.press("Verify and save");
    window.api.wait_for(1);
    window.key(Key::Escape);
    window.type_into("Name", "Client X");
    window.api.go_on();
    // Requests are handled in order, so the next one's result shows that the canceled one has changed nothing.
    window.press("Verify and save");
    window.sees("Added \"Client X\"");
    assert_eq!(window.names(), ["Client X"]);
}
