//! What the README says is so.

use serde_json::Value;

use crate::{Checks, Home, TRANSFER, account, transfer};

const README: &str = include_str!("../../README.md");

/// The first block of code in `language` below the heading.
fn block(heading: &str, language: &str) -> &'static str {
    let section = README.split(&format!("\n## {heading}\n")).nth(1).expect(heading);
    let section = section.split("\n## ").next().unwrap();
    let block = section.split(&format!("\n```{language}\n")).nth(1).expect(language);
    block.split("```").next().unwrap()
}

#[test]
fn its_configuration_reads_and_is_the_default_one() {
    let home = Home::new();
    let text = block("Configuration", "toml");
    home.configure(text);
    assert!(home.run("config check").done().ends_with(": OK (1 account)\n"));
    let config = linode_bandwidth::storage::config::parse(text).unwrap();
    let accounts = config.accounts.clone();
    assert_eq!(config, linode_bandwidth::domain::config::Config { accounts, ..Default::default() });
    // What it shows commented out reads too.
    home.configure(&text.replace("# ", ""));
    home.run("config check").done();
}

#[test]
fn its_report_is_the_tested_one() {
    let shown: Value = serde_json::from_str(block("JSON", "json")).unwrap();
    let tested: Value = serde_json::from_str(include_str!("../../src/domain/report/example.json")).unwrap();
    assert_eq!(shown, tested);
}

#[test]
fn every_command_option_and_state_is_in_it() {
    let home = Home::new();
    let commands = [
        "tray",
        "status",
        "accounts list",
        "accounts add",
        "accounts token",
        "accounts edit",
        "accounts duplicate",
        "accounts import",
        "accounts remove",
        "tokens",
        "top",
        "window",
        "history",
        "refresh",
        "doctor",
        "autostart on",
        "demo",
        "exporter",
        "config path",
        "config check",
        "completions",
        "man",
    ];
    for command in commands {
        assert!(README.contains(&format!("| `{command}")), "{command}");
        for option in home.run(&format!("{command} --help")).done().split_whitespace() {
            let option = option.trim_matches(|c: char| !c.is_ascii_lowercase() && c != '-');
            if option.starts_with("--") && option.len() > 2 {
                assert!(README.contains(&format!("`{option}")), "{command} {option}");
            }
        }
    }
    let listed = home.run("--help").done();
    let listed = listed.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    for line in listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let command = line.split_whitespace().next().unwrap();
        assert!(commands.iter().any(|known| known.starts_with(command)), "{command}");
    }
    for state in [
        "ok",
        "pending",
        "stale",
        "token_missing",
        "token_invalid",
        "scope_missing",
        "forbidden",
        "rate_limited",
        "unreachable",
        "invalid_response",
        "maintenance",
        "keyring_locked",
        "keyring_unavailable",
        "disabled",
    ] {
        assert!(README.contains(&format!("| `{state}` |")), "{state}");
    }
}

/// What polybar would show: its module's `exec` goes to a shell.
#[test]
#[ignore = "needs jq: tests/run installs it"]
fn its_line_for_polybar_gives_a_name_as_it_is_written() {
    let home = Home::new();
    home.configure(&account("rd", "R&D <b> \\\"&lt;\\\""));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    let exec = block("In a bar", "ini").lines().find_map(|line| line.strip_prefix("exec = ")).unwrap();
    // Without a tray there is nothing that was left.
    let now = exec.replace(" --cached", "");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_linode-bandwidth")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("sh");
    home.prepare(&mut shell);
    let shown = crate::checked(exec, shell.args(["-c", &now]).env("PATH", path).output().unwrap()).done();
    assert_eq!(shown, "R&D <b> \"&lt;\" 83%\n");
}

#[test]
fn its_line_for_bars_has_the_fields_that_are_printed() {
    let shown: Value = serde_json::from_str(block("In a bar", "json")).unwrap();
    let printed = Home::new().run("status --format waybar").json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&shown), keys(&printed));
}
