//! The accounts page: the list, and the form.

use eframe::egui::Key;
use linode_bandwidth::domain::page::Page;

use crate::rig::{Rig, TOKEN, TRANSFER, account, invalid_token, missing_scope};
use crate::support::server::Reply;

fn with_form(name: &str) -> Rig {
    let mut window = Rig::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Add account…");
    window.type_into("Name", name);
    window.type_into("Personal Access Token", TOKEN);
    window
}

#[test]
fn an_account_is_verified_and_added() {
    let mut window = with_form("Client X");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.press("Verify and save");
    window.sees("Added \"Client X\"");
    assert!(window.shows("830 of 1,000 GB · 83%") && window.shows("never expires"));
    assert_eq!(window.names(), ["Acme", "Client X"]);
    assert_eq!(window.kept("client-x").as_deref(), Some(TOKEN));
    assert!(!window.config_text().contains(TOKEN));
}

#[test]
fn enter_in_the_token_saves_and_escape_leaves() {
    let mut window = with_form("Client X");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.key(Key::Enter);
    window.sees("Added \"Client X\"");
    window.press("Add account…");
    window.sees("New account");
    window.key(Key::Escape);
    window.sees("Add account…");
}

#[test]
fn without_a_name_the_company_is_suggested_and_nothing_kept_yet() {
    let mut window = with_form("");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.press("Verify and save");
    window.sees("830 of 1,000 GB");
    assert_eq!(window.value("Name"), "Client X Ltd.");
    assert_eq!(window.names(), ["Acme"]);
    window.press("Verify and save");
    window.sees("Added \"Client X Ltd.\"");
}

#[test]
fn a_refused_token_keeps_the_form_and_what_was_typed() {
    let mut window = with_form("Client X");
    window.api.answer(TRANSFER, invalid_token());
    window.press("Verify and save");
    window.sees("Invalid Personal Access Token. Please verify the token and scopes then try again.");
    assert_eq!(window.value("Name"), "Client X");
    assert_eq!(window.value("Personal Access Token").chars().count(), TOKEN.len());
    assert!(!window.shows("Save anyway"), "the API has said no");
    assert_eq!((window.names().len(), window.kept("client-x")), (1, None));
}

#[test]
fn a_missing_scope_is_named() {
    let mut window = with_form("Client X");
    window.api.answer(TRANSFER, missing_scope());
    window.press("Verify and save");
    window.sees("then try again. Missing scope: account:read_only.");
    assert_eq!(window.names(), ["Acme"]);
}

#[test]
fn with_the_api_gone_nothing_is_kept_until_it_is_wanted_anyway() {
    let mut window = with_form("Client X");
    window.api.answer(TRANSFER, Reply::close());
    window.press("Verify and save");
    window.sees("Not verified, and not saved yet");
    assert_eq!((window.names().len(), window.kept("client-x")), (1, None));
    window.press("Save anyway");
    window.sees("Added \"Client X\"");
    assert_eq!(window.kept("client-x").as_deref(), Some(TOKEN));
}

#[test]
fn a_token_that_can_do_more_is_kept_with_a_warning() {
    let mut window = with_form("Client X");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only linodes:read_write");
    window.press("Verify and save");
    window.sees("This token can do more than read. Scopes it does not need: linodes:read_write");
    assert_eq!(window.names(), ["Acme", "Client X"]);
}

#[test]
fn the_same_account_under_another_name_is_told() {
    let mut window = with_form("Acme again");
    window.takes("old-old-old-old-old", "Acme", "account:read_only");
    window.takes(TOKEN, "Acme", "account:read_only");
    // The first entry's token, so that it can be asked.
    let linode_bandwidth::store::token_store::TokenStore::Memory(kept) = &window.tokens else { panic!() };
    let token = linode_bandwidth::domain::token::Token::new("old-old-old-old-old".to_owned()).unwrap();
    kept.lock().unwrap().insert("acme".parse().unwrap(), token.into());
    window.press("Verify and save");
    window.sees("The same Linode account is here as Acme");
}

#[test]
fn a_token_is_in_no_accessible_value_shown_or_not() {
    let mut window = with_form("Client X");
    assert!(!window.tree().contains(TOKEN));
    window.press("Show");
    window.sees("Hide");
    assert!(!window.tree().contains(TOKEN), "what is shown is pixels alone");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.press("Verify and save");
    window.sees("Added");
    assert!(!window.tree().contains(TOKEN) && !window.asked_of_the_system().contains(TOKEN));
    window.press("Edit Client X");
    assert_eq!(window.value("Personal Access Token"), "");
}

#[test]
fn an_entry_is_renamed_and_its_token_replaced() {
    let mut window = Rig::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    window.press("Verify and save");
    window.sees("Changed \"Acme Ltd.\"");
    assert_eq!((window.names(), window.kept("acme").unwrap()), (vec!["Acme Ltd.".into()], "old".to_owned()));
    assert!(window.api.requests().is_empty(), "there was nothing to verify");
    window.press("Edit Acme Ltd.");
    window.type_into("Personal Access Token", TOKEN);
    window.press("Verify and save");
    window.sees("830 of 1,000 GB");
    assert_eq!(window.kept("acme").as_deref(), Some(TOKEN));
}

#[test]
fn thresholds_that_may_not_be_are_told_next_to_the_field() {
    let mut window = Rig::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Edit Acme");
    window.press("Of its own");
    window.replace("Own thresholds in percent", "90, 80");
    window.press("Verify and save");
    window.sees("allowed is a list of whole percents from 1 to 1000, rising");
    window.replace("Own thresholds in percent", "50, 80");
    window.press("Verify and save");
    window.sees("Changed \"Acme\"");
    assert!(window.config_text().contains("thresholds = [50, 80]"));
}

#[test]
fn a_copy_has_its_own_token() {
    let mut window = Rig::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Duplicate Acme");
    window.sees("Copied \"Acme\" to \"Acme copy\"");
    assert_eq!(window.names(), ["Acme", "Acme copy"]);
    assert_eq!(window.kept("acme-copy").as_deref(), Some("old"));
}

#[test]
fn an_entry_goes_only_after_the_question() {
    let mut window = Rig::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Remove Acme");
    window.sees("Remove Acme?");
    window.press("Cancel");
    assert!(!window.shows("Remove Acme?"));
    assert_eq!(window.names(), ["Acme"]);
    window.press("Remove Acme");
    window.press("Remove");
    window.sees("Removed \"Acme\"");
    assert_eq!((window.names().len(), window.kept("acme")), (0, None));
}

#[test]
fn entries_are_put_in_another_order_muted_and_switched_off() {
    let accounts = account("a", "Ann") + &account("b", "Bob");
    let mut window = Rig::new(Page::Accounts, &accounts);
    window.press("Move Bob up");
    window.until(|window| window.names() == ["Bob", "Ann"]);
    window.press("Mute Ann");
    window.until(|window| window.config_text().contains("muted = true"));
    window.press("Enable Ann");
    window.until(|window| window.config_text().contains("enabled = false"));
}
