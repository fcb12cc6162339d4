//! An unreachable API.

use crate::rig::program::TestDesktop;
use crate::rig::until;
use crate::support::server::Reply;
use linode_bandwidth::domain::failure::INVALID_RESPONSE;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_restart_while_the_api_is_away_shows_the_last_figures() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    tray.quit();
    desk.answer(Reply::close());
    let tray = desk.tray();
    let item = tray.showing("Acme 63% (offline)");
    until("the row with its time", || item.row("Acme: 630 of 1,000 GB · 63% · offline · as of "));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn unreadable_response_is_quoted_word_for_word() {
    let desk = TestDesktop::with_acme();
    desk.answer(Reply::new(200, "<html>it works</html>"));
    let tray = desk.tray();
    let item = tray.showing("Acme: invalid response");
    assert!(item.below("Acme:")[0].starts_with(INVALID_RESPONSE), "{:?}", item.below("Acme:"));
    let account = desk.wait_for_state("invalid_response");
    assert!(account["error"]["message"].as_str().unwrap().starts_with(INVALID_RESPONSE));
}
