//! The token guide.

use linode_bandwidth::domain::page::Page;

use crate::rig::{Rig, TOKEN, TRANSFER, account, missing_scope};

#[test]
fn the_guide_names_each_choice_and_takes_the_token() {
    let mut window = Rig::new(Page::TokenGuide, "");
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
    let mut window = Rig::new(Page::TokenGuide, "");
    window.api.answer(TRANSFER, missing_scope());
    window.type_into("Personal Access Token", TOKEN);
    window.type_into("Name", "Acme");
    window.press("Verify and save");
    window.sees("Missing scope: account:read_only.");
    assert!(window.names().is_empty());
}

#[test]
fn the_tokens_of_an_account_are_listed_without_their_secrets() {
    let mut window = Rig::with(Page::TokenGuide, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only linodes:read_write");
    window.press("List tokens");
    window.sees("this entry's, can do more than read");
    assert!(window.shows("2 Jan 2026") && window.shows("never"));
    assert!(!window.tree().contains(&TOKEN[..16]));
}
