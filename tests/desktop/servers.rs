//! Notification servers that hang, refuse or die during a notification. Each test has its own session.

use zbus::message::Type;

use crate::rig::isolated_session::{Notifications, Way};
use crate::rig::program::TestDesktop;
use crate::rig::{bus, until};

const DAEMON: bus::Place<'static> = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
const SERVER: &str = "org.freedesktop.Notifications";
const ALERT: &str = "Acme passed 80% of its transfer";

fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(830, 1000);
    desk
}

/// Makes the tray poll until the server was sent `count` notifications, or more if it refuses them: each poll tries
/// again after the last attempt has failed.
fn poll_until_sent(desk: &TestDesktop, server: &Notifications, count: usize) -> Vec<(String, String)> {
    until(&format!("{count} notifications"), || {
        desk.refresh();
        Some(server.seen()).filter(|seen| seen.len() >= count)
    })
}

/// The connections of the attempts, oldest first. Each attempt has its own, and first asks for the server's
/// capabilities.
fn tries(desk: &TestDesktop) -> Vec<String> {
    let calls = desk.watch.matching(Type::MethodCall, SERVER, "GetCapabilities");
    calls.iter().map(|call| call.header().sender().unwrap().to_string()).collect()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn hanging_server_blocks_nothing_and_the_alert_is_repeated() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Sits);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    server.wait_for(1);
    desk.used(840, 1000);
    item.click("Refresh now");
    tray.showing("Acme 84%");
    desk.refresh();
    let begun = tries(&desk);
    // On a very busy machine the attempt may have timed out.
    if there(&desk, &begun[0]) {
        assert_eq!(begun.len(), 1, "one at a time");
    }
    let before = server.seen().len();
    server.answers(Way::Well);
    let seen = poll_until_sent(&desk, &server, before + 1);
    assert_eq!(seen[before].0, ALERT);
    desk.wait_until_settled();
    desk.refresh();
    assert_eq!(server.seen().len(), before + 1, "and not once more");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn alert_lost_with_a_dying_server_is_repeated() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let dies = desk.session().notifications(Way::Sits);
    let tray = desk.tray();
    tray.showing("Acme 83%");
    dies.wait_for(1);
    drop(dies);
    let refuses = desk.session().notifications(Way::Refuses);
    poll_until_sent(&desk, &refuses, 1);
    desk.used(920, 1000);
    until("the higher one", || {
        desk.refresh();
        refuses.seen().iter().any(|(summary, _)| summary == "Acme passed 90% of its transfer").then_some(())
    });
    // None of those attempts reaches the next server.
    until("the refusals", || (desk.watch.failed(SERVER, "Notify") == tries(&desk).len()).then_some(()));
    drop(refuses);
    let well = desk.session().notifications(Way::Well);
    let seen = poll_until_sent(&desk, &well, 1);
    assert_eq!(seen[0].0, "Acme passed 90% of its transfer", "the highest, for both");
    desk.wait_until_settled();
    tray.quit();
    let tray = desk.tray();
    tray.showing("Acme 92%");
    desk.refresh();
    assert_eq!(well.seen().len(), 1, "and is written down");
}

/// Whether a connection is still on the bus.
fn there(desk: &TestDesktop, name: &str) -> bool {
    bus::call(&desk.bus, DAEMON, "NameHasOwner", &(name,))
}

/// The number of the process's connections to the bus.
fn connections(desk: &TestDesktop, pid: u32) -> usize {
    let names: Vec<String> = bus::call(&desk.bus, DAEMON, "ListNames", &());
    let of = |name: &&String| {
        bus::try_call::<_, u32>(&desk.bus, DAEMON, "GetConnectionUnixProcessID", name).ok() == Some(pid)
    };
    names.iter().filter(|name| name.starts_with(':')).filter(of).count()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn attempts_at_a_hanging_server_time_out_without_leftovers() {
    let desk = desk();
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Sits);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    // The check for a panel has its own connection for a moment.
    until("the look for a panel", || (desk.watch.looks_for_a_panel() > 0).then_some(()));
    let at_rest = connections(&desk, tray.pid());
    desk.used(830, 1000);
    for way in [Way::Sits, Way::Sits, Way::Never, Way::Never] {
        // It hangs at the notification, or before it.
        server.answers(way);
        let before = tries(&desk).len();
        until("a try", || {
            desk.refresh();
            (tries(&desk).len() > before).then_some(())
        });
        desk.refresh();
        let begun = tries(&desk);
        // On a very busy machine the attempt may have timed out.
        if there(&desk, &begun[before]) {
            assert_eq!(begun.len(), before + 1, "one at a time");
        }
        until("the end of its connections", || (connections(&desk, tray.pid()) <= at_rest).then_some(()));
    }
    let before = server.seen().len();
    assert!(before >= 2, "{before}");
    server.answers(Way::Well);
    let seen = poll_until_sent(&desk, &server, before + 1);
    assert_eq!((seen.len(), seen[before].0.as_str()), (before + 1, ALERT));
}
