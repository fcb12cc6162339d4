//! `demo` without a desktop: it runs in the terminal and leaves the user's files alone.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::{Checks, Home, checked};

#[test]
fn the_sample_accounts_show_each_kind_of_state() {
    let home = Home::new();
    let table = home.run("demo --once --speed 0").done();
    for row in ["Acme", "  Jakarta, ID", "Client X", "Old project", "Streaming"] {
        assert!(table.lines().any(|line| line.starts_with(row)), "{row}: {table}");
    }
    for what in ["83%", "token_invalid", "0.60%", "105%", "Invalid Personal Access Token."] {
        assert!(table.contains(what), "{what}: {table}");
    }
}

#[test]
fn nothing_of_the_users_is_touched() {
    let home = Home::new();
    home.configure("this does not read");
    home.run("demo --once").done();
    assert!(home.api.requests().is_empty());
    assert!(!home.data_dir().exists());
    assert_eq!(home.configured(), "this does not read");
}

#[test]
fn invalid_speed_is_refused() {
    for speed in ["--speed=-1", "--speed nan", "--speed inf", "--speed fast"] {
        let said = Home::new().run(&format!("demo {speed}")).usage_error();
        assert!(said.contains("'--speed <N>': must be a number from 0"), "{said}");
    }
}

#[test]
fn without_a_tray_it_is_shown_on_the_terminal_until_ctrl_c() {
    let home = Home::new();
    let mut program = home.program("demo");
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("No tray available, so the demo is shown here; Ctrl-C quits."));
    assert!(lines.any(|line| line.starts_with("Notification: ")));
    assert!(lines.any(|line| line.contains("Streaming is over its transfer")));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    assert_eq!(checked("demo", output).done(), "");
}
