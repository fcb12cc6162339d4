//! Help, versions, and arguments that the parser does not take.

use crate::{Checks, Home, checked, token};

#[test]
fn help_goes_to_standard_output_and_names_every_command() {
    let home = Home::new();
    for words in ["--help", "-h"] {
        let help = home.run(words).done();
        for command in ["tray", "status", "accounts", "refresh", "doctor", "demo", "config"] {
            assert!(help.contains(&format!("  {command} ")), "{help}");
        }
    }
    let help = home.run("--help").done();
    assert!(help.contains("\nExit status:\n") && help.contains("  LINODE_BANDWIDTH_CONFIG "), "{help}");
    for (words, option) in [
        ("tray --help", "--help"),
        ("status --help", "--cached"),
        ("accounts --help", "remove"),
        ("accounts list --help", "--format"),
        ("accounts add --help", "--token-stdin"),
        ("accounts token --help", "--no-verify"),
        ("accounts remove --help", "--forget-history"),
        ("refresh --help", "--help"),
        ("doctor --help", "--format"),
        ("demo --help", "--once"),
        ("config --help", "check"),
        ("config path --help", "--help"),
        ("config check --help", "--help"),
    ] {
        assert!(home.run(words).done().contains(option), "{words}");
    }
}

#[test]
fn every_command_tells_the_same_version() {
    let home = Home::new();
    let version = concat!("linode-bandwidth ", env!("CARGO_PKG_VERSION"), "\n");
    for words in [
        "--version",
        "-V",
        "tray --version",
        "status --version",
        "accounts --version",
        "accounts list --version",
        "accounts add --version",
        "refresh --version",
        "config check --version",
    ] {
        assert_eq!(home.run(words).done(), version, "{words}");
    }
}

#[test]
fn usage_error_is_claps_text_with_a_suggestion() {
    let home = Home::new();
    for (words, hint) in [
        ("bogus", "error: unrecognized subcommand 'bogus'\n"),
        ("statu", "'status'"),
        ("help", "--help"),
        ("--bogus", "--bogus"),
        ("status extra", "'extra'"),
        ("status --format xml", "[possible values: table, json, waybar, prometheus]"),
        ("status --acount x", "'--account'"),
        ("status --account", "--account <NAME>"),
        ("accounts bogus", "'bogus'"),
        ("accounts list --format csv", "[possible values: table, json]"),
        ("accounts add", "<NAME>"),
        ("accounts add Acme --watch everything", r#""global", "region:ID" and "linode:NUMBER""#),
        ("accounts token", "<NAME>"),
        ("accounts remove", "<NAME>"),
        ("accounts edit", "<NAME>"),
        ("accounts edit Acme --mute --unmute", "'--mute'"),
        ("accounts duplicate", "<NAME>"),
        ("accounts import", "<FROM>"),
        ("accounts import curl", "[possible values: linode-cli]"),
        ("tokens a b", "'b'"),
        ("config bogus", "'bogus'"),
        ("refresh now", "'now'"),
        ("tray now", "'now'"),
        ("history --plot usage.png", "use a name that ends in .svg"),
        ("history --plot /", "this is a folder"),
        ("doctor --format xml", "[possible values: table, json]"),
    ] {
        let said = home.run(words).usage_error();
        assert!(said.contains(hint), "{words}: {said}");
    }
}

#[test]
fn invalid_environment_variable_is_an_error() {
    let home = Home::new();
    for (level, told) in
        [("debgu", true), ("linode_bandwidth=loud", true), ("debug", false), ("hyper=info", false)]
    {
        let ran = checked(level, home.program("config check").env("RUST_LOG", level).output().unwrap());
        assert_eq!(ran.err().contains("RUST_LOG is invalid"), told, "{ran}");
        ran.code(0);
    }
}

#[test]
fn a_group_of_commands_alone_is_answered_with_its_help() {
    let home = Home::new();
    for (group, commands) in [
        ("accounts", ["list", "add", "token", "import", "edit", "duplicate", "remove"].as_slice()),
        ("autostart", &["on", "off", "status"]),
        ("config", &["path", "check"]),
    ] {
        let ran = home.run(group).code(2).stdout("");
        assert!(ran.err().contains(&format!("Usage: linode-bandwidth {group} <COMMAND>")), "{ran}");
        for command in commands {
            assert!(ran.err().contains(&format!("\n  {command} ")), "{ran}");
        }
    }
}

#[test]
fn a_token_that_was_typed_in_a_names_place_is_not_repeated() {
    let home = Home::new();
    let long = format!("{}{}", crate::MARK, "0123456789abcdef".repeat(3));
    for words in [
        format!("accounts add Acme {long}"),
        format!("accounts token Acme {long}"),
        format!("accounts add Acme --watch {long}"),
        format!("accounts token {long}"),
        format!("accounts remove {long}"),
        format!("status --account {long}"),
        format!("--token={long}"),
        format!("accounts add Acme --watch={long}"),
        format!("status --format={long}"),
        long.clone(),
    ] {
        let output = home.program(&words).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains(&long) && !said.contains(&token("")), "{said}");
        let positional = words.starts_with("accounts add Acme 5") || words.starts_with("accounts token Acme");
        assert!(!positional || said.contains("--token-stdin"), "{said}");
        assert_eq!(output.status.code(), Some(2), "{said}");
    }
}
