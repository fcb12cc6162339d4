//! The usage page.

use linode_bandwidth::domain::page::Page;

use crate::rig::{Rig, TOKEN, account, invalid_token};

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
