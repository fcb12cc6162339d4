//! `doctor` with one part of the desktop missing at a time.

use std::process::Output;

use serde_json::Value;

use crate::rig::isolated_session::Way;
use crate::rig::parts::{Part, lock, unlock};
use crate::rig::program::{TestDesktop, refusal};

/// The finding about `check`. Asserts that the exit code matches the report.
pub fn finding(desk: &TestDesktop, check: &str) -> Value {
    let Output { status, stdout, stderr } = desk.run(&["doctor", "--format", "json"], "");
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    let report: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(report["ok"], status.success(), "{report}");
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["check"] == check)
        .unwrap_or_else(|| panic!("{check}: {report}"))
        .clone()
}

pub fn wrong(desk: &TestDesktop, check: &str, message: &str, hint: &str) {
    let finding = finding(desk, check);
    assert_eq!(finding["ok"], false, "{finding}");
    assert!(finding["message"].as_str().unwrap().contains(message), "{finding}");
    assert!(finding["hint"].as_str().unwrap().contains(hint), "{finding}");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn what_the_desktop_lacks_is_found_and_how_to_fix_it() {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.used(630, 1000);
    desk.api.answer("/regions", crate::support::server::Reply::json(200, r#"{"data": [], "pages": 1}"#));
    for check in ["configuration", "session bus", "tray", "notifications", "keyring", "API", "token"] {
        let finding = finding(&desk, check);
        assert_eq!((&finding["ok"], &finding["hint"]), (&true.into(), &Value::Null), "{finding}");
    }
    let table = desk.done(&["doctor"], "");
    assert!(table.lines().all(|line| line.starts_with("ok ")), "{table}");

    Part::Panel.stop();
    wrong(&desk, "tray", "no host", "panel");
    Part::Panel.start();

    Part::Notifications.stop();
    wrong(&desk, "notifications", "no notification server", "dunst");
    Part::Notifications.start();

    lock();
    wrong(&desk, "keyring", "locked", "unlock");
    wrong(&desk, "token", "locked", "unlock");
    unlock();

    Part::Keyring.stop();
    wrong(&desk, "keyring", "no keyring", "GNOME Keyring");
    Part::Keyring.start();

    desk.answer(refusal());
    wrong(&desk, "token", "Invalid Personal Access Token.", "accounts token");
}

/// A session that lacks only a keyring.
fn apart() -> (TestDesktop, crate::rig::isolated_session::Host, crate::rig::isolated_session::Notifications) {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    desk.api.answer("/regions", crate::support::server::Reply::json(200, r#"{"data": [], "pages": 1}"#));
    let (host, server) = (desk.session().host(Way::Well), desk.session().notifications(Way::Well));
    (desk, host, server)
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn doctor_finds_broken_panels_and_servers_with_fixes() {
    let (desk, host, server) = apart();
    for check in ["session bus", "tray", "notifications"] {
        assert_eq!(finding(&desk, check)["ok"], true, "{check}");
    }
    wrong(&desk, "keyring", "no keyring", "--token-command");
    host.answers(Way::Never);
    wrong(&desk, "tray", "the host does not answer", "restart the panel");
    host.answers(Way::Blind);
    wrong(&desk, "tray", "no host shows icons", "AppIndicator");
    drop(host);
    wrong(&desk, "tray", "no host shows icons", "AppIndicator");
    server.answers(Way::Never);
    wrong(&desk, "notifications", "does not answer", "notification server");
    drop(server);
    wrong(&desk, "notifications", "no notification server", "dunst");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn without_a_session_bus_that_is_what_is_found() {
    let (desk, _host, _server) = apart();
    desk.end_session();
    wrong(&desk, "session bus", "", "inside a desktop session");
    assert_eq!(finding(&desk, "token")["ok"], true, "token_command works without one");
    assert_eq!(desk.status(&[])["percent"], 63.0);
    let tray = desk.run(&["tray"], "");
    assert_eq!(tray.status.code(), Some(1));
    let said = String::from_utf8_lossy(&tray.stderr).into_owned();
    let last = said.lines().last().unwrap();
    assert!(last.contains("no tray icon: ") && last.contains("start it inside a desktop session"), "{last}");
}
