//! `top`: the Linodes that use the pool.

use serde_json::{Value, json};

use predicates::str::contains;

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
fn the_linodes_are_listed_by_what_they_used_of_their_pool() {
    let table = home().run("top").done();
    let expected = "\
ACCOUNT  LINODE  REGION       USED  OF POOL  POOL           ID
Acme     web-2   us-east  1,200 GB     120%  global         12
Acme     web-1   us-east    589 GB      58%  global         11
Acme     jkt     id-cgk    1.50 GB      15%  region:id-cgk  13
";
    assert_eq!(table, expected);
    let report = home().run("top Acme --format json").json();
    let first = json!({"id": 12, "label": "web-2", "region": "us-east", "pool": "global", "used_gb": 1200.0,
        "percent_of_pool": 120.0, "cost_usd": null, "error": null});
    assert_eq!(report["accounts"][0]["linodes"][0], first);
    assert_eq!((&report["schema"], &report["accounts"][0]["error"]), (&json!(1), &json!(null)));
}

/// Cloud Manager interprets a Linode's response this way if its region has its own pool.
#[test]
fn a_linode_in_a_region_with_its_own_pool_has_that_pools_figure() {
    let home = home();
    let own = json!({"id": "id-cgk", "used": 4_000_000_000u64, "quota": 10, "billable": 0});
    home.api.answer(&of(13), good(json!({"used": 5, "quota": 1, "billable": 0, "region_transfers": [own]})));
    let report = home.run("top --format json").json();
    let jakarta = &report["accounts"][0]["linodes"][2];
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
ACCOUNT  LINODE  REGION       USED  OF POOL  POOL                ID
Acme     edge    us-den-10  700 GB        -  none, about $14.00  14
Acme     web-1   us-east    589 GB      58%  global              11
";
    assert_eq!(home.run("top").done(), expected);
    let report = home.run("top --format json").json();
    let edge = &report["accounts"][0]["linodes"][0];
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
    assert!(last.starts_with("Acme     web-1   us-east") && last.contains(" - "), "{last}");
    let said = "linode-bandwidth: Acme: no figure for 1 of 3 Linodes; web-1: Invalid response from server (HTTP 500)\n";
    ran.stderr(said);
    let report: Value = serde_json::from_str(home.run("top --format json").out()).unwrap();
    let lost = &report["accounts"][0]["linodes"][2];
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
    assert!(table.contains("Acme     web-2   us-east  1,200 GB        -  global"), "{table}");
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
    assert_eq!(table.lines().count(), 121);
    assert!(table.lines().nth(1).unwrap().contains("node-119"), "{table}");
    let asked = home.api.requests().len();
    for (id, ..) in &linodes {
        home.api.answer(&of(*id), Reply::json(429, "{}"));
    }
    home.run("top").stderr(contains("no figure for 120 of 120 Linodes"));
    assert!(home.api.requests().len() - asked < 20, "the rest is not asked for");
}
