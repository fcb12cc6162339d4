//! The API out of reach.

use std::time::Duration;

use linode_bandwidth::domain::level::Level;

use crate::figures::{old_ring, pixmaps, ring};
use crate::rig::program::Desk;
use crate::rig::until;
use crate::support::server::Reply;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_last_figures_stay_with_their_time_until_the_api_is_back() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let updated = desk.wait_for_state("ok")["updated_at"].clone();

    desk.answer(Reply::close());
    desk.refresh();
    tray.showing("Acme 63% (offline)");
    let row = item.row("Acme: 630 of 1,000 GB · 63% · as of ").expect("the row with its time");
    let below: Vec<&str> = row.rows.iter().filter(|r| !r.separator).map(|r| r.label.as_str()).collect();
    assert!(below[0].starts_with("Can't reach Linode: "), "{below:?}");
    assert!(below[1].starts_with("Last figures of "), "{below:?}");
    assert_eq!(below[2], "Used 630 GB of 1,000 GB (63%)");
    assert_eq!(item.icon(), pixmaps(&old_ring(63, Level::Ok)));
    let account = desk.wait_for_state("unreachable");
    assert_eq!((&account["updated_at"], &account["percent"]), (&updated, &63.0.into()));
    assert_eq!(account["error"]["kind"], "unreachable");

    desk.used(640, 1000);
    tray.showing_within(Duration::from_secs(40), "Acme 64%");
    assert_eq!(item.icon(), pixmaps(&ring(64, Level::Ok)));
    assert_eq!(desk.wait_for_state("ok")["error"], serde_json::Value::Null);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_restart_while_the_api_is_away_shows_the_last_figures() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    desk.wait_for_state("ok");
    tray.quit();
    desk.answer(Reply::close());
    let tray = desk.tray();
    let item = tray.showing("Acme 63% (offline)");
    until("the row with its time", || item.row("Acme: 630 of 1,000 GB · 63% · as of "));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_answer_that_cannot_be_read_is_told_word_for_word() {
    let desk = Desk::with_acme();
    desk.answer(Reply::new(200, "<html>it works</html>"));
    let tray = desk.tray();
    let item = tray.showing("Acme: invalid response");
    assert!(item.below("Acme:")[0].starts_with("Invalid response from server"), "{:?}", item.below("Acme:"));
    let account = desk.wait_for_state("invalid_response");
    assert!(account["error"]["message"].as_str().unwrap().starts_with("Invalid response from server"));
}
