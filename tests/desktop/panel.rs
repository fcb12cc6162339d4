//! The panel ends and returns.

use crate::rig::parts::Part;
use crate::rig::program::TestDesktop;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_icon_comes_back_with_a_panel_that_was_killed() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    Part::Panel.kill();
    desk.used(640, 1000);
    desk.refresh();
    Part::Panel.start();
    let item = tray.showing("Acme 64%");
    item.click("Refresh now");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_tray_started_before_the_panel_comes_with_it() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(830, 1000);
    Part::Panel.stop();
    let tray = desk.tray();
    desk.wait_for_notifications(1);
    Part::Panel.start();
    tray.showing("Acme 83%");
}
