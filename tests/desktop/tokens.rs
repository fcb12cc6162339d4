//! Refused tokens and their replacement.

use std::time::Instant;

use linode_bandwidth::domain::failure::INVALID_TOKEN;

use crate::alerts::is_closed;
use crate::rig::program::{NEW_TOKEN, TOKEN, TestDesktop, refusal, transfer};
use crate::rig::until;
use crate::support::server::Reply;

/// Makes the API accept `NEW_TOKEN` and refuse `TOKEN`, which Acme has in the keyring.
pub fn refused(desk: &TestDesktop, settings: &str) {
    desk.configure(settings, &["Acme"]);
    desk.give_token("Acme", TOKEN);
    desk.api.answer_for(TOKEN, "/account/transfer", refusal());
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", transfer(630, 1000));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_refused_token_is_told_once_with_the_apis_sentence() {
    let desk = TestDesktop::shared();
    refused(&desk, "");
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    assert!(item.row("Acme: token refused").is_some());
    assert_eq!(item.below("Acme: token refused")[0], INVALID_TOKEN);
    let alert = desk.wait_for_notifications(1).remove(0);
    assert_eq!((alert.summary.as_str(), alert.body.as_str()), ("Acme: token refused", INVALID_TOKEN));
    assert!(alert.critical);
    assert_eq!(alert.actions, ["Open", "Replace token…"]);
    let account = desk.wait_for_state("token_invalid");
    assert_eq!(account["error"]["message"], INVALID_TOKEN);
    assert!(desk.done(&["status", "--cached"], "").contains(INVALID_TOKEN));
    assert_eq!(desk.run(&["status", "--cached", "--check"], "").status.code(), Some(3));
    assert_eq!(desk.asked(), 1);
    desk.refresh();
    assert_eq!(desk.asked(), 2, "asked by the user");
    assert_eq!(desk.notified().len(), 1, "once for this token");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_replaced_token_is_polled_at_once_and_the_error_is_gone() {
    let desk = TestDesktop::shared();
    refused(&desk, "");
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    let alert = desk.wait_for_notifications(1).remove(0);
    let crossed = item.icon();
    let begun = Instant::now();
    let said = desk.done(&["accounts", "token", "Acme", "--token-stdin"], NEW_TOKEN);
    assert!(said.contains("630 of 1,000 GB · 63%"), "{said}");
    tray.showing("Acme 63%");
    until("icon and menu without the error", || {
        let rows = item.below("Acme:");
        let told = rows.iter().any(|row| row == INVALID_TOKEN || row == "Replace token…");
        (!told && item.icon() != crossed).then_some(())
    });
    println!("from the command to an icon and a menu without the error: {:?}", begun.elapsed());
    assert_eq!(desk.wait_for_state("ok")["error"], serde_json::Value::Null);
    until("the notification's end", || is_closed(&desk, alert.id).then_some(()));
    assert_eq!(desk.notified().len(), 1, "no noise about it");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn second_refusal_after_a_replacement_notifies_again() {
    let desk = TestDesktop::shared();
    refused(&desk, "");
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
    let desk = TestDesktop::shared();
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

/// The response of `/profile/tokens` for the token that starts with `first`.
fn listed(first: &str, expiry: &str) -> Reply {
    let token = format!(
        r#"{{"id": 1, "scopes": "account:read_only", "label": "tray", "token": "{first}",
            "created": "2026-01-02T03:04:05", "expiry": "{expiry}"}}"#
    );
    Reply::json(200, format!(r#"{{"data": [{token}], "page": 1, "pages": 1, "results": 1}}"#))
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn expiring_token_alerts_and_its_replacement_is_looked_up() {
    let desk = TestDesktop::shared();
    desk.acme();
    desk.used(630, 1000);
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(6 * 24 - 1);
    let expiry = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    desk.api.answer_for(TOKEN, "/profile/tokens", listed(&TOKEN[..16], &expiry));
    desk.api.answer_for(NEW_TOKEN, "/profile/tokens", listed(&NEW_TOKEN[..16], "2999-12-12T05:00:00"));
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    assert_eq!(desk.wait_for_notifications(1)[0].summary, "Acme: token expires in 6 days");
    let row = |words: &str| until(words, || item.below("Acme:").into_iter().find(|row| row.contains(words)));
    row("Token \"tray\": read-only, expires ");
    assert_eq!(desk.cached()["token"]["expires_at"], format!("{expiry}Z"));

    desk.done(&["accounts", "token", "Acme", "--token-stdin"], NEW_TOKEN);
    row("Token \"tray\": read-only, never expires");
    assert_eq!(desk.cached()["token"]["expires_at"], serde_json::Value::Null);
    assert_eq!(desk.notified().len(), 1);
}
