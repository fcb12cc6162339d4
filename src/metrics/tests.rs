use jiff::Timestamp;

use super::*;
use crate::domain::account::{AccountRecord, Reading};
use crate::domain::breakdown::{Consumer, ConsumerId};
use crate::domain::config::{AccountConfig, Config};
use crate::domain::failure::Failure;
use crate::domain::state::{Event, PersistedState, PollId, State, update};
use crate::domain::token::{Scopes, TokenInfo};
use crate::domain::usage::{GB, Pool, PoolId, Usage};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOW: &str = "2026-11-22T05:10:00Z";

/// One account at 830 of 1000 GB with a region, and one whose token was rejected before its first figure.
fn snapshot() -> Snapshot {
    let mut acme = AccountRecord::default();
    let usage = Usage {
        pool: Pool::from_gb(830, 1000, 0),
        regions: vec![("id-cgk".to_owned(), Pool::from_gb(11, 10, 1))],
    };
    acme.take_reading(Reading { at: at("2026-11-22T05:09:00Z"), watch: PoolId::Global, usage });
    acme.token = Some(TokenInfo {
        label: Some("tray".to_owned()),
        scopes: Scopes::from("account:read_only"),
        expires_at: Some(at("2027-05-22T10:00:00Z")),
    });
    let mut refused = AccountRecord::default();
    refused.take_failure(Failure::TokenInvalid, None, at(NOW));
    let ids: [AccountId; 2] = ["acme".parse().unwrap(), "client-x".parse().unwrap()];
    let accounts = vec![
        AccountConfig::new(ids[0].clone(), "Acme \"A\\B\""),
        AccountConfig::new(ids[1].clone(), "Client X"),
    ];
    let kept = PersistedState {
        records: ids.into_iter().zip([acme, refused]).collect(),
        ..PersistedState::default()
    };
    let mut state = State::new(kept, 0, at(NOW));
    let config = Config { accounts, ..Config::default() };
    update(&mut state, Event::ConfigLoaded(Box::new(config)), at(NOW));
    let consumers = (1..=60).map(|id| Consumer {
        id: ConsumerId::Linode(id),
        label: format!("web-{id}"),
        region: if id == 60 { "id-cgk".to_owned() } else { "us-east".to_owned() },
        used: id * GB,
    });
    let poll = PollId { account: "acme".parse().unwrap(), generation: 1 };
    update(&mut state, Event::BreakdownFetched(poll, Ok(consumers.collect())), at(NOW));
    state.snapshot(at(NOW))
}

fn process() -> Process {
    let failed = ("client-x".parse().unwrap(), EntryState::TokenInvalid);
    Process { polling: true, errors: [(failed, 3)].into() }
}

fn text(format: Format) -> String {
    render(&snapshot(), Some(&process()), format).unwrap()
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
}

#[test]
fn figures_are_in_base_units_by_account_and_pool() {
    let text = text(Format::Text);
    for line in [
        r#"linode_bandwidth_transfer_used_bytes{account="acme",pool="global"} 830000000000"#,
        r#"linode_bandwidth_transfer_quota_bytes{account="acme",pool="global"} 1000000000000"#,
        r#"linode_bandwidth_transfer_billable_bytes{account="acme",pool="region:id-cgk"} 1000000000"#,
        r#"linode_bandwidth_transfer_level{account="acme",pool="global",level="warning"} 1"#,
        r#"linode_bandwidth_transfer_level{account="acme",pool="global",level="exceeded"} 0"#,
        r#"linode_bandwidth_transfer_level{account="acme",pool="region:id-cgk",level="exceeded"} 1"#,
        r#"linode_bandwidth_account_state{account="acme",state="ok"} 1"#,
        r#"linode_bandwidth_account_state{account="client-x",state="token_invalid"} 1"#,
        r#"linode_bandwidth_account_info{account="acme",name="Acme \"A\\B\"",watch="global"} 1"#,
        r#"linode_bandwidth_last_success_timestamp_seconds{account="acme"} 1795324140"#,
        r#"linode_bandwidth_token_expiry_timestamp_seconds{account="acme"} 1810980000"#,
        r#"linode_bandwidth_month_end_timestamp_seconds 1796101200"#,
        r#"linode_bandwidth_exporter_polling 1"#,
        r#"linode_bandwidth_config_last_reload_successful 1"#,
    ] {
        has(&text, line);
    }
}

#[test]
fn unknown_figures_are_absent_rather_than_zero() {
    let text = text(Format::Text);
    for name in ["used_bytes", "quota_bytes", "transfer_level", "last_success", "token_expiry"] {
        let known = text.lines().any(|line| line.contains(name) && line.contains("client-x"));
        assert!(!known, "{name}\n{text}");
    }
    let alone = render(&snapshot(), None, Format::Text).unwrap();
    assert!(!alone.contains("exporter_polling") && !alone.contains("poll_errors"), "{alone}");
}

#[test]
fn a_disabled_account_has_no_figures() {
    let mut snapshot = snapshot();
    snapshot.accounts[0].state = EntryState::Disabled;
    let text = render(&snapshot, None, Format::Text).unwrap();
    assert!(!text.contains("used_bytes"), "{text}");
    has(&text, r#"linode_bandwidth_account_state{account="acme",state="disabled"} 1"#);
}

#[test]
fn counter_names_follow_each_format() {
    let sample = r#"linode_bandwidth_poll_errors_total{account="client-x",kind="token_invalid"} 3"#;
    let (text, open) = (text(Format::Text), text(Format::OpenMetrics));
    has(&text, sample);
    has(&text, "# TYPE linode_bandwidth_poll_errors_total counter");
    assert!(!text.contains("# EOF"), "{text}");
    has(&open, sample);
    has(&open, "# TYPE linode_bandwidth_poll_errors counter");
    assert!(open.ends_with("# EOF\n"), "{open}");
}

#[test]
fn failed_polls_count_from_0_in_the_process_that_polls() {
    let of = |snapshot: &Snapshot, process: &Process| {
        let text = render(snapshot, Some(process), Format::Text).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("linode_bandwidth_poll_errors_total{"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut snapshot = snapshot();
    let lines = of(&snapshot, &process());
    let zero = |account, kind| {
        format!(r#"linode_bandwidth_poll_errors_total{{account="{account}",kind="{kind}"}} 0"#)
    };
    for line in [zero("acme", "unreachable"), zero("acme", "token_invalid"), zero("client-x", "forbidden")] {
        assert!(lines.contains(&line), "{line}: {lines:#?}");
    }
    for kind in ["ok", "pending", "stale", "disabled"] {
        assert!(!lines.contains(&zero("acme", kind)), "no poll ends in {kind}");
    }
    snapshot.accounts[0].state = EntryState::Disabled;
    assert!(!of(&snapshot, &process()).iter().any(|line| line.contains("acme")), "it is not polled");
    let follower = Process { polling: false, ..process() };
    let counted = r#"linode_bandwidth_poll_errors_total{account="client-x",kind="token_invalid"} 3"#;
    assert_eq!(of(&snapshot, &follower), [counted], "what was counted stays, and nothing else is known");
}

#[test]
fn openmetrics_only_on_request() {
    let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    assert_eq!(Format::accepted(Some(prometheus)), Format::OpenMetrics);
    for other in [None, Some("*/*"), Some("text/plain;version=0.0.4"), Some("text/html, application/xml")] {
        assert_eq!(Format::accepted(other), Format::Text, "{other:?}");
    }
}

#[test]
fn every_metric_is_documented() {
    let page = include_str!("../../docs/prometheus.md");
    for family in families(&snapshot(), Some(&process())) {
        assert!(page.contains(&format!("`{}`", family.sample_name())), "{}", family.sample_name());
    }
}

#[test]
fn the_largest_consumers_the_others_and_the_rest_add_up() {
    let text = text(Format::Text);
    let consumer = |pool: &str, kind: &str, id: &str, label: &str, used: u64| {
        let labels =
            format!("account=\"acme\",pool=\"{pool}\",kind=\"{kind}\",id=\"{id}\",label=\"{label}\"");
        has(&text, &format!("linode_bandwidth_consumer_used_bytes{{{labels}}} {}", used * GB));
    };
    consumer("global", "linode", "59", "web-59", 59);
    consumer("global", "linode", "10", "web-10", 10);
    assert!(!text.contains("label=\"web-9\""), "50 of 59 have a series each");
    consumer("global", "others", "", "Others", 45);
    consumer("global", "rest", "", "NodeBalancers, deleted Linodes and other", 0);
    consumer("region:id-cgk", "linode", "60", "web-60", 60);
}

/// The metric names in `text`.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.match_indices("linode_bandwidth_")
        .filter_map(move |(at, _)| text.get(at..)?.split(|c| !of_a_name(c)).next())
}

#[test]
fn rules_and_dashboard_use_existing_metrics() {
    let families = families(&snapshot(), Some(&process()));
    let there_are: Vec<String> = families.iter().map(families::Family::sample_name).collect();
    for (file, text) in [
        ("alerts.yml", include_str!("../../packaging/prometheus/alerts.yml")),
        ("alerts.test.yml", include_str!("../../packaging/prometheus/alerts.test.yml")),
        ("dashboard.json", include_str!("../../packaging/grafana/dashboard.json")),
    ] {
        let unknown: Vec<&str> =
            names_in(text).filter(|name| !there_are.iter().any(|known| known == name)).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
        assert!(names_in(text).count() > 5, "{file}");
    }
}
