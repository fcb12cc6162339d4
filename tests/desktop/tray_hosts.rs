//! Panels that are late, die, hang or refuse icons. Each test has its own session.

use crate::rig::isolated_session::Way;
use crate::rig::item::{self, Item};
use crate::rig::program::TestDesktop;
use crate::rig::running::Tray;
use crate::rig::until;

fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    desk
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn late_host_gets_the_icon_after_each_of_ten_restarts() {
    let desk = desk();
    let tray = desk.tray();
    desk.wait_for_state("ok");
    for round in 0..=10 {
        let host = desk.session().host(Way::Well);
        let item = tray.showing(&format!("Acme {}%", 63 + round));
        item.click("Refresh now");
        desk.used(640 + 10 * round, 1000);
        drop(host);
        // The click's poll may still be running with the old figures; this one runs after it.
        desk.refresh();
        desk.refresh();
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_second_host_takes_over_when_the_first_goes() {
    let desk = desk();
    let first = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let second = desk.session().host(Way::Well);
    desk.used(640, 1000);
    desk.refresh();
    tray.showing("Acme 64%");
    drop(first);
    // The second host's list counts from now on, and only the tray can have added the icon.
    second.in_charge();
    tray.showing("Acme 64%").click("Refresh now");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn host_hanging_at_start_delays_no_figures_or_notifications() {
    let desk = desk();
    let server = desk.session().notifications(Way::Well);
    let hangs = desk.session().host(Way::Never);
    desk.used(830, 1000);
    let tray = desk.tray();
    assert_eq!(server.wait_for(1)[0].0, "Acme passed 80% of its transfer");
    desk.used(920, 1000);
    desk.refresh();
    assert_eq!(server.wait_for(2)[1].0, "Acme passed 90% of its transfer");
    assert_eq!(desk.wait_for_figures(920, 1000)["state"], "ok");
    drop(hangs);
    let _well = desk.session().host(Way::Well);
    assert_eq!(asked_again(&desk, &tray).title(), "Acme 92%");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn host_hanging_on_return_delays_no_figures_or_notifications() {
    let desk = desk();
    let server = desk.session().notifications(Way::Well);
    let well = desk.session().host(Way::Well);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    drop(well);
    let hangs = desk.session().host(Way::Never);
    for (used, told) in [(830, 1), (920, 2), (1001, 3)] {
        desk.used(used, 1000);
        desk.refresh();
        server.wait_for(told);
    }
    assert_eq!(desk.wait_for_figures(1001, 1000)["state"], "ok");
    drop(hangs);
    let _well = desk.session().host(Way::Well);
    tray.showing("Acme 100%");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_host_that_turns_the_icon_away_is_asked_again() {
    let desk = desk();
    let host = desk.session().host(Way::Refuses);
    let tray = desk.tray();
    desk.wait_for_state("ok");
    desk.used(640, 1000);
    desk.refresh();
    let refused = || desk.watch.failed("org.kde.StatusNotifierWatcher", "RegisterStatusNotifierItem") > 0;
    until("the refusal", || refused().then_some(()));
    host.answers(Way::Well);
    assert_eq!(asked_again(&desk, &tray).title(), "Acme 64%");
}

/// The icon, from a host that was asked again.
fn asked_again(desk: &TestDesktop, tray: &Tray<'_>) -> Item {
    until("an icon", || item::of_process(&desk.bus, tray.pid()).pop())
}
