//! Changing quotas, and figures of another month than the current one, in the whole program.

use serde_json::Value;

use crate::rig::isolated_session::{Host, Notifications, Way};
use crate::rig::program::TestDesktop;
use crate::rig::until;

fn desk() -> (TestDesktop, Host, Notifications) {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    let (host, server) = (desk.session().host(Way::Well), desk.session().notifications(Way::Well));
    (desk, host, server)
}

fn summaries(server: &Notifications, count: usize) -> Vec<String> {
    server.wait_for(count).into_iter().map(|(summary, _)| summary).collect()
}

const PASSED_80: &str = "Acme passed 80% of its transfer";
const PASSED_90: &str = "Acme passed 90% of its transfer";
const OVER: &str = "Acme is over its transfer";

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn quota_changes_are_shown_and_repeat_no_alert() {
    let (desk, _host, server) = desk();
    desk.used(830, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    assert_eq!(summaries(&server, 1), [PASSED_80]);
    desk.wait_until_settled();
    let changed = "Quota changed this month: it was 1,000 GB".to_owned();
    assert!(!item.below("Acme:").contains(&changed), "{:?}", item.below("Acme:"));
    // Used, quota, title, percentage, level, and the number of alerts so far.
    for (used, quota, title, percent, level, told) in [
        (830, 2000, "Acme 41%", Value::from(41.5), "ok", 1),
        // Falling below a threshold because of a larger quota does not repeat its alert.
        (1650, 2000, "Acme 82%", 82.5.into(), "warning", 1),
        (1650, 1500, "Acme 110%", 110.0.into(), "exceeded", 2),
        (1650, 0, "Acme 1650GB", Value::Null, "exceeded", 2),
        (1650, 4000, "Acme 41%", 41.25.into(), "ok", 2),
        (4100, 4000, "Acme 102%", 102.5.into(), "exceeded", 2),
    ] {
        desk.used(used, quota);
        desk.refresh();
        tray.showing(title);
        until(title, || item.below("Acme:").contains(&changed).then_some(()));
        let account = desk.wait_for_figures(used, quota);
        assert_eq!((&account["percent"], &account["level"]), (&percent, &level.into()), "{account}");
        assert_eq!((&account["state"], &account["error"]), (&"ok".into(), &Value::Null));
        assert_eq!(desk.status(&[])["percent"], percent, "and after a new poll");
        assert_eq!(summaries(&server, told).last().unwrap(), if told == 1 { PASSED_80 } else { OVER });
    }
    tray.quit();
    let tray = desk.tray();
    let item = tray.showing("Acme 102%");
    desk.refresh();
    assert_eq!(summaries(&server, 2), [PASSED_80, OVER], "and none after a restart");
    assert!(item.below("Acme:").contains(&changed));
    // The first quota is not a change.
    desk.used(830, 1000);
    desk.refresh();
    tray.showing("Acme 83%");
    until("the row gone", || (!item.below("Acme:").contains(&changed)).then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn late_responses_and_clock_changes_repeat_no_alert() {
    let (desk, _host, server) = desk();
    let asked_at = |time: &str, used: u64, title: &str| {
        desk.set_clock(time);
        desk.used(used, 1000);
        desk.refresh();
        title.to_owned()
    };
    // The afternoon of the last day of November in New York.
    desk.set_clock("2026-11-30T20:00:00Z");
    desk.used(930, 1000);
    let tray = desk.tray();
    tray.showing("Acme 93%");
    assert_eq!(summaries(&server, 1), [PASSED_90]);
    desk.wait_until_settled();
    let account = desk.wait_for_figures(930, 1000);
    assert_eq!(account["updated_at"].as_str().unwrap().get(..13), Some("2026-11-30T20"), "{account}");

    // In December the API continues to return November's figures for hours.
    for (time, used, title) in [
        ("2026-12-01T05:20:00Z", 935, "Acme 93% (still November's)"),
        ("2026-12-01T16:00:00Z", 1100, "Acme 110% (still November's)"),
    ] {
        tray.showing(&asked_at(time, used, title));
        let account = desk.wait_for_figures(used, 1000);
        assert_eq!((&account["state"], &account["forecast"]), (&"ok".into(), &Value::Null), "{account}");
    }
    assert_eq!(summaries(&server, 1), [PASSED_90], "figures of November alert nobody in December");
    tray.showing(&asked_at("2026-12-01T17:00:00Z", 3, "Acme 0.30%"));
    tray.showing(&asked_at("2026-12-20T12:00:00Z", 850, "Acme 85%"));
    assert_eq!(summaries(&server, 2), [PASSED_90, PASSED_80], "a new month has its own");
    desk.wait_until_settled();

    // The clock is set back a month, with a response from that month, and forward again: each alert was sent in its
    // month.
    tray.showing(&asked_at("2026-11-20T12:00:00Z", 940, "Acme 94%"));
    tray.showing(&asked_at("2026-12-20T13:00:00Z", 860, "Acme 86%"));
    desk.refresh();
    assert_eq!(summaries(&server, 2), [PASSED_90, PASSED_80]);
    assert_eq!(desk.wait_for_figures(860, 1000)["state"], "ok");
    tray.quit();
    let tray = desk.tray();
    tray.showing("Acme 86%");
    desk.refresh();
    assert_eq!(summaries(&server, 2), [PASSED_90, PASSED_80], "and none after a restart");
}
