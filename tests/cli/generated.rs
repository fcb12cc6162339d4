//! Completions and the manual page: made from the commands as they are.

use std::process::Command;

use crate::Home;

/// Every command, as the help tells them.
fn commands(home: &Home, of: &str) -> Vec<String> {
    let help = home.run(&format!("{of} --help")).done();
    let Some((_, listed)) = help.split_once("Commands:") else { return Vec::new() };
    let listed = listed.split("Options:").next().unwrap().lines().filter(|line| line.starts_with("  "));
    listed
        .filter(|line| !line.starts_with("   "))
        .map(|l| l.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_shells_completions_know_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&format!("completions {shell}")).done();
        for command in commands(&home, "") {
            assert!(script.contains(&command), "{shell} {command}");
        }
        assert!(script.contains("forget-history"), "{shell}");
    }
    assert!(home.run("completions tcsh").failed(2).contains("tcsh"));
}

#[test]
fn bash_completes_a_command_and_its_option() {
    let home = Home::new();
    let completed = |words: &str, at: usize| {
        let script = format!(
            r#"{}
COMP_WORDS=({words}); COMP_CWORD={at}; COMPREPLY=()
_linode__bandwidth linode-bandwidth "${{COMP_WORDS[at]}}" "${{COMP_WORDS[at-1]}}" 2>&1
echo "${{COMPREPLY[*]}}""#,
            home.run("completions bash").done()
        )
        .replace("[at]", &format!("[{at}]"))
        .replace("[at-1]", &format!("[{}]", at - 1));
        let done = Command::new("bash").args(["-c", &script]).output().unwrap();
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(completed("linode-bandwidth sta", 1), "status");
    assert_eq!(completed("linode-bandwidth accounts rem", 2), "remove");
    assert_eq!(completed("linode-bandwidth accounts remove --forget", 3), "--forget-history");
}

#[test]
fn the_manual_page_has_every_command_and_the_day_it_is_told() {
    let home = Home::new();
    let mut man = home.program("man");
    man.env("SOURCE_DATE_EPOCH", "1764000000");
    let page = String::from_utf8(man.output().unwrap().stdout).unwrap();
    assert!(page.contains("\n.TH LINODE-BANDWIDTH 1 2025-11-24 "), "{page}");
    let plain = page.replace('\\', "");
    for command in commands(&home, "") {
        let nested = commands(&home, &command);
        let names = if nested.is_empty() {
            vec![command]
        } else {
            nested.iter().map(|inner| format!("{command} {inner}")).collect()
        };
        for name in names {
            let is = |line: &str| line.trim_start_matches(".SS ").trim_matches('"').starts_with(&name);
            assert!(plain.lines().any(|line| line.starts_with(".SS ") && is(line)), "{name}: {plain}");
        }
    }
    for text in ["EXIT STATUS", "LINODE_BANDWIDTH_CONFIG", "--forget-history"] {
        assert!(plain.contains(text), "{text}");
    }
}
