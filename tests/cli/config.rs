//! `config path|check`, and how other commands handle an invalid file.

use std::fs;

use crate::{Checks, Home, account, transfer};

#[test]
fn the_path_is_told_whether_the_file_is_there_or_not() {
    let home = Home::new();
    let path = format!("{}\n", home.config_file().display());
    assert_eq!(home.run("config path").done(), path);
    home.configure("[[nonsense");
    assert_eq!(home.run("config path").done(), path);
}

#[test]
fn the_path_is_in_the_users_configuration_folder() {
    let home = Home::new();
    let told = |variable: Option<(&str, &str)>| {
        let mut program = home.program("config path");
        program.env_remove("LINODE_BANDWIDTH_CONFIG").envs(variable);
        crate::checked("config path", program.output().unwrap()).done()
    };
    if cfg!(target_os = "linux") {
        let in_home = home.dir.path().join("home/.config/linode-bandwidth/config.toml");
        assert_eq!(told(None), format!("{}\n", in_home.display()));
        let elsewhere = told(Some(("XDG_CONFIG_HOME", "/etc/xdg/of/mine")));
        assert_eq!(elsewhere, "/etc/xdg/of/mine/linode-bandwidth/config.toml\n");
    }
    assert!(told(Some(("LINODE_BANDWIDTH_CONFIG", ""))).ends_with("linode-bandwidth/config.toml\n"));
}

#[test]
fn a_file_that_reads_is_said_to() {
    let home = Home::new();
    let path = home.config_file().display().to_string();
    assert_eq!(home.run("config check").done(), format!("{path}: not found; using defaults\n"));
    home.configure("");
    assert_eq!(home.run("config check").done(), format!("{path}: OK (0 accounts)\n"));
    home.configure(&account("acme", "Acme"));
    assert_eq!(home.run("config check").done(), format!("{path}: OK (1 account)\n"));
    let secret = "0123456789abcdef".repeat(4);
    home.configure(&account("acme", "Acme").replace(&crate::token("acme"), &secret));
    let said = home.run("config check").success();
    assert!(said.err().contains("in plain text in the token_command of the account \"Acme\""), "{said}");
    assert!(said.out().contains("OK (1 account)") && !said.err().contains(&secret), "{said}");
}

#[test]
fn every_command_reports_line_and_column_of_an_invalid_config() {
    let home = Home::new();
    home.configure("show_as = \"used\"\npoll_interval = \"10s\"\n");
    let before = home.configured();
    let expected = format!(
        "{}:2:17: poll_interval is \"10s\"; allowed is \"1m\" to \"24h\", for example \"5m\"",
        home.config_file().display()
    );
    for words in [
        "config check",
        "status",
        "status --cached",
        "status --format json",
        "accounts list",
        "accounts add Acme --token-stdin",
        "accounts token Acme --token-stdin",
        "accounts remove Acme",
    ] {
        assert_eq!(home.run(words).failed(2), expected, "{words}");
    }
    assert_eq!(home.configured(), before, "nothing writes over it");
}

#[test]
fn what_is_no_toml_no_text_or_no_file_is_told_too() {
    let home = Home::new();
    home.configure("# mine\nshow_as = \"used\" x\n");
    assert!(home.run("config check").failed(2).contains("config.toml:2:18: this is not TOML"));
    fs::write(home.config_file(), b"show_as = \"used\"\n# \xff\n").unwrap();
    assert!(home.run("config check").failed(2).contains("config.toml:2:3: this is not UTF-8 text"));
    fs::remove_file(home.config_file()).unwrap();
    fs::create_dir(home.config_file()).unwrap();
    assert!(home.run("config check").failed(2).contains("is not a file; move it away"));
}

#[test]
fn environments_api_url_is_checked_like_the_files() {
    let home = Home::with_acme(transfer(630, 1000, 0));
    let run = |url: &str| {
        let mut program = home.program("status");
        program.env("LINODE_BANDWIDTH_API_URL", url);
        crate::checked(url, program.output().unwrap())
    };
    let said = run("http://api.linode.com/v4").failed(2);
    assert!(
        said.starts_with("LINODE_BANDWIDTH_API_URL is \"http://api.linode.com/v4\"; allowed is "),
        "{said}"
    );
    // An empty variable counts as unset: the file's address is used.
    home.configure(&format!("api_url = \"{}\"\n{}", home.api.url(), account("acme", "Acme")));
    assert!(run("").done().contains("630 GB"));
}
