//! `doctor`, with each thing of the desktop missing in turn.

use std::process::Output;

use serde_json::Value;

use crate::rig::parts::{Part, lock, unlock};
use crate::rig::program::{Desk, refusal};

/// What it says of `check`, and whether anything is wrong.
fn finding(desk: &Desk, check: &str) -> Value {
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

fn wrong(desk: &Desk, check: &str, message: &str, mend: &str) {
    let finding = finding(desk, check);
    assert_eq!(finding["ok"], false, "{finding}");
    assert!(finding["message"].as_str().unwrap().contains(message), "{finding}");
    assert!(finding["mend"].as_str().unwrap().contains(mend), "{finding}");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn what_the_desktop_lacks_is_found_and_how_to_mend_it() {
    let desk = Desk::alone();
    desk.acme();
    desk.used(630, 1000);
    desk.api.answer("/regions", crate::support::server::Reply::json(200, r#"{"data": [], "pages": 1}"#));
    for check in ["configuration", "session bus", "tray", "notifications", "keyring", "API", "token"] {
        let finding = finding(&desk, check);
        assert_eq!((&finding["ok"], &finding["mend"]), (&true.into(), &Value::Null), "{finding}");
    }
    let table = desk.done(&["doctor"], "");
    assert!(table.lines().all(|line| line.starts_with("ok ")), "{table}");

    Part::Panel.stop();
    wrong(&desk, "tray", "no host", "panel");
    Part::Panel.start();

    Part::Notifications.stop();
    wrong(&desk, "notifications", "no server", "dunst");
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
