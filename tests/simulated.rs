//! The simulated API of `demo`: the program's client reads it, and its bodies have the recorded format.
#![cfg(test)]

use std::collections::BTreeSet;
use std::time::Duration;

use linode_bandwidth::api::Client;
use linode_bandwidth::api::simulated::{SimulatedData, serve};
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::token::{Scopes, Token};
use linode_bandwidth::domain::usage::{Endpoint, Pool};
use serde_json::Value;

fn recorded(name: &str) -> (u64, Value) {
    let file = format!("{}/tests/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let exchange: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let body = serde_json::from_str(exchange["response"]["body_text"].as_str().unwrap()).unwrap();
    (exchange["response"]["status"].as_u64().unwrap(), body)
}

/// The path and type of each value, such as `data[].price.hourly number`.
fn shape(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| shape(value, &format!("{at}.{name}"), found))
        }
        Value::Array(items) => items.iter().for_each(|item| shape(item, &format!("{at}[]"), found)),
        Value::Null => {}
        Value::Bool(_) => drop(found.insert(format!("{at} bool"))),
        Value::Number(_) => drop(found.insert(format!("{at} number"))),
        Value::String(_) => drop(found.insert(format!("{at} string"))),
    }
}

fn shapes(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    shape(value, "", &mut found);
    found
}

#[test]
fn simulated_bodies_have_the_recorded_format() {
    let world = SimulatedData::samples(1.0);
    let known = Some(world.accounts[0].token.as_str());
    for (path, token, recording) in [
        ("/account/transfer", known, "account_transfer_200"),
        ("/account/transfer", Some("nobody's"), "error_401_invalid_token_get"),
        ("/profile/tokens", known, "profile_tokens_list_200"),
        ("/account", known, "account_200"),
        ("/linode/instances", known, "instances_list_200"),
        ("/linode/instances/101/transfer", known, "instance_transfer_200_nanode_2024-11-05"),
        ("/regions", None, "regions_200"),
        ("/network-transfer/prices", None, "network_transfer_prices_200"),
    ] {
        let recording = recorded(recording);
        let answer = world.answer(path, token, Duration::ZERO);
        assert_eq!(u64::from(answer.status), recording.0, "{path}");
        let real = shapes(&recording.1);
        let ours = shapes(&answer.body);
        assert!(ours.is_subset(&real), "{path}: {:?}", ours.difference(&real));
    }
}

/// The fields and types of an answer's objects, such as `region_transfers.used number`, as the specification lists them.
fn fields(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields_of) => {
            let path = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
            fields_of.iter().for_each(|(name, value)| fields(value, &path(name), found));
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, at, found)),
        Value::Null => {}
        Value::Bool(_) => drop(found.insert(format!("{at} boolean"))),
        Value::Number(_) => drop(found.insert(format!("{at} number"))),
        Value::String(_) => drop(found.insert(format!("{at} string"))),
    }
}

/// `tests/data/api-operations.json`: the published specification's operations.
#[test]
fn simulated_operations_and_fields_are_in_the_specification() {
    let specification: Value = serde_json::from_str(include_str!("data/api-operations.json")).unwrap();
    let world = SimulatedData::samples(1.0);
    let known = Some(world.accounts[0].token.as_str());
    for (path, operation) in [
        ("/account", "/account"),
        ("/account/transfer", "/account/transfer"),
        ("/linode/instances", "/linode/instances"),
        ("/linode/instances/101", "/linode/instances/{linodeId}"),
        ("/linode/instances/101/transfer", "/linode/instances/{linodeId}/transfer"),
        ("/network-transfer/prices", "/network-transfer/prices"),
        ("/object-storage/transfer", "/object-storage/transfer"),
        ("/profile/tokens", "/profile/tokens"),
        ("/regions", "/regions"),
    ] {
        let operation = &specification["operations"][operation];
        let answer = world.answer(path, known, Duration::ZERO);
        assert_eq!(answer.status, 200, "{path}");
        let body = if operation["paged"] == true { &answer.body["data"] } else { &answer.body };
        let mut found = BTreeSet::new();
        fields(body, "", &mut found);
        let listed: BTreeSet<String> = operation["fields"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, kind)| {
                let kind = kind.as_str().unwrap().replace("integer", "number");
                format!("{name} {kind}")
            })
            .collect();
        let unknown: Vec<_> = found.difference(&listed).collect();
        assert!(!found.is_empty() && unknown.is_empty(), "{path}: {unknown:?}");
    }
}

#[test]
fn client_reads_all_simulated_responses() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = SimulatedData::samples(0.0);
        let tokens: Vec<Token> =
            world.accounts.iter().map(|a| Token::new(a.token.clone()).unwrap()).collect();
        let served = serve(world).await.unwrap();
        let client = Client::new(served.url()).unwrap();
        let now = jiff::Timestamp::now();

        let acme = client.transfer(&tokens[0], &Endpoint::Account).await.unwrap();
        assert_eq!(acme.usage.pool, Pool::from_gb(830, 1000, 0));
        assert_eq!(acme.usage.regions, [("id-cgk".to_owned(), Pool::from_gb(1, 10, 0))]);
        assert!(acme.scopes.unwrap().read_only());
        let over = client.transfer(&tokens[3], &Endpoint::Account).await.unwrap();
        assert_eq!(over.usage.pool, Pool::from_gb(4620, 4368, 252));
        let refused = client.transfer(&tokens[1], &Endpoint::Account).await;
        assert_eq!(refused.unwrap_err(), Failure::TokenInvalid);

        let token = client.own_token(&tokens[0], now).await.unwrap().unwrap();
        assert_eq!((token.label.as_deref(), token.expires_at), (Some("tray"), None));
        assert_eq!(client.identity(&tokens[2]).await.unwrap().company.as_deref(), Some("Old project"));
        let linodes = client.linodes(&tokens[0]).await.unwrap();
        assert_eq!(
            (linodes.len(), linodes[0].label.as_str(), linodes[3].region.as_str()),
            (4, "web-1", "id-cgk")
        );
        let web = client.transfer(&tokens[0], &Endpoint::Linode(101)).await.unwrap();
        assert_eq!(web.linode_label.as_deref(), Some("web-1"));
        assert_eq!(web.usage.pool.used, 506_300_000_000);
        let narrow = client.linodes(&tokens[2]).await.unwrap_err();
        assert_eq!(narrow, Failure::ScopeMissing { missing: Scopes::from("linodes:read_only") });
        assert_eq!(client.regions().await.unwrap()["id-cgk"], "Jakarta, ID");
    });
}
