//! The time zone changes while the tray runs. Each test has its own `/etc`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::rig::isolated_session::Way;
use crate::rig::item::Item;
use crate::rig::mounts::inside;
use crate::rig::program::TestDesktop;
use crate::rig::running::Tray;
use crate::rig::{tool, until};

const FILE: &str = "/etc/localtime";
const BERLIN: &str = "/usr/share/zoneinfo/Europe/Berlin";
const LOS_ANGELES: &str = "/usr/share/zoneinfo/America/Los_Angeles";

/// A machine whose `/etc` may be changed.
fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let own = desk.folder().join("etc");
    tool("cp", &["-a", "/etc", own.to_str().unwrap()]);
    tool("mount", &["--bind", own.to_str().unwrap(), "/etc"]);
    desk
}

/// The tray, with only the system's time zone.
fn tray(desk: &TestDesktop) -> Tray<'_> {
    let mut command = desk.command(&["tray"]);
    desk.tray_of(command.env_remove("TZ"))
}

/// Waits until menu and tooltip show the time of the last response in `zone`.
fn by_the_clock_of(desk: &TestDesktop, item: &Item, zone: &str) {
    until(zone, || {
        let at: Timestamp = desk.cached()["updated_at"].as_str()?.parse().unwrap();
        let zone = TimeZone::get(zone.strip_prefix("/usr/share/zoneinfo/").unwrap()).unwrap();
        let clock = at.to_zoned(zone).strftime("%H:%M").to_string();
        let (title, text) = item.tooltip();
        let row = item.row("Updated ")?.label;
        (row.contains(&clock) && (title + &text).contains(&clock)).then_some(())
    });
}

fn lead_to(zone: &str) {
    symlink(zone, "/etc/new").unwrap();
    fs::rename("/etc/new", FILE).unwrap();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_zone_that_is_set_is_that_of_menu_and_tooltip_at_once() {
    if !inside("zone::a_zone_that_is_set_is_that_of_menu_and_tooltip_at_once", &["--mount"]) {
        return;
    }
    let desk = desk();
    lead_to(BERLIN);
    let _host = desk.session().host(Way::Well);
    let tray = tray(&desk);
    let item = tray.showing("Acme 63%");
    by_the_clock_of(&desk, &item, BERLIN);
    let asked = desk.asked();
    lead_to(LOS_ANGELES);
    by_the_clock_of(&desk, &item, LOS_ANGELES);
    assert_eq!(desk.asked(), asked, "without a poll");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn unannounced_time_zone_is_read_at_the_next_poll() {
    if !inside("zone::unannounced_time_zone_is_read_at_the_next_poll", &["--mount"]) {
        return;
    }
    let desk = desk();
    fs::remove_file(FILE).unwrap();
    fs::copy(BERLIN, FILE).unwrap();
    assert!(!Path::new(FILE).is_symlink());
    let _host = desk.session().host(Way::Well);
    let tray = tray(&desk);
    let item = tray.showing("Acme 63%");
    by_the_clock_of(&desk, &item, BERLIN);
    // This does not change the folder.
    tool("mount", &["--bind", LOS_ANGELES, FILE]);
    desk.refresh();
    by_the_clock_of(&desk, &item, LOS_ANGELES);
    tray.quit();
}
