//! The documentation matches the program.

use linode_bandwidth::domain::alert::facts;
use linode_bandwidth::domain::config::template::TEMPLATE;
use linode_bandwidth::domain::config::{ACCOUNT_SETTINGS, Config, SETTINGS};
use linode_bandwidth::domain::failure::EntryState;
use serde_json::Value;

use crate::{Checks, Home, TRANSFER, account, transfer};

const README: &str = include_str!("../../README.md");
const BARS: &str = include_str!("../../docs/bars.md");
const CLI: &str = include_str!("../../docs/cli.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const NOTIFICATIONS: &str = include_str!("../../docs/notifications.md");
const TROUBLESHOOTING: &str = include_str!("../../docs/troubleshooting.md");

/// The text between the heading and the next one.
fn section(page: &'static str, heading: &str) -> &'static str {
    let section = page.split(&format!("\n{heading}\n")).nth(1).expect(heading);
    section.split("\n## ").next().unwrap()
}

/// The first code block in `language`.
fn block(text: &'static str, language: &str) -> &'static str {
    let block = text.split(&format!("\n```{language}\n")).nth(1).expect(language);
    block.split("```").next().unwrap()
}

#[test]
fn its_configuration_reads_and_is_the_default_one() {
    let home = Home::new();
    let text = block(CONFIGURATION, "toml");
    home.configure(text);
    assert!(home.run("config check").done().ends_with(": OK (1 account)\n"));
    let config = linode_bandwidth::storage::config::parse(text).unwrap();
    let accounts = config.accounts.clone();
    assert_eq!(config, Config { accounts, ..Config::default() });
    // The commented-out settings are valid too.
    home.configure(&text.replace("# ", ""));
    home.run("config check").done();
}

#[test]
fn its_report_is_the_tested_one() {
    let shown: Value = serde_json::from_str(block(section(BARS, "## JSON"), "json")).unwrap();
    let tested: Value = serde_json::from_str(include_str!("../../src/domain/report/example.json")).unwrap();
    assert_eq!(shown, tested);
}

#[test]
fn every_setting_and_word_of_a_template_is_in_it() {
    let (global, of_account) = CONFIGURATION.split_once("\n## Settings of an account\n").unwrap();
    let text = block(CONFIGURATION, "toml");
    let keys = SETTINGS.iter().map(|setting| setting.key).filter(|key| *key != "accounts");
    for key in keys {
        assert!(global.contains(&format!("\n| `{key}` |")), "{key}");
        assert!(
            text.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} = "))),
            "{key}"
        );
    }
    for key in ACCOUNT_SETTINGS.iter().map(|setting| setting.key) {
        let rows = of_account.lines().filter(|line| line.starts_with("| `"));
        let mut first_cells = rows.filter_map(|row| row.split(" | ").next());
        assert!(first_cells.any(|cell| cell.contains(&format!("`{key}`"))), "{key}");
    }
    // The error about an unknown word lists the words.
    let words: Vec<&str> =
        TEMPLATE.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word).collect();
    assert!(words.len() >= 12, "{words:?}");
    for word in words {
        assert!(section(CONFIGURATION, "### Templates").contains(&format!("`{{{word}}}`")), "{word}");
    }
}

#[test]
fn every_variable_of_a_program_for_alerts_is_in_it_and_no_other() {
    let rows =
        section(NOTIFICATIONS, "## Run your own program").lines().filter(|line| line.starts_with("| `"));
    let told = rows.flat_map(|row| row.split(" | ").next().unwrap().split('`').skip(1).step_by(2));
    let mut told: Vec<&str> = told.collect();
    let mut there_are = facts::NAMES.to_vec();
    told.sort_unstable();
    there_are.sort_unstable();
    assert_eq!(told, there_are);
}

#[test]
fn documentation_has_all_environment_variables_of_the_help() {
    let help = Home::new().run("--help").done();
    let listed = help.split("\nEnvironment:\n").nth(1).unwrap();
    let of_a_name = |word: &&str| word.len() > 3 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let words: Vec<&str> = listed.split([' ', ',', '\n']).filter(of_a_name).collect();
    assert!(words.len() >= 10, "{words:?}");
    for word in words {
        assert!(section(CLI, "## Environment").contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn the_readme_shows_what_its_pages_show() {
    assert_eq!(block(section(README, "## First run"), "json"), block(section(BARS, "## waybar"), "json"));
    let reports = [README, CLI].map(|page| page.split("$ linode-bandwidth status\n").nth(1).unwrap());
    let acme = |report: &'static str| report.lines().take(3).collect::<Vec<_>>();
    assert_eq!(acme(reports[0]), acme(reports[1]));
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let settings: Value =
        serde_json::from_str(&format!("{{{}}}", block(section(BARS, "## waybar"), "json"))).unwrap();
    let command = settings["custom/linode"]["exec"].as_str().unwrap();
    home.run(command.strip_prefix("linode-bandwidth ").unwrap()).done();
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
        assert!(CLI.contains(&format!("\n| `{command}")), "{command}");
        for option in home.run(&format!("{command} --help")).done().split_whitespace() {
            let option = option.trim_matches(|c: char| !c.is_ascii_lowercase() && c != '-');
            if option.starts_with("--") && option.len() > 2 {
                assert!(CLI.contains(&format!("`{option}")), "{command} {option}");
            }
        }
    }
    let listed = home.run("--help").done();
    let listed = listed.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    for line in listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let command = line.split_whitespace().next().unwrap();
        assert!(commands.iter().any(|known| known.starts_with(command)), "{command}");
    }
    for state in EntryState::ALL.map(EntryState::as_str) {
        assert!(TROUBLESHOOTING.contains(&format!("\n| `{state}` |")), "{state}");
    }
}

/// The output in polybar, which passes its module's `exec` to a shell.
#[test]
#[ignore = "needs jq: tests/run installs it"]
fn its_line_for_polybar_gives_a_name_as_it_is_written() {
    let home = Home::new();
    home.configure(&account("rd", "R&D <b> \\\"&lt;\\\""));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    let exec = block(section(BARS, "## polybar"), "ini")
        .lines()
        .find_map(|line| line.strip_prefix("exec = "))
        .unwrap();
    // There is no tray and so no cached figures.
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
    let shown: Value = serde_json::from_str(block(section(BARS, "## The line for bars"), "json")).unwrap();
    let printed = Home::new().run("status --format waybar").json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&shown), keys(&printed));
}
