//! `doctor`: what it finds where much is missing, and how it says to mend that.

use serde_json::{Value, json};

use crate::support::server::Reply;
use crate::{Home, Ran, TRANSFER, account, invalid_token, refusal, token, transfer};

/// A home whose API answers what is public.
fn home() -> Home {
    let home = Home::new();
    home.api.answer("/regions", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    home
}

fn examined(home: &Home) -> (i32, Value) {
    let ran = home.run("doctor --format json");
    assert_eq!(ran.stderr, "");
    (ran.code, serde_json::from_str(&ran.stdout).unwrap())
}

/// The one finding about `check`, or the one of them that says `what`.
fn finding<'a>(report: &'a Value, check: &str, what: &str) -> &'a Value {
    let mut found = report["findings"].as_array().unwrap().iter();
    found
        .find(|finding| finding["check"] == check && finding["message"].as_str().unwrap().contains(what))
        .unwrap_or_else(|| panic!("{check} {what}: {report:#}"))
}

#[test]
fn each_finding_says_what_is_wrong_and_how_to_mend_it() {
    let home = home();
    home.configure(&(account("acme", "Acme") + &account("bad", "Bad") + &account("forb", "Forb")));
    home.api.answer_for(&token("acme"), TRANSFER, transfer(830, 1000, 0));
    home.api.answer_for(&token("bad"), TRANSFER, invalid_token());
    home.api.answer_for(&token("forb"), TRANSFER, refusal(403, "Unauthorized"));
    let (code, report) = examined(&home);
    assert_eq!((code, &report["schema"], &report["ok"]), (1, &json!(1), &json!(false)));
    for (check, what) in [
        ("configuration", "reads, accounts: 3"),
        ("data folder", "can be written"),
        ("API", "answers"),
        ("token", "Acme: "),
    ] {
        let finding = finding(&report, check, what);
        assert_eq!((&finding["ok"], &finding["mend"]), (&json!(true), &json!(null)), "{finding}");
    }
    for (check, what, mend) in [
        ("session bus", "", "start the program inside a desktop session"),
        ("token", "Bad: Invalid Personal Access Token.", "token_command"),
        ("token", "Forb: Unauthorized", "ask the account's owner"),
    ] {
        let finding = finding(&report, check, what);
        assert_eq!(finding["ok"], false);
        assert!(finding["mend"].as_str().unwrap().contains(mend), "{finding}");
    }
    let table = home.run("doctor");
    assert_eq!((table.code, table.stderr.as_str()), (1, ""));
    assert!(table.stdout.contains("wrong  token          Forb: Unauthorized\n"), "{}", table.stdout);
    assert!(table.stdout.contains("\n                      → ask the account's owner"), "{}", table.stdout);
}

#[test]
fn a_broken_file_is_a_finding_and_the_rest_is_looked_at_all_the_same() {
    let home = home();
    home.configure("poll_interval = 5\n");
    let (code, report) = examined(&home);
    assert_eq!(code, 1);
    let broken = finding(&report, "configuration", "config.toml:1:17: ");
    assert_eq!(broken["ok"], false);
    assert_eq!(finding(&report, "API", "")["ok"], true);
}

#[test]
fn no_account_and_an_api_that_is_gone_are_findings() {
    let home = Home::new();
    home.api.answer("/regions", Reply::close());
    let (_, report) = examined(&home);
    let mend = finding(&report, "configuration", "no account")["mend"].as_str().unwrap();
    assert!(mend.contains("accounts add NAME"), "{mend}");
    let api = finding(&report, "API", "without an answer");
    assert!(api["mend"].as_str().unwrap().contains("HTTPS_PROXY"), "{api}");
}

#[test]
fn a_history_file_that_cant_be_read_is_one_too() {
    let home = home();
    std::fs::create_dir(home.data_dir()).unwrap();
    std::fs::write(home.data_dir().join("history.sqlite3"), "no database at all. ".repeat(100)).unwrap();
    let (_, report) = examined(&home);
    assert!(finding(&report, "history", "")["mend"].as_str().unwrap().contains("move the file away"));
}

#[test]
fn an_api_address_that_may_not_be_is_a_finding() {
    let home = home();
    let mut program = home.program("doctor --format json");
    program.env("LINODE_BANDWIDTH_API_URL", "http://api.linode.com/v4");
    let ran = Ran::of("doctor", program.output().unwrap());
    assert_eq!(ran.code, 1);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(finding(&report, "configuration", "LINODE_BANDWIDTH_API_URL")["ok"], false);
    assert!(!ran.stdout.contains("\"API\""), "no other is asked: {}", ran.stdout);
}
