//! The first start of somebody whose desktop shows no icons. Each test has a session of its own.

use std::time::Duration;

use crate::rig::apart::Way;
use crate::rig::program::Desk;
use crate::rig::until_within;

/// As much later than the program a panel may come, and a little.
const PANELS_TIME: Duration = Duration::from_secs(20);

/// Waits until the tray has looked for a panel, and found one or not.
fn looked(desk: &Desk, found: &str, times: usize) {
    until_within(PANELS_TIME, "a look for a panel", || {
        (desk.log().matches(&format!("event={found}")).count() >= times).then_some(())
    });
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn that_no_panel_shows_the_icon_is_told_once_ever_with_what_brings_one() {
    let desk = Desk::apart();
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    let (summary, body) = server.wait_for_within(PANELS_TIME, 1).remove(0);
    assert_eq!(summary, "No panel shows the icon of Linode Bandwidth");
    assert!(
        body.contains("install and enable GNOME's extension \"AppIndicator and KStatusNotifierItem"),
        "{body}"
    );
    desk.wait_until_settled();
    tray.quit();
    let tray = desk.tray();
    looked(&desk, "NoHost", 2);
    desk.refresh();
    assert_eq!(server.seen().len(), 1);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn that_no_panel_shows_the_icon_comes_again_until_it_could_be_told() {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _tray = desk.tray();
    looked(&desk, "NoHost", 1);
    until_within(PANELS_TIME, "word of it", || desk.log().contains("could not be shown").then_some(()));
    let server = desk.session().notifications(Way::Well);
    desk.refresh();
    assert_eq!(server.wait_for(1)[0].0, "No panel shows the icon of Linode Bandwidth");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_panel_that_is_merely_later_than_the_program_is_not_missed() {
    let desk = Desk::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray();
    desk.wait_for_state("ok");
    let _host = desk.session().host(Way::Well);
    tray.showing("Acme 63%");
    looked(&desk, "HostFound", 1);
    desk.refresh();
    assert_eq!(server.seen().len(), 0);
}
