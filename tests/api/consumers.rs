//! Who used an account's pools.

use std::sync::Arc;

use linode_bandwidth::api::{RequestBudget, consumers};
use linode_bandwidth::domain::breakdown::{Consumer, ConsumerId};
use linode_bandwidth::domain::failure::Failure;

use super::support::server::{Reply, Server};
use super::{client, run, token};

const STORAGE: &str = "/object-storage/transfer";

/// A server with Linodes 1, 2, … that used as many GB each.
fn with_linodes(count: u64) -> Server {
    let server = Server::start();
    let linodes: Vec<String> = (1..=count)
        .map(|id| format!(r#"{{"id": {id}, "label": "web-{id}", "region": "us-east", "site_type": "core"}}"#))
        .collect();
    let list = format!(r#"{{"data": [{}], "page": 1, "pages": 1, "results": {count}}}"#, linodes.join(","));
    server.answer("/linode/instances", Reply::new(200, list));
    for id in 1..=count {
        let used = format!(r#"{{"used": {}, "quota": 1000, "billable": 0}}"#, id * 1_000_000_000);
        server.answer(&format!("/linode/instances/{id}/transfer"), Reply::new(200, used));
    }
    server.answer(STORAGE, Reply::new(200, r#"{"used": 7}"#));
    server
}

fn fetch(server: &Server) -> Result<Vec<Consumer>, Failure> {
    let budget = Arc::new(RequestBudget::default());
    run(async { consumers(&client(&server.url()), &Arc::new(token()), &budget).await })
}

fn used(consumers: &[Consumer]) -> u64 {
    consumers.iter().map(|consumer| consumer.used).sum()
}

#[test]
fn each_linode_and_object_storage_are_asked_eight_at_a_time() {
    let server = with_linodes(230);
    server.delay(std::time::Duration::from_millis(5));
    let found = fetch(&server).unwrap();
    assert_eq!((found.len(), used(&found)), (231, (1..=230).sum::<u64>() * 1_000_000_000 + 7));
    assert_eq!(server.most_open(), 8);
    assert_eq!(server.requests().len(), 232);
}

#[test]
fn a_token_without_object_storage_has_the_linodes() {
    let server = with_linodes(2);
    let refusal = r#"{"errors":[{"reason":"Your OAuth token is not authorized to use this endpoint."}]}"#;
    server.answer(STORAGE, Reply::new(401, refusal));
    assert_eq!(fetch(&server).unwrap().len(), 2);
}

#[test]
fn a_linode_that_was_deleted_meanwhile_is_left_out() {
    let server = with_linodes(2);
    let gone = Reply::new(404, r#"{"errors":[{"reason":"Not found"}]}"#);
    server.answer("/linode/instances/2/transfer", gone);
    let found = fetch(&server).unwrap();
    assert_eq!(found.iter().map(|consumer| consumer.id).next(), Some(ConsumerId::Linode(1)));
    assert_eq!(found.len(), 2, "Object Storage too");
}

#[test]
fn a_linode_that_fails_twice_fails_the_breakdown() {
    let server = with_linodes(2);
    server.answer("/linode/instances/2/transfer", Reply::new(502, "Bad gateway"));
    assert!(matches!(fetch(&server), Err(Failure::InvalidResponse { status: 502, .. })));
    let tried = |request: &&super::support::server::Request| request.target.contains("/2/");
    assert_eq!(server.requests().iter().filter(tried).count(), 2);
}

#[test]
fn linodes_in_distributed_regions_use_no_pool() {
    let server = with_linodes(1);
    let edge = r#"{"data": [{"id": 1, "label": "edge", "region": "us-den-10", "site_type": "distributed"}]}"#;
    server.answer("/linode/instances", Reply::new(200, edge));
    server.answer(STORAGE, Reply::new(200, r#"{"used": 0}"#));
    assert_eq!(fetch(&server).unwrap(), []);
}
