//! Every state of an account after a response, or after none.

use linode_bandwidth::domain::failure::{INVALID_RESPONSE, INVALID_TOKEN};
use serde_json::{Value, json};

use crate::support::server::{Nobody, Reply};
use crate::{Checks, Home, account, good, invalid_token, missing_scope, refusal, token, transfer};

/// Each response, its state and its message.
fn table() -> Vec<(Reply, &'static str, String)> {
    let invalid = |why: &str| format!("{INVALID_RESPONSE} ({why})");
    vec![
        (invalid_token(), "token_invalid", INVALID_TOKEN.to_owned()),
        (Reply::new(401, ""), "token_invalid", INVALID_TOKEN.to_owned()),
        (missing_scope(), "scope_missing", format!("{INVALID_TOKEN} Missing scope: account:read_only.")),
        (
            refusal(403, "Unauthorized"),
            "forbidden",
            "Unauthorized. Besides the token's scope, its user needs the role Account Viewer or unrestricted access."
                .to_owned(),
        ),
        (
            Reply::new(429, "<html>").header("Retry-After", "17"),
            "rate_limited",
            "Rate limited by the Linode API.".to_owned(),
        ),
        (
            Reply::new(503, "").header("X-Maintenance-Mode", "all"),
            "maintenance",
            "Linode's API is under maintenance.".to_owned(),
        ),
        (Reply::new(200, "<html>Hello"), "invalid_response", invalid("HTTP 200: the body is not JSON")),
        (
            refusal(500, "Internal server error"),
            "invalid_response",
            invalid("HTTP 500: Internal server error"),
        ),
        (Reply::new(502, "<html>"), "invalid_response", invalid("HTTP 502")),
        (
            Reply::redirect("https://example.com/"),
            "invalid_response",
            invalid("HTTP 302: a redirect, which is not followed"),
        ),
        (good(json!({"used": -1, "quota": 1})), "invalid_response", invalid("HTTP 200: used is negative")),
        (
            Reply::close(),
            "unreachable",
            "Can't reach Linode: connection closed without an answer.".to_owned(),
        ),
    ]
}

/// Everything that is null without figures.
fn assert_no_figures(account: &Value) {
    for key in
        ["level", "updated_at", "used_gb", "quota_gb", "billable_gb", "remaining_gb", "percent", "token"]
    {
        assert!(account[key].is_null(), "{key}: {account}");
    }
    assert_eq!(account["regions"], json!([]));
}

#[test]
fn each_response_sets_state_and_message_in_json_and_table() {
    for (reply, state, message) in table() {
        let home = Home::with_acme(reply);
        let account = home.status("");
        assert_eq!(account["state"], state, "{message}");
        assert_eq!(account["error"], json!({"kind": state, "message": message}));
        assert_no_figures(&account);
        let table = home.run("status").done();
        assert!(table.contains(&format!("\n  {message}\n")), "{table}");
        assert!(table.contains(state), "{table}");
    }
}

#[test]
fn nobody_listening_is_unreachable() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let nobody = Nobody::new();
    let mut program = home.program("status --format json");
    program.env("LINODE_BANDWIDTH_API_URL", format!("http://{}/v4", nobody.address()));
    let report = crate::checked("status", program.output().unwrap()).json();
    let message = "Can't reach Linode: no connection.";
    assert_eq!(report["accounts"][0]["error"], json!({"kind": "unreachable", "message": message}));
}

#[test]
fn a_good_answer_is_ok_without_an_error() {
    let account = Home::with_acme(transfer(630, 1000, 0)).status("");
    assert_eq!((account["state"].as_str(), account["error"].is_null()), (Some("ok"), true));
}

#[test]
fn token_command_without_output_is_a_missing_token() {
    for (command, why) in [
        (r#"["sh", "-c", "exit 3"]"#, "sh ended with exit status: 3"),
        (r#"["/nonexistent/program"]"#, "/nonexistent/program can't be run"),
        (r#"["true"]"#, "the first line that true printed is empty"),
        (r#"["printf", "5ec2e75ec2e75ec2e7 with spaces"]"#, "printf printed is not a token"),
        (r#"["sh", "-c", "echo oops >&2; exit 3"]"#, "sh ended with exit status: 3: oops"),
    ] {
        let home = Home::new();
        home.configure(&format!("[[accounts]]\nid = \"a\"\nname = \"A\"\ntoken_command = {command}\n"));
        let account = home.status("");
        assert_eq!(account["state"], "token_missing", "{command}");
        let message = account["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("token_command gave no token: ") && message.contains(why), "{message}");
        assert!(home.api.requests().is_empty(), "the API is not asked without a token");
    }
}

#[test]
fn missing_session_bus_message_suggests_alternatives() {
    let home = Home::new();
    home.configure("[[accounts]]\nid = \"a\"\nname = \"A\"\n");
    let account = home.status("");
    assert_eq!(account["state"], "keyring_unavailable");
    let message = account["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("No keyring: ") && message.contains("token_command"), "{message}");
    assert_eq!(message.matches(['?', '!']).count(), 0, "{message}");
}

#[test]
fn a_disabled_entry_is_not_asked_for() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + "enabled = false\n"));
    let account = home.status("");
    assert_eq!((account["state"].as_str(), account["error"].is_null()), (Some("disabled"), true));
    assert_no_figures(&account);
    assert!(home.api.requests().is_empty());
}

#[test]
fn one_entry_that_fails_leaves_the_others_alone() {
    let home = Home::new();
    home.configure(&(account("bad", "Bad") + &account("good", "Good")));
    home.api.answer_for(&token("bad"), crate::TRANSFER, invalid_token());
    home.api.answer_for(&token("good"), crate::TRANSFER, transfer(630, 1000, 0));
    let report = home.run("status --format json").json();
    let states: Vec<&Value> = report["accounts"].as_array().unwrap().iter().map(|a| &a["state"]).collect();
    assert_eq!(states, ["token_invalid", "ok"], "in the order of the file");
}
