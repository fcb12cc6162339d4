//! `doctor` on a machine that lacks a lot, and the fixes it suggests.

use linode_bandwidth::domain::failure::INVALID_RESPONSE;
use serde_json::{Value, json};

use crate::support::server::Reply;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::{Checks, Home, TRANSFER, account, checked, invalid_token, refusal, token, transfer};

/// A home whose API has the public endpoints.
fn home() -> Home {
    let home = Home::new();
    home.api.answer("/regions", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    home
}

fn examined(home: &Home) -> (i32, Value) {
    let ran = home.run("doctor --format json").stderr("");
    (ran.get_output().status.code().unwrap(), serde_json::from_str(ran.out()).unwrap())
}

/// The only finding about `check`, or the one that contains `what`.
fn finding<'a>(report: &'a Value, check: &str, what: &str) -> &'a Value {
    let mut found = report["findings"].as_array().unwrap().iter();
    found
        .find(|finding| finding["check"] == check && finding["message"].as_str().unwrap().contains(what))
        .unwrap_or_else(|| panic!("{check} {what}: {report:#}"))
}

#[test]
fn each_finding_says_what_is_wrong_and_how_to_fix_it() {
    let home = home();
    home.configure(&(account("acme", "Acme") + &account("bad", "Bad") + &account("forb", "Forb")));
    home.api.answer_for(&token("acme"), TRANSFER, transfer(830, 1000, 0));
    home.api.answer_for(&token("bad"), TRANSFER, invalid_token());
    home.api.answer_for(&token("forb"), TRANSFER, refusal(403, "Unauthorized"));
    let (code, report) = examined(&home);
    assert_eq!((code, &report["schema"], &report["ok"]), (1, &json!(2), &json!(false)));
    for (check, what) in [
        ("configuration", "OK, accounts: 3"),
        ("data folder", "can be created"),
        ("API", "answers"),
        ("token", "Acme: "),
    ] {
        let finding = finding(&report, check, what);
        assert_eq!((&finding["ok"], &finding["hint"]), (&json!(true), &json!(null)), "{finding}");
    }
    for (check, what, hint) in [
        ("session bus", "", "start the program inside a desktop session"),
        ("token", "Bad: Invalid Personal Access Token.", "token_command"),
        ("token", "Forb: Unauthorized", "ask the account's owner"),
    ] {
        let finding = finding(&report, check, what);
        assert_eq!(finding["ok"], false);
        assert!(finding["hint"].as_str().unwrap().contains(hint), "{finding}");
    }
    let table = home.run("doctor").code(1).stderr("");
    table
        .stdout(contains("wrong  token          Forb: Unauthorized. Besides the token's scope, its user"))
        .stdout(contains("\n                      → ask the account's owner"));
}

#[test]
fn excessive_token_is_only_a_warning() {
    let home = home();
    home.configure(&account("acme", "Acme"));
    let figures = json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": []});
    let answer = Reply::json(200, figures.to_string()).header("X-OAuth-Scopes", "*");
    home.api.answer_for(&token("acme"), TRANSFER, answer);
    let (_, report) = examined(&home);
    let warning = finding(&report, "token", "Acme: can do more than read");
    assert_eq!((&warning["ok"], &warning["level"]), (&json!(true), &json!("warning")));
    assert!(warning["hint"].as_str().unwrap().contains("it does not need *"), "{warning}");
    home.run("doctor").code(1).stdout(contains("warn   token          Acme: can do more than read\n"));
}

#[test]
fn invalid_config_is_a_finding_and_the_other_checks_still_run() {
    let home = home();
    home.configure("poll_interval = 5\n");
    let (code, report) = examined(&home);
    assert_eq!(code, 1);
    let broken = finding(&report, "configuration", "config.toml:1:17: ");
    assert_eq!(broken["ok"], false);
    assert_eq!(finding(&report, "API", "")["ok"], true);
}

#[test]
fn no_account_yet_is_not_wrong_and_an_api_that_is_gone_is() {
    let home = Home::new();
    home.api.answer("/regions", Reply::close());
    let (_, report) = examined(&home);
    let first = finding(&report, "configuration", "no account yet");
    assert_eq!((&first["ok"], &first["level"]), (&json!(true), &json!("ok")));
    assert!(first["hint"].as_str().unwrap().contains("accounts add NAME"), "{first}");
    let api = finding(&report, "API", "without an answer");
    assert!(api["hint"].as_str().unwrap().contains("HTTPS_PROXY"), "{api}");
}

#[test]
fn a_history_file_that_cant_be_read_is_one_too() {
    let home = home();
    std::fs::create_dir(home.data_dir()).unwrap();
    std::fs::write(home.data_dir().join("history.sqlite3"), "no database at all. ".repeat(100)).unwrap();
    let (_, report) = examined(&home);
    assert!(finding(&report, "history", "")["hint"].as_str().unwrap().contains("move it away"));
}

#[test]
fn an_api_address_that_may_not_be_is_a_finding() {
    let home = home();
    let mut program = home.program("doctor --format json");
    program.env("LINODE_BANDWIDTH_API_URL", "http://api.linode.com/v4");
    let ran = checked("doctor", program.output().unwrap()).code(1);
    let report: Value = serde_json::from_str(ran.out()).unwrap();
    assert_eq!(finding(&report, "configuration", "LINODE_BANDWIDTH_API_URL")["ok"], false);
    ran.stdout(contains("\"API\"").not()); // No other address is tried.
}

#[test]
fn captive_portal_is_named_as_a_possible_cause() {
    for portal in [
        Reply::new(200, "<!DOCTYPE html><title>Welcome to the airport</title>")
            .header("Content-Type", "text/html"),
        Reply::redirect("https://portal.example.test/login"),
    ] {
        let home = Home::with_acme(transfer(630, 1000, 0));
        home.api.answer("/regions", portal);
        let (code, report) = examined(&home);
        assert_eq!(code, 1);
        let api = finding(&report, "API", INVALID_RESPONSE);
        assert!(
            api["hint"].as_str().unwrap().contains("whether the network requires a login in a browser"),
            "{api}"
        );
        assert!(home.api.requests().iter().all(|request| request.token().is_none()), "no token goes there");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn untrusted_certificate_is_named_with_possible_causes() {
    use crate::support::server::Server;
    use crate::support::tls::Authority;
    let (known, unknown) = (Authority::new("known"), Authority::new("unknown"));
    for (config, why) in [
        (unknown.server_for("127.0.0.1"), "certificate not trusted: its issuer is unknown"),
        (known.expired_server_for("127.0.0.1"), "certificate not trusted: it has expired"),
        (known.server_for("other.example.test"), "certificate not trusted: it is for another host"),
    ] {
        let home = Home::with_acme(transfer(630, 1000, 0));
        let trusted = home.dir.path().join("trusted.pem");
        std::fs::write(&trusted, known.pem()).unwrap();
        let api = Server::start_tls(config);
        let mut program = home.program("doctor --format json");
        program.env("LINODE_BANDWIDTH_API_URL", api.url()).env("SSL_CERT_FILE", &trusted);
        let ran = checked("doctor", program.output().unwrap()).code(1).stderr("");
        let report: Value = serde_json::from_str(ran.out()).unwrap();
        let finding = finding(&report, "API", why);
        let hint = finding["hint"].as_str().unwrap();
        assert!(
            hint.contains("clock") && hint.contains("login") && hint.contains("SSL_CERT_FILE"),
            "{finding}"
        );
        assert!(api.requests().is_empty());
    }
}

#[test]
fn the_doctor_leaves_a_fresh_home_as_it_was() {
    let home = Home::new();
    let (_, report) = examined(&home);
    let found = finding(&report, "data folder", "can be created");
    assert_eq!(found["ok"], true, "{found}");
    assert!(!home.data_dir().exists() && !home.config_file().exists());
}
