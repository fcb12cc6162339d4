//! Output to closed pipes, full disks, and terminals with and without color.

use std::process::{Command, Stdio};

use crate::{Checks, Home, checked, transfer};

#[test]
fn a_closed_pipe_ends_quietly() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    for words in ["status", "status --format json", "--help", "config path", "accounts list"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = home.program(words);
        checked(words, program.stdout(writer).stderr(Stdio::piped()).output().unwrap()).success().stderr("");
    }
}

#[test]
fn head_gets_its_line() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let mut shell = Command::new("sh");
    home.prepare(&mut shell);
    let script = r#"{ "$0" status; echo "it ended with $?" >&2; } | head -1"#;
    let output = shell.args(["-c", script, env!("CARGO_BIN_EXE_linode-bandwidth")]).output().unwrap();
    let ran = checked(script, output).stderr("it ended with 0\n");
    assert!(ran.out().starts_with("ACCOUNT") && ran.out().lines().count() == 1, "{ran}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    for (words, code) in [("status", 1), ("status --check", 3), ("config path", 1)] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = home.program(words).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let said = checked(words, output).failed(code);
        assert!(said.starts_with("can't write to standard output: "), "{said}");
    }
}

/// The output of `status` on a terminal.
#[cfg(target_os = "linux")]
fn on_a_terminal(home: &Home, variable: Option<(&str, &str)>) -> String {
    let mut script = Command::new("script");
    home.prepare(&mut script);
    let status = format!("{} status", env!("CARGO_BIN_EXE_linode-bandwidth"));
    script.args(["-qec", &status, "/dev/null"]).envs(variable);
    checked("status", script.output().unwrap()).done()
}

#[cfg(target_os = "linux")]
#[test]
fn color_is_for_terminals_that_want_it() {
    const RED: &str = "\x1b[31m";
    let home = Home::with_acme(transfer(950, 1000, 0));
    assert!(on_a_terminal(&home, None).contains(RED));
    assert!(on_a_terminal(&home, Some(("NO_COLOR", ""))).contains(RED), "an empty one is none");
    assert!(!on_a_terminal(&home, Some(("NO_COLOR", "1"))).contains('\x1b'));
    assert!(!home.run("status").done().contains('\x1b'));
}
