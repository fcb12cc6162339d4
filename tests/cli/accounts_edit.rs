//! `accounts edit|duplicate|import` and `tokens` without a keyring.

use serde_json::json;

use predicates::str::contains;

use crate::support::server::Reply;
use crate::{Checks, Home, account, invalid_token, token, transfer};

#[test]
fn what_is_edited_is_written_and_the_rest_stays() {
    let home = Home::new();
    home.configure(&format!("# mine\n{}", account("acme", "Acme")));
    let words = "accounts edit Acme --name Acme_Ltd --watch region:id-cgk --thresholds 50,75 --show-as used --mute --disable";
    assert_eq!(home.run(words).done(), "Changed \"Acme Ltd\"\n");
    let text = home.configured();
    assert!(text.starts_with("# mine\n"), "{text}");
    for line in [
        "id = \"acme\"",
        "name = \"Acme Ltd\"",
        "watch = \"region:id-cgk\"",
        "thresholds = [50, 75]",
        "show_as = \"used\"",
        "muted = true",
        "enabled = false",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in {text}");
    }
    home.run("accounts edit acme --thresholds default --show-as default --unmute --enable").done();
    let listed = home.run("accounts list --format json").json()["accounts"].take();
    assert_eq!(listed[0]["thresholds"], json!([80, 90, 100]));
    assert_eq!((&listed[0]["muted"], &listed[0]["enabled"]), (&json!(false), &json!(true)));
}

#[test]
fn an_edit_with_one_wrong_value_changes_nothing() {
    let home = Home::new();
    home.configure(&format!("{}\n{}", account("a", "A"), account("b", "B")));
    let before = home.configured();
    let with_token = format!("--token-command echo {}", "0123456789abcdef".repeat(4));
    let (edited, added) = (format!("accounts edit A {with_token}"), format!("accounts add Cmd {with_token}"));
    let renamed = format!("accounts edit A --name {}", "0123456789abcdef".repeat(4));
    for (words, hint) in [
        (renamed.as_str(), "this looks like a token"),
        (edited.as_str(), "contains a token"),
        (added.as_str(), "contains a token"),
        ("accounts edit A --mute --thresholds 75,50", "rising"),
        ("accounts edit A --mute --thresholds many", "50,80,100"),
        ("accounts edit A --mute --show-as words", "percent, used, used_and_total"),
        ("accounts edit A --mute --name b", "there is an account \"B\" already"),
        ("accounts edit A", "nothing to change"),
        ("accounts edit C --mute", "there are: A, B"),
    ] {
        let said = home.run(words).failed(2);
        assert!(said.contains(hint), "{words}: {said}");
        assert_eq!(home.configured(), before, "{words}");
    }
}

#[test]
fn a_copy_has_all_of_the_configuration_and_stands_below() {
    let home = Home::new();
    home.configure(&format!(
        "{}watch = \"linode:7\"\nmuted = true\n\n{}",
        account("a", "A"),
        account("b", "B")
    ));
    assert_eq!(home.run("accounts duplicate A").done(), "Copied \"A\" to \"A copy\" (id a-copy)\n");
    assert_eq!(home.run("accounts duplicate A").done(), "Copied \"A\" to \"A copy 2\" (id a-copy-2)\n");
    assert_eq!(
        home.run("accounts duplicate A Other_one").done(),
        "Copied \"A\" to \"Other one\" (id other-one)\n"
    );
    let listed = home.run("accounts list --format json").json()["accounts"].take();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["A", "A copy", "A copy 2", "Other one", "B"]);
    assert_eq!((&listed[3]["watch"], &listed[3]["muted"]), (&json!("linode:7"), &json!(true)));
    let said = home.run("accounts duplicate A B").failed(2);
    assert!(said.contains("there is an account \"B\" already"), "{said}");
}

#[test]
fn the_tokens_of_an_account_are_listed_without_their_secrets() {
    let home = Home::with_acme(transfer(1, 2, 0));
    let start = token("acme");
    let start = start.get(..16).unwrap();
    let listed = json!({"data": [
        {"id": 1, "label": "tray", "token": start, "scopes": "account:read_only",
         "created": "2026-01-02T03:04:05", "expiry": "2026-12-01T00:00:00"},
        {"id": 2, "label": "deploy", "token": "0123456789abcdef", "scopes": "*",
         "created": "2018-10-19T19:13:57", "expiry": "2999-12-12T05:00:00"},
    ], "page": 1, "pages": 1, "results": 2});
    home.api.answer_for(&token("acme"), "/profile/tokens", Reply::json(200, listed.to_string()));
    let table = home.run("tokens Acme").done();
    assert!(
        table.contains("Acme     tray    2026-01-02  2026-12-01  account:read_only  this account's"),
        "{table}"
    );
    assert!(
        table.contains("Acme     deploy  2018-10-19  never       *                  can do more than read"),
        "{table}"
    );
    let report = home.run("tokens --format json").json();
    assert_eq!(report["schema"], 2);
    let rows = &report["tokens"];
    assert_eq!(
        rows[0],
        json!({"account": "acme", "name": "Acme", "label": "tray", "created_at": "2026-01-02T03:04:05Z",
            "expires_at": "2026-12-01T00:00:00Z", "scopes": ["account:read_only"], "read_only": true, "ours": true})
    );
    assert_eq!((&rows[1]["expires_at"], &rows[1]["ours"]), (&json!(null), &json!(false)));
}

#[test]
fn accounts_with_one_token_list_its_tokens_once() {
    let home = Home::new();
    let same = account("a", "A").replace("\"a\"", "\"copy\"").replace("\"A\"", "\"Copy\"");
    home.configure(&format!("{}\n{same}\n{}", account("a", "A"), account("b", "B")));
    let list = |label: &str| {
        let token = json!({"id": 1, "label": label, "token": "0123456789abcdef", "scopes": "*",
            "created": "2026-01-02T03:04:05", "expiry": null});
        Reply::json(200, json!({"data": [token], "page": 1, "pages": 1, "results": 1}).to_string())
    };
    home.api.answer_for(&token("a"), "/profile/tokens", list("of-a"));
    home.api.answer_for(&token("b"), "/profile/tokens", list("of-b"));
    let report = home.run("tokens --format json").json();
    let listed: Vec<_> = report["tokens"].as_array().unwrap().iter().map(|row| &row["label"]).collect();
    assert_eq!(listed, ["of-a", "of-b"]);
    assert_eq!(home.api.requests().len(), 2);
}

#[test]
fn one_accounts_refused_token_leaves_the_others_listed() {
    let home = Home::new();
    home.configure(&format!("{}\n{}", account("a", "A"), account("b", "B")));
    home.api.answer_for(&token("a"), "/profile/tokens", invalid_token());
    let theirs = json!({"id": 1, "label": "tray", "token": "0123456789abcdef", "scopes": "*",
        "created": "2026-01-02T03:04:05", "expiry": null});
    let list = json!({"data": [theirs], "page": 1, "pages": 1, "results": 1});
    home.api.answer_for(&token("b"), "/profile/tokens", Reply::json(200, list.to_string()));
    let ran = home.run("tokens --format json").code(1);
    ran.stdout(contains(r#""account":"b","name":"B","label":"tray""#))
        .stderr(contains("A: Invalid Personal Access Token."));
}

#[test]
fn an_import_without_a_file_or_users_says_so() {
    let home = Home::new();
    let said = home.run("accounts import linode-cli").failed(1);
    assert!(said.contains("linode-cli configure"), "{said}");
    let folder = home.dir.path().join("home").join(".config");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("linode-cli"), "[DEFAULT]\ndefault-user = x\n[x]\nregion = y\n").unwrap();
    let said = home.run("accounts import linode-cli").failed(1);
    assert!(said.contains("has no user with a token"), "{said}");
}

#[test]
fn tokens_that_cant_be_listed_at_all_are_one_line() {
    let home = Home::new();
    home.configure(&account("bad", "Bad"));
    home.api.answer("/profile/tokens", crate::invalid_token());
    for words in ["tokens", "tokens Bad --format json"] {
        let said = home.run(words).failed(1);
        assert!(said.starts_with("Bad: Invalid Personal Access Token."), "{said}");
    }
}
