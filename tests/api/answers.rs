//! Responses that were not recorded from the real API.

use std::time::Duration;

use linode_bandwidth::domain::failure::{Failure, Role};
use linode_bandwidth::domain::token::{Scopes, Token};
use linode_bandwidth::domain::usage::{Endpoint, GB, Pool};

use super::support::server::{Reply, Server};
use super::{TOKEN, TRANSFER, answered, answered_within, ask, client, invalid, run, token, unreachable};

const GOOD: &str = r#"{"used": 830, "quota": 1000, "billable": 0, "region_transfers": []}"#;
const NO_SCOPE: &str =
    r#"{"errors": [{"reason": "Your OAuth token is not authorized to use this endpoint."}]}"#;

fn good() -> Reply {
    Reply::json(200, GOOD)
}

#[test]
fn a_missing_scope_is_named() {
    for status in [401, 403] {
        let reply = Reply::json(status, NO_SCOPE)
            .header("X-OAuth-Scopes", "domains:read_write")
            .header("X-Accepted-OAuth-Scopes", "account:read_only");
        let missing = Scopes::from("account:read_only");
        assert_eq!(answered(reply), Err(Failure::ScopeMissing { missing }));
    }
}

#[test]
fn missing_scope_without_headers_is_the_endpoints() {
    let server = Server::start();
    server.answer("/linode/instances/7/transfer", Reply::json(401, NO_SCOPE));
    let outcome = run(client(&server.url()).transfer(&token(), &Endpoint::Linode(7)));
    assert_eq!(outcome, Err(Failure::ScopeMissing { missing: Scopes::from("linodes:read_only") }));
}

#[test]
fn a_restricted_user_reads_the_apis_own_words() {
    let reply = Reply::json(403, r#"{"errors": [{"reason": "Unauthorized"}]}"#);
    assert_eq!(
        answered(reply),
        Err(Failure::Forbidden { reason: "Unauthorized".to_owned(), role: Role::AccountViewer })
    );
}

#[test]
fn a_429_waits_whatever_its_body_is() {
    let nginx = "<html><head><title>429 Too Many Requests</title></head></html>";
    let wait = Some(Duration::from_secs(12));
    for reply in [
        Reply::new(429, ""),
        Reply::new(429, nginx).header("Content-Type", "text/html"),
        Reply::new(429, "x".repeat(2 << 20)),
        Reply::new(429, "half of it").cut(),
    ] {
        let outcome = answered(reply.header("Retry-After", "12"));
        assert_eq!(outcome, Err(Failure::RateLimited { retry_after: wait }));
    }
}

#[test]
fn a_wait_in_a_good_answer_means_nothing() {
    assert_eq!(
        answered(good().header("Retry-After", "3600")).unwrap().usage.pool,
        Pool::from_gb(830, 1000, 0)
    );
}

#[test]
fn a_maintenance_is_told_from_other_trouble_by_its_header() {
    let reply = Reply::new(503, "").header("Retry-After", "600");
    let retry_after = Some(Duration::from_secs(600));
    assert_eq!(answered(reply.clone()), Err(invalid(503, "")));
    let maintenance = reply.header("X-Maintenance-Mode", "all,All services under maintenance");
    assert_eq!(answered(maintenance), Err(Failure::Maintenance { retry_after }));
}

#[test]
fn a_deprecated_use_is_still_answered() {
    let body =
        r#"{"used": 830, "quota": 1000, "billable": 0, "warnings": [{"title": "old"}], "new_field": {}}"#;
    let answer = answered(Reply::json(299, body)).unwrap();
    assert_eq!(answer.usage.pool, Pool::from_gb(830, 1000, 0));
    assert_eq!((answer.usage.regions, answer.scopes), (Vec::new(), None));
}

#[test]
fn fractions_of_a_gb_are_bytes() {
    let answer = answered(Reply::json(200, r#"{"used": 0.25, "quota": 1000.0, "billable": 0}"#)).unwrap();
    assert_eq!(answer.usage.pool, Pool { used: GB / 4, ..Pool::from_gb(0, 1000, 0) });
}

#[test]
fn a_body_that_is_not_what_it_should_be_is_an_invalid_response() {
    for (body, why) in [
        ("", "the body is not JSON"),
        ("<!DOCTYPE html><html></html>", "the body is not JSON"),
        (&GOOD[..30], "the body is not JSON"),
        (r#"{"used": NaN, "quota": 1000, "billable": 0}"#, "the body is not JSON"),
        (r#"{"used": 1e999, "quota": 1000, "billable": 0}"#, "the body is not JSON"),
        (r#"{"used": "830", "quota": 1000, "billable": 0}"#, "used is not a number"),
        (r#"{"used": null, "quota": 1000, "billable": 0}"#, "used is not a number"),
        (r#"{"used": -1, "quota": 1000, "billable": 0}"#, "used is negative"),
        (r#"{"used": 1, "quota": -0.5, "billable": 0}"#, "quota is negative"),
        (r#"{"used": 9223372036854775808, "quota": 1000, "billable": 0}"#, "used is too large"),
        (r#"{"used": 99999999999999999999999, "quota": 1000, "billable": 0}"#, "used is too large"),
        (r#"{"used": 1, "billable": 0}"#, "quota is missing"),
        ("[830, 1000, 0, []]", "not an object where one is expected"),
    ] {
        assert_eq!(answered(Reply::json(200, body)), Err(invalid(200, why)), "{body}");
    }
}

#[test]
fn a_body_that_is_cut_off_is_an_invalid_response() {
    assert_eq!(answered(good().cut()), Err(invalid(200, "the answer was cut off")));
    // An error whose reason is lost must not be reported as an invalid token.
    assert_eq!(answered(Reply::json(401, NO_SCOPE).cut()), Err(invalid(401, "the answer was cut off")));
}

#[test]
fn a_body_may_have_a_mebibyte_and_no_more() {
    let padded = |len: usize| Reply::json(200, format!("{GOOD}{}", " ".repeat(len - GOOD.len())));
    assert!(answered(padded(1 << 20)).is_ok());
    for len in [(1 << 20) + 1, 2 << 20] {
        assert_eq!(answered(padded(len)), Err(invalid(200, "more than 1 MiB")));
    }
}

#[test]
fn a_redirect_is_not_followed_and_its_target_sees_nothing() {
    let elsewhere = Server::start();
    for status in [301, 302, 307, 308] {
        let location = format!("{}{TRANSFER}", elsewhere.url());
        let reply = Reply::new(status, "").header("Location", &location);
        assert_eq!(answered(reply), Err(invalid(status, "a redirect, which is not followed")));
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_trickle_and_a_silence_end_at_the_time_limit() {
    let limit = Duration::from_millis(300);
    // It would be complete after some seconds.
    let trickle = good().trickling(Duration::from_millis(100));
    for reply in [trickle, Reply::never()] {
        assert_eq!(answered_within(limit, reply), Err(unreachable("timed out")));
    }
}

#[test]
fn a_connection_dropped_before_the_answer_is_no_answer() {
    assert_eq!(answered(Reply::close()), Err(unreachable("connection closed without an answer")));
}

#[test]
fn api_text_is_sanitized_and_the_token_removed() {
    let reason = format!(r"no\n\u001b[31m{TOKEN}\u0000 {}", "x".repeat(500));
    let reply = Reply::json(403, format!(r#"{{"errors": [{{"reason": "{reason}"}}]}}"#));
    let Err(Failure::Forbidden { reason, .. }) = answered(reply) else { panic!() };
    assert!(reason.starts_with("no [31m*** xxx") && reason.ends_with("x…"), "{reason}");
    assert!(reason.chars().count() <= 201);
}

#[test]
fn a_changed_answer_is_what_the_next_request_gets() {
    let server = Server::start();
    let client = client(&server.url());
    let token = token();
    run(async {
        server.answer(TRANSFER, Reply::json(500, "{}"));
        assert_eq!(client.transfer(&token, &Endpoint::Account).await, Err(invalid(500, "")));
        server.answer(TRANSFER, good());
        assert!(client.transfer(&token, &Endpoint::Account).await.is_ok());
        server.answer_for(TOKEN, TRANSFER, Reply::close());
        assert!(client.transfer(&token, &Endpoint::Account).await.is_err());
        let other = Token::new("another-token".to_owned()).unwrap();
        assert!(client.transfer(&other, &Endpoint::Account).await.is_ok());
    });
    assert_eq!(server.wait_for(4).len(), 4);
}

fn token_page(first: &str, pages: u64) -> Reply {
    let item =
        format!(r#"{{"token": "{first}", "label": "tray", "scopes": "account:read_only", "expiry": null}}"#);
    Reply::json(200, format!(r#"{{"data": [{item}], "page": 1, "pages": {pages}, "results": {pages}}}"#))
}

#[test]
fn every_page_of_the_tokens_is_looked_through() {
    let server = Server::start();
    server.answer("/profile/tokens", token_page("0000000000000000", 3));
    server.answer("/profile/tokens?page=3&page_size=500", token_page(&TOKEN[..16], 3));
    let found = run(client(&server.url()).own_token(&token(), jiff::Timestamp::UNIX_EPOCH)).unwrap().unwrap();
    assert_eq!((found.label.as_deref(), found.expires_at), (Some("tray"), None));
    assert!(found.scopes.read_only());
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn endless_list_fails_after_twenty_pages() {
    let server = Server::start();
    server.answer("/profile/tokens", token_page("0000000000000000", u64::MAX));
    let too_long =
        Failure::InvalidResponse { status: 200, reason: Some("a list of more than 20 pages".to_owned()) };
    let own = run(client(&server.url()).own_token(&token(), jiff::Timestamp::UNIX_EPOCH));
    assert_eq!(own, Err(too_long));
    assert_eq!(server.requests().len(), 20);
}

#[test]
fn an_empty_field_of_the_account_is_none() {
    let server = Server::start();
    server.answer("/account", Reply::json(200, r#"{"company": "", "email": "a@example.com"}"#));
    let identity = run(client(&server.url()).identity(&token())).unwrap();
    assert_eq!(
        (identity.company, identity.email.as_deref(), identity.euuid),
        (None, Some("a@example.com"), None)
    );
    for (euuid, is_one) in [("A1BC2DEF-34GH-567I-J890KLMN12O34P56", true), ("Acme", false), ("0", false)] {
        server.answer("/account", Reply::json(200, format!(r#"{{"company": "Acme", "euuid": "{euuid}"}}"#)));
        let identity = run(client(&server.url()).identity(&token())).unwrap();
        assert_eq!(
            identity.euuid.is_some(),
            is_one,
            "{euuid}: who can't be told apart is not claimed to be the same"
        );
    }
}

#[test]
fn no_failure_and_no_debug_holds_the_token() {
    let server = Server::start();
    let client = client(&server.url());
    assert!(!format!("{client:?} {:?}", token()).contains(TOKEN));
    for reply in [Reply::new(401, TOKEN), Reply::new(500, TOKEN), Reply::json(200, TOKEN), Reply::close()] {
        server.answer(TRANSFER, reply);
        let failure = ask(&server).unwrap_err();
        assert!(!format!("{failure:?} {failure}").contains(&TOKEN[..16]));
    }
}

#[test]
fn linodes_are_listed_page_by_page_and_a_missing_scope_is_named() {
    let server = Server::start();
    let page = |ids: std::ops::Range<u64>, page: u64| {
        let linodes: Vec<String> = ids.map(|id| format!(r#"{{"id": {id}, "label": "web-{id}"}}"#)).collect();
        Reply::json(200, format!(r#"{{"data": [{}], "page": {page}, "pages": 2}}"#, linodes.join(",")))
    };
    server.answer("/linode/instances?page=1&page_size=500", page(0..500, 1));
    server.answer("/linode/instances?page=2&page_size=500", page(500..501, 2));
    let linodes = run(client(&server.url()).linodes(&token())).unwrap();
    assert_eq!((linodes.len(), linodes[500].id, linodes[500].region.as_str()), (501, 500, ""));
    assert_eq!(server.requests().len(), 2);
    server.answer("/linode/instances?page=2&page_size=500", Reply::json(401, NO_SCOPE));
    let missing = Failure::ScopeMissing { missing: Scopes::from("linodes:read_only") };
    assert_eq!(run(client(&server.url()).linodes(&token())), Err(missing));
    server.answer("/linode/instances", Reply::json(200, r#"{"data": [{"label": "no id"}]}"#));
    server
        .answer("/linode/instances?page=1&page_size=500", Reply::json(200, r#"{"data": [{"label": "x"}]}"#));
    assert_eq!(run(client(&server.url()).linodes(&token())), Err(invalid(200, "a Linode has no id")));
}
