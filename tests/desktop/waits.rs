//! What takes a wait of the program's own: a poll interval, a back-off. Here together, so that they wait at the same
//! time.

use std::collections::HashMap;
use std::time::Duration;

use linode_bandwidth::domain::level::Level;
use zbus::message::Type;

use crate::figures::{old_ring, pixmaps, ring};
use crate::rig::parts::store_secret;
use crate::rig::program::{Desk, NEW_TOKEN, TOKEN};
use crate::rig::until_within;
use crate::support::server::Reply;
use crate::tokens::{MESSAGE, refused};

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_refused_token_is_told_once_and_not_tried_again_until_the_user_asks() {
    let desk = refused("poll_interval = \"1m\"");
    let tray = desk.tray();
    let item = tray.showing("Acme: token refused");
    assert!(item.row("Acme: token refused").is_some());
    assert_eq!(item.below("Acme: token refused")[0], MESSAGE);
    let alert = desk.wait_for_notifications(1).remove(0);
    assert_eq!((alert.summary.as_str(), alert.body.as_str()), ("Acme: token refused", MESSAGE));
    assert!(alert.critical);
    assert_eq!(alert.actions, ["Open", "Replace token…"]);
    let account = desk.wait_for_state("token_invalid");
    assert_eq!(account["error"]["message"], MESSAGE);
    assert!(desk.done(&["status", "--cached"], "").contains(MESSAGE));
    assert_eq!(desk.run(&["status", "--cached", "--check"], "").status.code(), Some(3));
    assert_eq!(desk.asked(), 1);

    // After a poll interval the keyring is looked at, and the API is not asked.
    let looks = || {
        let id = desk.id(0);
        let searches = desk.watch.matching(Type::MethodCall, "org.freedesktop.Secret.Service", "SearchItems");
        let wanted =
            searches.iter().filter_map(|call| call.body().deserialize::<HashMap<String, String>>().ok());
        wanted.filter(|wanted| wanted.get("username") == Some(&id)).count()
    };
    let before = looks();
    let looked = || (looks() > before).then_some(());
    until_within(Duration::from_secs(180), "a look at the keyring", looked);
    desk.refresh();
    assert_eq!(desk.asked(), 2, "asked by the user");
    assert_eq!(desk.notified().len(), 1, "once for this token");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_token_replaced_by_another_program_is_found_within_a_poll_interval() {
    let desk = refused("poll_interval = \"1m\"");
    let tray = desk.tray();
    tray.showing("Acme: token refused");
    store_secret(&desk.id(0), NEW_TOKEN);
    tray.showing_within(Duration::from_secs(180), "Acme 63%");
    let tokens: Vec<_> =
        desk.api.requests().iter().map(|r| r.token().unwrap_or_default().to_owned()).collect();
    assert_eq!(tokens.iter().filter(|token| *token == TOKEN).count(), 1);
}

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
    tray.showing_within(Duration::from_secs(120), "Acme 64%");
    assert_eq!(item.icon(), pixmaps(&ring(64, Level::Ok)));
    assert_eq!(desk.wait_for_state("ok")["error"], serde_json::Value::Null);
}
