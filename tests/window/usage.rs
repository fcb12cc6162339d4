//! The usage page.

use linode_bandwidth::domain::page::Page;

use serde_json::json;

use crate::rig::{Rig, TOKEN, account, invalid_token, missing_scope};
use crate::support::server::Reply;

#[test]
fn without_an_account_the_page_leads_to_the_guide() {
    let mut window = Rig::new(Page::Usage, "");
    window.sees("No account yet");
    window.press("Set up an account…");
    window.sees("Log in to Cloud Manager.");
}

#[test]
fn fresh_figures_come_without_a_tray_too() {
    let mut window = Rig::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.sees("Not asked yet");
    window.press("Refresh now");
    window.sees("83%");
    for text in
        ["Acme", "830 GB", "170 GB", "1,000 GB", "thresholds at 80%, 90%, 100%", "Warning", "Updated "]
    {
        assert!(window.shows(text), "{text}\n{}", window.tree());
    }
    assert!(!window.tree().contains(TOKEN));
}

#[test]
fn a_refused_token_says_what_to_do_and_leads_to_its_field() {
    let mut window = Rig::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.api.answer(crate::rig::TRANSFER, invalid_token());
    window.press("Refresh now");
    window.sees("Invalid Personal Access Token. Please verify the token and scopes then try again.");
    window.press("Replace token…");
    window.sees("Edit Acme");
    assert!(window.is_focused("Personal Access Token"));
}

#[test]
fn a_configuration_that_does_not_read_is_told_with_its_line() {
    let mut window = Rig::new(Page::Usage, "thresholds = [0]\n");
    window.sees("config.toml:2:");
    window.press("Accounts");
    window.sees("config.toml:2:");
}

#[test]
fn the_linodes_that_use_the_pool_are_asked_for_on_request() {
    let mut window = Rig::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only linodes:read_only");
    window.sees("Which Linodes?");
    assert!(window.api.requests().is_empty(), "nothing is asked before that");
    let good = |body: serde_json::Value| Reply::json(200, body.to_string());
    let listed: Vec<_> =
        (0..20).map(|id| json!({"id": id, "label": format!("web-{id}"), "region": "us-east"})).collect();
    window.api.answer("/linode/instances", good(json!({"data": listed, "page": 1, "pages": 1})));
    for id in 0..20u64 {
        let used = json!({"used": (id + 1) * 10_000_000_000, "quota": 1000, "billable": 0});
        window.api.answer(&format!("/linode/instances/{id}/transfer"), good(used));
    }
    window.press("Which Linodes?");
    window.sees("web-19");
    assert!(window.shows("200 GB · 20%") && window.shows("And 8 more that used less."), "{}", window.tree());
    window.api.answer("/linode/instances", missing_scope());
    window.press("Ask again");
    window.sees("Missing scope: ");
    window.press("Hide");
    window.sees("Which Linodes?");
    assert!(!window.shows("Missing scope") && !window.tree().contains(TOKEN));
}
