//! `tokens`: what the API lists, never a secret.

use serde_json::json;

use crate::support::server::Reply;
use crate::{Home, account, invalid_token, token, transfer};

fn home() -> Home {
    let home = Home::with_acme(transfer(1, 1000, 0));
    let prefix = &token("acme")[..16];
    let list = json!({"data": [
        {"id": 1, "label": "tray", "scopes": "account:read_only", "created": "2026-01-02T03:04:05",
         "expiry": "2999-12-12T05:00:00", "token": "another"},
        {"id": 2, "label": "ours", "scopes": "*", "created": "2026-05-06T07:08:09",
         "expiry": "2027-01-02T03:04:05", "token": prefix},
    ], "page": 1, "pages": 1, "results": 2});
    home.api.answer_for(&token("acme"), "/profile/tokens", Reply::json(200, list.to_string()));
    home
}

#[test]
fn the_tokens_of_an_account_are_listed_with_what_they_can_do() {
    assert_eq!(
        home().run("tokens Acme").done(),
        "ACCOUNT  LABEL  CREATED     EXPIRES     SCOPES\n\
         Acme     tray   2026-01-02  never       account:read_only\n\
         Acme     ours   2026-05-06  2027-01-02  *                  this entry's, can do more than read\n"
    );
    let expected = json!([
        {"account": "Acme", "label": "tray", "created_at": "2026-01-02T03:04:05Z", "expires_at": null,
         "scopes": ["account:read_only"], "read_only": true, "ours": false},
        {"account": "Acme", "label": "ours", "created_at": "2026-05-06T07:08:09Z",
         "expires_at": "2027-01-02T03:04:05Z", "scopes": ["*"], "read_only": false, "ours": true},
    ]);
    assert_eq!(home().run("tokens --format json").json(), expected);
}

#[test]
fn an_account_that_fails_is_told_and_the_others_are_listed_all_the_same() {
    let home = home();
    home.configure(&(account("bad", "Bad") + &account("acme", "Acme")));
    home.api.answer_for(&token("bad"), "/profile/tokens", invalid_token());
    let ran = home.run("tokens");
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 3), "{ran:#?}");
    assert!(ran.stderr.starts_with("linode-bandwidth: Bad: Invalid Personal Access Token."), "{ran:#?}");
    let said = home.run("tokens Bad --format json").failed(1);
    assert!(said.starts_with("Bad: "), "{said}");
    assert!(home.run("tokens nobody").failed(2).contains("there are: Bad, Acme"));
}
