//! Waits of the program itself: a poll interval, a back-off. Each test has its own session. Tests start in the order of
//! their names, so these wait while others work.

use std::time::Duration;

use linode_bandwidth::domain::level::Level;
use zbus::message::Type;

use crate::figures::{old_ring, pixmaps, ring};
use crate::rig::isolated_session::Way;
use crate::rig::program::{NEW_TOKEN, TOKEN, TestDesktop};
use crate::rig::until_within;
use crate::support::server::Reply;
use crate::tokens::refused;

/// The shortest poll interval, plus what a busy machine may need.
const POLL_INTERVAL: Duration = Duration::from_secs(60 + 120);

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_refused_token_is_not_tried_again_until_the_user_asks() {
    let desk = TestDesktop::apart();
    let (_host, _keyring) = (desk.session().host(Way::Well), desk.session().keyring());
    let server = desk.session().notifications(Way::Well);
    refused(&desk, "poll_interval = \"1m\"");
    let tray = desk.tray();
    tray.showing("Acme: token refused");
    server.wait_for(1);
    assert_eq!(desk.asked(), 1);

    // After a poll interval the keyring is checked, but no request is sent.
    let looks = || desk.watch.count(Type::MethodCall, "org.freedesktop.Secret.Collection", "SearchItems");
    let before = looks();
    until_within(POLL_INTERVAL, "a look at the keyring", || (looks() > before).then_some(()));
    desk.refresh();
    assert_eq!(desk.asked(), 2, "asked by the user");
    assert_eq!(server.seen().len(), 1, "once for this token");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn token_replaced_elsewhere_is_found_within_a_poll_interval() {
    let desk = TestDesktop::apart();
    let (_host, keyring) = (desk.session().host(Way::Well), desk.session().keyring());
    refused(&desk, "poll_interval = \"1m\"");
    let tray = desk.tray();
    tray.showing("Acme: token refused");
    keyring.store(&desk.id(0), NEW_TOKEN);
    tray.showing_within(POLL_INTERVAL, "Acme 63%");
    let tokens: Vec<_> =
        desk.api.requests().iter().map(|r| r.token().unwrap_or_default().to_owned()).collect();
    assert_eq!(tokens.iter().filter(|token| *token == TOKEN).count(), 1);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_last_figures_stay_with_their_time_until_the_api_is_back() {
    let desk = TestDesktop::apart();
    let _host = desk.session().host(Way::Well);
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let updated = desk.wait_for_state("ok")["updated_at"].clone();

    desk.answer(Reply::close());
    desk.refresh();
    tray.showing("Acme 63% (offline)");
    let row = item.row("Acme: 630 of 1,000 GB · 63% · offline · as of ").expect("the row with its time");
    let below: Vec<&str> = row.rows.iter().filter(|r| !r.separator).map(|r| r.label.as_str()).collect();
    assert!(below[0].starts_with("Can't reach Linode: "), "{below:?}");
    assert!(below[1].starts_with("Last figures of "), "{below:?}");
    assert_eq!(below[2], "Used 630 GB of 1,000 GB (63%)");
    assert_eq!(item.icon(), pixmaps(&old_ring(63, Level::Ok)));
    let account = desk.wait_for_state("unreachable");
    assert_eq!((&account["updated_at"], &account["percent"]), (&updated, &63.0.into()));
    assert_eq!(account["error"]["kind"], "unreachable");

    desk.used(640, 1000);
    tray.showing("Acme 64%");
    assert_eq!(item.icon(), pixmaps(&ring(64, Level::Ok)));
    assert_eq!(desk.wait_for_state("ok")["error"], serde_json::Value::Null);
}
