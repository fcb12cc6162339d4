//! Tokens that the API refuses, and their replacement.

use crate::rig::program::{Desk, NEW_TOKEN, TOKEN, refusal, transfer};
use crate::rig::until;

/// Word for word.
pub const MESSAGE: &str = "Invalid Personal Access Token. Please verify the token and scopes then try again.";

/// A desk whose API knows `NEW_TOKEN` and not `TOKEN`, which Acme has.
pub fn refused(settings: &str) -> Desk {
    let desk = Desk::shared();
    desk.configure(settings, &["Acme"]);
    desk.give_token("Acme", TOKEN);
    desk.api.answer_for(TOKEN, "/account/transfer", refusal());
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", transfer(630, 1000));
    desk
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_replaced_token_is_polled_at_once_and_the_error_is_gone() {
    let desk = refused("");
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    desk.wait_for_notifications(1);
    let said = desk.done(&["accounts", "token", "Acme", "--token-stdin"], NEW_TOKEN);
    assert!(said.contains("630 of 1,000 GB · 63%"), "{said}");
    tray.showing("Acme 63%");
    assert!(!item.below("Acme:").contains(&MESSAGE.to_owned()));
    assert_eq!(desk.wait_for_state("ok")["error"], serde_json::Value::Null);
    assert_eq!(desk.notified().len(), 1, "no noise about it");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_token_that_is_refused_again_after_its_replacement_is_told_again() {
    let desk = refused("");
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", refusal());
    let tray = desk.tray();
    tray.showing("Acme: token refused");
    desk.wait_for_notifications(1);
    desk.give_token("Acme", NEW_TOKEN);
    desk.wait_for_notifications(2);
    assert_eq!(desk.asked(), 2);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_entry_without_a_token_says_so_and_goes_on_when_it_has_one() {
    let desk = Desk::shared();
    desk.used(630, 1000);
    desk.configure("", &["Acme"]);
    let tray = desk.tray();
    let item = tray.showing("Acme: no token");
    assert_eq!(desk.wait_for_state("token_missing")["percent"], serde_json::Value::Null);
    assert_eq!(desk.asked(), 0);
    desk.give_token("Acme", TOKEN);
    tray.showing("Acme 63%");
    until("the row", || item.row("Acme: 630 of 1,000 GB · 63%"));
}
