//! Machines that can't watch files: other programs have used up the user's inotify instances, or the files are on a
//! network disk.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::exporter::{Exporter, USED_830};
use crate::support::skip;
use crate::{Home, TRANSFER, account, checked, token, transfer};

const SETTING: &str = "/proc/sys/user/max_inotify_instances";

/// The program without inotify; `None` if this machine has no user namespaces.
fn unwatched(home: &Home, words: &str) -> Option<Command> {
    let script = format!("echo 0 >{SETTING} && exec \"$0\" \"$@\"");
    let within = |command: &mut Command| {
        command.args(["--user", "--map-root-user", "sh", "-c", &script]);
    };
    let mut try_it = Command::new("unshare");
    within(&mut try_it);
    if !try_it.arg("true").output().unwrap().status.success() {
        skip("this machine gives no namespace of users");
        return None;
    }
    let program = home.program(words);
    let mut command = Command::new("unshare");
    home.prepare(&mut command);
    within(&mut command);
    command.arg(program.get_program()).args(program.get_args());
    Some(command)
}

#[test]
fn edit_by_hand_is_read_at_the_next_poll() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    home.api.answer_for(&token("b"), TRANSFER, transfer(1, 2000, 0));
    let Some(program) = unwatched(&home, "exporter --listen 127.0.0.1:0") else { return };
    let exporter = Exporter::of(program);
    exporter.until(USED_830);
    home.configure(&(account("acme", "Acme") + &account("b", "B")));
    home.run("refresh").success();
    let text = exporter.metrics();
    let new = r#"linode_bandwidth_transfer_used_bytes{account="b",pool="global"} 1000000000"#;
    assert!(text.contains(new), "{text}");
    let said = exporter.end();
    assert_eq!(said.matches("made by hand take effect at the next poll").count(), 1, "{said}");
}

#[test]
fn edit_by_hand_is_read_at_the_next_poll_without_accounts() {
    let home = Home::new();
    home.configure("");
    home.api.answer_for(&token("acme"), TRANSFER, transfer(830, 1000, 0));
    let Some(program) = unwatched(&home, "exporter --listen 127.0.0.1:0") else { return };
    let exporter = Exporter::of(program);
    exporter.until("linode_bandwidth_exporter_polling 1");
    home.configure(&account("acme", "Acme"));
    home.run("refresh").success();
    let text = exporter.metrics();
    assert!(text.contains(USED_830), "{text}");
}

#[test]
fn commands_changes_are_applied_at_once() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let Some(program) = unwatched(&home, "exporter --listen 127.0.0.1:0") else { return };
    let exporter = Exporter::of(program);
    exporter.until(USED_830);
    home.run("accounts edit Acme --name New").success();
    exporter.until(r#"linode_bandwidth_account_info{account="acme",name="New",watch="global"} 1"#);
    home.configure(&(home.configured() + &account("b", "B")));
    home.run("accounts remove B").success();
    home.run("accounts remove New").success();
    exporter.until("linode_bandwidth_config_last_reload_successful 1");
    let gone = |text: &str| !text.contains("account=");
    while !gone(&exporter.metrics()) {
        std::thread::yield_now();
    }
}

#[test]
fn the_doctor_says_so_and_what_helps() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let watched = |mut program: Command| {
        let ran = checked("doctor", program.output().unwrap());
        let report: serde_json::Value = serde_json::from_slice(&ran.get_output().stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|finding| finding["check"] == "changes").unwrap()
    };
    let found = watched(home.program("doctor --format json"));
    assert_eq!((&found["ok"], &found["hint"]), (&true.into(), &serde_json::Value::Null), "{found}");
    let Some(program) = unwatched(&home, "doctor --format json") else { return };
    let found = watched(program);
    assert_eq!(found["ok"], false, "{found}");
    assert!(found["message"].as_str().unwrap().contains("at the next poll"), "{found}");
    assert!(found["hint"].as_str().unwrap().contains("fs.inotify.max_user_instances"), "{found}");
}
