//! The exporter as Prometheus meets it: Debian's own `prometheus` scrapes it, `promtool` judges what it says and what is
//! in `packaging/prometheus`. Run by `tests/run`, which installs both.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail as the test does"
)]

mod rig;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use rig::{Exporter, Home, Prometheus, packaged, promtool};
use serde_json::Value;

/// The expressions of the dashboard's panels, for all accounts.
fn panels() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(&packaged("grafana/dashboard.json")).unwrap();
    let mut found = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap().replace("$account", ".*");
            found.push((panel["title"].as_str().unwrap().to_owned(), expression));
        }
    }
    found
}

#[test]
#[ignore = "needs prometheus"]
fn prometheus_scrapes_the_exporter_and_its_alert_fires_at_83_percent() {
    let home = Home::new();
    let exporter = Exporter::start(&home);
    let prometheus = Prometheus::start(&exporter.address);

    let share = r#"linode_bandwidth_transfer_used_bytes{account="acme",pool="global"} / linode_bandwidth_transfer_quota_bytes"#;
    assert_eq!(prometheus.until_some(share)[0]["value"][1], "0.83");
    let meta = prometheus.get("/api/v1/metadata?metric=linode_bandwidth_transfer_used_bytes");
    let meta = &meta["linode_bandwidth_transfer_used_bytes"][0];
    assert_eq!((meta["type"].as_str(), meta["unit"].as_str()), (Some("gauge"), Some("bytes")), "{meta}");

    let alert = prometheus.until_fires("LinodeTransferWarning");
    assert_eq!(alert["annotations"]["summary"], "Acme has used 83.0 % of its transfer (global)");
    assert_eq!(alert["labels"]["severity"], "warning");
    let refused = prometheus.until_fires("LinodeTokenRefused");
    assert_eq!(refused["labels"]["account"], "client-x");
    let expiring = prometheus.until_fires("LinodeTokenExpiring");
    assert_eq!(expiring["labels"]["account"], "acme");
    let firing = prometheus.firing();
    let names: BTreeSet<&str> = firing.iter().filter_map(|a| a["labels"]["alertname"].as_str()).collect();
    let expected = ["LinodeTokenExpiring", "LinodeTokenRefused", "LinodeTransferWarning"];
    assert_eq!(names, BTreeSet::from(expected), "{firing:#?}");

    // These have nothing to show here: nothing goes over and no poll failed twice.
    let nothing = ["Will cost", "Used up on", "Forecast for the end of the month", "Failed polls"];
    for (title, expression) in panels() {
        let result = prometheus.query(&expression);
        assert!(nothing.contains(&title.as_str()) || !result.is_empty(), "{title}: {expression}");
    }
    prometheus.end();
    exporter.end();
}

#[test]
#[ignore = "needs prometheus"]
fn promtool_finds_nothing_wrong_with_the_metrics() {
    let home = Home::new();
    let exporter = Exporter::start(&home);
    // With every kind of line: figures, a failed poll that is counted.
    let served =
        exporter.until(r#"linode_bandwidth_poll_errors_total{account="client-x",kind="token_invalid"} 1"#);
    assert!(served.contains("linode_bandwidth_transfer_used_bytes{"), "{served}");
    let printed = home.printed();
    assert!(printed.contains("linode_bandwidth_transfer_used_bytes{"), "{printed}");
    for text in [served, printed] {
        assert_eq!(promtool(&["check", "metrics"], &text), Ok(String::new()));
    }
    let wrong = "# TYPE a_total counter\na_total 1\n";
    assert!(promtool(&["check", "metrics"], wrong).is_err(), "promtool finds what is wrong: no help");
    exporter.end();
}

#[test]
#[ignore = "needs prometheus"]
fn promtool_finds_nothing_wrong_with_the_rules_and_they_do_what_their_tests_say() {
    for words in [
        &["check", "rules", "alerts.yml"][..],
        &["check", "config", "scrape.yml"],
        &["test", "rules", "alerts.test.yml"],
    ] {
        let said = promtool(words, "").unwrap_or_else(|why| panic!("{words:?}: {why}"));
        assert!(said.contains("SUCCESS"), "{words:?}: {said}");
    }
}
