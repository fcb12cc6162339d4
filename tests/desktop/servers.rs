//! Notification servers that hang, say no or die with a notification in their hands. Each test has a session of its own.

use std::time::Duration;

use crate::rig::apart::Way;
use crate::rig::program::Desk;
use crate::rig::{bus, until, until_within};

/// After so long a server that does not answer is taken for dead, and a little.
const GIVEN_UP: Duration = Duration::from_secs(15);

fn desk() -> Desk {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(830, 1000);
    desk
}

fn undelivered(desk: &Desk, times: usize) {
    until_within(GIVEN_UP, "word of it in the log", || {
        (desk.log().matches("could not be shown").count() >= times).then_some(())
    });
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_server_that_hangs_blocks_nothing_and_the_alert_comes_again_when_it_answers() {
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
    assert_eq!(server.seen().len(), 1, "one at a time");
    undelivered(&desk, 1);
    server.answers(Way::Well);
    desk.refresh();
    let seen = server.wait_for(2);
    assert_eq!(seen[1].0, "Acme passed 80% of its transfer");
    desk.wait_until_settled();
    desk.refresh();
    assert_eq!(server.seen().len(), 2, "and not once more");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_alert_that_a_server_took_to_its_grave_comes_again_from_the_next_one() {
    let desk = desk();
    let _host = desk.session().host(Way::Well);
    let dies = desk.session().notifications(Way::Sits);
    let tray = desk.tray();
    tray.showing("Acme 83%");
    dies.wait_for(1);
    drop(dies);
    undelivered(&desk, 1);
    let refuses = desk.session().notifications(Way::Refuses);
    desk.refresh();
    refuses.wait_for(1);
    undelivered(&desk, 2);
    drop(refuses);
    let well = desk.session().notifications(Way::Well);
    desk.used(920, 1000);
    desk.refresh();
    assert_eq!(well.wait_for(1)[0].0, "Acme passed 90% of its transfer", "the highest, for both");
    desk.wait_until_settled();
    tray.quit();
    let tray = desk.tray();
    tray.showing("Acme 92%");
    desk.refresh();
    assert_eq!(well.seen().len(), 1, "and is written down");
}

/// How many connections to the bus the process has.
fn connections(desk: &Desk, pid: u32) -> usize {
    let daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
    let names: Vec<String> = bus::call(&desk.bus, daemon, "ListNames", &());
    let of = |name: &&String| {
        bus::try_call::<_, u32>(&desk.bus, daemon, "GetConnectionUnixProcessID", name).ok() == Some(pid)
    };
    names.iter().filter(|name| name.starts_with(':')).filter(of).count()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tries_that_a_hanging_server_does_not_answer_are_given_up_and_leave_nothing_behind() {
    let desk = desk();
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Sits);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    // The look for a panel has a connection of its own for a moment.
    until_within(GIVEN_UP, "the look for a panel", || desk.log().contains("event=HostFound").then_some(()));
    let at_rest = connections(&desk, tray.pid());
    desk.used(830, 1000);
    for tries in 1..=4 {
        // It hangs over the notification, or over what comes before it.
        server.answers(if tries > 2 { Way::Never } else { Way::Sits });
        desk.refresh();
        desk.refresh();
        undelivered(&desk, tries);
    }
    until("the connections of those tries gone", || {
        (connections(&desk, tray.pid()) <= at_rest).then_some(())
    });
    assert_eq!(server.seen().len(), 2, "one at a time");
    server.answers(Way::Well);
    desk.refresh();
    assert_eq!(server.wait_for(3)[2].0, "Acme passed 80% of its transfer");
}
