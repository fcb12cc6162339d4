//! The first start on a desktop that shows no icons. Each test has its own session.

use crate::rig::isolated_session::Way;
use crate::rig::program::TestDesktop;
use crate::rig::until;

/// Waits until the tray has looked for a panel, after giving it some seconds to start.
fn looked(desk: &TestDesktop, times: usize) {
    until("a look for a panel", || (desk.watch.looks_for_a_panel() >= times).then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn missing_panel_notification_is_sent_once_with_a_hint() {
    let desk = TestDesktop::apart();
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    let (summary, body) = server.wait_for(1).remove(0);
    assert_eq!(summary, "Linode Bandwidth's tray icon is not visible");
    assert!(
        body.contains("install and enable GNOME's extension \"AppIndicator and KStatusNotifierItem"),
        "{body}"
    );
    desk.wait_until_settled();
    tray.quit();
    let tray = desk.tray();
    looked(&desk, 2);
    desk.refresh();
    desk.refresh();
    assert_eq!(server.seen().len(), 1);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn missing_panel_notification_repeats_until_delivered() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _tray = desk.tray();
    looked(&desk, 1);
    until("a try", || (desk.watch.failed("org.freedesktop.Notifications", "Notify") > 0).then_some(()));
    let server = desk.session().notifications(Way::Well);
    // Each poll tries again, once the tray knows that the last attempt failed.
    until("the notification", || {
        desk.refresh();
        (!server.seen().is_empty()).then_some(())
    });
    assert_eq!(server.wait_for(1)[0].0, "Linode Bandwidth's tray icon is not visible");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_panel_that_is_merely_later_than_the_program_is_not_missed() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    desk.wait_for_state("ok");
    let _host = desk.session().host(Way::Well);
    tray.showing("Acme 63%");
    looked(&desk, 1);
    desk.used(830, 1000);
    desk.refresh();
    assert_eq!(server.wait_for(1)[0].0, "Acme passed 80% of its transfer", "and nothing before it");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn missing_panel_notification_is_closed_when_one_starts() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    server.wait_for(1);
    desk.wait_until_settled();
    // A watcher without a host shows nothing.
    let host = desk.session().host(Way::Blind);
    tray.showing("Acme 63%");
    assert_eq!(server.closed(), [0; 0]);
    drop(host);
    let _host = desk.session().host(Way::Well);
    until("the notice taken back", || (server.closed() == [1]).then_some(()));
    tray.quit();
    assert_eq!((server.seen().len(), server.closed()), (1, vec![1]));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn missing_panel_notification_is_not_sent_once_a_panel_runs() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let tray = desk.tray();
    until("a try", || (desk.watch.failed("org.freedesktop.Notifications", "Notify") > 0).then_some(()));
    let _host = desk.session().host(Way::Well);
    tray.showing("Acme 63%");
    // The check after that one.
    looked(&desk, 2);
    let server = desk.session().notifications(Way::Well);
    desk.used(830, 1000);
    desk.refresh();
    assert_eq!(server.wait_for(1)[0].0, "Acme passed 80% of its transfer");
}
