//! `top`: who used the pool.

use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::domain::breakdown::{Breakdown, Consumer, ConsumerId};
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::usage::{GB, Pool, PoolId, Usage};
use linode_bandwidth::storage::history::History;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::support::server::Reply;
use crate::{Checks, Home, TRANSFER, account, good, missing_scope, token, transfer};

const LIST: &str = "/linode/instances";

fn of(id: u64) -> String {
    format!("/linode/instances/{id}/transfer")
}

fn used(bytes: u64) -> Reply {
    good(json!({"used": bytes, "quota": 1000, "billable": 0}))
}

fn listed(linodes: &[(u64, &str, &str)]) -> Reply {
    let data: Vec<Value> = linodes
        .iter()
        .map(|(id, label, region)| json!({"id": id, "label": label, "region": region}))
        .collect();
    good(json!({"data": data, "page": 1, "pages": 1, "results": data.len()}))
}

/// Acme with two Linodes in Newark and one in Jakarta, which has its own pool.
fn home() -> Home {
    let region = json!({"id": "id-cgk", "used": 1, "quota": 10, "billable": 0});
    let body = json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": [region]});
    let home = Home::with_acme(good(body));
    home.api
        .answer(LIST, listed(&[(11, "web-1", "us-east"), (12, "web-2", "us-east"), (13, "jkt", "id-cgk")]));
    home.api.answer(&of(11), used(589_300_000_000));
    home.api.answer(&of(12), used(1_200_000_000_000));
    home.api.answer(&of(13), used(1_500_000_000));
    home
}

#[test]
fn consumers_are_listed_by_what_they_used_and_the_rest_comes_last() {
    let home = home();
    home.api.answer(&of(12), used(120_000_000_000));
    home.api.answer("/object-storage/transfer", good(json!({"used": 41_500_000_000u64})));
    let expected = "\
ACCOUNT  CONSUMER                                  REGION      USED  SHARE  POOL           ID
Acme     web-1                                     us-east   589 GB    71%  global         11
Acme     web-2                                     us-east   120 GB    14%  global         12
Acme     Object Storage                                       41 GB     5%  global          -
Acme     jkt                                       id-cgk   1.50 GB   100%  region:id-cgk  13
Acme     NodeBalancers, deleted Linodes and other             79 GB     9%  global          -
";
    assert_eq!(home.run("top").done(), expected);
    let report = home.run("top Acme --format json").json();
    let first = json!({"kind": "linode", "id": 11, "label": "web-1", "region": "us-east", "pool": "global",
        "used_gb": 589.3, "share": 71.0, "percent_of_pool": 58.93, "cost_usd": null, "change_gb": null,
        "share_of_change": null, "error": null});
    let consumers = &report["accounts"][0]["consumers"];
    assert_eq!(consumers[0], first);
    assert_eq!((&consumers[2]["kind"], &consumers[2]["id"]), (&json!("object_storage"), &json!(null)));
    assert_eq!((&consumers[4]["kind"], &consumers[4]["used_gb"]), (&json!("rest"), &json!(79.2)));
    assert_eq!((&report["schema"], &report["accounts"][0]["error"]), (&json!(2), &json!(null)));
    assert_eq!((&report["since"], &report["accounts"][0]["counted_from"]), (&json!(null), &json!(null)));
}

/// Stores what Acme's pools had used `hours` ago: web-1, a Linode that was deleted since then, and the global pool, in GB.
fn record(home: &Home, hours: i64, [web, old, pool]: [u64; 3]) -> Timestamp {
    let at = Timestamp::now() - SignedDuration::from_hours(hours);
    let linode = |id, label: &str, gb: u64| Consumer {
        id: ConsumerId::Linode(id),
        label: label.to_owned(),
        region: "us-east".to_owned(),
        used: gb * GB,
    };
    let usage = Usage { pool: Pool::from_gb(pool, 1000, 0), regions: Vec::new() };
    let breakdown =
        Breakdown::new(at, &PoolId::Global, &usage, &[linode(11, "web-1", web), linode(9, "old", old)]);
    let mut history = History::open(&home.data_dir().join("history.sqlite3")).unwrap();
    history.save_breakdown(&"acme".parse().unwrap(), &breakdown).unwrap();
    at
}

#[test]
fn the_change_is_counted_from_the_breakdown_before_that_time() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    home.api.answer(LIST, listed(&[(11, "web-1", "us-east"), (12, "web-2", "us-east")]));
    home.api.answer(&of(11), used(500_000_000_000));
    home.api.answer(&of(12), used(60_000_000_000));
    // In a month's first hours these breakdowns would be of two months.
    let month = Month::containing(Timestamp::now());
    let hours = Timestamp::now().duration_since(month.starts_at).as_hours();
    if hours < 4 {
        return;
    }
    record(&home, 3, [390, 20, 600]);
    let from = record(&home, 2, [400, 20, 640]);
    record(&home, 1, [420, 30, 700]);
    let since = from + SignedDuration::from_mins(30);
    let table = home.run(&format!("top --since {since}")).done();
    let lines: Vec<&str> = table.lines().collect();
    // The pool went from 640 to 830 GB. web-2 was created since then.
    assert!(
        lines[0].starts_with("ACCOUNT  CONSUMER") && lines[0].contains("CHANGE  SHARE    USED  POOL"),
        "{table}"
    );
    let words = |line: usize| lines[line].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(1), "Acme web-1 us-east 100 GB 52% 500 GB global 11");
    assert_eq!(words(2), "Acme web-2 us-east 60 GB 31% 60 GB global 12");
    assert_eq!(words(3), "Acme old us-east 10 GB 5% - global 9");
    assert_eq!(words(4), "Acme NodeBalancers, deleted Linodes and other 20 GB 10% 270 GB global -");
    assert!(lines[5].starts_with("Acme: CHANGE and its SHARE are counted from 20"), "{table}");
    let report = home.run(&format!("top --since {since} --format json")).json();
    let account = &report["accounts"][0];
    let rest = account["consumers"].as_array().unwrap().last().unwrap();
    assert_eq!((&rest["kind"], &rest["region"]), (&json!("rest"), &json!(null)));
    assert_eq!(account["counted_from"], json!(from.strftime("%FT%TZ").to_string()));
    let whole = json!(Timestamp::from_second(since.as_second()).unwrap());
    assert_eq!((&account["consumers"][0]["change_gb"], &report["since"]), (&json!(100.0), &whole));
}

#[test]
fn a_time_before_the_first_breakdown_is_refused_with_that_time() {
    let home = home();
    let said = home.run("top --since day").failed(1);
    assert_eq!(said, "Acme: who used it is not recorded yet: the tray does so every breakdown_interval.");
    record(&home, 1, [400, 20, 640]);
    let said = home.run("top --since week").failed(1);
    assert!(
        said.starts_with("Acme: who used it is known from 20")
            && said.ends_with(" on: ask with a later --since."),
        "{said}"
    );
    let ran = home.run("top --since week --format json").code(1);
    let report: Value = serde_json::from_str(ran.out()).unwrap();
    let account = &report["accounts"][0];
    assert_eq!(account["consumers"][0]["change_gb"], json!(null));
    assert!(
        account["changes_error"].as_str().unwrap().starts_with("who used it is known from 20"),
        "{account}"
    );
    let since = report["since"].as_str().unwrap();
    assert_eq!(since.len(), "2026-11-22T14:02:00Z".len(), "whole seconds: {since}");
}

#[test]
fn a_bad_or_future_date_is_a_usage_error() {
    let said = home().run("top --since yesterday").usage_error();
    assert!(said.contains("must be day, week or month, or a date such as 2026-11-01"), "{said}");
    let said = home().run("top --since 2999-01-01").usage_error();
    assert!(said.contains("is in the future"), "{said}");
}

/// Cloud Manager interprets a Linode's response this way if its region has its own pool.
#[test]
fn a_linode_in_a_region_with_its_own_pool_has_that_pools_figure() {
    let home = home();
    let own = json!({"id": "id-cgk", "used": 4_000_000_000u64, "quota": 10, "billable": 0});
    home.api.answer(&of(13), good(json!({"used": 5, "quota": 1, "billable": 0, "region_transfers": [own]})));
    let report = home.run("top --format json").json();
    let jakarta = &report["accounts"][0]["consumers"][2];
    assert_eq!((&jakarta["label"], &jakarta["used_gb"]), (&json!("jkt"), &json!(4.0)));
    assert_eq!((&jakarta["pool"], &jakarta["percent_of_pool"]), (&json!("region:id-cgk"), &json!(40.0)));
}

#[test]
fn distributed_linode_has_a_price_and_no_share_of_the_pool() {
    let home = home();
    let linode = |id: u64, label: &str, region: &str, site_type: &str| json!({"id": id, "label": label, "region": region, "site_type": site_type});
    let data = [linode(11, "web-1", "us-east", "core"), linode(14, "edge", "us-den-10", "distributed")];
    home.api.answer(LIST, good(json!({"data": data, "page": 1, "pages": 1, "results": 2})));
    home.api.answer(&of(14), used(700_000_000_000));
    let price = |id: &str, usd: f64| json!({"id": id, "price": {"hourly": usd}, "region_prices": []});
    let prices = [price("network_transfer", 0.005), price("distributed_network_transfer", 0.02)];
    let list = json!({"data": prices, "page": 1, "pages": 1, "results": 2});
    home.api.answer("/network-transfer/prices", good(list));
    let expected = "\
ACCOUNT  CONSUMER                                  REGION       USED  SHARE  POOL                ID
Acme     edge                                      us-den-10  700 GB      -  none, about $14.00  14
Acme     web-1                                     us-east    589 GB    71%  global              11
Acme     NodeBalancers, deleted Linodes and other             240 GB    29%  global               -
Acme     NodeBalancers, deleted Linodes and other               1 GB   100%  region:id-cgk        -
";
    assert_eq!(home.run("top").done(), expected);
    let report = home.run("top --format json").json();
    let edge = &report["accounts"][0]["consumers"][0];
    assert_eq!((&edge["pool"], &edge["percent_of_pool"]), (&json!(null), &json!(null)));
    assert_eq!(edge["cost_usd"], json!(14.0));
}

#[test]
fn one_that_fails_leaves_the_others_and_is_told() {
    let home = home();
    home.api.answer(&of(11), Reply::json(500, "{}"));
    let ran = home.run("top").code(1);
    assert!(ran.out().contains("web-2") && ran.out().contains("jkt"), "{ran}");
    let last = ran.out().lines().last().unwrap();
    assert!(last.starts_with("Acme     web-1     us-east") && last.contains(" - "), "{last}");
    let said = "linode-bandwidth: Acme: no figure for 1 of 3 consumers; web-1: Invalid response from server (HTTP 500)\n";
    ran.stderr(said);
    let report: Value = serde_json::from_str(home.run("top --format json").out()).unwrap();
    let lost = &report["accounts"][0]["consumers"][2];
    assert_eq!((&lost["used_gb"], &lost["error"]["kind"]), (&json!(null), &json!("invalid_response")));
}

#[test]
fn the_scope_that_is_missing_is_named() {
    let home = home();
    let refusal = missing_scope().header("X-Accepted-OAuth-Scopes", "linodes:read_only");
    home.api.answer(LIST, refusal);
    let said = home.run("top Acme").failed(1);
    assert!(
        said.contains("Missing scope: ") && said.starts_with("Acme: Invalid Personal Access Token."),
        "{said}"
    );
    home.api.answer(
        LIST,
        Reply::json(
            401,
            r#"{"errors": [{"reason": "Your OAuth token is not authorized to use this endpoint."}]}"#,
        ),
    );
    assert!(home.run("top Acme").failed(1).ends_with("Missing scope: linodes:read_only."));
}

#[test]
fn figures_without_the_accounts_transfer_have_no_share() {
    let home = home();
    home.api.answer_for(&token("acme"), TRANSFER, missing_scope());
    let table = home.run("top").done();
    assert!(table.contains("Acme     web-2     us-east  1,200 GB      -  global"), "{table}");
}

#[test]
fn a_region_lists_its_own_and_a_token_is_asked_once() {
    let home = home();
    let same = account("acme", "Acme") + "watch = \"region:id-cgk\"\n";
    let again = account("acme", "Acme").replace("id = \"acme\"", "id = \"copy\"").replace("Acme", "Copy");
    home.configure(&(same + &again));
    let table = home.run("top Acme").done();
    assert!(table.lines().count() == 2 && table.contains("jkt"), "{table}");
    let table = home.run("top").done();
    assert!(table.lines().count() == 4 && table.lines().skip(1).all(|l| l.starts_with("Copy")), "{table}");
}

#[test]
fn many_linodes_are_asked_for_and_a_limit_ends_the_asking() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let names: Vec<String> = (0..120).map(|id| format!("node-{id}")).collect();
    let linodes: Vec<(u64, &str, &str)> =
        names.iter().zip(0..).map(|(n, id)| (id, n.as_str(), "us-east")).collect();
    home.api.answer(LIST, listed(&linodes));
    for (id, ..) in &linodes {
        home.api.answer(&of(*id), used(id * 1_000_000_000));
    }
    let table = home.run("top").done();
    assert_eq!(table.lines().count(), 121, "they exceed what the pool has used: there is no rest");
    assert!(table.lines().nth(1).unwrap().contains("node-119"), "{table}");
    let asked = home.api.requests().len();
    for (id, ..) in &linodes {
        home.api.answer(&of(*id), Reply::json(429, "{}"));
    }
    home.run("top").stderr(contains("no figure for 120 of 120 consumers"));
    assert!(home.api.requests().len() - asked < 20, "the rest is not asked for");
}
