//! The reader returns what the file says.

use std::fs;
use std::path::Path;
use std::time::Duration;

use linode_bandwidth::domain::config::{
    API_URL, AccountConfig, Config, IconAccount, IconColor, IconStyle, ShowAs,
};
use linode_bandwidth::domain::usage::PoolId;
use linode_bandwidth::storage::config::{load, load_with, parse};

use crate::{EXAMPLE, id, in_file};

#[test]
fn the_example_of_the_documentation_reads() {
    let acme = AccountConfig::new(id("acme"), "Acme");
    assert_eq!(parse(EXAMPLE).unwrap(), Config { accounts: vec![acme], ..Config::default() });
}

#[test]
fn every_setting_is_read() {
    let text = r#"
api_url = "http://127.0.0.1:8080/v4"
poll_interval = "1h30m"
show_as = "used_and_total"
title = "{name} {left}"
icon = "number"
icon_account = "x"
icon_color = "dark"
thresholds = [1, 1000]
forecast_alert = false
spike_alert = false
token_expiry_alert_days = [1, 365, 30]
breakdown_interval = "off"
history_months = 1200
on_alert = ["logger", "-t", "transfer"]
[[accounts]]
"id" = 'x'
name = "X & Söhne"
watch = "region:id-cgk"
thresholds = [
  50, # half
]
show_as = "used"
token_command = ["pass", "show", "linode"]
muted = true
enabled = false
[[accounts]]
id = "y"
name = "Y"
watch = "linode:12345"
"#;
    let x = AccountConfig {
        watch: PoolId::Region("id-cgk".into()),
        thresholds: Some(vec![50]),
        show_as: Some(ShowAs::Used),
        token_command: Some(vec!["pass".into(), "show".into(), "linode".into()]),
        muted: true,
        enabled: false,
        ..AccountConfig::new(id("x"), "X & Söhne")
    };
    let y = AccountConfig { watch: PoolId::Linode(12345), ..AccountConfig::new(id("y"), "Y") };
    let expected = Config {
        file_api_url: None,
        api_url: "http://127.0.0.1:8080/v4".parse().unwrap(),
        poll_interval: Duration::from_secs(5400),
        show_as: ShowAs::UsedAndTotal,
        title: Some("{name} {left}".parse().unwrap()),
        icon: IconStyle::Number,
        icon_account: IconAccount::Id(id("x")),
        icon_color: IconColor::Dark,
        thresholds: vec![1, 1000],
        forecast_alert: false,
        spike_alert: false,
        token_expiry_alert_days: vec![1, 365, 30],
        breakdown_interval: None,
        history_months: 1200,
        on_alert: vec!["logger".into(), "-t".into(), "transfer".into()],
        accounts: vec![x, y],
    };
    assert_eq!(parse(text).unwrap(), expected);
    assert_eq!(parse(&text.replace('\n', "\r\n")).unwrap(), expected);
    assert_eq!(parse(&format!("\u{feff}{text}")).unwrap(), expected);
    assert_eq!(parse(&text.replace("1h30m", "1 hour 30 minutes")).unwrap(), expected);
}

#[test]
fn a_missing_file_is_the_default_configuration() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(load(&directory.path().join("no/config.toml")).unwrap(), Config::default());
    assert_eq!(parse("").unwrap(), Config::default());
    let written_out = "accounts = []\nicon_account = \"highest\"\ntoken_expiry_alert_days = [7, 1]";
    assert_eq!(parse(written_out).unwrap(), Config::default());
}

#[test]
fn what_is_no_text_file_is_refused() {
    let (directory, path) = in_file("");
    let message = |path: &Path| load(path).unwrap_err().to_string().replace(&path.display().to_string(), "F");
    fs::write(&path, b"icon = 'bar'\n# \xc3\xb6 \xff").unwrap();
    assert_eq!(message(&path), "F:2:5: this is not UTF-8 text; save the file as UTF-8");
    fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
    assert_eq!(load(&path).unwrap(), Config::default());
    fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert_eq!(message(&path), "F is larger than 1 MiB; it is not a configuration file, move it away");
    assert_eq!(
        message(directory.path()),
        "F is not a file; move it away, or set LINODE_BANDWIDTH_CONFIG to a file"
    );
}

#[cfg(unix)]
#[test]
fn file_instead_of_a_directory_is_reported() {
    let (_directory, path) = in_file("");
    let below = path.join("config.toml");
    let message = load(&below).unwrap_err().to_string();
    let expected = format!("{} can't be read: Not a directory", below.display());
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn the_environment_overrides_the_api_url() {
    let (_directory, path) = in_file("api_url = \"https://file/v4\"\n");
    let url = |url| load_with(&path, url).map(|config| config.api_url.to_string()).map_err(|e| e.to_string());
    assert_eq!(url(None).unwrap(), "https://file/v4");
    assert_eq!(url(Some("")).unwrap(), "https://file/v4");
    assert_eq!(url(Some("http://127.0.0.1:1/v4")).unwrap(), "http://127.0.0.1:1/v4");
    let allowed = format!("allowed is {API_URL}");
    assert_eq!(
        url(Some("http://x")).unwrap_err(),
        format!("LINODE_BANDWIDTH_API_URL is \"http://x\"; {allowed}")
    );
    assert_eq!(
        url(Some("http://a:hunter2@x")).unwrap_err(),
        format!("LINODE_BANDWIDTH_API_URL is a string not shown here; {allowed}")
    );
}

#[test]
fn no_message_holds_what_may_be_a_token() {
    let token = "0123456789abcdef".repeat(4);
    for text in [
        format!("[[accounts]]\nid = \"a\"\nname = \"A\"\ntoken_command = \"{token}\""),
        format!("[[accounts]]\ntoken = \"{token}\""),
        format!("[[accounts]]\nid = \"{token}\"\nname = 1"),
        format!("[[accounts]]\nwatch = \"{token}\""),
        format!("[[accounts]]\nname = \"{token}\""),
        format!("{token} = 1"),
        format!("\"{token}\" = 1"),
        format!("icon = \"{token}\""),
        format!("icon = {token}"),
        format!("icon = [\"{token}\"]"),
        format!("thresholds = [\"{token}\"]"),
        token.clone(),
    ] {
        let problem = parse(&text).unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains(&token), "{text}: {problem}");
    }
}
