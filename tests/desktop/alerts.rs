//! Which notifications are sent, and that each is sent once.

use jiff::Timestamp;
use linode_bandwidth::app::window_opener::NOT_SHOWN;
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::text::resets_in;
use zbus::message::Type;

use crate::figures::{pixmaps, ring};
use crate::rig::parts::{self, Part};
use crate::rig::program::{NEW_TOKEN, TOKEN, TestDesktop, refusal};
use crate::rig::{said, tool, until};
use crate::support::server::Reply;

fn resets() -> String {
    let now = Timestamp::now();
    resets_in(&Month::containing(now), now)
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn each_threshold_alerts_once_and_replaces_the_last() {
    let desk = TestDesktop::with_acme();
    desk.used(830, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    let first = desk.wait_for_notifications(1).remove(0);
    assert_eq!(first.summary, "Acme passed 80% of its transfer");
    assert_eq!(first.body, format!("830 of 1,000 GB · {}", resets()));
    assert_eq!((first.critical, first.replaces), (false, 0));
    assert_eq!(first.actions, ["Open", "Mute for this month"]);
    assert!(first.clickable);
    assert_eq!(item.status(), "Active");
    assert_eq!(item.icon(), pixmaps(&ring(83, Level::Warning)));
    desk.wait_until_settled();
    desk.refresh();
    tray.quit();

    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.refresh();
    assert_eq!(desk.notified().len(), 1, "none after a restart");

    desk.used(4620, 4368);
    desk.refresh();
    tray.showing("Acme 105%");
    let over = desk.wait_for_notifications(2).remove(1);
    assert_eq!(over.summary, "Acme is over its transfer");
    assert_eq!(over.body, format!("4,620 of 4,368 GB · 252 GB over, about $1.26 so far · {}", resets()));
    until("attention", || (item.status() == "NeedsAttention").then_some(()));
    assert_eq!(item.icon(), pixmaps(&ring(105, Level::Exceeded)));
    assert_eq!(item.attention_icon(), item.icon());
    let account = desk.status(&[]);
    assert_eq!((&account["percent"], &account["level"]), (&105.77.into(), &"exceeded".into()));
    for _ in 0..3 {
        desk.refresh();
    }
    assert_eq!(desk.notified().len(), 2, "one for 90 and 100 together");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_later_notification_replaces_the_one_before_it() {
    let desk = TestDesktop::with_acme();
    desk.used(830, 1000);
    let _tray = desk.tray();
    let first = desk.wait_for_notifications(1).remove(0);
    desk.wait_until_settled();
    desk.used(920, 1000);
    desk.refresh();
    let second = desk.wait_for_notifications(2).remove(1);
    assert_eq!(second.summary, "Acme passed 90% of its transfer");
    assert_eq!((second.replaces, second.id), (first.id, first.id));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn alerts_of_several_entries_come_as_one() {
    let desk = TestDesktop::shared();
    desk.used(830, 1000);
    desk.configure("", &["Acme", "R&D <b>_x_"]);
    desk.give_token("Acme", TOKEN);
    desk.give_token("R&D <b>_x_", NEW_TOKEN);
    let _tray = desk.tray();
    let one = desk.wait_for_notifications(1).remove(0);
    assert_eq!(one.summary, "Linode transfer: 2 alerts");
    let line = |name: &str| format!("{name} passed 80% of its transfer · 830 of 1,000 GB");
    assert_eq!(one.body, format!("{}\n{}", line("Acme"), line("R&amp;D &lt;b&gt;_x_")));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn alert_waits_for_a_notification_server() {
    let desk = TestDesktop::alone();
    Part::Notifications.stop();
    desk.acme();
    desk.used(830, 1000);
    let tray = desk.tray();
    tray.showing("Acme 83%");
    until("a try", || (desk.watch.failed("org.freedesktop.Notifications", "Notify") > 0).then_some(()));
    desk.used(840, 1000);
    desk.refresh();
    tray.showing("Acme 84%");
    Part::Notifications.start();
    assert_eq!(desk.notified().len(), 0);
    // Each poll tries again, once the tray knows that the last attempt failed.
    until("the alert", || {
        desk.refresh();
        (!desk.notified().is_empty()).then_some(())
    });
    let alert = desk.wait_for_notifications(1).remove(0);
    assert_eq!(alert.summary, "Acme passed 80% of its transfer");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn notifications_mute_button_still_allows_100_percent() {
    let desk = TestDesktop::alone();
    Part::Notifications.stop();
    Part::Dunst.start();
    desk.acme();
    desk.used(830, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.wait_for_notifications(1);
    until("the notification on the screen", || {
        (said("dunstctl", &["count", "displayed"]) == "1").then_some(())
    });
    let muted = || item.is_muted("Acme:");
    assert!(!muted());
    // dunst's command for a notification's buttons.
    tool("dunstctl", &["context"]);
    until("the mark in the menu", || muted().then_some(()));
    desk.used(920, 1000);
    desk.refresh();
    tray.showing("Acme 92%");
    desk.refresh();
    assert_eq!(desk.notified().len(), 1, "muted");
    desk.used(1001, 1000);
    desk.refresh();
    assert_eq!(desk.wait_for_notifications(2)[1].summary, "Acme is over its transfer");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn bad_answers_are_no_notification() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    for (reply, title) in [
        (Reply::new(200, "<html>"), "Acme 63% (invalid response)"),
        (Reply::close(), "Acme 63% (offline)"),
        (Reply::json(429, "{}").header("Retry-After", "1"), "Acme 63% (rate limited)"),
        (Reply::json(503, "{}").header("X-Maintenance-Mode", "on"), "Acme 63% (maintenance)"),
    ] {
        desk.answer(reply);
        desk.refresh();
        tray.showing(title);
    }
    assert_eq!(desk.notified().len(), 0);
    desk.answer(refusal());
    desk.refresh();
    assert!(desk.wait_for_notifications(1)[0].critical, "this one is");
}

/// Whether the server has closed the notification with this id.
pub fn is_closed(desk: &TestDesktop, id: u32) -> bool {
    let closed = desk.watch.matching(Type::Signal, parts::SERVER.2, "NotificationClosed");
    closed
        .iter()
        .any(|signal| signal.body().deserialize::<(u32, u32)>().is_ok_and(|(closed, _)| closed == id))
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn quitting_closes_notifications_with_buttons() {
    for server in [Part::Notifications, Part::Dunst] {
        let desk = TestDesktop::alone();
        desk.acme();
        Part::Notifications.stop();
        server.start();
        // A notification that stays until it is dismissed.
        desk.answer(refusal());
        let tray = desk.tray_with(&[("DISPLAY", ":250")]);
        let item = tray.item();
        let refused = desk.wait_for_notifications(1).remove(0);
        assert!(refused.critical && !refused.actions.is_empty(), "{refused:?}");
        // A notification without buttons.
        item.activate();
        let trouble = desk.wait_for_notifications(2).remove(1);
        assert_eq!((trouble.summary.as_str(), trouble.actions.len()), (NOT_SHOWN, 0));
        assert!(!is_closed(&desk, refused.id));
        item.click("Quit");
        assert!(tray.ended().success());
        until("its end", || is_closed(&desk, refused.id).then_some(()));
        let asked = desk.watch.matching(Type::MethodCall, parts::SERVER.2, "CloseNotification");
        let asked: Vec<u32> = asked.iter().map(|call| call.body().deserialize().unwrap()).collect();
        assert_eq!(asked, [refused.id], "what needs no answer may stay");
    }
}
