//! Mounts, host names and networks for one test, invisible to the rest of the machine: the test runs itself again in
//! namespaces.

use std::process::{Command, Stdio};

/// Set in the process inside the namespaces.
const INSIDE: &str = "LINODE_BANDWIDTH_TEST_INSIDE";

/// Whether this process is inside the namespaces (`kinds`: options of unshare). Otherwise starts the test inside and
/// returns `false` when it has passed. Only root can do this; elsewhere the test is skipped.
pub fn inside(test: &str, kinds: &[&str]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let output = Command::new("unshare")
        .args(kinds)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if said.contains("unshare failed") {
        crate::support::skip(&format!("{test} needs root to make namespaces"));
        return false;
    }
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{test} is not what it is called: {said}");
    false
}
