//! `accounts edit|duplicate|import`, as far as they go without a keyring.

use std::fs;

use serde_json::json;

use crate::{Home, Ran, TRANSFER, account, invalid_token, token, transfer};

#[test]
fn everything_that_is_asked_for_is_changed_and_nothing_else() {
    let home = Home::new();
    home.configure(&format!("# mine\n{}# after\n{}", account("acme", "Acme"), account("b", "B")));
    let words = "accounts edit acme --name Acme_Ltd --watch region:id-cgk --thresholds 50,80% --show-as used --mute --disable";
    assert_eq!(home.run(words).done(), "Changed \"Acme Ltd\"\n");
    let list = home.run("accounts list --format json").json();
    let expected = json!({"id": "acme", "name": "Acme Ltd", "watch": "region:id-cgk", "thresholds": [50, 80],
        "show_as": "used", "token_source": "command", "muted": true, "enabled": false});
    assert_eq!(list[0], expected);
    assert!(home.configured().starts_with("# mine\n[[accounts]]\n"), "{}", home.configured());
    assert!(home.configured().ends_with(&format!("# after\n{}", account("b", "B"))), "{}", home.configured());
    let words = "accounts edit Acme_Ltd --thresholds default --show-as default --unmute --enable";
    home.run(words).done();
    let list = home.run("accounts list --format json").json();
    assert_eq!((&list[0]["thresholds"], &list[0]["show_as"]), (&json!([80, 90, 100]), &json!("percent")));
    assert_eq!((&list[0]["muted"], &list[0]["enabled"]), (&json!(false), &json!(true)));
}

#[test]
fn a_change_that_may_not_be_leaves_everything_as_it_was() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + &account("b", "B")));
    let before = home.configured();
    for (words, hint) in [
        ("accounts edit Acme", "there is nothing to change"),
        ("accounts edit Acme --mute --thresholds 80,50", "rising"),
        ("accounts edit Acme --mute --thresholds x", "50,80,100"),
        ("accounts edit Acme --mute --show-as x", "percent, used, used_and_total and default"),
        ("accounts edit Acme --mute --name B", "each account needs its own"),
        ("accounts edit Acme --mute --watch x", "region:ID"),
        ("accounts edit nobody --mute", "there are: Acme, B"),
    ] {
        let said = home.run(words).failed(2);
        assert!(said.contains(hint), "{words}: {said}");
        assert_eq!(home.configured(), before, "{words}");
    }
}

#[test]
fn an_entry_with_a_token_command_is_copied_with_all_that_it_has() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + "watch = \"linode:7\"\nmuted = true\n"));
    assert_eq!(
        home.run("accounts duplicate Acme").done(),
        "Copied \"Acme\" to \"Acme copy\" (id acme-copy)\n"
    );
    assert_eq!(home.run("accounts duplicate Acme Other").done(), "Copied \"Acme\" to \"Other\" (id other)\n");
    let list = home.run("accounts list --format json").json();
    for entry in list.as_array().unwrap() {
        assert_eq!((&entry["watch"], &entry["muted"]), (&json!("linode:7"), &json!(true)), "{entry}");
    }
    assert_eq!(list.as_array().unwrap().len(), 3);
    home.run("accounts duplicate Acme Other").failed(2);
    assert!(home.run("accounts duplicate nobody").failed(2).contains("there are: Acme"));
}

#[test]
fn an_entry_whose_token_cant_be_read_is_not_copied() {
    let home = Home::new();
    home.configure("[[accounts]]\nid = \"a\"\nname = \"A\"\n");
    let before = home.configured();
    assert!(home.run("accounts duplicate A").failed(1).starts_with("no keyring: "));
    assert_eq!(home.configured(), before);
}

#[test]
fn what_linode_cli_has_not_is_told() {
    let home = Home::new();
    let said = home.run("accounts import linode-cli").failed(1);
    assert!(said.contains("linode-cli configure") && said.contains("LINODE_CLI_CONFIG"), "{said}");
    let file = home.dir.path().join("linode-cli");
    for (text, hint) in [
        ("[DEFAULT]\ndefault-user = anna\n\n[anna]\nregion = us-east\n", "has no user with a token"),
        ("[anna\n", "linode-cli configure"),
    ] {
        fs::write(&file, text).unwrap();
        let said = import(&home).failed(1);
        assert!(said.contains(hint), "{said}");
    }
}

fn import(home: &Home) -> Ran {
    let mut program = home.program("accounts import linode-cli");
    program.env("LINODE_CLI_CONFIG", home.dir.path().join("linode-cli"));
    Ran::of("import", program.output().unwrap())
}

#[test]
fn users_that_can_not_be_taken_over_are_told_one_by_one_and_keep_nothing() {
    let home = Home::new();
    home.api.answer_for(&token("anna"), TRANSFER, transfer(1, 1000, 0));
    home.api.answer_for(&token("bert"), TRANSFER, invalid_token());
    let text = format!("[DEFAULT]\n[anna]\ntoken = {}\n[bert]\ntoken = {}\n", token("anna"), token("bert"));
    fs::write(home.dir.path().join("linode-cli"), &text).unwrap();
    let ran = import(&home);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("anna: no keyring: "), "{ran:#?}");
    assert!(lines[1].starts_with("bert: Invalid Personal Access Token."), "{ran:#?}");
    assert_eq!(lines[2..], ["linode-bandwidth: 2 of 2 users were not taken over"]);
    assert!(!home.config_file().exists());
    assert_eq!(fs::read_to_string(home.dir.path().join("linode-cli")).unwrap(), text);
}
