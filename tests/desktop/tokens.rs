//! Tokens that the API refuses, and their replacement.

use std::time::Duration;

use crate::rig::parts::store_secret;
use crate::rig::program::{Desk, NEW_TOKEN, TOKEN, refusal, transfer};
use crate::rig::{until, until_within};

/// Word for word.
const MESSAGE: &str = "Invalid Personal Access Token. Please verify the token and scopes then try again.";

/// A desk whose API knows `NEW_TOKEN` and not `TOKEN`, which Acme has.
fn refused(settings: &str) -> Desk {
    let desk = Desk::shared();
    desk.configure(settings, &["Acme"]);
    desk.give_token("Acme", TOKEN);
    desk.api.answer_for(TOKEN, "/account/transfer", refusal());
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", transfer(630, 1000));
    desk
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_refused_token_is_told_once_and_not_tried_again_until_the_user_asks() {
    let desk = refused("poll_interval = \"1m\"");
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    assert!(item.row("Acme: token refused").is_some());
    assert_eq!(item.below("Acme: token refused")[0], MESSAGE);
    let alert = desk.wait_for_notifications(1).remove(0);
    assert_eq!((alert.summary.as_str(), alert.body.as_str()), ("Acme: token refused", MESSAGE));
    assert!(alert.critical);
    assert_eq!(alert.actions, ["Replace token…"]);
    let account = desk.wait_for_state("token_invalid");
    assert_eq!(account["error"]["message"], MESSAGE);
    assert!(desk.done(&["status", "--cached"], "").contains(MESSAGE));
    assert_eq!(desk.run(&["status", "--cached", "--check"], "").status.code(), Some(3));
    assert_eq!(desk.asked(), 1);

    // After a poll interval the keyring is looked at, and the API is not asked.
    let looked = || desk.log().contains("TokenUnchanged").then_some(());
    until_within(Duration::from_secs(75), "a look at the keyring", looked);
    assert_eq!(desk.asked(), 1);
    desk.refresh();
    assert_eq!(desk.asked(), 2, "asked by the user");
    assert_eq!(desk.notified().len(), 1, "once for this token");
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
fn a_token_replaced_by_another_program_is_found_within_a_poll_interval() {
    let desk = refused("poll_interval = \"1m\"");
    let tray = desk.tray();
    tray.showing("Acme: token refused");
    store_secret(&desk.id(0), NEW_TOKEN);
    tray.showing_within(Duration::from_secs(70), "Acme 63%");
    let tokens: Vec<_> =
        desk.api.requests().iter().map(|r| r.token().unwrap_or_default().to_owned()).collect();
    assert_eq!(tokens.iter().filter(|token| *token == TOKEN).count(), 1);
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
