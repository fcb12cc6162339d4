//! The accounts page: the list and the form.

use std::time::Duration;

use linode_bandwidth::domain::config::THRESHOLDS_EXPECTED;
use linode_bandwidth::domain::failure::INVALID_TOKEN;
use linode_bandwidth::domain::text::SET_UP_ACCOUNT;
use linode_bandwidth::window::owner::TRAY_ENDED;

use eframe::egui::{Key, ViewportCommand};
use linode_bandwidth::app::accounts::token_command::TokenCommandError;
use linode_bandwidth::window::owner::{Command, Lost, OwnerEvent};
use linode_bandwidth::window::texts::{ACCOUNT_REMOVED, CLIPBOARD_EMPTY, please_correct};
use linode_bandwidth::window_request::{Page, View};

use crate::rig::{TOKEN, TRANSFER, TestWindow, account, euuid, invalid_token, missing_scope};
use crate::support::server::Reply;

fn with_form(name: &str) -> TestWindow {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Add account…");
    window.type_into("Name", name);
    window.type_into("Personal Access Token", TOKEN);
    window
}

#[test]
fn an_account_is_verified_and_added() {
    let mut window = with_form("Client X");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.press("Verify and save");
    window.sees("Added \"Client X\"");
    assert!(window.shows("830 of 1,000 GB · 83%") && window.shows("never expires"));
    assert_eq!(window.names(), ["Acme", "Client X"]);
    assert_eq!(window.kept("client-x").as_deref(), Some(TOKEN));
    assert!(!window.config_text().contains(TOKEN));
}

#[test]
fn enter_in_the_token_saves_and_escape_leaves() {
    let mut window = with_form("Client X");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.key(Key::Enter);
    window.sees("Added \"Client X\"");
    window.press("Add account…");
    window.sees("New account");
    window.key(Key::Escape);
    window.sees("Add account…");
}

/// A command that prints `token`.
fn printing(window: &TestWindow, token: &str) -> String {
    let file = window.dir.path().join("my token");
    std::fs::write(&file, token).unwrap();
    format!("{} '{}'", if cfg!(windows) { "cmd /c type" } else { "cat" }, file.display())
}

#[test]
fn an_account_takes_its_token_from_a_command() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    let command = printing(&window, TOKEN);
    window.press("Add account…");
    window.type_into("Name", "Client X");
    window.press("Command");
    assert!(!window.has("Personal Access Token") && !window.shows("How to make a token"));
    window.type_into("Command", &command);
    window.key(Key::Enter);
    window.sees("Added \"Client X\" · 830 of 1,000 GB · 83%");
    assert_eq!(window.kept("client-x"), None, "it goes into no keyring");
    assert!(window.config_text().contains("token_command = [") && !window.config_text().contains(TOKEN));
    window.press("Edit Client X");
    assert_eq!(window.value("Command"), command, "as it was typed");
}

#[test]
fn a_command_that_can_not_be_used_is_refused_at_its_field() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Edit Acme");
    window.press("Command");
    window.type_into("Command", "pass show 'linode");
    window.sees(&TokenCommandError::OpenQuote.to_string());
    window.press("Verify and save");
    window.sees(&please_correct(&["Command"]));
    window.replace("Command", &format!("echo {TOKEN}"));
    window.sees(&TokenCommandError::ContainsToken.to_string());
    assert!(!window.tree().contains(TOKEN), "a token is not shown");
    window.replace("Command", "no-such-program-here show linode");
    window.sees("No program \"no-such-program-here\" was found.");
    assert!(!window.shows("Not saved. Please"), "a warning only");
    window.press("Verify and save");
    window.sees("Not saved, because the token could not be verified");
    assert!(!window.config_text().contains("token_command"));
    window.press("Save anyway");
    window.sees("Changed \"Acme\"");
    assert!(window.config_text().contains("no-such-program-here"));
    assert_eq!(window.kept("acme").as_deref(), Some("old"));
}

#[test]
fn refused_token_of_a_command_is_shown_at_the_command() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.api.answer(TRANSFER, invalid_token());
    let command = printing(&window, TOKEN);
    window.press("Edit Acme");
    window.press("Command");
    window.type_into("Command", &command);
    window.press("Verify and save");
    window.sees(INVALID_TOKEN);
    assert!(window.is_focused("Command"));
    assert!(!window.config_text().contains("token_command"));
}

#[test]
fn pasted_token_moves_an_account_from_command_to_keyring() {
    let entry = account("acme", "Acme") + "token_command = [\"no-such-program-here\"]\n";
    let mut window = TestWindow::with(Page::Accounts, &entry, &[]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.wish(View::ReplaceToken("acme".parse().unwrap()));
    window.sees("Edit Acme");
    assert!(window.is_focused("Command"), "the field that its token comes from");
    window.press("Keyring");
    window.press("Verify and save");
    window.sees(&please_correct(&["Personal Access Token"]));
    window.type_into("Personal Access Token", TOKEN);
    window.press("Verify and save");
    window.sees("Changed \"Acme\"");
    assert!(!window.config_text().contains("token_command"));
    assert_eq!(window.kept("acme").as_deref(), Some(TOKEN));
}

#[test]
fn without_a_name_it_is_saved_under_the_companys() {
    let mut window = with_form("");
    window.takes(TOKEN, " ACME\t", "account:read_only");
    window.press("Verify and save");
    window.sees("Added \"ACME 2\"");
    assert_eq!(window.names(), ["Acme", "ACME 2"], "names differ in more than their case");
    assert_eq!(window.kept("acme-2").as_deref(), Some(TOKEN));
}

#[test]
fn a_token_in_the_name_is_not_shown_and_goes_into_its_own_field() {
    let mut window = TestWindow::new(Page::Accounts, "");
    window.press(SET_UP_ACCOUNT);
    window.sees("New account");
    assert!(window.is_focused("Name"));
    window.paste(TOKEN);
    assert_eq!(window.value("Name"), "");
    assert_eq!(window.value("Personal Access Token").chars().count(), TOKEN.len());
    window.settle();
    assert!(window.is_focused("Personal Access Token"));
    window.type_into("Name", TOKEN);
    window.sees("This looks like a token.");
    assert!(!window.tree().contains(TOKEN));
    window.press("Verify and save");
    window.sees(&please_correct(&["Name"]));
    assert!(window.api.requests().is_empty());
}

#[test]
fn paste_replaces_the_input_unless_the_clipboard_is_empty() {
    let mut window = with_form("Client X");
    window.press("Paste");
    window.sees(CLIPBOARD_EMPTY);
    assert_eq!(window.value("Personal Access Token").chars().count(), TOKEN.len());
    window.press("Paste");
    window.paste(" abc\n");
    assert_eq!(window.value("Personal Access Token").chars().count(), 3);
    assert!(!window.shows(CLIPBOARD_EMPTY));
}

#[test]
fn a_window_with_something_unsaved_asks_before_it_closes() {
    let mut window = TestWindow::with(Page::Settings, &account("acme", "Acme"), &[("acme", "old")]);
    window.replace("Poll interval", "9m");
    window.press("Token guide");
    window.type_into("Personal Access Token", TOKEN);
    window.press("Accounts");
    assert!(!window.closes());
    window.sees("Not saved: the settings, the account in the token guide.");
    window.press("Keep editing");
    assert_eq!(window.value("Poll interval"), "9m", "it leads to what is not saved");
    window.press("Revert");
    window.press("Token guide");
    window.replace("Personal Access Token", " ");
    window.key(Key::Backspace);
    assert!(window.closes(), "nothing is unsaved");
    window.type_into("Name", "Client X");
    assert!(!window.closes() && !window.closes());
    window.press("Discard");
    assert!(window.viewport_commands().contains(&ViewportCommand::Close) || window.closes());
    assert_eq!(window.names(), ["Acme"]);
}

#[test]
fn quit_asks_the_window_with_something_unsaved_and_no_other() {
    let mut window = TestWindow::with(Page::Settings, &account("acme", "Acme"), &[("acme", "old")]);
    window.sees("Poll interval");
    window.wish(View::Quit);
    assert!(matches!(window.commanded(), Some(Command::Quit)), "nothing is unsaved");
    window.replace("Poll interval", "9m");
    window.wish(View::Quit);
    window.sees("Not saved: the settings.");
    window.press("Keep editing");
    assert_eq!(window.value("Poll interval"), "9m");
    window.wish(View::Quit);
    window.press("Discard and quit");
    assert!(matches!(window.commanded(), Some(Command::Quit)));
    window.hears(OwnerEvent::Lost(Lost::Ended(TRAY_ENDED.to_owned())));
    assert!(window.viewport_commands().contains(&ViewportCommand::Close) || window.closes());
}

#[test]
fn escape_closes_the_innermost_thing_only() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    window.press("Show as");
    window.sees("Left: 6929GB");
    window.key(Key::Escape);
    assert!(!window.shows("Left: 6929GB") && window.shows("Edit Acme"));
    window.key(Key::Escape);
    window.sees("Not saved: the account Acme.");
    window.key(Key::Escape);
    assert!(!window.shows("Discard unsaved changes?"));
    assert_eq!(window.value("Name"), "Acme Ltd.");
    window.key(Key::Escape);
    window.press("Discard");
    window.sees("Add account…");
    window.press("Edit Acme");
    window.key(Key::Escape);
    window.sees("Add account…");
}

#[test]
fn a_refused_token_keeps_the_form_and_what_was_typed() {
    let mut window = with_form("Client X");
    window.api.answer(TRANSFER, invalid_token());
    window.press("Verify and save");
    window.sees(INVALID_TOKEN);
    assert_eq!(window.value("Name"), "Client X");
    assert_eq!(window.value("Personal Access Token").chars().count(), TOKEN.len());
    assert!(!window.shows("Save anyway"), "the API has said no");
    assert_eq!((window.names().len(), window.kept("client-x")), (1, None));
}

#[test]
fn a_missing_scope_is_named() {
    let mut window = with_form("Client X");
    window.api.answer(TRANSFER, missing_scope());
    window.press("Verify and save");
    window.sees("then try again. Missing scope: account:read_only.");
    assert_eq!(window.names(), ["Acme"]);
}

#[test]
fn unreachable_api_saves_only_with_save_anyway() {
    let mut window = with_form("Client X");
    window.api.answer(TRANSFER, Reply::close());
    window.press("Verify and save");
    window.sees("Not saved, because the token could not be verified");
    assert_eq!((window.names().len(), window.kept("client-x")), (1, None));
    window.press("Save anyway");
    window.sees("Added \"Client X\"");
    assert_eq!(window.kept("client-x").as_deref(), Some(TOKEN));
}

#[test]
fn a_token_that_can_do_more_is_kept_with_a_warning() {
    let mut window = with_form("Client X");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only linodes:read_write");
    window.press("Verify and save");
    window.sees("This token can do more than read. Scopes it does not need: linodes:read_write");
    assert_eq!(window.names(), ["Acme", "Client X"]);
}

#[test]
fn same_account_under_another_name_is_reported() {
    let mut window = with_form("Acme again");
    window.takes(TOKEN, "Acme", "account:read_only");
    // The record that the first account's verification has left.
    let history = window.dir.path().join("data/history.sqlite3");
    let mut history = linode_bandwidth::storage::history::History::open(&history).unwrap();
    history.set_linode_account(&"acme".parse().unwrap(), Some(&euuid("Acme"))).unwrap();
    window.press("Verify and save");
    window.sees("This is the same Linode account as Acme");
    let tokens = window.api.requests().into_iter().filter_map(|request| request.token().map(str::to_owned));
    assert!(tokens.into_iter().all(|token| token == TOKEN), "no other account's token is used");
}

#[test]
fn a_token_is_in_no_accessible_value_shown_or_not() {
    let mut window = with_form("Client X");
    assert!(!window.tree().contains(TOKEN));
    window.press("Show");
    window.sees("Hide");
    assert!(!window.tree().contains(TOKEN), "what is shown is pixels alone");
    window.takes(TOKEN, "Client X Ltd.", "account:read_only");
    window.press("Verify and save");
    window.sees("Added");
    assert!(!window.tree().contains(TOKEN) && !window.asked_of_the_system().contains(TOKEN));
    window.press("Edit Client X");
    assert_eq!(window.value("Personal Access Token"), "");
}

#[test]
fn an_entry_is_renamed_and_its_token_replaced() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    window.press("Verify and save");
    window.sees("Changed \"Acme Ltd.\"");
    assert_eq!((window.names(), window.kept("acme").unwrap()), (vec!["Acme Ltd.".into()], "old".to_owned()));
    assert!(window.api.requests().is_empty(), "there was nothing to verify");
    window.press("Edit Acme Ltd.");
    window.press("Verify and save");
    window.sees("Add account…");
    assert!(!window.shows("Changed"), "nothing was");
    window.press("Edit Acme Ltd.");
    window.type_into("Personal Access Token", TOKEN);
    window.press("Verify and save");
    window.sees("830 of 1,000 GB");
    assert_eq!(window.kept("acme").as_deref(), Some(TOKEN));
    assert!(!window.shows("another Linode account"), "of the former token's nothing is known");
    let others = TOKEN.replace('5', "6");
    window.takes(&others, "Beta", "account:read_only");
    window.press("Edit Acme Ltd.");
    window.type_into("Personal Access Token", &others);
    window.press("Verify and save");
    window.sees(
        "This token is for another Linode account than before (Beta). The history of both is shown as one",
    );
}

#[test]
fn invalid_thresholds_are_shown_next_to_the_field() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Edit Acme");
    window.press("Different from Settings");
    window.replace("Own thresholds in percent", "90, 80");
    window.sees(THRESHOLDS_EXPECTED);
    window.press("Verify and save");
    window.sees(&please_correct(&["Thresholds"]));
    window.replace("Own thresholds in percent", "50, 80");
    assert!(!window.shows(THRESHOLDS_EXPECTED));
    window.press("Verify and save");
    window.sees("Changed \"Acme\"");
    assert!(window.config_text().contains("thresholds = [50, 80]"));
}

#[test]
fn a_copy_has_its_own_token() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("More actions for Acme");
    window.double_click("Duplicate");
    window.sees("Copied \"Acme\" to \"Acme copy\"");
    assert_eq!(window.names(), ["Acme", "Acme copy"]);
    assert_eq!(window.kept("acme-copy").as_deref(), Some("old"));
}

#[test]
fn removal_question_fits_an_account_with_a_token_command() {
    let entry = account("acme", "Acme") + "token_command = [\"true\"]\n";
    let mut window = TestWindow::new(Page::Accounts, &entry);
    window.press("Remove Acme");
    window.sees("the command that prints its token stays as it is");
    assert!(!window.shows("keyring"));
}

#[test]
fn success_message_disappears_and_a_failure_stays() {
    let accounts = account("a", "Ann") + &account("b", "Bob");
    let mut window = TestWindow::with(Page::Accounts, &accounts, &[("b", "old")]);
    window.press("More actions for Bob");
    window.press("Duplicate");
    window.sees("Copied \"Bob\"");
    window.passes(11.0);
    assert!(window.shows("Copied \"Bob\""));
    window.passes(2.0);
    assert!(!window.shows("Copied \"Bob\""));
    window.press("More actions for Ann");
    window.press("Duplicate");
    window.sees("no token");
    window.passes(20.0);
    assert!(window.has("Dismiss"), "what failed waits for the user");
}

#[test]
fn an_entry_goes_only_after_the_question() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Remove Acme");
    window.sees("Remove Acme?");
    window.press("Cancel");
    assert!(!window.shows("Remove Acme?"));
    assert_eq!(window.names(), ["Acme"]);
    window.press("Remove Acme");
    window.press("Remove");
    window.sees("Removed \"Acme\"");
    assert_eq!((window.names().len(), window.kept("acme")), (0, None));
}

#[test]
fn entries_are_put_in_another_order_muted_and_switched_off() {
    let accounts = account("a", "Ann") + &account("b", "Bob");
    let mut window = TestWindow::new(Page::Accounts, &accounts);
    window.press("More actions for Bob");
    window.press("Move up");
    window.until(|window| window.names() == ["Bob", "Ann"]);
    window.press("Mute Ann");
    window.until(|window| window.config_text().contains("muted = true"));
    window.press("Enable Ann");
    window.until(|window| window.config_text().contains("enabled = false"));
}

#[test]
fn a_press_is_heard_whatever_comes_while_the_button_is_held() {
    let accounts = account("a", "Ann") + &account("b", "Bob");
    let mut window = TestWindow::with(Page::Accounts, &accounts, &[("b", "old")]);
    window.press("More actions for Bob");
    window.press("Duplicate");
    window.press_until("Mute Ann", "Copied \"Bob\"");
    window.until(|window| window.config_text().contains("muted = true"));
    assert_eq!(window.names(), ["Ann", "Bob", "Bob copy"]);
}

#[test]
fn presses_that_come_faster_than_they_are_saved_are_all_done() {
    let accounts = account("a", "Ann") + &account("b", "Bob");
    let mut window = TestWindow::new(Page::Accounts, &accounts);
    window.sees("Ann");
    let lock = linode_bandwidth::platform::private_file::lock(&window.config_file(), Duration::from_secs(5));
    let lock = lock.unwrap().unwrap();
    for name in ["Mute Ann", "Mute Bob", "Enable Bob"] {
        window.press(name);
    }
    window.sees("Saving…");
    assert!(!window.config_text().contains("true"));
    drop(lock);
    window.until(|window| {
        let text = window.config_text();
        text.matches("muted = true").count() == 2 && text.contains("enabled = false")
    });
}

#[test]
fn form_writes_only_its_own_changes() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    let text = window.config_text() + "watch = \"region:id-cgk\"\nthresholds = [50]\nmuted = true\n";
    std::fs::write(window.config_file(), &text).unwrap();
    window.press("Verify and save");
    window.sees("Changed \"Acme Ltd.\"");
    assert_eq!(window.config_text(), text.replace("\"Acme\"", "\"Acme Ltd.\""));
}

#[test]
fn account_removed_in_the_meantime_is_reported() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    let text = window.config_text().replace(&account("acme", "Acme"), "");
    std::fs::write(window.config_file(), &text).unwrap();
    window.press("Verify and save");
    window.sees("\"Acme\" was removed elsewhere. To add it again, enter its token and save.");
    assert_eq!((window.config_text(), window.value("Name")), (text, "Acme Ltd.".to_owned()));
}

fn linodes() -> Reply {
    let listed = r#"{"data": [{"id": 12, "label": "web-2", "region": "us-east"}, {"id": 7, "label": "db", "region": "us-east"}],
        "page": 1, "pages": 1, "results": 2}"#;
    Reply::json(200, listed)
}

#[test]
fn a_linode_is_chosen_from_the_list_and_shown_by_its_name() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.api.answer_for(TOKEN, "/linode/instances", linodes());
    let figures = r#"{"used": 5000000000, "quota": 1000, "billable": 0}"#;
    window.api.answer_for(TOKEN, "/linode/instances/12/transfer", Reply::json(200, figures));
    let linode = r#"{"id": 12, "label": "web-2", "region": "us-east"}"#;
    window.api.answer_for(TOKEN, "/linode/instances/12", Reply::json(200, linode));
    window.press("Edit Acme");
    window.press("One Linode");
    window.until(|window| window.has("Linode"));
    window.press("Linode");
    window.press("web-2 (12)");
    window.press("Verify and save");
    window.sees("Changed \"Acme\" · 5 of 1,000 GB");
    assert!(window.config_text().contains("watch = \"linode:12\""));
    window.press("Usage");
    window.press("Refresh now");
    window.sees("Transfer of Linode web-2");
    // On the card and above its history.
    window.until(|window| window.times("Transfer of Linode web-2") == 2);
    window.press("Accounts");
    window.sees("Linode web-2 · thresholds");
}

#[test]
fn missing_linode_scope_is_named_and_the_id_can_be_typed() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", TOKEN)]);
    let body = r#"{"errors": [{"reason": "Your OAuth token is not authorized to use this endpoint."}]}"#;
    let refusal = Reply::json(401, body)
        .header("X-OAuth-Scopes", "account:read_only")
        .header("X-Accepted-OAuth-Scopes", "linodes:read_only");
    window.api.answer_for(TOKEN, "/linode/instances", refusal);
    window.press("Edit Acme");
    window.press("One Linode");
    window.sees("Missing scope: linodes:read_only.");
    window.type_into("Linode id", "12");
    assert_eq!(window.value("Linode id"), "12");
}

#[test]
fn a_pasted_token_is_taken_out_of_the_clipboard_when_it_is_kept() {
    for (held, put) in [(TOKEN, Some("")), ("something else", None)] {
        let mut window = with_form("Client X");
        window.replace("Personal Access Token", "x");
        window.key(Key::Backspace);
        window.paste(TOKEN);
        window.takes(TOKEN, "Client X Ltd.", "account:read_only");
        window.press("Verify and save");
        window.sees("Added \"Client X\"");
        assert_eq!(window.clipboard_holds(held).as_deref(), put, "{held}");
        assert!(!window.tree().contains(held));
        assert_eq!(window.clipboard_holds(TOKEN), None, "looked at once");
    }
}

#[test]
fn requested_form_opens_unless_another_has_unsaved_changes() {
    let accounts = account("a", "Ann") + &account("b", "Bob");
    let mut window = TestWindow::new(View::ReplaceToken("b".parse().unwrap()), &accounts);
    window.sees("Edit Bob");
    assert!(window.is_focused("Personal Access Token"));
    window.type_into("Personal Access Token", "abc");
    window.wish(View::Edit("a".parse().unwrap()));
    window.sees("You have unsaved changes. Save or cancel them first.");
    assert!(window.shows("Edit Bob"));
    window.press("Cancel");
    window.press("Discard");
    window.wish(View::Edit("a".parse().unwrap()));
    window.sees("Edit Ann");
    window.wish(View::Edit("gone".parse().unwrap()));
    window.sees(ACCOUNT_REMOVED);
}

#[test]
fn about_says_what_this_is_and_goes() {
    let mut window = TestWindow::new(View::About, "");
    window.sees(concat!("Version ", env!("CARGO_PKG_VERSION")));
    window.press("Close");
    assert!(!window.shows("Version "));
}

#[test]
fn the_keyboard_comes_by_an_entrys_buttons_as_they_are_read() {
    let mut window = TestWindow::new(Page::Accounts, &(account("acme", "Acme") + &account("b", "Client X")));
    window.sees("Add account…");
    let mut came = Vec::new();
    while came.last().is_none_or(|last| last != "Enable Acme") {
        assert!(came.len() < 20, "{came:?}");
        window.key(Key::Tab);
        came.push(window.focused());
    }
    let buttons = ["Edit Acme", "Remove Acme", "More actions for Acme", "Mute Acme", "Enable Acme"];
    assert_eq!(came[came.len() - buttons.len()..], buttons);
}

#[test]
fn a_menu_that_the_keyboard_opens_begins_at_its_first_item() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", "old")]);
    window.focus("More actions for Acme");
    window.key(Key::Space);
    window.settle();
    assert_eq!(window.focused(), "Duplicate");
    window.key(Key::Space);
    window.sees("Copied \"Acme\"");
}

#[test]
fn cancelled_verification_saves_nothing_later_either() {
    let entries = account("acme", "Acme") + &account("bee", "Bee");
    let mut window = TestWindow::with(Page::Accounts, &entries, &[("acme", "old"), ("bee", "bees")]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.press("Edit Acme");
    window.replace("Name", "Acme Ltd.");
    window.type_into("Personal Access Token", TOKEN);
    window.api.hold();
    window.press("Verify and save");
    window.api.wait_for(1);
    window.press("Cancel");
    // The form stays, with its input.
    assert_eq!(window.value("Name"), "Acme Ltd.");
    window.key(Key::Escape);
    window.press("Discard");
    window.press("Edit Bee");
    window.replace("Name", "Bee Ltd.");
    window.api.go_on();
    // Requests are handled in order, so the next one's result shows that the canceled one has changed nothing.
    window.press("Verify and save");
    window.sees("Changed \"Bee Ltd.\"");
    assert_eq!(window.names(), ["Acme", "Bee Ltd."]);
    assert_eq!(window.kept("acme").as_deref(), Some("old"));
    assert!(!window.shows("Not saved"));
}

#[test]
fn a_list_of_regions_that_could_not_be_had_is_asked_for_again() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.api.answer("/regions", Reply::json(500, "{}"));
    window.press("Edit Acme");
    window.press("A region's pool");
    window.sees("(HTTP 500)");
    let regions = |count: usize| {
        let all =
            [r#"{"id": "id-cgk", "label": "Jakarta, ID"}"#, r#"{"id": "br-gru", "label": "São Paulo, BR"}"#];
        Reply::json(200, format!(r#"{{"data": [{}], "page": 1, "pages": 1}}"#, all[..count].join(", ")))
    };
    // Not repeated automatically: the answer would be the same.
    assert_eq!(window.api.requests().len(), 1);
    window.press("Try again");
    window.api.wait_for(2);
    window.sees("(HTTP 500)");
    window.api.answer("/regions", regions(2));
    window.press("Try again");
    window.until(|window| window.has("Region"));
    window.press("Cancel");
    window.press("Discard");
    // Names that are known are not fetched again.
    window.press("Edit Acme");
    window.press("A region's pool");
    window.until(|window| window.has("Region"));
    assert_eq!(window.api.requests().len(), 3);
}

#[test]
fn next_form_repeats_a_failed_fetch_of_regions() {
    let mut window = TestWindow::with(Page::Accounts, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.api.answer("/regions", Reply::json(500, "{}"));
    window.press("Edit Acme");
    window.press("A region's pool");
    window.sees("(HTTP 500)");
    window.press("Cancel");
    window.press("Discard");
    let regions = r#"{"data": [{"id": "id-cgk", "label": "Jakarta, ID"}], "page": 1, "pages": 1}"#;
    window.api.answer("/regions", Reply::json(200, regions));
    window.press("Add account…");
    window.press("A region's pool");
    window.until(|window| window.has("Region"));
}
