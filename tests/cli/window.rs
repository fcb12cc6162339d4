//! `window`, which starts the window's program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Checks, Home, account, checked};

/// The main program in a folder of its own, with `there` as the window's program.
fn apart(home: &Home, there: Option<&str>) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let folder = home.dir.path().join("apart");
    fs::create_dir(&folder).unwrap();
    let program = folder.join("linode-bandwidth");
    fs::copy(env!("CARGO_BIN_EXE_linode-bandwidth"), &program).unwrap();
    if let Some(script) = there {
        let window = folder.join("linode-bandwidth-window");
        fs::write(&window, script).unwrap();
        fs::set_permissions(&window, fs::Permissions::from_mode(0o755)).unwrap();
    }
    program
}

fn window(home: &Home, program: &Path, words: &str) -> assert_cmd::assert::Assert {
    let mut command = Command::new(program);
    home.prepare(&mut command);
    command.arg("window").args(words.split_whitespace());
    checked(words, command.output().unwrap())
}

#[test]
fn missing_windows_program_message_has_paths_and_a_fix() {
    let home = Home::new();
    let program = apart(&home, None);
    let said = window(&home, &program, "").failed(1);
    let folder = program.parent().unwrap().canonicalize().unwrap();
    let begin = format!("there is no linode-bandwidth-window in {}, the only place", folder.display());
    assert!(said.starts_with(&begin) && said.contains("install the complete package"), "{said}");
    if cfg!(feature = "window") {
        let mut doctor = Command::new(&program);
        home.prepare(&mut doctor);
        let found = doctor.args(["doctor", "--format", "json"]).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
        let finding =
            report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "window");
        assert!(finding.is_some_and(|finding| finding["level"] == "warning"), "{report:#}");
    }
}

#[test]
fn windows_program_gets_ids_and_its_exit_code_is_returned() {
    let home = Home::new();
    home.configure(&account("acme", "Acme-Company"));
    let program = apart(&home, Some("#!/bin/sh\necho \"$@\"\nexit 7\n"));
    for (words, given) in [
        ("", "usage"),
        ("settings", "settings"),
        ("token-guide", "token-guide"),
        ("--account Acme-Company", "--account acme"),
        ("--edit Acme-Company", "--edit acme"),
        ("--edit acme", "--edit acme"),
        ("--replace-token Acme-Company", "--replace-token acme"),
        ("--about", "--about"),
        ("--demo", "usage --demo"),
    ] {
        window(&home, &program, words).code(7).stderr("").stdout(format!("{given}\n"));
    }
    let said = window(&home, &program, "--edit Other").failed(2);
    assert!(said.contains("there is no account"), "{said}");
}

#[cfg(feature = "window")]
#[test]
fn the_second_program_says_what_it_is_and_refuses_other_words() {
    let home = Home::new();
    let run = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_linode-bandwidth-window"));
        home.prepare(&mut command);
        checked(words, command.args(words.split_whitespace()).output().unwrap())
    };
    let version = concat!("linode-bandwidth-window ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run("--version").done(), version);
    assert!(run("--help").done().contains("--replace-token <ID>"));
    for words in ["no-page", "--edit Two/words", "--edit a --replace-token b"] {
        run(words).usage_error();
    }
}
