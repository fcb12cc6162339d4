//! The exporter with Debian's own `prometheus`, which scrapes it, and `promtool`, which checks its output and the files
//! in `packaging/prometheus`. Run by `tests/run`, which installs both.
#![cfg(test)]
#![cfg(unix)]

mod rig;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use rig::{Exporter, Home, Prometheus, packaged, promtool};
use serde_json::Value;

/// A query of a dashboard panel.
struct Target {
    panel: String,
    expression: String,
    /// The labels in its legend.
    legend: Vec<String>,
}

impl Target {
    /// The expression for the accounts selected in the dashboard's variable.
    fn of(&self, accounts: &str) -> String {
        let expression = self.expression.replace("$account", accounts);
        assert!(!expression.contains('$'), "{}: {expression}", self.panel);
        expression
    }
}

fn targets(dashboard: &Value) -> Vec<Target> {
    let mut found = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let legend = target["legendFormat"].as_str().unwrap();
            let labels = legend.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap().to_owned());
            found.push(Target {
                panel: panel["title"].as_str().unwrap().to_owned(),
                expression: target["expr"].as_str().unwrap().to_owned(),
                legend: labels.collect(),
            });
        }
    }
    found
}

#[test]
#[ignore = "needs prometheus"]
fn prometheus_scrapes_and_its_alert_fires_at_83_percent() {
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
    prometheus.end();
    exporter.end();
}

#[test]
#[ignore = "needs prometheus"]
fn every_panel_of_the_dashboard_has_something_to_show() {
    let home = Home::new();
    // So close to the quota that the forecast exceeds it, whatever the day of the month.
    home.add("nearly", "Nearly over", 99_999, 100_000);
    let exporter = Exporter::start(&home);
    let prometheus = Prometheus::start(&exporter.address);
    prometheus.until_some(r#"linode_bandwidth_transfer_used_bytes{account="nearly"}"#);
    let of_month = prometheus.query(
        "(time() - linode_bandwidth_month_start_timestamp_seconds)
         / (linode_bandwidth_month_end_timestamp_seconds - linode_bandwidth_month_start_timestamp_seconds)",
    );
    let gone: f64 = of_month[0]["value"][1].as_str().unwrap().parse().unwrap();

    let dashboard: Value = serde_json::from_str(&packaged("grafana/dashboard.json")).unwrap();
    let targets = targets(&dashboard);
    assert!(targets.len() >= dashboard["panels"].as_array().unwrap().len(), "a query a panel");
    for target in &targets {
        // All accounts, and a selection.
        for accounts in [".*", "(acme|nearly|client-x)"] {
            let expression = target.of(accounts);
            // There is no forecast in the first 3 % of the month, nor from the first day's figures, which may be the
            // old month's.
            if gone < 0.04 && expression.contains("_forecast_") {
                continue;
            }
            let shown = prometheus.until_some(&expression);
            for series in &shown {
                let labels = &series["metric"];
                let missing: Vec<_> = target.legend.iter().filter(|label| labels[label].is_null()).collect();
                assert!(missing.is_empty(), "{}: {missing:?} is not in {labels}", target.panel);
            }
        }
    }
    let who = targets.iter().find(|target| target.panel == "Who used it").unwrap();
    let stacked = prometheus.until_some(&who.of("acme"));
    let stacked: BTreeSet<(&str, &str)> = stacked
        .iter()
        .map(|series| (series["metric"]["label"].as_str().unwrap(), series["value"][1].as_str().unwrap()))
        .collect();
    let rest = ("NodeBalancers, deleted Linodes and other", "317700000000");
    assert_eq!(stacked, [("web-1", "512300000000"), rest].into(), "they add up to the pool's 830 GB");
    // The drop-down list of accounts.
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let account = variables.iter().find(|variable| variable["name"] == "account").unwrap();
    let query = account["query"]["query"].as_str().unwrap();
    let inner = query.strip_prefix("query_result(").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let listed: BTreeSet<String> = prometheus
        .query(inner)
        .iter()
        .map(|series| series["metric"]["account"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, ["acme", "client-x", "nearly"].map(str::to_owned).into());
    prometheus.end();
    exporter.end();
}

#[test]
#[ignore = "needs prometheus"]
fn promtool_accepts_the_metrics() {
    let home = Home::new();
    let exporter = Exporter::start(&home);
    // With every kind of line: figures, and a counted failed poll.
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
fn promtool_accepts_the_rules_and_their_tests_pass() {
    for words in [
        &["check", "rules", "alerts.yml"][..],
        &["check", "config", "scrape.yml"],
        &["test", "rules", "alerts.test.yml"],
    ] {
        let said = promtool(words, "").unwrap_or_else(|why| panic!("{words:?}: {why}"));
        assert!(said.contains("SUCCESS"), "{words:?}: {said}");
    }
}
